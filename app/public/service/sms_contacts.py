"""Use cases of a reporter who answers by SMS: confirm, stop, add words. The telephone number is that of the sender."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.ids import uuid7
from app.messages import service as messages
from app.public.queries import contacts as queries
from app.public.rules import news
from app.public.service.cases import case_of_reporter
from app.public.service.city import open_city
from app.public.service.contacts import link_secret, place_of_link
from app.public.service.following import add_to_report
from app.public.service.links import digest_of, follow
from app.settings import Settings


def confirm_phone(session: Session, phone: str, *, settings: Settings) -> int:
    """Confirm the messages to a telephone number that asked for them in the last two days. Return their number."""
    now, count = clock.now(), 0
    for row in queries.contacts_of_phone(session, messages.address_digest(phone, settings)):
        if row["confirmed_at"] is None and row["created_at"] > now - news.CONFIRM_WITHIN:
            city = open_city(session, row["city_code"])
            case, _ = case_of_reporter(session, city, row["incident_id"])
            queries.confirm(session, row["id"], state=case.state.code, now=now)
            count += 1
    return count


def stop_phone(session: Session, phone: str, *, settings: Settings) -> int:
    """End all messages to a telephone number. Return their number."""
    rows = queries.contacts_of_phone(session, messages.address_digest(phone, settings))
    for row in rows:
        queries.end(session, row["id"], because="stopped", now=clock.now())
    return len(rows)


def add_words_by_sms(session: Session, phone: str, code: str, words: str, *, settings: Settings) -> UUID:
    """Add words to a report, and return the id of its case.

    Args:
        code: The secret of a link, from any telephone; or the number of the case, from a confirmed telephone number.

    Raises:
        NotFound: There is no such link, or the number follows no such case.
        Conflict: The case has ended (`join_of_ended`).
    """
    secret = code
    rows = queries.contacts_of_phone(session, messages.address_digest(phone, settings))
    own = next((row for row in rows if row["case_no"] == code and row["confirmed_at"] is not None), None)
    if own is not None:
        secret = link_secret(settings, "follow", own["id"])
        stop = digest_of(link_secret(settings, "stop", own["id"]))
        queries.ensure_links(
            session, own, link_id=uuid7(), follow=digest_of(secret), stop=stop, now=clock.now()
        )
    city_code, _ = place_of_link(session, secret)
    city = open_city(session, city_code)
    followed = follow(session, city, secret)
    add_to_report(session, city, secret, words=words, photos=[], settings=settings)
    return followed.incident_id
