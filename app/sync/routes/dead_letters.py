"""Routes of dead letters: operations that wait for a person (/sync/dead-letters)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.http.messages import sentence, with_message
from app.http.responses import json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.sync import service
from app.sync.operations import KNOWN_FIELDS
from app.sync.routes.operation_parser import parse_operation
from app.sync.rules.letter_filter import LetterFilter
from app.sync.rules.operations import Operation, instant_of
from app.sync.schemas.dead_letters import Letter, LetterPage, LetterQuery, ResolveLetter

blp = Blueprint("dead-letters", __name__, url_prefix="/api/v1/sync/dead-letters", tag="Sync")


@blp.route("")
@blp.guard()
@blp.arguments(LetterQuery, location="query")
@blp.response(200, LetterPage)
@blp.reads
def list_dead_letters(query: dict[str, Any], *, session: Session) -> Response:
    """List dead letters

    A dead letter is a pushed operation that was rejected, is in conflict or took effect late. Newest first, by keyset pages.
    Every caller sees the operations of their own account. With the permission `worker:edit` they also see those of their
    areas; a report about a person or a unit is listed only for callers above that person or unit. The server deletes dead
    letters some time after they arrived (`GRIDWARD_DEAD_LETTER_DAYS`). A pull has the same letters as rows of `dead_letter`.
    """
    state = query.get("state")
    filters = LetterFilter(
        is_own_only=query["mine"],
        is_open=None if state is None else state == "open",
        account_id=query.get("worker_id"),
        status=query.get("status"),
    )
    letters, following = service.list_dead_letters(
        session,
        authenticated_actor(),
        filters,
        known_fields=KNOWN_FIELDS,
        limit=query["limit"],
        cursor=query.get("cursor"),
    )
    return json_response({"items": [_to_response(letter) for letter in letters], "next": following})


@blp.route("/<uuid:letter_id>/resolve", methods=["POST"])
@blp.guard()
@blp.arguments(ResolveLetter)
@blp.response(200, Letter)
@blp.problem(404, "not_found")
@blp.problem(409, "field_conflict", "letter_applied", "letter_resolved", "not_a_worker")
@blp.problem(412, "version_stale")
@blp.problem(422, "op_too_large", "operation_unknown", "unknown_field")
@blp.writes
def resolve_dead_letter(body: dict[str, Any], letter_id: UUID, *, session: Session) -> Response:
    """Resolve a dead letter

    `discard` changes nothing but the letter. `retry` runs the operation again by the rules of merging; `apply_mine` replaces
    the values of the row, without merging. Both run it with the permissions and areas of the caller, and of a letter in
    conflict only the fields in conflict. An error of the operation is answered with the code that it has in a push, and the
    letter stays open; `field_conflict` has the values in `fields`. A letter that was applied can only be discarded. `duty`
    can be run again only by the account that pushed it. The same action by the same account is answered again with the
    letter. Each resolution is recorded in the audit trail.
    """
    actor = authenticated_actor()
    letter = service.lock_dead_letter(session, actor, letter_id)
    operation = None
    if body["action"] != "discard":
        operation = _parse_again(letter["operation"], actor, letter["happened_at"])
    resolved = service.resolve_dead_letter(
        session, actor, letter, operation=operation, known_fields=KNOWN_FIELDS, **body
    )
    return json_response(_to_response(resolved))


def _parse_again(sent: dict[str, Any], actor: Actor, happened_at: datetime | None) -> Operation:
    """Parse a stored operation for the actor, with the clock correction of the original push."""
    sent_at = instant_of(sent.get("client_at"))
    shift = happened_at - sent_at if happened_at is not None and sent_at is not None else timedelta(0)
    limit = current_app.extensions["settings"].push_op_limit_bytes
    return parse_operation(sent, 0, actor=actor, shift=shift, now=clock.now(), limit_bytes=limit)


def _to_response(letter: dict[str, Any]) -> dict[str, Any]:
    """Return the letter for the response, with texts in the caller's language."""
    params = letter.pop("params")
    errors = [with_message(fault) for fault in letter["errors"]]
    return letter | {"detail": sentence(letter["code"], **params), "errors": errors}
