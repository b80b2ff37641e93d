"""Apply operations in queue order in as few savepoints as errors allow; a failing one does not affect others."""

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
from app.sync.queries import push as queries
from app.sync.rules.batches import batch_units, can_batch, row_ids_of
from app.sync.rules.field_merge import MergeOutcome
from app.sync.rules.operations import Operation, Verdict, accepted_time
from app.sync.service import dead_letters, reassignment_grace, row_patches

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
class PushContext:
    """One transaction of a push. `results`, `tries` and `grace_actors` are by the operation's index in the request.

    `grace_actors`: the actor with the rights of a former responsibility, for that operation only. `last_timeout`: the operation
    that hit the statement timeout in earlier pushes, and how often.
    """

    session: Session
    actor: Actor
    now: datetime
    grace: timedelta
    code_of: Callable[[IntegrityError], str]
    results: dict[int, Result] = field(default_factory=dict)
    grace_actors: dict[int, Actor] = field(default_factory=dict)
    tries: dict[int, int] = field(default_factory=dict)
    last_timeout: tuple[str, int] | None = None


class _Failed(Exception):
    """A run failed: range of its units, the operation, the error. The savepoint was rolled back."""

    def __init__(self, span: tuple[int, int], operation: Operation, error: Exception) -> None:
        super().__init__(span)
        self.span, self.operation, self.error = span, operation, error


