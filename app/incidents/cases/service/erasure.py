"""Erasure of reporters: name, phone number and text of the reports, in all tables."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.rules.masking import looks_like_national_id
from app.core import clock, erasures, idempotency
from app.core.actor import SYSTEM, Actor
from app.core.erasures import Ledger
from app.core.errors import invalid_field
from app.incidents.cases.queries import erasure as queries
from app.incidents.cases.queries import writes
from app.incidents.cases.service.reporters import identified_reporter
from app.media import service as media


def erase_reporter(
    session: Session,
    actor: Actor,
    *,
    incident_id: UUID,
    reason: str,
    ledger: Ledger,
    report_id: UUID | None = None,
) -> None:
    """Erase the personal data of the reporter of a case. The actor must direct the case.

    Args:
        report_id: A report of the case. None: the report that opened the case.

    Raises:
        NotFound: The actor does not direct the case, or there is no such report.
        Conflict: `reporter_is_staff` (reports of an account are a record of work) or `reporter_erased`.
    """
    now = clock.now()
    if looks_like_national_id(reason):
        raise invalid_field("reason", "looks_like_national_id")
    reporter = identified_reporter(session, actor, incident_id=incident_id, report_id=report_id)
    accounts.record(
        session, actor, action="reporter.erase", entity="reporter", entity_id=reporter["id"], purpose=reason
    )
    _erase(session, [reporter["id"]], now=now)
    ledger.add(erasures.REPORTER, [reporter["id"]], at=now)


def erase_reporters(
    session: Session, reporter_ids: Sequence[UUID], *, because: str, ledger: Ledger | None, now: datetime
) -> int:
    """Erase the personal data of several reporters. Return the number of reporters.

    The audit trail names the system as the actor.

    Args:
        because: Code of the reason, for the audit trail.
    """
    ids = queries.not_erased(session, reporter_ids)
    if not ids:
        return 0
    details = [(row_id, {"because": because}) for row_id in ids]
    accounts.record_each(session, SYSTEM, action="reporter.erase", entity="reporter", details=details)
    _erase(session, ids, now=now)
    if ledger is not None:
        ledger.add(erasures.REPORTER, ids, at=now)
    return len(ids)


def reporters_kept_since(session: Session, *, ended_before: datetime, limit: int) -> list[UUID]:
    """Return the ids of reporters without account who reported a case that ended before a time.

    Reporters who were erased before are left out.
    """
    return queries.kept_since(session, ended_before=ended_before, limit=limit)


def reporters_not_erased(session: Session, reporter_ids: Sequence[UUID]) -> list[UUID]:
    """Return the given ids of reporters who have no account and are not erased yet."""
    return queries.not_erased(session, reporter_ids)


def _erase(session: Session, reporter_ids: Sequence[UUID], *, now: datetime) -> None:
    cases = queries.cases_of(session, reporter_ids)
    writes.lock_cases(session, cases)
    for media_id in queries.voices_of(session, reporter_ids):
        media.remove_unchecked(session, media_id=media_id)
    queries.erase(session, reporter_ids, now=now)
    idempotency.erase_operations(session, queries.rows_of(session, reporter_ids))
    for incident_id in sorted(cases):
        # Devices store the words with the case, so they must fetch the case again.
        writes.update_case(session, incident_id, now=now)
