"""Operations applied in the order of the queue, in as few savepoints as errors allow: none harms another."""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.core import db
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError, Forbidden, NotFound, Stale, Throttled, Unavailable
from app.sync.queries import pushing as queries
from app.sync.rules.gathering import fits_together, gathered, rows_of
from app.sync.rules.merging import Merged
from app.sync.rules.operations import Operation, Verdict, believed_at
from app.sync.service import dead_letters, late, merged

log = logging.getLogger("gridward.fieldapp.push")
Result = dict[str, Any]
Unit = list[Operation]
STALE_ATTEMPTS = 3
REUSED = "op_id_reused"
# An operation that ran into the time limit of a statement so often is refused: it would hold up the queue for ever.
# It may be the load, or what others hold, so phones come back some times before; their pauses grow to minutes.
MOST_TIMEOUTS = 20
TOOK_TOO_LONG = "took_too_long"


@dataclass(slots=True)
class Work:
    """One transaction's part of a push. By the operation's place in the request: `results`, how often it was tried, and
    the actor as she is for it alone. `stuck`: what ran into a time limit in earlier pushes, and how often."""

    session: Session
    actor: Actor
    now: datetime
    grace: timedelta
    code_of: Callable[[IntegrityError], str]
    results: dict[int, Result] = field(default_factory=dict)
    lent: dict[int, Actor] = field(default_factory=dict)
    tries: dict[int, int] = field(default_factory=dict)
    stuck: tuple[str, int] | None = None


class _Failed(Exception):
    """Which units of a run failed (from, and up to), at which operation, and why; the savepoint was taken back."""

    def __init__(self, span: tuple[int, int], operation: Operation, error: Exception) -> None:
        super().__init__(span)
        self.span, self.operation, self.error = span, operation, error


