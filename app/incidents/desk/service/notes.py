"""Use cases of notes on cases, for the desk or for handlers. Reporters read no notes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.ids import uuid7
from app.incidents.cases.queries import views, writes
from app.incidents.desk.queries import notes as queries

MAX_NOTES = 200


def annotate(
    session: Session,
    actor: Actor,
    *,
    incident_id: UUID,
    words: str,
    audience: str = "handlers",
    id: UUID | None = None,
) -> bytes:
    """Store a note and return it as JSON. Idempotent for the same id and text.

    A stored note cannot be changed.

    Raises:
        NotFound: The actor does not see the case.
        Forbidden: The actor neither directs, handles nor checks the case, and has no offer of it.
        Conflict: `id_reused`.
    """
    case = writes.lock_case(session, incident_id)
    audiences = _audiences(session, actor, incident_id)
    if case is None or audiences is None:
        raise NotFound("not_found")
    if not audiences:
        raise Forbidden("note_not_open")
    if audience not in audiences:
        raise Forbidden("permission_missing", permission=Permission.INCIDENT_DIRECT.value)
    return _store_note(
        session, actor, incident_id=incident_id, words=words, audience=audience, id=id or uuid7()
    )


def annotate_unchecked(session: Session, actor: Actor, *, incident_id: UUID, words: str, id: UUID) -> None:
    """Store a note for the desk and the handlers. The caller has checked that the author may know of the case.

    Raises:
        NotFound: There is no such case.
        Conflict: `id_reused`.
    """
    if writes.lock_case(session, incident_id) is None:
        raise NotFound("not_found")
    _store_note(session, actor, incident_id=incident_id, words=words, audience="handlers", id=id)


def _store_note(
    session: Session, actor: Actor, *, incident_id: UUID, words: str, audience: str, id: UUID
) -> bytes:
    now = clock.now()
    values: dict[str, Any] = {
        "incident_id": incident_id,
        "audience": audience,
        "words": words,
        "author_id": actor.id,
    }
    if queries.insert_note(session, values | {"id": id, "occurred_at": now}):
        writes.update_case(session, incident_id, now=now)
        accounts.record(
            session,
            actor,
            action="incident.annotate",
            entity="incident",
            entity_id=incident_id,
            detail={"audience": audience},
        )
    stored = queries.note(session, id)
    if stored is None or {name: stored[name] for name in values} != values:
        raise Conflict("id_reused")
    body: bytes = stored["body"]
    return body


def notes(session: Session, actor: Actor, *, incident_id: UUID) -> bytes:
    """Return those notes of a case that the actor may read, as JSON, oldest first.

    Notes of cases that were merged into the case are included.

    Raises:
        NotFound: The actor does not see the case.
    """
    audiences = _audiences(session, actor, incident_id)
    if audiences is None:
        raise NotFound("not_found")
    return (
        b'{"items":'
        + queries.notes(session, incident_id=incident_id, audiences=audiences, limit=MAX_NOTES)
        + b"}"
    )


def _audiences(session: Session, actor: Actor, incident_id: UUID) -> list[str] | None:
    """Return the audiences whose notes the actor may read; None: they do not see the case."""
    facts = views.relation_facts(session, actor, incident_id=incident_id, now=clock.now())
    return None if facts is None else audiences_of(facts)


def audiences_of(facts: Mapping[str, Any]) -> list[str]:
    """Return the audiences whose notes an actor with these relations may read.

    Actors who direct the case read `desk` and `handlers`. Handlers, checkers and workers with an offer read `handlers`.

    Args:
        facts: Relations of the actor to the case and properties of the case: the row from `views.relation_facts`.
    """
    if facts["is_director"]:
        return ["desk", "handlers"]
    return ["handlers"] if facts["is_handler"] or facts["is_checker"] or facts["is_offered"] else []
