"""Composers of the messages to reporters: the question whether they are wanted, a new state, a reply."""

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import NotFound
from app.core.ids import uuid7
from app.messages.rules.outbox import Content, Waiting
from app.public.queries import contacts as queries
from app.public.rules import news
from app.public.rules.states import STATES
from app.public.service.cases import case_of_reporter
from app.public.service.city import PublicCity, open_city
from app.public.service.contacts import link_secret
from app.public.service.links import digest_of
from app.settings import Settings

_STATES = {state.code: state for state in STATES}


class NewsComposer:
    """Makes the words of a message to a reporter, with the state that the case has at the first attempt."""

    def compose(self, session: Session, message: Waiting, *, settings: Settings) -> Content | str:
        contact = queries.contact_by_id(session, message.subject_id) if message.subject_id else None
        if contact is None or contact["ended_at"] is not None:
            return "ended"
        try:
            city = open_city(session, contact["city_code"])
        except NotFound:
            return "door_closed"
        if message.kind == news.CONFIRMATION:
            return self._question(contact, city, settings)
        return self._news(session, message, contact, city, settings)

    def _question(self, contact: RowMapping, city: PublicCity, settings: Settings) -> Content | str:
        if contact["confirmed_at"] is not None:
            return "confirmed"
        if contact["created_at"] <= clock.now() - news.CONFIRM_WITHIN:
            return "expired"
        return news.confirmation(
            contact["channel"],
            contact["language"],
            case_no=contact["case_no"],
            city=city.name.get(contact["language"], ""),
            confirm_url=_url(settings, "y", link_secret(settings, "confirm", contact["id"])),
        )

    def _news(
        self, session: Session, message: Waiting, contact: RowMapping, city: PublicCity, settings: Settings
    ) -> Content | str:
        if contact["confirmed_at"] is None:
            return "not_confirmed"
        case, _ = case_of_reporter(session, city, contact["incident_id"])
        state = _STATES[message.topic] if message.topic else case.state
        if message.kind == news.CASE_STATE and message.topic is None and state.code == contact["told_state"]:
            return "same_words"
        follow = link_secret(settings, "follow", contact["id"])
        stop = link_secret(settings, "stop", contact["id"])
        # The key of the server may be another one than at the time of the request.
        queries.ensure_links(
            session,
            contact,
            link_id=uuid7(),
            follow=digest_of(follow),
            stop=digest_of(stop),
            now=clock.now(),
        )
        language = contact["language"]
        facts = {
            "case_no": contact["case_no"],
            "city": city.name.get(language, ""),
            "follow_url": _url(settings, "f", follow),
            "stop_url": _url(settings, "n", stop),
        }
        if message.kind == news.CASE_REPLY:
            return news.news_of_reply(contact["channel"], language, **facts)
        is_now = state is case.state and case.reason is not None
        reason = case.reason.get(language) if is_now and case.reason else None
        return news.news_of_state(contact["channel"], language, state=state, reason=reason, **facts)

    def note_sent(self, session: Session, message: Waiting, content: Content) -> None:
        if message.kind == news.CASE_STATE and message.subject_id and content.topic:
            queries.store_told(session, message.subject_id, content.topic)


def _url(settings: Settings, kind: str, secret: str) -> str:
    return f"{settings.public_url}/public/{kind}/{secret}"
