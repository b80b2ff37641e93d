"""Signals and hotspots."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import read_session, transaction, with_retries
from app.http.responses import json_bytes, json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.signals import schemas, service
from app.statistics.schemas.linked_counts import Page

blp = Blueprint("signals", __name__, url_prefix="/api/v1/supervision", tag="Statistics and signals")
BLUEPRINTS = (blp,)


@blp.route("/signals")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.SignalsQuery, location="query")
@blp.response(200, schemas.Signals)
def list_signals(query: dict[str, Any]) -> Response:
    """List the signs that a service fails where I direct, the strongest first"""
    with read_session() as session:
        return json_bytes(service.signals(session, authenticated_actor(), **query))


@blp.route("/signals/preview", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.PreviewHotspots)
@blp.response(200, schemas.Hotspots)
@blp.problem(404)
@blp.problem(503)
def preview_hotspots(body: dict[str, Any]) -> Response:
    """Find the hotspots of an area and period now, with their cases; nothing is kept"""
    return json_response(service.preview_hotspots(read_session, authenticated_actor(), **body))


@blp.route("/signals/<uuid:signal_id>")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.response(200, schemas.SignalDetail)
@blp.problem(404)
def read_signal(signal_id: UUID) -> Response:
    """Show a signal with what was done about it, and what may be"""
    with read_session() as session:
        return json_bytes(service.signal(session, authenticated_actor(), signal_id=signal_id))


@blp.route("/signals/<uuid:signal_id>/members")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(Page, location="query")
@blp.response(200, schemas.SignalMembers)
@blp.problem(404)
def list_signal_members(query: dict[str, Any], signal_id: UUID) -> Response:
    """List exactly the cases, households or areas that a signal counted"""
    with read_session() as session:
        return json_bytes(
            service.members_of_signal(session, authenticated_actor(), signal_id=signal_id, **query)
        )


@blp.route("/signals/<uuid:signal_id>/acknowledge", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(schemas.Acknowledge)
@blp.response(200, schemas.Acknowledged)
@blp.problem(404)
def acknowledge_signal(body: dict[str, Any], signal_id: UUID) -> Response:
    """Say what was done about a signal; a reply is sent by that"""
    actor = authenticated_actor()

    def attempt() -> bytes:
        with transaction(actor) as session:
            return service.acknowledge(session, actor, signal_id=signal_id, **body)

    return json_bytes(with_retries(attempt))
