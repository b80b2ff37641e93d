"""Push: what a phone did is applied in its order, each operation once, and each gets an answer."""

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
from app.sync.queries import pushing as queries
from app.sync.rules.operations import Operation, missing_ranges, reused_numbers, units_of
from app.sync.service import applying
from app.sync.service.applying import Interrupted, Result, Unit, Work

Transaction = Callable[[Actor], AbstractContextManager[Session]]
# A transaction holds what it has locked until it ends, so it ends after so many operations.
AT_ONCE = 50
# So often in one request a push goes on in a new transaction after it collided with others.
MOST_COLLISIONS = 10
NO_DEVICE = UUID(int=0)


@dataclass(slots=True)
class _Book:
    """State of a push under way; holds committed results only. `reused`: refused operations with a taken number, by place."""

    results: dict[int, Result] = field(default_factory=dict)
    applied: int | None = None
    missing: list[tuple[int, int]] | None = None
    collisions: int = 0
    has_collided: bool = False
    reused: dict[int, Operation] | None = None


def push(
    transaction: Transaction,
    actor: Actor,
    *,
    operations: Sequence[Operation],
    sent_at: datetime | None,
    settings: Settings,
    code_of: Callable[[IntegrityError], str],
) -> dict[str, Any]:
    """Apply operations; `results` by place, `applied_device_seq`, `missing_device_seq_ranges`, `skew_seconds`.

    What is in no result was not tried: send it again. Raises Busy while another push of the device is under way,
    and what the database raised if nothing could be kept at all.
    """
    now = clock.now()
    skew = None if sent_at is None else (now - sent_at).total_seconds()
    units, book = units_of(operations), _Book()
    ends = time.monotonic() + settings.push_seconds
    while True:
        chunk = _chunk(units)
        try:
            with transaction(actor) as session:
                work = Work(session, actor, now, timedelta(hours=settings.late_hours), code_of)
                applied, missing, is_whole = _apply_chunk(work, book, operations, chunk, skew)
        except (Busy, SQLAlchemyError) as error:
            if book.applied is None or not (isinstance(error, Busy) or db.is_transient(error)):
                raise
            break
        book.results |= work.results
        book.applied = applied
        book.missing = missing if book.missing is None else book.missing
        units = [unit for unit in units if any(one.place not in book.results for one in unit)]
        may_go_on = is_whole or (book.has_collided and book.collisions <= MOST_COLLISIONS)
        if not units or not may_go_on or time.monotonic() > ends:
            break
    return {
        "results": book.results,
        "applied_device_seq": book.applied,
        "missing_device_seq_ranges": book.missing or [],
        "skew_seconds": skew,
        "now": now,
    }


def _chunk(units: Sequence[Unit]) -> list[Unit]:
    """As many of the next units as one transaction takes, and one at least."""
    count = 0
    chunk: list[Unit] = []
    for unit in units:
        count += len(unit)
        if chunk and count > AT_ONCE:
            break
        chunk.append(unit)
    return chunk


def _apply_chunk(
    work: Work, book: _Book, operations: Sequence[Operation], chunk: Sequence[Unit], skew: float | None
) -> tuple[int, list[tuple[int, int]], bool]:
    """How far the device is then, which numbers it left out, and whether the chunk was applied to its end."""
    actor, device_id = work.actor, work.actor.device_id or NO_DEVICE
    if not queries.hold_device(work.session, actor.id, device_id):
        raise Busy("device_busy")
    sent = sorted({one.device_seq for one in operations if one.device_seq is not None})
    before = book.applied
    if before is None:
        before = queries.applied_seq(work.session, actor.id, device_id)
    if before is None:
        before = sent[0] - 1 if sent else 0
    if book.reused is None:
        low = [number for number in sent if number <= before]
        used = queries.used_numbers(work.session, actor.principal, device_id, low) if low else []
        book.reused = reused_numbers(operations, used)
    if book.reused:
        chunk = [[book.reused.get(one.place, one) for one in unit] for unit in chunk]
    is_whole, stuck_key = True, None
    work.stuck = queries.stuck(work.session, actor.id, device_id)
    try:
        applying.apply(work, chunk)
    except Interrupted as interrupted:
        cause = interrupted.__cause__
        if isinstance(cause, DBAPIError) and cause.connection_invalidated:
            raise cause from None  # the transaction has gone with its connection: nothing of it stands
        is_whole, stuck_key = False, interrupted.stuck_key
        # A new transaction holds none of the locks against which this one may not wait.
        book.has_collided = cause is not None and db.is_collision(cause)
        book.collisions += book.has_collided
    final = book.results.keys() | work.results.keys()
    left = [one.device_seq for one in operations if one.place not in final and one.device_seq is not None]
    done = [one.device_seq for one in operations if one.place in final and one.device_seq is not None]
    reached = max((seq for seq in done if not left or seq < min(left)), default=0)
    applied = queries.save_device(
        work.session,
        actor.id,
        device_id,
        applied=max(before, reached),
        skew=skew,
        now=work.now,
        stuck_key=stuck_key,
    )
    return applied, missing_ranges(sent, applied=before), is_whole
