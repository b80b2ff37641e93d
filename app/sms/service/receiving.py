"""Use case: an SMS comes in. It is stored, applied once, and answered through the outbox of messages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.rules.masking import looks_like_national_id
from app.core import clock, idempotency
from app.core.actor import Actor, Permission
from app.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, invalid_field
from app.core.ids import uuid7
from app.incidents import service as incidents
from app.messages import service as messages
from app.messages.rules.addresses import phone_of
from app.messages.rules.outbox import SMS, Content, NewMessage, Waiting
from app.places import service as places
from app.profiles import service as profiles
from app.profiles.rules.profile import Profile
from app.public import service as public
from app.public.rules.category_search import found_categories
from app.public.rules.free_words import clean_words
from app.settings import Settings
from app.sms.queries import incoming as queries
from app.sms.rules import answers
from app.sms.rules.grammar import Command, Kind, parse
from app.sms.service import notice_replies
from app.sms.service.notice_replies import Received

REPLY = "sms_reply"
HOUR = timedelta(hours=1)
# Sender and words are kept so long for the person who reads what was not understood.
KEPT = timedelta(days=90)
Explain = Callable[[DomainError, str], str]


@dataclass(frozen=True, slots=True)
class Incoming:
    """An SMS as the gateway sends it."""

    message_id: str
    sender: str
    words: str


@dataclass(frozen=True, slots=True)
class _Result:
    outcome: str
    incident_id: UUID | None = None


def receive(
    session: Session, actor: Actor, sms: Incoming, *, settings: Settings, explain: Explain
) -> dict[str, Any]:
    """Apply an SMS once, and return what became of it. The same message gets the same result again.

    What cannot be applied is stored all the same, and its sender gets an answer.

    Args:
        actor: The service account of the gateway.
        explain: Returns the sentence of an error in a language (`zh`, `en`).

    A sender to whom no SMS is sent, such as a short number, is stored for a person and gets no answer.

    Raises:
        Conflict: The id was used for another message (`id_reused`).
    """
    phone = phone_of(sms.sender, settings.sms_countries)
    digest = idempotency.digest({"from": phone or sms.sender, "text": sms.words})
    values = {
        "account_id": actor.id,
        "message_id": sms.message_id,
        "digest": digest,
        "phone": phone or sms.sender,
        "words": sms.words,
        "now": clock.now(),
    }
    number = queries.claim(session, values)
    if number is None:
        row = queries.earlier(session, actor.id, sms.message_id)
        if bytes(row["body_digest"]) != digest:
            raise Conflict("id_reused")
        return _described(row["outcome"], row["code"], row["incident_id"], row["reply"])
    if phone is None:
        # As it was claimed: not understood, and kept.
        _record(session, actor, _Result("help"), None)
        return _described("help", None, None, None)
    # Further ones are stored, and neither applied nor answered.
    if queries.number_since(session, phone, since=clock.now() - HOUR) > settings.sms_per_hour:
        outcome: dict[str, Any] = {
            "outcome": "refused",
            "code": "sms_too_many",
            "incident_id": None,
            "reply": None,
        }
        queries.store_outcome(session, number, outcome | {"sender_id": None, "jurisdiction_id": None})
        _record(session, actor, _Result("refused"), None)
        return _described("refused", "sms_too_many", None, None)
    language = answers.language_of(sms.words)
    worker = _worker(session, actor, phone)
    received = Received(sms.words, language, phone, worker, actor, settings)
    code = None
    try:
        with session.begin_nested():
            result = _applied(session, received)
    except DomainError as error:
        notice_replies.note_failure(session, received, error)
        # Of a faulty field the fault is the code.
        code = next((fault["code"] for fault in error.extra.get("errors", ())), error.code)
        result = _Result("refused")
        reply = answers.refused_text(language, explain(error, language))
    else:
        reply = _reply(session, result, language, is_worker=worker is not None)
    jurisdiction_id = _jurisdiction(session, worker or actor)
    outcome = {
        "outcome": result.outcome,
        "code": code,
        "incident_id": result.incident_id,
        "reply": reply,
        "sender_id": worker.id if worker else None,
        "jurisdiction_id": jurisdiction_id,
    }
    queries.store_outcome(session, number, outcome)
    _answer(session, phone, language, reply, number, jurisdiction_id, settings)
    _record(session, actor, result, worker)
    return _described(result.outcome, code, result.incident_id, reply)


def _record(session: Session, actor: Actor, result: _Result, worker: Actor | None) -> None:
    worker_id = worker.id if worker else None
    detail = {"outcome": result.outcome, "worker_id": worker_id, "incident_id": result.incident_id}
    accounts.record(session, actor, action="sms.receive", entity="sms", detail=detail)


def _described(outcome: str, code: str | None, incident_id: UUID | None, reply: str | None) -> dict[str, Any]:
    return {"outcome": outcome, "code": code, "incident_id": incident_id, "reply": reply}


def _reply(session: Session, result: _Result, language: str, *, is_worker: bool) -> str:
    if result.outcome == "help":
        return answers.help_text(language, is_worker=is_worker)
    case_no = queries.case_no_of(session, result.incident_id) if result.incident_id else None
    return answers.done_text(result.outcome, language, case_no)


def _answer(
    session: Session,
    phone: str,
    language: str,
    reply: str,
    number: int,
    jurisdiction_id: UUID,
    settings: Settings,
) -> None:
    if settings.sms_url:
        message = NewMessage(
            jurisdiction_id=jurisdiction_id,
            channel=SMS,
            kind=REPLY,
            address=phone,
            language=language,
            cause=f"sms:{number}",
            words=reply,
        )
        messages.add_message(session, message, settings=settings)


def _jurisdiction(session: Session, actor: Actor) -> UUID:
    if actor.jurisdiction_ids:
        return actor.jurisdiction_ids[0]
    return profiles.jurisdiction_named(session, None)


def _worker(session: Session, gateway: Actor, phone: str) -> Actor | None:
    """Return the worker with a telephone number, if the gateway serves the worker's city. Two workers with one are nobody."""
    figures = phone.removeprefix("+")
    # As it may be written down: with the country code, with 00, or as a number of the country.
    forms = [
        figures,
        f"00{figures}",
        *(figures[length:] for length in (1, 2, 3) if len(figures) - length >= 8),
    ]
    ids = queries.workers_with_phone(session, forms)
    worker = accounts.actor_of(session, ids[0]) if len(ids) == 1 else None
    if worker is None or not (
        gateway.everywhere_with(Permission.MESSAGE_RECEIVE)
        or set(worker.jurisdiction_ids) & set(gateway.jurisdiction_ids)
    ):
        return None
    return worker


