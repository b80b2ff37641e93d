"""Push: apply operations in the device's order, each once, each with a result."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.core import clock, db
from app.core.actor import Actor
from app.core.errors import Busy
from app.settings import Settings
from app.sync.queries import push as queries
from app.sync.rules.operations import Operation, missing_ranges, reused_numbers, units_of
from app.sync.service import operation_runner
from app.sync.service.operation_runner import Interrupted, PushContext, Result, Unit

Transaction = Callable[[Actor], AbstractContextManager[Session]]
# A transaction holds what it has locked until it ends, so it ends after so many operations.
OPERATIONS_PER_TRANSACTION = 50
# So often in one request a push goes on in a new transaction after it collided with others.
MAX_COLLISIONS = 10
NO_DEVICE = UUID(int=0)


@dataclass(slots=True)
class _PushState:
    """State of a push; committed results only. `reused_numbers`: operations refused for a taken number, by index."""

    results: dict[int, Result] = field(default_factory=dict)
    applied_seq: int | None = None
    missing_ranges: list[tuple[int, int]] | None = None
    collisions: int = 0
    has_collided: bool = False
    reused_numbers: dict[int, Operation] | None = None


def push(
    transaction: Transaction,
    actor: Actor,
    *,
    operations: Sequence[Operation],
    sent_at: datetime | None,
    settings: Settings,
    code_of: Callable[[IntegrityError], str],
) -> dict[str, Any]:
    """Apply operations; return `results` by index, `applied_device_seq`, `missing_device_seq_ranges`, `skew_seconds`.

    An operation without a result was not tried: send it again. Raises Busy while another push of the device runs, and the
    database's error if nothing could be stored at all.
    """
    now = clock.now()
    skew = None if sent_at is None else (now - sent_at).total_seconds()
    units, state = units_of(operations), _PushState()
    deadline = time.monotonic() + settings.push_seconds
    while True:
        chunk = _chunk(units)
        try:
            with transaction(actor) as session:
                work = PushContext(session, actor, now, timedelta(hours=settings.late_hours), code_of)
                applied, missing, is_whole = _apply_chunk(work, state, operations, chunk, skew)
        except (Busy, SQLAlchemyError) as error:
            if state.applied_seq is None or not (isinstance(error, Busy) or db.is_transient(error)):
                raise
            break
        state.results |= work.results
        state.applied_seq = applied
        state.missing_ranges = missing if state.missing_ranges is None else state.missing_ranges
        units = [unit for unit in units if any(operation.index not in state.results for operation in unit)]
        may_go_on = is_whole or (state.has_collided and state.collisions <= MAX_COLLISIONS)
        if not units or not may_go_on or time.monotonic() > deadline:
            break
    return {
        "results": state.results,
        "applied_device_seq": state.applied_seq,
        "missing_device_seq_ranges": state.missing_ranges or [],
        "skew_seconds": skew,
        "now": now,
    }


def _chunk(units: Sequence[Unit]) -> list[Unit]:
    """Return as many of the next units as one transaction takes, at least one."""
    count = 0
    chunk: list[Unit] = []
    for unit in units:
        count += len(unit)
        if chunk and count > OPERATIONS_PER_TRANSACTION:
            break
        chunk.append(unit)
    return chunk


def _apply_chunk(
    work: PushContext,
    state: _PushState,
    operations: Sequence[Operation],
    chunk: Sequence[Unit],
    skew: float | None,
) -> tuple[int, list[tuple[int, int]], bool]:
    """Return the device's `applied_seq`, the numbers it left out, and whether the whole chunk was applied."""
    actor, device_id = work.actor, work.actor.device_id or NO_DEVICE
    if not queries.lock_device(work.session, actor.id, device_id):
        raise Busy("device_busy")
    sent = sorted({operation.device_seq for operation in operations if operation.device_seq is not None})
    applied_before = state.applied_seq
    if applied_before is None:
        applied_before = queries.applied_seq(work.session, actor.id, device_id)
    if applied_before is None:
        applied_before = sent[0] - 1 if sent else 0
    if state.reused_numbers is None:
        old_numbers = [number for number in sent if number <= applied_before]
        used = (
            queries.used_numbers(work.session, actor.principal, device_id, old_numbers) if old_numbers else []
        )
        state.reused_numbers = reused_numbers(operations, used)
    if state.reused_numbers:
        chunk = [
            [state.reused_numbers.get(operation.index, operation) for operation in unit] for unit in chunk
        ]
    is_whole, stuck_key = True, None
    work.last_timeout = queries.last_timeout(work.session, actor.id, device_id)
    try:
        operation_runner.apply_units(work, chunk)
    except Interrupted as interrupted:
        cause = interrupted.__cause__
        if isinstance(cause, DBAPIError) and cause.connection_invalidated:
            raise cause from None  # the transaction has gone with its connection: nothing of it stands
        is_whole, stuck_key = False, interrupted.stuck_key
        # A new transaction holds none of the locks against which this one may not wait.
        state.has_collided = cause is not None and db.is_collision(cause)
        state.collisions += state.has_collided
    final = state.results.keys() | work.results.keys()
    unanswered_seqs = [
        operation.device_seq
        for operation in operations
        if operation.index not in final and operation.device_seq is not None
    ]
    answered_seqs = [
        operation.device_seq
        for operation in operations
        if operation.index in final and operation.device_seq is not None
    ]
    last_seq = max(
        (seq for seq in answered_seqs if not unanswered_seqs or seq < min(unanswered_seqs)), default=0
    )
    applied = queries.save_device(
        work.session,
        actor.id,
        device_id,
        applied=max(applied_before, last_seq),
        skew=skew,
        now=work.now,
        stuck_key=stuck_key,
    )
    return applied, missing_ranges(sent, applied=applied_before), is_whole
