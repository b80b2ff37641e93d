"""Use cases of service request updates: what became of requests goes out, and what residents add comes in.

The extension is FixMyStreet's. Updates that come in are notes of the case: nobody without an account moves a case through
its life cycle, except that a reporter contests its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from app.core import clock, idempotency
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.ids import uuid7
from app.incidents import service as incidents
from app.incidents.cases.rules.lifecycle import Status
from app.open311.queries import updates as queries
from app.open311.rules.parameters import Span
from app.open311.rules.reports import NewUpdate
from app.open311.rules.statuses import STATUS_OF_UPDATE
from app.open311.service.media import enqueue_fetches
from app.open311.service.requests import id_of, read_request
from app.profiles.rules.lifecycle import DUPLICATE
from app.public import service as public
from app.public.rules.door import door_actor
from app.public.rules.free_words import clean_words
from app.public.rules.states import BY_STATUS
from app.public.service.photos import link_photos
from app.settings import Settings

ROUTE = "open311 update"
REOPEN = "REOPEN"
_PLAIN = {status.value: state.code for status, state in BY_STATUS.items()}
_STATES = {state.code: state for state in BY_STATUS.values()}
# The name space of the ids of updates (UUID version 5).
_SPACE = UUID("019caa00-0000-7000-8000-000000000311")


@dataclass(frozen=True, slots=True)
class Update:
    """A change of a public case. `reason`, `text`: by language (`zh`, `en`)."""

    id: UUID
    case_id: UUID
    status: str
    text: dict[str, str]
    at: datetime
    photo_id: UUID | None


def list_updates(
    session: Session,
    city: public.PublicCity,
    span: Span,
    *,
    ids: Sequence[str] | None,
    page: int,
    page_size: int,
) -> tuple[list[Update], bool]:
    """Return the changes of public cases in a range of time, oldest first, and whether there is another page."""
    rows = queries.updates(
        session,
        public.city_binds(city),
        _PLAIN,
        start=span.start,
        end=span.end,
        ids=None if ids is None else [case_id for text in ids if (case_id := id_of(text))],
        skipped=(page - 1) * page_size,
        limit=page_size + 1,
    )
    return [_update(city, row) for row in rows[:page_size]], len(rows) > page_size


def add_update(
    session: Session,
    city: public.PublicCity,
    caller: Actor,
    update: NewUpdate,
    *,
    photos: Sequence[public.StoredPhoto],
    settings: Settings,
) -> tuple[UUID, bool]:
    """Store an update as a note of its case, in the transaction of the caller. Return its id, and whether it is new.

    The status REOPEN contests the end of a case for the portal that reported it, by the rules for reporters. Idempotent by
    the id of the update in the system of the client.

    Raises:
        NotFound: There is no such public case (`service_request_unknown`).
        Invalid: The id of the client was used for another update (`idempotency_key_reused`).
    """
    case = read_request(session, city, update.service_request_id)
    words = _note(update)
    operation = None
    if update.update_id is not None:
        digest = idempotency.digest({"case": str(case.id), "words": words})
        operation = idempotency.Request(caller.principal, f"{ROUTE} {update.update_id}", ROUTE, digest)
        stored = idempotency.stored_response(session, operation)
        if stored is not None:
            return UUID(stored["update_id"]), False
    note_id = uuid7()
    if not (update.status == REOPEN and not case.is_open and _contest(session, city, caller, case.id, words)):
        incidents.annotate_unchecked(session, caller, incident_id=case.id, id=note_id, words=words)
    link_photos(session, caller, photos, incident_id=case.id, settings=settings)
    enqueue_fetches(session, caller, case.id, update.media_urls, settings)
    if operation is not None:
        idempotency.store_response(session, operation, {"update_id": str(note_id)}, now=clock.now())
    return note_id, True


def _contest(session: Session, city: public.PublicCity, caller: Actor, case_id: UUID, words: str) -> bool:
    """Contest the end of a case. Return False if the portal did not report it, or the rules do not allow it any more."""
    try:
        with session.begin_nested():
            incidents.apply_transition(
                session, door_actor(city.id, caller.id), incident_id=case_id, action="contest", note=words
            )
    except (Conflict, Forbidden, NotFound):
        return False
    return True


def described_update(update: Update, lang: str, photo_url: str | None) -> dict[str, Any]:
    """Return an update with the members that FixMyStreet reads."""
    return {
        "update_id": str(update.id),
        "service_request_id": str(update.case_id),
        "status": update.status,
        "updated_datetime": update.at,
        "description": update.text["zh" if lang == "zh-CN" else "en"],
        "media_url": photo_url,
    }


def _update(city: public.PublicCity, row: Any) -> Update:
    state = _STATES[row["state"]]
    reason = _reason(city, row["to_status"], row["ended_reason"])
    text = {language: f"{words} {reason[language]}".strip() for language, words in state.text.items()}
    return Update(
        id=uuid5(_SPACE, f"{row['incident_id']} {row['number']}"),
        case_id=row["incident_id"],
        status=DUPLICATE if row["ended_reason"] == DUPLICATE else STATUS_OF_UPDATE[state.code],
        text=text,
        at=row["recorded_at"],
        photo_id=row["photo_id"],
    )


def _reason(city: public.PublicCity, status: str, code: str | None) -> dict[str, str]:
    lifecycle = city.profile.lifecycle
    reasons = {Status.NOT_FILED: lifecycle.not_filed, Status.FORCE_CLOSED: lifecycle.force_closed}
    return reasons.get(Status(status), {}).get(code or "", {"zh": "", "en": ""})


def _note(update: NewUpdate) -> str:
    """Return the words of the note: those of the update without contact data, the status, and the URLs of photos."""
    words = clean_words(update.description).words
    parts = [words, *update.media_urls]
    if update.status not in (None, "OPEN"):
        parts.insert(0, f"[{update.status}]")
    return "\n".join(part for part in parts if part)
