"""Use case: somebody without an account supports a public case ("me too") and follows it from then on."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.ids import uuid7
from app.incidents import service as incidents
from app.public.rules.door import DOOR_ID, DOOR_NAME, DOOR_USERNAME
from app.public.rules.free_words import clean_words
from app.public.service.cases import public_case
from app.public.service.city import PublicCity
from app.public.service.links import make_link
from app.public.service.reports import (
    Contact,
    NewPublicReport,
    PublicReceipt,
    has_kept,
    report_digest,
    reporter_of,
    require_below_limits,
    store_way,
    whole_contact,
)


def support_case(
    session: Session,
    city: PublicCity,
    case_id: UUID,
    *,
    words: str,
    contact: Contact,
    source: bytes | None,
    language: str = "zh",
    id: UUID | None = None,
) -> PublicReceipt:
    """Add a report to a public case, at the centre of its cell, and return the secret of a link to it.

    Contact data in the words are hidden and stored as those of a report are.

    Args:
        language: `zh` or `en`, of later messages.
        id: Id of the report, made by the caller. None: a new one.

    Raises:
        NotFound: There is no such public case.
        Conflict: The case has ended (`join_of_ended`), or this telephone number has reported it (`joined_before`).
        Throttled: There are too many reports from this address, at this place or with these words.
    """
    case = public_case(session, city, case_id)
    report = NewPublicReport(
        category=case.category,
        words=words,
        channel="page",
        language=language,
        lon=case.lon,
        lat=case.lat,
        contact=contact,
        source=source,
    )
    clean = clean_words(words)
    whole = whole_contact(contact, clean)
    now = clock.now()
    require_below_limits(session, report, clean.words, (case.lon, case.lat), now)
    accounts.ensure_locked_account(session, DOOR_ID, username=DOOR_USERNAME, name=DOOR_NAME)
    report_id = id or uuid7()
    incidents.join_unchecked(
        session,
        city.actor,
        incident_id=case_id,
        id=report_id,
        lon=case.lon,
        lat=case.lat,
        description=clean.words,
        source="public",
        reporter=reporter_of(whole),
    )
    if whole.email:
        incidents.store_email(session, report_id=report_id, email=whole.email)
    digest = report_digest(report)
    store_way(session, report, report_id, case_id, city.actor, digest=digest, point=(case.lon, case.lat))
    return PublicReceipt(
        case=public_case(session, city, case_id),
        is_public=True,
        secret=make_link(session, report_id),
        is_new=True,
        has_hidden=clean.words != words,
        has_kept=has_kept(whole, contact),
    )