class _InConflict(Exception):
    """An operation of a group conflicts; the whole group then waits for a person."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


class Interrupted(Exception):
    """The database cannot continue now; `results` are valid, the others are to be sent again.

    `stuck_key`: the operation that hit the statement timeout.
    """

    stuck_key: str | None = None


def apply_units(work: PushContext, units: Sequence[Unit]) -> None:
    """Apply units in order. Raises Interrupted."""
    waiting: deque[list[Unit]] = deque(_runs(units))
    while waiting:
        run = waiting.popleft()
        refused = _first_refusal(run[0])
        if refused is not None:
            _refuse(work, run[0], *refused)
            continue
        try:
            _apply_run(work, run)
        except _Failed as failed:
            if db.is_transient(failed.error) and not _has_timed_out(work, failed):
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


def _has_timed_out(work: PushContext, failed: _Failed) -> bool:
    """Return True if the operation used up its tries; in a run it is then split off, alone it is refused."""
    key, times = work.last_timeout or (None, 0)
    return db.is_statement_timeout(failed.error) and key == failed.operation.key and times >= MOST_TIMEOUTS


def _runs(units: Sequence[Unit]) -> list[list[Unit]]:
    """Return runs of units for one savepoint each, batched by kind. A refused unit is a run of its own.

    A repeated operation begins a new run: its claim must see the first result.
    """
    runs: list[list[Unit]] = []
    keys: set[str] = set()
    joins = False
    for unit in units:
        is_sound = _first_refusal(unit) is None
        unit_keys = {operation.key for operation in unit}
        if joins and is_sound and not keys & unit_keys:
            runs[-1].append(unit)
            keys |= unit_keys
        else:
            runs.append([unit])
            keys = unit_keys
        joins = is_sound
    return [batch_units(run) for run in runs]


def _first_refusal(unit: Unit) -> tuple[Operation, Verdict] | None:
    return next(((operation, operation.refusal) for operation in unit if operation.refusal is not None), None)


def _apply_run(work: PushContext, run: list[Unit]) -> None:
    span, operation = (0, 1), run[0][0]
    results: dict[int, Result] = {}
    try:
        with work.session.begin_nested():
            answered = _claim(work, [op for unit in run for op in unit])
            for span in _batches(work, run, answered):
                operation = run[span[0]][0]
                if span[1] - span[0] > 1:
                    results |= _apply_each(work, [unit[0] for unit in run[slice(*span)]])
                    continue
                unit = run[span[0]]
                for operation in unit:
                    result = answered.get(operation.index) or _apply_one(work, operation)
                    if result.get("code") == REUSED:
                        raise Conflict(REUSED)
                    if len(unit) > 1 and result["status"] == "conflict":
                        raise _InConflict(result)
                    results[operation.index] = result
            _settle(work, [op for unit in run for op in unit if op.index not in answered], results)
    except Exception as error:
        raise _Failed(span, operation, error) from error
    work.results |= results


def _batches(work: PushContext, run: list[Unit], answered: dict[int, Result]) -> Iterator[tuple[int, int]]:
    """Yield ranges of units to apply together: of one kind and on distinct rows; all others one by one."""
    begin, rows = 0, frozenset[UUID]()
    for end, unit in enumerate(run):
        operation = unit[0]
        is_alone = (
            len(unit) == 1 and operation.index not in answered and operation.index not in work.grace_actors
        )
        if not (is_alone and can_batch(operation)):
            if begin < end:
                yield begin, end
            yield end, end + 1
            begin, rows = end + 1, frozenset()
        elif begin < end and (row_ids_of(operation) & rows or run[begin][0].kind is not operation.kind):
            yield begin, end
            begin, rows = end, row_ids_of(operation)
        else:
            rows |= row_ids_of(operation)
    if begin < len(run):
        yield begin, len(run)


def _apply_each(work: PushContext, operations: list[Operation]) -> dict[int, Result]:
    kind = operations[0].kind
    assert kind is not None and kind.apply_many is not None
    actor = _authorized(work.actor, operations[0])
    if kind.facets is None:
        kind.apply_many(work.session, actor, [(operation.id, operation.payload) for operation in operations])
        return {
            operation.index: {"status": "applied", "id": operation.id, "flags": []}
            for operation in operations
        }
    outcomes = row_patches.apply_patches(work.session, actor, operations)
    return {
        operation.index: _merged_result(work, operation, outcomes[operation.index])
        for operation in operations
    }


def _merged_result(work: PushContext, operation: Operation, merged_row: MergeOutcome) -> Result:
    result: Result = {"status": "applied", "id": operation.id, "flags": []}
    if not (merged_row.conflicts or merged_row.won):
        return result
    fields = dead_letters.masked_fields(work.session, operation, merged_row.conflicts or merged_row.won)
    if merged_row.conflicts:
        return result | {"status": "conflict", "code": row_patches.FIELD_CONFLICT, "fields": fields}
    return result | {"status": "merged", "fields": fields}


def _claim(work: PushContext, operations: Sequence[Operation]) -> dict[int, Result]:
    """Claim operations and return the results of those that have one already, by index."""
    principal = work.actor.principal
    new = queries.claim(
        work.session, principal, [(operation.key, operation.digest) for operation in operations], now=work.now
    )
    repeats = [operation for operation in operations if operation.key not in new]
    if not repeats:
        return {}
    stored = queries.stored_results(work.session, principal, [operation.key for operation in repeats])
    return {operation.index: replayed_result(operation, stored[operation.key]) for operation in repeats}


def replayed_result(operation: Operation, stored: Any) -> Result:
    """Return the first result again: as duplicate if it took effect, else unchanged."""
    if bytes(stored["digest"]) != operation.digest:
        return {"status": "rejected", "code": REUSED}
    first: Result = dict(stored["result"])
    flags = [*first["flags"], "replay"]
    if first["status"] in ("applied", "merged"):
        return first | {"status": "duplicate", "flags": flags}
    return first | {"flags": flags}


def _apply_one(work: PushContext, operation: Operation) -> Result:
    kind = operation.kind
    assert kind is not None
    actor = _authorized(work.grace_actors.get(operation.index, work.actor), operation)
    row_id = operation.id or UUID(int=0)
    result: Result = {"status": "applied", "id": operation.id, "flags": []}
    if operation.index in work.grace_actors:
        result["flags"] = [reassignment_grace.LATE]
    if kind.facets is not None:
        outcome = row_patches.apply_patch(work.session, actor, operation)
        return _merged_result(work, operation, outcome) | {"flags": result["flags"]}
    if kind.is_delete and not queries.row_exists(work.session, kind.table, row_id):
        return result  # gone already, or never here
    payload = operation.payload
    if kind.takes_happened_at:
        payload = payload | {"happened_at": accepted_time(operation.happened_at, work.now, work.grace)}
    done = kind.apply(work.session, actor, row_id, payload)
    result |= {"id": done.id, "warnings": list(done.warnings)}
    return result if done.is_new else result | {"status": "duplicate"}


def _authorized(actor: Actor, operation: Operation) -> Actor:
    """Return the actor restricted to the grants that hold the operation's permissions, as in the route."""
    permissions = operation.kind.permissions if operation.kind is not None else ()
    acting = actor.holding(*permissions)
    if acting is None:
        raise Forbidden("permission_missing", permission=permissions[-1].value)
    return acting


