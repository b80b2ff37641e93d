"""Erasure of reporters, and repeated erasure of people after a restore."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import db, erasures
from app.core.actor import SYSTEM, Actor
from app.core.erasures import Ledger
from app.exchange import service as exchange
from app.households import service as households
from app.incidents import service as incidents

# Most reporters erased in one transaction, and in one night.
CHUNK_SIZE, MAX_PER_NIGHT = 500, 50_000


def erase_reporter(
    session: Session,
    actor: Actor,
    *,
    incident_id: UUID,
    reason: str,
    ledger: Ledger,
    report_id: UUID | None = None,
) -> None:
    """Erase who reported a case, and let files of exports that may have their words expire at once."""
    exchange.expire_case_files(session)
    incidents.erase_reporter(
        session, actor, incident_id=incident_id, report_id=report_id, reason=reason, ledger=ledger
    )


def erase_reporters_due(now: datetime, *, days: int, ledger: Ledger) -> int:
    """Erase reporters whose cases ended more than `days` ago (0: nobody); how many. Files of exports expire by themselves."""
    if not days:
        return 0
    with db.read_session() as session:
        due = incidents.reporters_kept_since(
            session, ended_before=now - timedelta(days=days), limit=MAX_PER_NIGHT
        )
    erase = partial(incidents.erase_reporters, because="kept_long_enough", ledger=ledger, now=now)
    return _in_chunks(due, erase)


def replay(ledger: Ledger, now: datetime) -> dict[str, int]:
    """Erase again whoever the ledger names and the database still has; how many of each kind.

    Raises:
        OSError: The ledger cannot be read.
    """
    because = "replayed"
    erasers: dict[str, Callable[[Session, Sequence[UUID]], int]] = {
        erasures.RESIDENT: partial(households.erase_residents, because=because),
        erasures.REPORTER: partial(incidents.erase_reporters, because=because, ledger=None, now=now),
    }
    erased_ids = ledger.read().ids
    counts = {kind: _in_chunks(sorted(erased_ids[kind]), erase) for kind, erase in erasers.items()}
    if counts[erasures.REPORTER]:
        with db.transaction(SYSTEM) as session:
            exchange.expire_case_files(session)
    return counts


def _in_chunks(ids: Sequence[UUID], erase: Callable[[Session, Sequence[UUID]], int]) -> int:
    def attempt(chunk: Sequence[UUID]) -> int:
        with db.transaction(SYSTEM) as session:
            return erase(session, chunk)

    return sum(db.with_retries(partial(attempt, chunk)) for chunk in erasures.chunks(ids, CHUNK_SIZE))