class _InConflict(Exception):
    """An operation of a group waits for a person; so do the others then."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


class Interrupted(Exception):
    """The database cannot go on now; what is in `results` stands, the rest is to be sent again.

    `stuck_key`: the operation that ran into the time limit of a statement.
    """

    stuck_key: str | None = None


def apply(work: Work, units: Sequence[Unit]) -> None:
    """Apply units in order. Raises Interrupted."""
    waiting: deque[list[Unit]] = deque(_runs(units))
    while waiting:
        run = waiting.popleft()
        refused = _refused(run[0])
        if refused is not None:
            _refuse(work, run[0], *refused)
            continue
        try:
            _apply_run(work, run)
        except _Failed as failed:
            if db.is_transient(failed.error) and not _is_stuck(work, failed):
                interrupted = Interrupted()
                interrupted.stuck_key = (
                    failed.operation.key if db.is_statement_timeout(failed.error) else None
                )
                raise interrupted from failed.error
            if len(run) == 1:
                _after_failure(work, run[0], failed, waiting)
            else:
                # What stood before is sound. One that failed shows by itself what it is; of several one half may be sound.
                begin, end = failed.span
                half = (begin + end + 1) // 2
                parts = (run[:begin], run[begin:half], run[half:end], run[end:])
                waiting.extendleft(part for part in reversed(parts) if part)


def _is_stuck(work: Work, failed: _Failed) -> bool:
    """Whether this operation has had its tries; in a run it is parted from the others, by itself it is refused."""
    key, times = work.stuck or (None, 0)
    return db.is_statement_timeout(failed.error) and key == failed.operation.key and times >= MOST_TIMEOUTS


def _runs(units: Sequence[Unit]) -> list[list[Unit]]:
    """Neighbours go into one savepoint, gathered by kind; what is refused before the database is asked stands by itself.

    So does what was sent before in the same run: its claim has to find the first answer.
    """
    runs: list[list[Unit]] = []
    keys: set[str] = set()
    joins = False
    for unit in units:
        is_sound = _refused(unit) is None
        own = {one.key for one in unit}
        if joins and is_sound and not keys & own:
            runs[-1].append(unit)
            keys |= own
        else:
            runs.append([unit])
            keys = own
        joins = is_sound
    return [gathered(run) for run in runs]


def _refused(unit: Unit) -> tuple[Operation, Verdict] | None:
    return next(((one, one.refused) for one in unit if one.refused is not None), None)


def _apply_run(work: Work, run: list[Unit]) -> None:
    span, operation = (0, 1), run[0][0]
    results: dict[int, Result] = {}
    try:
        with work.session.begin_nested():
            known = _claim(work, [one for unit in run for one in unit])
            for span in _spans(work, run, known):
                operation = run[span[0]][0]
                if span[1] - span[0] > 1:
                    results |= _apply_each(work, [unit[0] for unit in run[slice(*span)]])
                    continue
                unit = run[span[0]]
                for operation in unit:
                    result = known.get(operation.place) or _apply_one(work, operation)
                    if result.get("code") == REUSED:
                        raise Conflict(REUSED)
                    if len(unit) > 1 and result["status"] == "conflict":
                        raise _InConflict(result)
                    results[operation.place] = result
            _settle(work, [one for unit in run for one in unit if one.place not in known], results)
    except Exception as error:
        raise _Failed(span, operation, error) from error
    work.results |= results


def _spans(work: Work, run: list[Unit], known: dict[int, Result]) -> Iterator[tuple[int, int]]:
    """Neighbours that are applied together: of one kind, each on rows of its own; the others one by one."""
    begin, rows = 0, frozenset[UUID]()
    for end, unit in enumerate(run):
        one = unit[0]
        fits = len(unit) == 1 and one.place not in known and one.place not in work.lent
        if not (fits and fits_together(one)):
            if begin < end:
                yield begin, end
            yield end, end + 1
            begin, rows = end + 1, frozenset()
        elif begin < end and (rows_of(one) & rows or run[begin][0].kind is not one.kind):
            yield begin, end
            begin, rows = end, rows_of(one)
        else:
            rows |= rows_of(one)
    if begin < len(run):
        yield begin, len(run)


def _apply_each(work: Work, operations: list[Operation]) -> dict[int, Result]:
    kind = operations[0].kind
    assert kind is not None and kind.apply_each is not None
    actor = _acting(work.actor, operations[0])
    if kind.facets is None:
        kind.apply_each(work.session, actor, [(one.id, one.said) for one in operations])
        return {one.place: {"status": "applied", "id": one.id, "flags": []} for one in operations}
    outcomes = merged.change_each(work.session, actor, operations)
    return {one.place: _merged_result(work, one, outcomes[one.place]) for one in operations}


def _merged_result(work: Work, operation: Operation, outcome: Merged) -> Result:
    result: Result = {"status": "applied", "id": operation.id, "flags": []}
    if not (outcome.conflicts or outcome.won):
        return result
    fields = dead_letters.shown_fields(work.session, operation, outcome.conflicts or outcome.won)
    if outcome.conflicts:
        return result | {"status": "conflict", "code": merged.CONFLICT, "fields": fields}
    return result | {"status": "merged", "fields": fields}


def _claim(work: Work, operations: Sequence[Operation]) -> dict[int, Result]:
    """Claim operations; the answers of those that have one already, by place."""
    principal = work.actor.principal
    new = queries.claim(work.session, principal, [(one.key, one.digest) for one in operations], now=work.now)
    old = [one for one in operations if one.key not in new]
    if not old:
        return {}
    kept = queries.applied(work.session, principal, [one.key for one in old])
    return {one.place: repeated(one, kept[one.key]) for one in old}


def repeated(operation: Operation, kept: Any) -> Result:
    """The first answer again: what took effect is a duplicate, what did not is told as it was."""
    if bytes(kept["digest"]) != operation.digest:
        return {"status": "rejected", "code": REUSED}
    first: Result = dict(kept["result"])
    flags = [*first["flags"], "replay"]
    if first["status"] in ("applied", "merged"):
        return first | {"status": "duplicate", "flags": flags}
    return first | {"flags": flags}


def _apply_one(work: Work, operation: Operation) -> Result:
    kind = operation.kind
    assert kind is not None
    actor = _acting(work.lent.get(operation.place, work.actor), operation)
    row_id = operation.id or UUID(int=0)
    result: Result = {"status": "applied", "id": operation.id, "flags": []}
    if operation.place in work.lent:
        result["flags"] = [late.LATE]
    if kind.facets is not None:
        outcome = merged.change(work.session, actor, operation)
        return _merged_result(work, operation, outcome) | {"flags": result["flags"]}
    if kind.is_delete and not queries.exists(work.session, kind.table, row_id):
        return result  # gone already, or never here
    said = operation.said
    if kind.tells_when:
        said = said | {"happened_at": believed_at(operation.at, work.now, work.grace)}
    done = kind.apply(work.session, actor, row_id, said)
    result |= {"id": done.id, "warnings": list(done.warnings)}
    return result if done.is_new else result | {"status": "duplicate"}


def _acting(actor: Actor, operation: Operation) -> Actor:
    """The actor with the grants that hold what the operation needs, as behind the door of the same act."""
    permissions = operation.kind.permissions if operation.kind is not None else ()
    held = actor.holding(*permissions)
    if held is None:
        raise Forbidden("permission_missing", permission=permissions[-1].value)
    return held


def _settle(work: Work, operations: Sequence[Operation], results: dict[int, Result]) -> None:
    """Give each result the version of its row, keep what a person has to see, and keep the answers."""
    tables: dict[str, set[UUID]] = {}
    for one in operations:
        row_id = results[one.place]["id"]
        if one.kind is not None and row_id is not None and results[one.place]["status"] != "rejected":
            tables.setdefault(one.kind.table, set()).add(row_id)
    versions = {
        (table, row_id): version
        for table, ids in tables.items()
        for row_id, version in queries.versions(work.session, table, list(ids)).items()
    }
    for one in operations:
        result = results[one.place]
        # Of a refused operation the row may be one that the actor does not see: not even that it exists is told.
        if one.kind is not None and result["status"] != "rejected":
            result["version"] = versions.get((one.kind.table, result["id"]))
        dead_letters.keep(work.session, work.actor, one, result, now=work.now)
        result |= {"happened_at": one.at, "device_id": work.actor.device_id, "device_seq": one.device_seq}
    if operations:
        kept = {one.key: results[one.place] for one in operations}
        queries.settle(work.session, work.actor.principal, kept)


def _after_failure(work: Work, unit: Unit, failed: _Failed, waiting: deque[list[Unit]]) -> None:
    """One unit by itself has failed: try again where that may help, else it is refused."""
    operation, error = failed.operation, failed.error
    if isinstance(error, _InConflict):
        return _refuse(work, unit, operation, Verdict("group_failed"), result=error.result)
    tries = work.tries[operation.place] = work.tries.get(operation.place, 0) + 1
    if isinstance(error, Stale) and tries < STALE_ATTEMPTS:
        return waiting.appendleft([unit])
    verdict = _verdict(work, error)
    if isinstance(error, NotFound | Forbidden) and verdict.code in ("not_found", "outside_own_areas"):
        if operation.place not in work.lent:
            actor = late.lent(work.session, work.actor, operation, now=work.now, grace=work.grace)
            if actor is not None:
                work.lent[operation.place] = actor
                return waiting.appendleft([unit])
        if late.was_hers(work.session, work.actor, operation):
            verdict = Verdict(late.OUT_OF_SCOPE)
    return _refuse(work, unit, operation, verdict)


def _refuse(
    work: Work, unit: Unit, culprit: Operation, verdict: Verdict, *, result: Result | None = None
) -> None:
    """Keep the answer that a unit is not applied, and its operations, for people. Groups fail together."""
    if verdict.is_retryable:
        raise Interrupted
    if verdict.code == REUSED:
        # Its own key is taken; what it says is kept under one of its own.
        again = replace(culprit, key=f"{culprit.key} {culprit.digest.hex()}")
        unit = [again if one is culprit else one for one in unit]
        culprit = again
    results: dict[int, Result] = {}
    try:
        with work.session.begin_nested():
            known = _claim(work, unit)
            for one in unit:
                said = verdict if one is culprit else one.refused or Verdict("group_failed")
                rejected: Result = {"status": "rejected", "code": said.code, "id": one.id, "flags": []}
                rejected |= {"params": said.params, "errors": said.errors}
                results[one.place] = result if one is culprit and result is not None else rejected
            _settle(work, [one for one in unit if one.place not in known], results)
    except SQLAlchemyError as error:
        if db.is_transient(error):
            raise Interrupted from error
        raise
    work.results |= results | known


def _verdict(work: Work, error: Exception) -> Verdict:
    """What an error of one operation is called."""
    if isinstance(error, DomainError):
        is_retryable = isinstance(error, Throttled | Unavailable)
        params = dict(error.params)
        extra = {name: value for name, value in error.extra.items() if name != "errors"}
        return Verdict(error.code, params | extra, list(error.extra.get("errors", [])), is_retryable)
    if isinstance(error, IntegrityError):
        return Verdict(work.code_of(error))
    if isinstance(error, DataError):
        return Verdict("validation_failed")
    if db.is_statement_timeout(error):
        log.warning("operation took too long %d times", MOST_TIMEOUTS)
        return Verdict(TOOK_TOO_LONG)
    # Ours to mend. The operation is kept whole, and does not hold up the queue.
    log.error("operation failed", exc_info=error)
    return Verdict("internal")