def _settle(work: PushContext, operations: Sequence[Operation], results: dict[int, Result]) -> None:
    """Add row versions to results, store dead letters, store the results."""
    tables: dict[str, set[UUID]] = {}
    for operation in operations:
        row_id = results[operation.index]["id"]
        if (
            operation.kind is not None
            and row_id is not None
            and results[operation.index]["status"] != "rejected"
        ):
            tables.setdefault(operation.kind.table, set()).add(row_id)
    versions = {
        (table, row_id): version
        for table, ids in tables.items()
        for row_id, version in queries.versions(work.session, table, list(ids)).items()
    }
    for operation in operations:
        result = results[operation.index]
        # Of a refused operation the row may be one that the actor does not see: not even that it exists is told.
        if operation.kind is not None and result["status"] != "rejected":
            result["version"] = versions.get((operation.kind.table, result["id"]))
        dead_letters.store_if_needed(work.session, work.actor, operation, result, now=work.now)
        result |= {
            "happened_at": operation.happened_at,
            "device_id": work.actor.device_id,
            "device_seq": operation.device_seq,
        }
    if operations:
        answers = {operation.key: results[operation.index] for operation in operations}
        queries.store_results(work.session, work.actor.principal, answers)


def _after_failure(work: PushContext, unit: Unit, failed: _Failed, waiting: deque[list[Unit]]) -> None:
    """Retry a single failed unit where that can help, else refuse it."""
    operation, error = failed.operation, failed.error
    if isinstance(error, _InConflict):
        return _refuse(work, unit, operation, Verdict("group_failed"), result=error.result)
    tries = work.tries[operation.index] = work.tries.get(operation.index, 0) + 1
    if isinstance(error, Stale) and tries < STALE_ATTEMPTS:
        return waiting.appendleft([unit])
    verdict = _verdict(work, error)
    if isinstance(error, NotFound | Forbidden) and verdict.code in ("not_found", "outside_own_areas"):
        if operation.index not in work.grace_actors:
            actor = reassignment_grace.actor_with_grace(
                work.session, work.actor, operation, now=work.now, grace=work.grace
            )
            if actor is not None:
                work.grace_actors[operation.index] = actor
                return waiting.appendleft([unit])
        if reassignment_grace.was_responsible(work.session, work.actor, operation):
            verdict = Verdict(reassignment_grace.OUT_OF_SCOPE)
    return _refuse(work, unit, operation, verdict)


def _refuse(
    work: PushContext, unit: Unit, culprit: Operation, verdict: Verdict, *, result: Result | None = None
) -> None:
    """Store the refusal of a unit and its dead letters. A group fails as a whole."""
    if verdict.is_retryable:
        raise Interrupted
    if verdict.code == REUSED:
        # Its own key is taken; what it says is kept under one of its own.
        renamed = replace(culprit, key=f"{culprit.key} {culprit.digest.hex()}")
        unit = [renamed if operation is culprit else operation for operation in unit]
        culprit = renamed
    results: dict[int, Result] = {}
    try:
        with work.session.begin_nested():
            answered = _claim(work, unit)
            for operation in unit:
                reason = verdict if operation is culprit else operation.refusal or Verdict("group_failed")
                rejected: Result = {
                    "status": "rejected",
                    "code": reason.code,
                    "id": operation.id,
                    "flags": [],
                }
                rejected |= {"params": reason.params, "errors": reason.errors}
                results[operation.index] = result if operation is culprit and result is not None else rejected
            _settle(work, [operation for operation in unit if operation.index not in answered], results)
    except SQLAlchemyError as error:
        if db.is_transient(error):
            raise Interrupted from error
        raise
    work.results |= results | answered


def _verdict(work: PushContext, error: Exception) -> Verdict:
    """Return the verdict of an error."""
    if isinstance(error, DomainError):
        is_retryable = isinstance(error, Throttled | Unavailable)
        params = dict(error.params)
        extra = {name: value for name, value in error.extra.items() if name != "errors"}
        return Verdict(error.code, params | extra, _faults_of_patch(error), is_retryable)
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


def _faults_of_patch(error: DomainError) -> list[dict[str, Any]]:
    """Return the faults of a domain's service with their fields as the device sent them, within `patch`."""
    faults: list[dict[str, Any]] = error.extra.get("errors", [])
    return [fault | {"field": f"patch.{fault['field']}"} if "field" in fault else fault for fault in faults]
