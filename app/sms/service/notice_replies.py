"""Answers to notices to households by SMS: by the code of a sheet or link, or from a number that got the SMS of a notice."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.errors import DomainError, Invalid, NotFound
from app.messages import service as messages
from app.notices import service as notices
from app.settings import Settings
from app.sms.rules.grammar import answer_of, notice_code_of

_CODE_UNKNOWN = "sms_notice_code_unknown"


@dataclass(frozen=True, slots=True)
class Received:
    """An SMS that came in.

    Attributes:
        language: `zh` or `en`, of the answer.
        phone: The sender (E.164).
        worker: The worker with this number; None: somebody else.
        gateway: The service account of the gateway.
    """

    words: str
    language: str
    phone: str
    worker: Actor | None
    gateway: Actor
    settings: Settings

    def serves(self, jurisdiction_id: UUID) -> bool:
        """Return True if the gateway serves a city."""
        return (
            self.gateway.everywhere_with(Permission.MESSAGE_RECEIVE)
            or jurisdiction_id in self.gateway.jurisdiction_ids
        )

    def source(self) -> bytes:
        """Return the keyed digest of the sender."""
        return messages.address_digest(self.phone, self.settings)


@dataclass(frozen=True, slots=True)
class Reply:
    """The result of an answer to a notice: a state, or `asked`."""

    outcome: str
    incident_id: UUID | None


def reply(session: Session, received: Received, *, is_understood: bool) -> Reply | None:
    """Store the answer of a household to a notice. None: the SMS is none.

    A worker who got a notice at home answers with 1 or 2 only: other words are a task that was mistyped.

    Args:
        is_understood: The SMS has another meaning if no notice has its code.

    Raises:
        NotFound: There is no such code (`sms_notice_code_unknown`).
        Invalid: There is nothing after the code (`sms_answer_missing`).
        Throttled: Too many wrong codes came from this number, or the household answered too often.
        Conflict: The notice is not running.
    """
    serves, settings = received.serves, received.settings
    is_told = not is_understood and notices.is_told_phone(session, received.source(), serves=serves)
    coded = notice_code_of(received.words)
    if coded is not None:
        notices.require_tries_left(session, coded[0], received.source())
        code = notices.secret_of_code(session, coded[0], serves=serves, settings=settings)
        if code is not None:
            answer = _answer(received, coded[1])
            return _reply(answer, notices.answer_by_code(session, code, answer, settings=settings))
        if not is_told and not is_understood and received.worker is None:
            raise NotFound(_CODE_UNKNOWN)
        notices.store_failure(session, coded[0], received.source())
    if not is_told:
        return None
    answer = _answer(received, received.words)
    if received.worker is not None and answer.state is None:
        return None
    return _reply(answer, notices.answer_by_phone(session, received.source(), answer, settings=settings))


def note_failure(session: Session, received: Received, error: DomainError) -> None:
    """Store that an SMS had a wrong code, for the limit of tries. Its own changes were rolled back."""
    coded = notice_code_of(received.words)
    if error.code == _CODE_UNKNOWN and coded is not None:
        notices.store_failure(session, coded[0], received.source())


def stop(session: Session, received: Received) -> bool:
    """Store that the household of the sender wants no notices by SMS. Return False if none was sent to it."""
    return notices.opt_out_by_phone(session, received.source(), serves=received.serves)


def _answer(received: Received, words: str) -> notices.SmsAnswer:
    if not words.strip():
        raise Invalid("sms_answer_missing")
    return notices.SmsAnswer(answer_of(words), words, received.language)


def _reply(answer: notices.SmsAnswer, incident_id: UUID | None) -> Reply:
    return Reply(answer.state or "asked", incident_id)
