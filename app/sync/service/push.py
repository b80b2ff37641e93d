"""Push: apply the operations of a device in order, each of them once; return the results."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.core import clock, db
from app.core.actor import Actor
from app.core.errors import Busy
from app.settings import Settings
from app.sync.queries import push as queries
from app.sync.rules.operations import Operation, missing_ranges, reused_numbers, units_of
from app.sync.rules.results import Result
from app.sync.service import operation_runner
from app.sync.service.push_context import Interruption, PushContext, Unit

# A transaction has its locks until it ends, so it ends after so many operations.
OPERATIONS_PER_TRANSACTION = 50
# After so many collisions with other transactions in one request a push ends with the results so far.
MAX_COLLISIONS = 10
NO_DEVICE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class PushOutcome:
    """The outcome of a push.

    Attributes:
        now: Time of the push.
        skew_s: Seconds by which the device's clock is behind. None: the device sent no time.
        results: Final results by index. The device has to send an operation without a result again.
        applied_seq: The number up to which all operations of the device have a result.
        missing_ranges: First and last number of each gap that this push opened.
    """

    now: datetime
    skew_s: float | None
    results: dict[int, Result]
    applied_seq: int
    missing_ranges: list[tuple[int, int]]


def push(
    actor: Actor, *, operations: Sequence[Operation], sent_at: datetime | None, settings: Settings
) -> PushOutcome:
    """Apply the operations of a device in several transactions, and return their results.

    Args:
        operations: Parsed operations in the order sent.
        sent_at: Time of this attempt by the device's clock.

    Raises:
        Busy: Another push of the device is running, and nothing was stored.
        SQLAlchemyError: The database failed before anything was stored.
    """
    now = clock.now()
    skew_s = None if sent_at is None else (now - sent_at).total_seconds()
    return _Push(actor, operations, settings, now, skew_s).run()


@dataclass(frozen=True, slots=True)
class _ChunkOutcome:
    """The outcome of one transaction of a push. It is valid only after the commit."""

    results: dict[int, Result]
    applied_seq: int
    missing_ranges: list[tuple[int, int]]
    interruption: Interruption | None


@dataclass(slots=True)
class _Push:
    """A running push.

    The attributes `results`, `applied_seq` and `missing_ranges` contain only what was committed.

    Attributes:
        collisions: How often a transaction failed because of a concurrent one (deadlock or serialisation).
        reused_numbers: Refused operations whose number belongs to another operation, by index. None: not known yet.
    """

    actor: Actor
    operations: Sequence[Operation]
    settings: Settings
    now: datetime
    skew_s: float | None
    results: dict[int, Result] = field(default_factory=dict)
    applied_seq: int | None = None
    missing_ranges: list[tuple[int, int]] = field(default_factory=list)
    collisions: int = 0
    reused_numbers: dict[int, Operation] | None = None

    @property
    def device_id(self) -> UUID:
        """The id of the actor's device, or the nil UUID for a session without a device."""
        return self.actor.device_id or NO_DEVICE

    def run(self) -> PushOutcome:
        """Apply the operations in chunks, until all have a result or the push has to stop.

        A chunk is applied in one transaction. The push stops at its time limit, or if the database cannot continue.

        Raises:
            Busy: Another push of the device is running, and nothing was stored.
        """
        units = units_of(self.operations)
        deadline = time.monotonic() + self.settings.push_seconds
        while True:
            outcome = self._commit_chunk(_chunk(units))
            if outcome is None:
                break
            self.results |= outcome.results
            if self.applied_seq is None:
                self.missing_ranges = outcome.missing_ranges
            self.applied_seq = outcome.applied_seq
            units = [unit for unit in units if any(op.index not in self.results for op in unit)]
            if not units or not self._may_go_on(outcome.interruption) or time.monotonic() > deadline:
                break
        if self.applied_seq is None:
            raise Busy("device_busy")
        return PushOutcome(self.now, self.skew_s, self.results, self.applied_seq, self.missing_ranges)

    def _commit_chunk(self, chunk: list[Unit]) -> _ChunkOutcome | None:
        """Apply some operations in one transaction, and return the outcome.

        Returns None if nothing was stored, because another push of the device is running or the database failed
        temporarily. The push then ends with the results so far. If nothing was committed before, the error of the database
        is raised instead.
        """
        try:
            with db.transaction(self.actor) as session:
                if not queries.lock_device(session, self.actor.id, self.device_id):
                    return None
                return self._apply_chunk(session, chunk)
        except SQLAlchemyError as error:
            if self.applied_seq is None or not db.is_transient(error):
                raise
            return None

    def _may_go_on(self, interruption: Interruption | None) -> bool:
        """Return True if the push should continue with another transaction.

        It continues after a success. After a collision it continues at most MAX_COLLISIONS times, because a new transaction
        does not hold the locks of the previous one. After any other interruption it stops.
        """
        if interruption is None:
            return True
        if interruption.error is None or not db.is_collision(interruption.error):
            return False
        self.collisions += 1
        return self.collisions <= MAX_COLLISIONS

    def _apply_chunk(self, session: Session, chunk: list[Unit]) -> _ChunkOutcome:
        """Apply some operations and store the progress of the device.

        The caller has locked the device.
        """
        applied_before = self._applied_before(session)
        work = PushContext(session, self.actor, self.now, timedelta(hours=self.settings.late_hours))
        work.last_timeout = queries.last_timeout(session, self.actor.id, self.device_id)
        interruption = operation_runner.apply_units(
            work, self._without_reused(session, chunk, applied_before)
        )
        cause = interruption.error if interruption is not None else None
        if isinstance(cause, DBAPIError) and cause.connection_invalidated:
            raise cause  # the transaction is lost with its connection: nothing of it is stored
        applied_seq = queries.save_device(
            session,
            self.actor.id,
            self.device_id,
            applied=max(applied_before, self._answered_seq({*self.results, *work.results})),
            skew=self.skew_s,
            now=self.now,
            stuck_key=interruption.stuck_key if interruption is not None else None,
        )
        missing = missing_ranges(self._sent_seqs(), applied=applied_before)
        return _ChunkOutcome(work.results, applied_seq, missing, interruption)

    def _sent_seqs(self) -> list[int]:
        """Return the distinct numbers of the sent operations, ascending."""
        return sorted({op.device_seq for op in self.operations if op.device_seq is not None})

    def _applied_before(self, session: Session) -> int:
        """Return the number up to which all operations had a result before this push.

        For an unknown device this is the lowest sent number minus 1.
        """
        applied = self.applied_seq
        if applied is None:
            applied = queries.applied_seq(session, self.actor.id, self.device_id)
        if applied is None:
            applied = next((seq - 1 for seq in self._sent_seqs()), 0)
        return applied

    def _without_reused(self, session: Session, chunk: list[Unit], applied_before: int) -> list[Unit]:
        """Return the operations with refusals added where a number belongs to another operation.

        `chunk`: units of operations. A unit is one operation, or all operations of a group.
        """
        if self.reused_numbers is None:
            old_numbers = [seq for seq in self._sent_seqs() if seq <= applied_before]
            used = (
                queries.used_numbers(session, self.actor.principal, self.device_id, old_numbers)
                if old_numbers
                else []
            )
            self.reused_numbers = reused_numbers(self.operations, used)
        refused = self.reused_numbers
        return [[refused.get(op.index, op) for op in unit] for unit in chunk] if refused else chunk

    def _answered_seq(self, answered: set[int]) -> int:
        """Return the highest number up to which all sent operations have a result; 0 without one.

        Args:
            answered: Indexes of the operations with a result.
        """
        numbered = [
            (op.device_seq, op.index in answered) for op in self.operations if op.device_seq is not None
        ]
        first_unanswered = min((seq for seq, is_answered in numbered if not is_answered), default=None)
        return max(
            (
                seq
                for seq, is_answered in numbered
                if is_answered and (first_unanswered is None or seq < first_unanswered)
            ),
            default=0,
        )


def _chunk(units: Sequence[Unit]) -> list[Unit]:
    """Return the next units to apply in one transaction.

    They have at most OPERATIONS_PER_TRANSACTION operations. A group is not split. At least one unit is returned, even if it
    is a larger group.
    """
    count = 0
    chunk: list[Unit] = []
    for unit in units:
        count += len(unit)
        if chunk and count > OPERATIONS_PER_TRANSACTION:
            break
        chunk.append(unit)
    return chunk
