"""Calls for help."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import read_session, transaction
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
def list_sos_calls(query: dict[str, Any]) -> Response:
    """List the calls for help that I was told of, or raised"""
    is_open = OPEN[query.pop("state")]
    with read_session() as session:
        return _private(service.sos_calls(session, authenticated_actor(), is_open=is_open, **query))


# Whoever still has a one-time password may be in danger all the same.
@blp.route("", methods=["POST"])
@blp.guard(Permission.POSITION_SEND, before_password_change=True)
@blp.arguments(schemas.RaiseSos)
@blp.response(201, schemas.SosOut)
@blp.alt_response(200, schema=schemas.SosOut, success=True)
@blp.problem(409)
def raise_sos(body: dict[str, Any]) -> Response:
    """Call for help: chiefs and supervisors of my path are told at once"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        item, is_new = service.raise_sos(session, actor, **body)
    return _private(item, 201 if is_new else 200)


@blp.route("/<uuid:sos_id>")
@blp.guard()
@blp.response(200, schemas.SosOut)
@blp.problem(404)
def read_sos_call(sos_id: UUID) -> Response:
    """Show a call for help"""
    with read_session() as session:
        return _private(service.sos_call(session, authenticated_actor(), sos_id=sos_id))


@blp.route("/<uuid:sos_id>/acknowledge", methods=["POST"])
@blp.guard()
@blp.response(200, schemas.SosOut)
@blp.problem(404)
def acknowledge_sos(sos_id: UUID) -> Response:
    """Say that I take care of a call for help"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return _private(service.acknowledge_sos(session, actor, sos_id=sos_id))


@blp.route("/<uuid:sos_id>/close", methods=["POST"])
@blp.guard()
@blp.arguments(schemas.CloseSos)
@blp.response(200, schemas.SosOut)
@blp.problem(404)
@blp.problem(409)
def close_sos(body: dict[str, Any], sos_id: UUID) -> Response:
    """Close a call for help, and say how it came out"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return _private(service.close_sos(session, actor, sos_id=sos_id, **body))


def _private(body: bytes, status: int = 200) -> Response:
    response = json_bytes(body, status)
    response.headers.update(NOT_STORED)
    return response
