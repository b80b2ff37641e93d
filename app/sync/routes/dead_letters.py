"""/sync/dead-letters: what could not be applied, or came late, and waits for a person."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.core import clock
from app.core.actor import Actor
from app.core.db import read_session, transaction
from app.http.messages import sentence, told_field
from app.http.responses import json_of
from app.http.smorest import Blueprint, authenticated_actor
from app.sync import service
from app.sync.routes.reading import read
from app.sync.routes.registry import OPERATIONS
from app.sync.rules.operations import Operation, instant_of
from app.sync.schemas.dead_letters import Letter, LetterFilter, LetterPage, ResolveLetter

blp = Blueprint(
    "dead-letters",
    __name__,
    url_prefix="/api/v1/sync/dead-letters",
    description="What waits for a person of what phones sent",
)


@blp.route("")
@blp.guard()
@blp.arguments(LetterFilter, location="query")
@blp.response(200, LetterPage)
def listing(query: dict[str, Any]) -> Response:
    """List what waits for a person: what I sent, and what my areas' workers sent"""
    with read_session() as session:
        letters, following = service.list_dead_letters(session, authenticated_actor(), known=_known, **query)
    return json_of({"items": [_told(letter) for letter in letters], "next": following})


@blp.route("/<uuid:letter_id>/resolve", methods=["POST"])
@blp.guard()
@blp.arguments(ResolveLetter)
@blp.response(200, Letter)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
def resolve(body: dict[str, Any], letter_id: UUID) -> Response:
    """Settle a dead letter: give it up, run it again, or put it in place of what is there"""
    actor = authenticated_actor()

    def reading(sent: dict[str, Any], happened_at: datetime | None) -> Operation:
        return _read(sent, actor, happened_at)

    with transaction(actor) as session:
        letter = service.resolve_dead_letter(
            session, actor, letter_id=letter_id, known=_known, read=reading, **body
        )
    return json_of(_told(letter))


def _read(sent: dict[str, Any], actor: Actor, happened_at: datetime | None) -> Operation:
    """The operation again, with the clock that its phone had then."""
    told = instant_of(sent.get("client_at"))
    shift = happened_at - told if happened_at is not None and told is not None else timedelta(0)
    limit = current_app.extensions["settings"].push_op_limit_bytes
    return read(sent, 0, actor=actor, shift=shift, now=clock.now(), limit_bytes=limit)


def _known(entity: str | None, op: str | None) -> frozenset[str]:
    kind, schema, _ = OPERATIONS.get((entity or "", op or ""), (None, None, None))
    fields = frozenset(schema().fields) if schema is not None else frozenset()
    return fields | ({kind.parent} if kind is not None and kind.parent is not None else frozenset())


def _told(letter: dict[str, Any]) -> dict[str, Any]:
    """The letter in the caller's language."""
    params = letter.pop("params")
    errors = [told_field(fault) for fault in letter["errors"]]
    return letter | {"detail": sentence(letter["code"], **params), "errors": errors}
