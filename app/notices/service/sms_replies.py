"""Use cases of a household that answers a notice by SMS: by a code, or from the number that got the SMS.

The answer is the same as on the page of the link: a state of the household, or a case for words and for `needs_help`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.notices.queries import links as queries
from app.notices.queries import messages as sms
from app.notices.queries import opt_outs
from app.notices.service import residents
from app.notices.service.links import require_open_city
from app.settings import Settings

# Of a jurisdiction: whether the gateway that the SMS came by serves it.
Serves = Callable[[UUID], bool]


@dataclass(frozen=True, slots=True)
class SmsAnswer:
    """The meaning of an SMS of a household.

    Attributes:
        state: `understood` or `needs_help`; None: `words` are a question.
    """

    state: str | None
    words: str
    language: str


def secret_of_code(session: Session, code: str, *, serves: Serves, settings: Settings) -> str | None:
    """Return the code of a sheet or link if a notice has it, else None."""
    row = queries.opened(session, residents.digest_of(code, settings))
    return code if row is not None and serves(row["jurisdiction_id"]) else None


def answer_by_code(session: Session, code: str, answer: SmsAnswer, *, settings: Settings) -> UUID | None:
    """Store the answer of the household with a code. Return the id of its case, if it opened one.

    Raises:
        NotFound: There is no such code.
        Conflict: The notice is not running, or the public pages of the city are closed.
        Invalid: There are no words, or too many.
        Throttled: The household answered too often.
    """
    return _answer(session, queries.opened(session, residents.digest_of(code, settings)), answer, settings)


def is_told_phone(session: Session, phone_digest: bytes, *, serves: Serves) -> bool:
    """Return True if a notice that is running went to a telephone number by SMS."""
    row = sms.newest_sent_to(session, phone_digest, now=clock.now())
    return row is not None and row["is_running"] and serves(row["jurisdiction_id"])


def answer_by_phone(
    session: Session, phone_digest: bytes, answer: SmsAnswer, *, settings: Settings
) -> UUID | None:
    """Store the answer of the household that got the newest SMS to a number. Return the id of its case, if it opened one.

    Raises:
        NotFound: No notice went to this number.
        Conflict, Invalid, Throttled: As `answer_by_code`.
    """
    row = sms.newest_sent_to(session, phone_digest, now=clock.now())
    opened = queries.opened(session, bytes(row["secret_digest"])) if row is not None else None
    return _answer(session, opened, answer, settings)


def _answer(session: Session, row: RowMapping | None, answer: SmsAnswer, settings: Settings) -> UUID | None:
    row = residents.require_answerable(session, row)
    city = require_open_city(session, row)
    reply = (
        residents.store_answer(session, city, row, answer.state, language=answer.language, settings=settings)
        if answer.state is not None
        else residents.store_question(
            session, city, row, answer.words, language=answer.language, settings=settings
        )
    )
    return reply.incident_id if reply is not None else None


def opt_out_by_phone(session: Session, phone_digest: bytes, *, serves: Serves) -> bool:
    """Store the wish of the household of a number to get no more notices by SMS. Return False if no SMS went to it."""
    row = sms.newest_sent_to(session, phone_digest, now=clock.now())
    if row is None or not serves(row["jurisdiction_id"]):
        return False
    opt_outs.add_by_household(session, row["household_id"], purpose=None, channel="sms", now=clock.now())
    return True
