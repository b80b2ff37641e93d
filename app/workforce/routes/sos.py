"""Routes of calls for help."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.workforce import service
from app.workforce.schemas import sos as schemas

blp = Blueprint("sos", __name__, url_prefix="/api/v1/sos", tag="Positions and phone apps")

NOT_STORED = {"Cache-Control": "no-store"}
OPEN = {"open": True, "closed": False, "all": None}


@blp.route("")
@blp.guard()
@blp.arguments(schemas.SosFilter, location="query")
@blp.response(200, schemas.SosPage)
@blp.reads
def list_sos_calls(query: dict[str, Any], *, session: Session) -> Response:
    """List calls for help

    Lists the calls for help that the caller raised or was notified of, latest first; by default
    only open ones. Others cannot see a call, whatever their role.
    """
    is_open = OPEN[query.pop("state")]
    return _private(service.sos_calls(session, authenticated_actor(), is_open=is_open, **query))


# Whoever still has a one-time password may be in danger all the same.
@blp.route("", methods=["POST"])
@blp.guard(Permission.POSITION_SEND, before_password_change=True)
@blp.arguments(schemas.RaiseSos)
@blp.response(201, schemas.SosOut)
@blp.alt_response(200, schema=schemas.SosOut, success=True)
@blp.problem(403, "not_a_worker")
@blp.problem(409, "id_reused")
@blp.writes
def raise_sos(body: dict[str, Any], *, session: Session) -> Response:
    """Raise a call for help

    Stores a call for help of the caller and notifies at once the chiefs, substitutes and
    supervisors of the areas in which the worker works. If nobody acknowledges it, supervisors of
    the installation and then administrators are notified.

    Until the call is closed the worker gets no offers, on duty too, and an order to give them a case
    is 409 `worker_not_eligible` with `unavailable` as the reason; nothing more is disclosed to others.

    It works off duty, without a position and before a one-time password is changed. Unusable
    coordinates are dropped, never refused. Idempotent by `id`: 201 for a new call, 200 with the
    stored call on repetition; an `id` of somebody else is 409.
    """
    actor = authenticated_actor()
    item, is_new = service.raise_sos(session, actor, **body)
    return _private(item, 201 if is_new else 200)


@blp.route("/<uuid:sos_id>")
@blp.guard()
@blp.response(200, schemas.SosOut)
@blp.problem(404, "not_found")
@blp.reads
def read_sos_call(sos_id: UUID, *, session: Session) -> Response:
    """Read a call for help

    Returns a call for help that the caller raised or was notified of; any other is 404. The
    position is erased some time after the call was closed: `place` is then null and
    `place_erased_at` is set.
    """
    return _private(service.sos_call(session, authenticated_actor(), sos_id=sos_id))


@blp.route("/<uuid:sos_id>/acknowledge", methods=["POST"])
@blp.guard()
@blp.response(200, schemas.SosOut)
@blp.problem(404, "not_found")
@blp.writes
def acknowledge_sos(sos_id: UUID, *, session: Session) -> Response:
    """Acknowledge a call for help

    Records that the caller takes care of a call; further people are then not notified. Only people
    who were notified can do it, not the worker who called. Idempotent: the first acknowledgement
    stays.
    """
    actor = authenticated_actor()
    return _private(service.acknowledge_sos(session, actor, sos_id=sos_id))


@blp.route("/<uuid:sos_id>/close", methods=["POST"])
@blp.guard()
@blp.arguments(schemas.CloseSos)
@blp.response(200, schemas.SosOut)
@blp.problem(404, "not_found")
@blp.problem(409, "sos_closed")
@blp.writes
def close_sos(body: dict[str, Any], sos_id: UUID, *, session: Session) -> Response:
    """Close a call for help

    Closes a call with its outcome; a call that nobody acknowledged is acknowledged too. Only people
    who were notified can do it. Idempotent for the same person and outcome; a call that was closed
    otherwise is 409 `sos_closed`.
    """
    actor = authenticated_actor()
    return _private(service.close_sos(session, actor, sos_id=sos_id, **body))


def _private(body: bytes, status: int = 200) -> Response:
    response = json_bytes(body, status)
    response.headers.update(NOT_STORED)
    return response
