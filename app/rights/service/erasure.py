"""Use cases that erase reporters: on request, after the retention period, after a restore.

The ledger is a file outside the database that lists all erasures. After a backup was restored, `replay` repeats the
erasures in the database.
"""

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
from app.messages import service as messages
from app.messages.rules.addresses import phone_of
from app.notices import service as notices
from app.settings import Settings
from app.sms import service as sms

# Most people erased in one transaction, and most reporters erased in one night.
CHUNK_SIZE, MAX_PER_NIGHT = 500, 50_000


def erase_resident(
    session: Session, actor: Actor, *, resident_id: UUID, reason: str, ledger: Ledger, settings: Settings
) -> None:
    """Erase the personal data of a resident, also the addresses in messages that wait or failed and in SMS.

    Args:
        reason: Text for the audit trail.

    Raises:
        NotFound: There is no such resident, or the actor may not erase them.
    """
    phones, emails = households.addresses_of(session, [resident_id])
    households.erase_resident(session, actor, resident_id=resident_id, reason=reason, ledger=ledger)
    _erase_addresses(session, phones, emails, settings)


def _erase_residents(session: Session, ids: Sequence[UUID], *, because: str, settings: Settings) -> int:
    phones, emails = households.addresses_of(session, ids)
    count = households.erase_residents(session, ids, because=because)
    _erase_addresses(session, phones, emails, settings)
    return count


def _erase_addresses(
    session: Session, numbers: Sequence[str], emails: Sequence[str], settings: Settings
) -> None:
    """Erase addresses where they are stored beside the register: messages, SMS, deliveries of notices."""
    phones = [phone for number in numbers if (phone := phone_of(number, settings.sms_countries)) is not None]
    if emails:
        messages.erase_addresses(session, emails, settings=settings)
    if phones:
        digests = messages.erase_addresses(session, phones, settings=settings)
        notices.forget_numbers(session, digests)
        sms.erase_numbers(session, phones)


def erase_reporter(
    session: Session,
    actor: Actor,
    *,
    incident_id: UUID,
    reason: str,
    ledger: Ledger,
    report_id: UUID | None = None,
) -> None:
    """Erase the personal data of a reporter of a case.

    Export files of cases expire at once, because they may contain these data.

    Args:
        report_id: The report whose reporter is erased; None: the first report of the case.
        reason: Text for the audit trail.
    """
    exchange.expire_case_files(session)
    incidents.erase_reporter(
        session, actor, incident_id=incident_id, report_id=report_id, reason=reason, ledger=ledger
    )


def erase_reporters_due(now: datetime, *, days: int, ledger: Ledger) -> int:
    """Erase the reporters whose cases ended more than `days` ago, and return their number.

    Export files are left alone, because they expire by their age.

    Args:
        days: Days after the end of a case. With 0 no reporter is erased.
    """
    if not days:
        return 0
    with db.read_session() as session:
        due = incidents.reporters_kept_since(
            session, ended_before=now - timedelta(days=days), limit=MAX_PER_NIGHT
        )
    erase = partial(incidents.erase_reporters, because="kept_long_enough", ledger=ledger, now=now)
    return _in_chunks(due, erase)


def replay(ledger: Ledger, now: datetime, *, settings: Settings) -> dict[str, int]:
    """Erase the people listed in the ledger that the database still contains.

    Return the number of erased people by kind (`resident`, `reporter`).

    Raises:
        OSError: The ledger cannot be read.
    """
    because = "replayed"
    erasers: dict[str, Callable[[Session, Sequence[UUID]], int]] = {
        erasures.RESIDENT: partial(_erase_residents, because=because, settings=settings),
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