def _applied(session: Session, received: Received) -> _Result:
    """Do what an SMS asks for."""
    worker, phone, settings = received.worker, received.phone, received.settings
    command = parse(received.words)
    if command is not None and command.kind is Kind.STOP:
        is_stopped = public.stop_phone(session, phone, settings=settings) > 0
        has_ended = notice_replies.stop(session, received)
        return _Result("stopped" if is_stopped else "notices_stopped" if has_ended else "help")
    if command is not None and command.kind is Kind.CONFIRM:
        if public.confirm_phone(session, phone, settings=settings):
            return _Result("confirmed")
        command = None
    if looks_like_national_id(received.words if command is None else command.words):
        raise invalid_field("text", "looks_like_national_id")
    if command is None or command.kind is Kind.WORDS:
        reply = notice_replies.reply(session, received, is_understood=command is not None)
        if reply is not None:
            return _Result(reply.outcome, reply.incident_id)
    if command is None:
        return _Result("help")
    if command.kind is Kind.WORDS:
        return _Result(
            "words_added",
            public.add_words_by_sms(session, phone, command.code, command.words, settings=settings),
        )
    if worker is None:
        raise Forbidden("sms_sender_unknown")
    if command.kind is Kind.REPORT:
        return _report(session, _holding(worker, Permission.INCIDENT_REPORT), command)
    return _task(session, _holding(worker, Permission.INCIDENT_HANDLE), command)


def _holding(worker: Actor, permission: Permission) -> Actor:
    holder = worker.holding(permission)
    if holder is None:
        raise Forbidden("permission_missing", permission=permission.value)
    return holder


def _report(session: Session, worker: Actor, command: Command) -> _Result:
    in_force = profiles.readable_profile(session, _jurisdiction(session, worker), clock.now())
    if in_force is None:
        raise Invalid("no_jurisdiction")
    category = _category(in_force.profile, command.category)
    lon, lat = places.point_of_text(session, worker, command.place, now=clock.now())
    receipt = incidents.report_within(
        session,
        worker,
        id=uuid7(),
        lon=lon,
        lat=lat,
        coord_sys="wgs84",
        category=category,
        description=clean_words(command.words).words,
    )
    return _Result("reported", receipt.incident_id)


def _category(profile: Profile, words: str) -> str:
    """Return the code of the only category that words name: by its code, its name, or what people call it."""
    categories = [*profile.taxonomy.categories.values()]
    plain = words.casefold()
    by_code = [category for category in categories if category.code.casefold() == plain]
    by_name = [c for c in categories if plain in c.name.zh.casefold() or plain in c.name.en.casefold()]
    exact = [c for c in by_name if plain in (c.name.zh.casefold(), c.name.en.casefold())]
    matches = by_code or exact or by_name or found_categories(categories, words)
    if not matches:
        raise Invalid("sms_category_unknown")
    if len(matches) > 1:
        raise Invalid("sms_category_ambiguous", codes=[category.code for category in matches[:3]])
    return matches[0].code


def _task(session: Session, worker: Actor, command: Command) -> _Result:
    task = queries.task(session, worker.id, command.code)
    if task is None:
        raise NotFound("sms_task_unknown")
    if command.kind is Kind.ACCEPT:
        incident_id = incidents.accept(session, worker, assignment_id=task["assignment_id"])
        return _Result("accepted", incident_id)
    if not command.words:
        raise Invalid("sms_words_missing")
    incident_id = task["incident_id"]
    if task["status"] == "accepted":
        incidents.apply_transition(session, worker, incident_id=incident_id, action="start")
    note = clean_words(command.words).words
    incidents.apply_transition(session, worker, incident_id=incident_id, action="feed_back", note=note)
    return _Result("done", incident_id)


class ReplyComposer:
    """Sends the words that were written with the message."""

    def compose(self, session: Session, message: Waiting, *, settings: Settings) -> Content | str:
        return Content("", message.words) if message.words else "ended"

    def note_sent(self, session: Session, message: Waiting, content: Content) -> None:
        return None


def erase_numbers(session: Session, phones: Sequence[str]) -> None:
    """Erase telephone numbers and the words of the SMS that came from them."""
    queries.erase_numbers(session, phones)


def erase_old(session: Session) -> None:
    """Erase sender and words of SMS after 90 days."""
    queries.erase_old(session, before=clock.now() - KEPT)
