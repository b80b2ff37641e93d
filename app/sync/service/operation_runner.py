"""Application of operations in queue order, in as few savepoints as possible.

A *unit* is one operation, or all operations of one group. A *run* is a list of units that are applied in one savepoint. If
an operation fails, its run is rolled back, split and applied again, so that the failure does not affect other operations.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from app.core import db
from app.core.actor import Actor
from app.core.errors import Forbidden, Stale
from app.sync.queries import push as queries
from app.sync.rules.batches import batch_units, can_batch, row_ids_of
from app.sync.rules.field_merge import MergeOutcome
from app.sync.rules.operation_kinds import ActionKind, Done, PatchKind
from app.sync.rules.operations import Operation, Verdict, accepted_time
from app.sync.rules.results import Result
from app.sync.service import dead_letters, operation_results, reassignment_grace, refusals, row_patches
from app.sync.service.push_context import Failure, Interruption, PushContext, Unit, in_savepoint

STALE_ATTEMPTS = 3
# An operation that hit the statement timeout so often is refused, else it would block the queue of its device for ever.
# Load or locks of others may be the cause, so devices send it again some times before; their pauses grow to minutes.
MOST_TIMEOUTS = 20


def apply_units(work: PushContext, units: Sequence[Unit]) -> Interruption | None:
    """Apply operations and groups of operations in order, and add their results to `work`.

    Returns None if all operations have a result, else the reason why the push has to stop.
    """
    waiting: deque[list[Unit]] = deque(_runs(units))
    while waiting:
        run = waiting.popleft()
        interruption = None
        refused = _first_refusal(run[0])
        if refused is not None:
            interruption = refusals.refuse(work, run[0], *refused)
        else:
            failure = _Attempt(work, run).apply()
            if failure is not None:
                interruption = _after_failure(work, run, failure, waiting)
        if interruption is not None:
            return interruption
    return None


def _after_failure(
    work: PushContext, run: list[Unit], failure: Failure, waiting: deque[list[Unit]]
) -> Interruption | None:
    """Split a failed run and put its parts back into `waiting`, or refuse the run.

    A run of one unit is put back if another attempt may succeed, else it is refused. Returns the reason why the push has to
    stop, or None.
    """
    error = failure.reason if isinstance(failure.reason, Exception) else None
    if error is not None and db.is_transient(error) and not _has_timed_out(work, failure):
        return Interruption(error, failure.operation.key if db.is_statement_timeout(error) else None)
    if len(run) == 1:
        if _may_try_again(work, failure):
            waiting.appendleft(run)
            return None
        verdict = refusals.verdict_of(work, failure)
        return refusals.refuse(work, run[0], failure.operation, verdict, conflict=failure.conflict)
    # The units before the failed ones are sound. A unit that failed alone shows its error alone; of several that failed
    # together one half may be sound.
    begin, end = failure.span
    half = (begin + end + 1) // 2
    parts = (run[:begin], run[begin:half], run[half:end], run[end:])
    waiting.extendleft(part for part in reversed(parts) if part)
    return None


def _has_timed_out(work: PushContext, failure: Failure) -> bool:
    """Return True if the operation hit the statement timeout in each of MOST_TIMEOUTS pushes.

    Such an operation is tried in a transaction of its own, without other operations. If it fails there, it is refused.
    """
    key, times = work.last_timeout or (None, 0)
    return (
        isinstance(failure.reason, Exception)
        and db.is_statement_timeout(failure.reason)
        and key == failure.operation.key
        and times >= MOST_TIMEOUTS
    )


def _may_try_again(work: PushContext, failure: Failure) -> bool:
    """Return True if another attempt of the failed operation can succeed.

    There are two such cases. First, the row has changed meanwhile. Second, the actor may send late work after a
    reassignment; the actor with this temporary access is then stored in `work.grace_actors`.
    """
    operation, error = failure.operation, failure.reason
    if isinstance(error, Verdict):
        return False
    tries = work.tries[operation.index] = work.tries.get(operation.index, 0) + 1
    if isinstance(error, Stale) and tries < STALE_ATTEMPTS:
        return True
    if not refusals.is_no_access(error) or operation.index in work.grace_actors:
        return False
    actor = reassignment_grace.actor_with_grace(
        work.session, work.actor, operation, now=work.now, grace=work.grace
    )
    if actor is not None:
        work.grace_actors[operation.index] = actor
    return actor is not None


def _runs(units: Sequence[Unit]) -> list[list[Unit]]:
    """Divide operations and groups into runs, which are applied in one savepoint each.

    The runs are ordered so that batches are large. A refused unit is a run of its own. An operation that was sent twice
    begins a new run, because its claim must see the first result.
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


