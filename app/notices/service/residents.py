"""Use cases of a household with a secret link or a code: read the notice, answer, ask, follow the answers."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.errors import Conflict, Invalid, NotFound, Throttled, invalid_field
from app.notices.queries import links as queries
from app.notices.queries import opt_outs, states
from app.notices.rules.codes import FAILURE_WINDOW_S, FAILURES_MAX, typed_code
from app.notices.rules.notices import ANSWERS, OPT_OUT_SCOPES, RANKS
from app.notices.service.attachments import Attachment, attachments_of
from app.profiles import service as profiles
from app.profiles.rules.profile import UNCLASSIFIED, CategoryUnknown
from app.public import service as public
from app.public.rules.door import DOOR_ID, WORDS_MAX
from app.settings import Settings

# A household changes its mind, but nobody fills the history with it.
STEPS_MAX, REPLIES_MAX = 50, 10
FAILURES_KEPT = timedelta(days=2)
_HELP = {"zh": "住户请求协助。告知：", "en": "The household asks for help. Notice: "}


@dataclass(frozen=True, slots=True)
class HouseholdReply:
    """A question or request of a household, with its case as a reporter sees it."""

    report_id: UUID
    words: str
    received_at: datetime
    case_no: str
    case: public.PublicCase
    course: list[public.Moment]


@dataclass(frozen=True, slots=True)
class StoredReply:
    """A reply that opened a case. `secret`: of a link to follow the case."""

    secret: str
    incident_id: UUID


@dataclass(frozen=True, slots=True)
class OpenedNotice:
    """A notice as a household with a secret sees it.

    Attributes:
        texts: `{language: {"title", "text"}}`.
        sender: Name of the unit or area that sends it, by language.
        attachments: Its files; none of a withdrawn one.
        is_running: The household can answer.
        withdrawn_reason: Why it was withdrawn; None: it was not. Its texts are then not shown.
        state: State of the household.
    """

    texts: dict[str, dict[str, str]]
    sender: dict[str, str]
    purpose: str
    is_running: bool
    withdrawn_reason: str | None
    valid_until: datetime
    state: str
    replies: list[HouseholdReply]
    attachments: list[Attachment]


def city_of_secret(session: Session, secret: str, *, settings: Settings) -> str:
    """Return the code of the city of a secret.

    Raises:
        NotFound: There is no such secret.
    """
    row = queries.opened(session, digest_of(secret, settings))
    if row is None:
        raise NotFound("not_found")
    body, _ = profiles.jurisdiction(session, row["jurisdiction_id"])
    code: str = orjson.loads(body)["code"]
    return code


def code_of(text: str) -> str:
    """Return the code that a person typed.

    Raises:
        Invalid: It cannot be a code.
    """
    code = typed_code(text)
    if code is None:
        raise Invalid("notice_code_invalid")
    return code


def digest_of(secret: str, settings: Settings) -> bytes:
    """Return the digest of the secret of a link, or the keyed digest of a code, which is short."""
    code = typed_code(secret)
    if code is None:
        return public.digest_of(secret)
    key = accounts.derived_key(settings.signing_key_file, "codes of notices")
    return hmac.new(key, code.encode(), hashlib.sha256).digest()


def require_tries_left(session: Session, secret: str, source: bytes | None) -> None:
    """Raise Throttled if too many wrong codes came from a network address. Links are too long to be tried."""
    if source is None or typed_code(secret) is None:
        return
    since = clock.now() - timedelta(seconds=FAILURE_WINDOW_S)
    if queries.failures(session, source, since=since) >= FAILURES_MAX:
        raise Throttled("notice_codes_wrong", retry_after_s=FAILURE_WINDOW_S)


def store_failure(session: Session, secret: str, source: bytes | None) -> None:
    """Store that a wrong code came from a network address."""
    if source is not None and typed_code(secret) is not None:
        queries.add_failure(session, source, now=clock.now())


def forget_failures(session: Session, *, now: datetime) -> None:
    """Delete wrong codes that are older than two days."""
    queries.forget_failures(session, before=now - FAILURES_KEPT)


def opened_notice(
    session: Session, city: public.PublicCity, secret: str, *, settings: Settings
) -> OpenedNotice:
    """Return the notice of a secret, and store that it was opened.

    Raises:
        NotFound: There is no such secret in this city, or it was revoked.
    """
    row = _opened(session, city, secret, settings)
    if row["opened_at"] is None:
        now = clock.now()
        queries.mark_opened(session, row, now=now)
        if is_running(row):
            _add_step(session, row, "opened")
    return OpenedNotice(
        texts={} if row["state"] == "withdrawn" else row["texts"],
        sender=row["sender"],
        purpose=row["purpose"],
        is_running=is_running(row),
        withdrawn_reason=row["withdrawn_reason"],
        valid_until=row["valid_until"],
        state=_state_now(row),
        replies=_replies(session, city, row),
        attachments=[] if row["state"] == "withdrawn" else attachments_of(session, row["notice_id"]),
    )


def opened_attachment(
    session: Session, city: public.PublicCity, secret: str, media_id: UUID, *, settings: Settings
) -> Attachment | None:
    """Return a file of the notice of a secret; None: the notice has no such file, or was withdrawn.

    Raises:
        NotFound: There is no such secret in this city, or it was revoked.
    """
    row = _opened(session, city, secret, settings)
    files = [] if row["state"] == "withdrawn" else attachments_of(session, row["notice_id"])
    return next((file for file in files if file.media_id == media_id), None)


def _state_now(row: RowMapping) -> str:
    is_first = (
        row["opened_at"] is None and RANKS[row["household_state"]] < RANKS["opened"] and is_running(row)
    )
    return "opened" if is_first else row["household_state"]


def is_running(row: RowMapping) -> bool:
    """Return True if the household can answer: the notice is neither withdrawn nor over."""
    return bool(row["state"] == "published" and row["valid_until"] > clock.now())


def _replies(session: Session, city: public.PublicCity, row: RowMapping) -> list[HouseholdReply]:
    replies = []
    for reply in queries.replies_of_household(session, row["notice_id"], row["household_id"]):
        case, _ = public.case_of_reporter(session, city, reply["incident_id"])
        course = public.case_course(session, reply["incident_id"], reply["own_incident_id"])
        replies.append(
            HouseholdReply(
                reply["report_id"], reply["words"], reply["received_at"], reply["case_no"], case, course
            )
        )
    return replies


def answer(
    session: Session, city: public.PublicCity, secret: str, *, state: str, language: str, settings: Settings
) -> None:
    """Store the answer of a household. `needs_help` opens a case, once.

    Raises:
        NotFound: There is no such secret.
        Conflict: The notice is not running.
        Throttled: The household answered too often.
    """
    if state not in ANSWERS:
        raise invalid_field("answer", "not_one_of", known=list(ANSWERS))
    row = require_answerable(session, _opened(session, city, secret, settings))
    store_answer(session, city, row, state, language=language, settings=settings)


def store_answer(
    session: Session,
    city: public.PublicCity,
    row: RowMapping,
    state: str,
    *,
    language: str,
    settings: Settings,
) -> StoredReply | None:
    """Store the answer of a household that can answer. Return its reply, if `needs_help` opened a case."""
    if row["household_state"] != state:
        _add_step(session, row, state)
    if state == "needs_help" and (row["household_state"] != state or not _replies(session, city, row)):
        words = help_words(row["texts"], language)
        return _open_case(session, city, row, words, language=language, settings=settings)
    return None


def ask(
    session: Session, city: public.PublicCity, secret: str, *, words: str, language: str, settings: Settings
) -> str:
    """Open a case for a question of a household, and return the secret of a link to follow it.

    Raises:
        NotFound: There is no such secret.
        Conflict: The notice is not running.
        Invalid: There are no words, or too many.
        Throttled: The household has asked too often.
    """
    row = require_answerable(session, _opened(session, city, secret, settings))
    return store_question(session, city, row, words, language=language, settings=settings).secret


def store_question(
    session: Session,
    city: public.PublicCity,
    row: RowMapping,
    words: str,
    *,
    language: str,
    settings: Settings,
) -> StoredReply:
    """Open a case for a question of a household that can answer.

    Raises:
        Invalid: There are no words, or too many.
        Throttled: The household has asked too often.
    """
    if not words.strip():
        raise Invalid("public_words_missing")
    if len(words) > WORDS_MAX or "\0" in words:
        raise invalid_field("words", "words_too_long", most=WORDS_MAX)
    return _open_case(session, city, row, words.strip(), language=language, settings=settings)


def follow_reply(
    session: Session, city: public.PublicCity, secret: str, *, report_id: UUID, settings: Settings
) -> str:
    """Return the secret of a new link to the case of a reply, where the household can rate and contest its end.

    Raises:
        NotFound: There is no such secret, or the reply is not of this household.
    """
    row = _opened(session, city, secret, settings)
    replies = queries.replies_of_household(session, row["notice_id"], row["household_id"])
    if all(reply["report_id"] != report_id for reply in replies):
        raise NotFound("not_found")
    return public.make_link(session, report_id)


def end_secret(session: Session, city: public.PublicCity, secret: str, *, settings: Settings) -> None:
    """Revoke a secret at the wish of its household.

    Raises:
        NotFound: There is no such secret.
    """
    row = _opened(session, city, secret, settings)
    names = ("notice_id", "household_id", "channel")
    queries.revoke(session, {name: row[name] for name in names} | {"now": clock.now()})


def opt_out(
    session: Session, city: public.PublicCity, secret: str, *, scope: str, settings: Settings
) -> None:
    """Store the wish of a household to get no more notices: of this purpose, or through this channel. Idempotent.

    Staff with the household in reach see and change the wish. It holds for later notices, and for messages not sent yet.

    Raises:
        NotFound: There is no such secret.
        Invalid: The scope is neither `purpose` nor `channel`.
    """
    if scope not in OPT_OUT_SCOPES:
        raise invalid_field("scope", "not_one_of", known=list(OPT_OUT_SCOPES))
    row = _opened(session, city, secret, settings)
    purpose, channel = (row["purpose"], None) if scope == "purpose" else (None, row["channel"])
    opt_outs.add_by_household(session, row["household_id"], purpose=purpose, channel=channel, now=clock.now())


def _opened(session: Session, city: public.PublicCity, secret: str, settings: Settings) -> RowMapping:
    row = queries.opened(session, digest_of(secret, settings))
    if row is None or row["jurisdiction_id"] != city.id:
        raise NotFound("not_found")
    return row


def require_answerable(session: Session, row: RowMapping | None) -> RowMapping:
    """Return what a secret opens, if its household can answer.

    Raises:
        NotFound: It opens nothing.
        Conflict: The notice is not running.
        Throttled: The household answered too often.
    """
    if row is None:
        raise NotFound("not_found")
    if not is_running(row):
        raise Conflict("notice_not_running")
    if queries.steps_of_household(session, row["notice_id"], row["household_id"]) >= STEPS_MAX:
        raise Throttled("notice_answers_many", retry_after_s=86_400)
    return row


def _add_step(session: Session, row: RowMapping, state: str) -> None:
    now = clock.now()
    names = ("notice_id", "household_id", "channel")
    step: dict[str, Any] = {name: row[name] for name in names}
    step |= {"state": state, "actor_id": None, "receipt_id": None, "occurred_at": now}
    states.add_event(session, step)


def _open_case(
    session: Session,
    city: public.PublicCity,
    row: RowMapping,
    words: str,
    *,
    language: str,
    settings: Settings,
) -> StoredReply:
    """Open a case for a reply at the place of the household. The same words open no second case."""
    replies = queries.replies_of_household(session, row["notice_id"], row["household_id"])
    about = f"{row['notice_id']} {row['household_id']} {words}"
    client_id = "notice " + hashlib.sha256(about.encode()).hexdigest()[:40]
    if len(replies) >= REPLIES_MAX:
        raise Throttled("notice_answers_many", retry_after_s=86_400)
    report = public.NewPublicReport(
        category=_category(city, row["reply_category"]),
        words=words,
        channel="page",
        language=language,
        lon=row["lon"],
        lat=row["lat"],
        attributes={"notice_id": str(row["notice_id"])},
        client_id=client_id,
        is_invited=True,
    )
    receipt = public.file_public_report(session, city, report, settings=settings)
    queries.add_reply(
        session,
        {
            "notice_id": row["notice_id"],
            "household_id": row["household_id"],
            "caller_id": DOOR_ID,
            "client_id": client_id,
            "now": clock.now(),
        },
    )
    return StoredReply(receipt.secret, queries.case_of_reply(session, DOOR_ID, client_id))


def _category(city: public.PublicCity, code: str) -> str:
    try:
        return city.profile.category(code).code
    except CategoryUnknown:
        return UNCLASSIFIED


def help_words(texts: dict[str, dict[str, str]], language: str) -> str:
    """Return the words of the case of a household that needs help, with the title of the notice.

    Args:
        texts: `{language: {"title", "text"}}`.
        language: `zh` or `en`.
    """
    title = (texts.get(language) or texts.get("zh") or next(iter(texts.values())))["title"]
    return _HELP[language] + title