@dataclass(slots=True)
class _Attempt:
    """One attempt to apply several operations and groups in a savepoint.

    Attributes:
        run: The units to apply. A unit is one operation, or all operations of a group.
        span: Range of the units that are being applied. If an error occurs, these units have failed.
        operation: The operation that is being applied. In a batch this is the first operation.
        answered: Results of operations that were answered before, by index.
        results: Results of this attempt, by index.
    """

    work: PushContext
    run: list[Unit]
    span: tuple[int, int] = (0, 1)
    operation: Operation = field(init=False)
    answered: dict[int, Result] = field(default_factory=dict)
    results: dict[int, Result] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.operation = self.run[0][0]

    def apply(self) -> Failure | None:
        """Apply the run in a savepoint, and add its results to `work`.

        Returns None if the run succeeded, else the failure after which the run was rolled back.
        """
        rolled_back = in_savepoint(self.work.session, self._apply_all)
        if isinstance(rolled_back, Exception):
            return Failure(self.operation, rolled_back, self.span)
        if rolled_back is None:
            self.work.results |= self.results
        return rolled_back

    def _apply_all(self) -> Failure | None:
        operations = [operation for unit in self.run for operation in unit]
        self.answered = operation_results.claim(self.work, operations)
        for span in self._spans():
            self.span = span
            failure = self._apply_span()
            if failure is not None:
                return failure
        new = [operation for operation in operations if operation.index not in self.answered]
        self.results |= operation_results.settle(self.work, new, self.results)
        return None

    def _spans(self) -> Iterator[tuple[int, int]]:
        """Yield the ranges of units that are applied by one call of a service.

        Successive units of one kind on different rows are one range. Every other unit is a range of its own.
        """
        begin, rows = 0, frozenset[UUID]()
        for end, unit in enumerate(self.run):
            operation = unit[0]
            is_alone = (
                len(unit) == 1
                and operation.index not in self.answered
                and operation.index not in self.work.grace_actors
            )
            if not (is_alone and can_batch(operation)):
                if begin < end:
                    yield begin, end
                yield end, end + 1
                begin, rows = end + 1, frozenset()
            elif begin < end and (
                row_ids_of(operation) & rows or self.run[begin][0].kind is not operation.kind
            ):
                yield begin, end
                begin, rows = end, row_ids_of(operation)
            else:
                rows |= row_ids_of(operation)
        if begin < len(self.run):
            yield begin, len(self.run)

    def _apply_span(self) -> Failure | None:
        units = self.run[slice(*self.span)]
        self.operation = units[0][0]
        if len(units) > 1:
            self.results |= _apply_batch(self.work, [unit[0] for unit in units])
            return None
        for operation in units[0]:
            self.operation = operation
            result = self.answered.get(operation.index) or _apply_one(self.work, operation)
            if result.code == operation_results.REUSED:
                return Failure(operation, Verdict(operation_results.REUSED), self.span)
            if len(units[0]) > 1 and result.status == "conflict":
                return Failure(operation, Verdict("group_failed"), self.span, conflict=result)
            self.results[operation.index] = result
        return None


def _apply_batch(work: PushContext, operations: list[Operation]) -> dict[int, Result]:
    """Apply operations of one kind by one call of the service. Return their results by index."""
    kind = operations[0].sound_kind
    actor = _authorized(work.actor, operations[0])
    if isinstance(kind, PatchKind):
        outcomes = row_patches.apply_patches(work.session, actor, kind, operations)
        return {
            operation.index: _merged_result(work, operation, outcomes[operation.index])
            for operation in operations
        }
    receipts = kind.apply_many(
        work.session, actor, [(operation.row_id, _payload(work, kind, operation)) for operation in operations]
    )
    return {
        operation.index: _action_result(done) for operation, done in zip(operations, receipts, strict=True)
    }


def _apply_one(work: PushContext, operation: Operation) -> Result:
    kind = operation.sound_kind
    actor = _authorized(work.grace_actors.get(operation.index, work.actor), operation)
    flags = (reassignment_grace.LATE,) if operation.index in work.grace_actors else ()
    if isinstance(kind, PatchKind):
        outcome = row_patches.apply_patch(work.session, actor, kind, operation)
        return replace(_merged_result(work, operation, outcome), flags=flags)
    return replace(_apply_action(work, actor, kind, operation), flags=flags)


def _apply_action(work: PushContext, actor: Actor, kind: ActionKind, operation: Operation) -> Result:
    if kind.is_delete and not queries.row_exists(work.session, kind.table, operation.row_id):
        return Result("applied", operation.id)  # deleted already, or never stored
    return _action_result(kind.apply(work.session, actor, operation.row_id, _payload(work, kind, operation)))


def _payload(work: PushContext, kind: ActionKind, operation: Operation) -> dict[str, Any]:
    if not kind.takes_happened_at:
        return operation.payload
    return operation.payload | {"happened_at": accepted_time(operation.happened_at, work.now, work.grace)}


def _action_result(done: Done) -> Result:
    return Result("applied" if done.is_new else "duplicate", done.id, warnings=list(done.warnings))


def _merged_result(work: PushContext, operation: Operation, outcome: MergeOutcome) -> Result:
    """Return the result of a patch (a change of fields) after the merge with changes of others.

    The result lists the fields that somebody else changed, too, with masked personal values.
    """
    if not (outcome.conflicts or outcome.won):
        return Result("applied", operation.id)
    fields = dead_letters.masked_fields(work.session, operation, outcome.conflicts or outcome.won)
    if outcome.conflicts:
        return Result("conflict", operation.id, code=row_patches.FIELD_CONFLICT, fields=fields)
    return Result("merged", operation.id, fields=fields)


def _authorized(actor: Actor, operation: Operation) -> Actor:
    """Return the actor restricted to those roles that have all permissions of the operation.

    The equivalent route restricts the actor in the same way.

    Raises:
        Forbidden: No role has all of these permissions.
    """
    permissions = operation.sound_kind.permissions
    acting = actor.holding(*permissions)
    if acting is None:
        raise Forbidden("permission_missing", permission=permissions[-1].value)
    return acting
