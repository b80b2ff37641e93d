"""Positions from phones, and where workers are."""

from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.compression import accept_gzip, parse_with_orjson
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.settings import Settings
from app.workforce import schemas, service

blp = Blueprint("positions", __name__, url_prefix="/api/v1", tag="Positions and phone apps")


@blp.route("/positions", methods=["POST"])
@blp.guard(Permission.POSITION_SEND)
@accept_gzip
@parse_with_orjson
@blp.arguments(schemas.SendPositions)
@blp.response(202, schemas.PositionsTaken)
@blp.problem(413)
def send_positions(body: dict[str, Any]) -> dict[str, Any]:
    """Send my positions; the body may be gzipped"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        taken = service.take_positions(session, actor, **body)
    service.count_positions(taken)
    return taken


@blp.route("/workers/locate", methods=["POST"])
@blp.guard(Permission.WORKER_LOCATE)
@blp.arguments(schemas.LocateWorkers)
@blp.response(200, schemas.LocatedPage)
@blp.problem(429)
def locate_workers(body: dict[str, Any]) -> Response:
    """Say where my workers on duty are, for a purpose that is recorded"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return json_bytes(service.locate_workers(session, actor, settings=_settings(), **body))


@blp.route("/workers/<uuid:worker_id>/track")
@blp.guard()
@blp.arguments(schemas.PeriodFilter, location="query")
@blp.response(200, schemas.TrackPage)
@blp.problem(404)
def read_own_track(query: dict[str, Any], worker_id: UUID) -> Response:
    """Show my own track"""
    with read_session() as session:
        return json_bytes(service.own_track(session, authenticated_actor(), worker_id=worker_id, **query))


@blp.route("/workers/<uuid:worker_id>/track", methods=["POST"])
@blp.guard(Permission.WORKER_LOCATE)
@blp.arguments(schemas.DiscloseTrack)
@blp.response(200, schemas.TrackPage)
@blp.problem(429)
@blp.problem(404)
def read_worker_track(body: dict[str, Any], worker_id: UUID) -> Response:
    """Show a worker's track, for a purpose that is recorded"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return json_bytes(
            service.disclose_track(session, actor, settings=_settings(), worker_id=worker_id, **body)
        )


@blp.route("/workers/<uuid:worker_id>/tracks")
@blp.guard()
@blp.arguments(schemas.PeriodFilter, location="query")
@blp.response(200, schemas.DutyTrackPage)
@blp.problem(404)
def list_own_tracks(query: dict[str, Any], worker_id: UUID) -> Response:
    """List the lines of my duties that are over"""
    with read_session() as session:
        return json_bytes(service.duty_tracks(session, authenticated_actor(), worker_id=worker_id, **query))


@blp.route("/workers/<uuid:worker_id>/tracks", methods=["POST"])
@blp.guard(Permission.WORKER_LOCATE)
@blp.arguments(schemas.DiscloseTrack)
@blp.response(200, schemas.DutyTrackPage)
@blp.problem(404)
@blp.problem(429)
def list_worker_tracks(body: dict[str, Any], worker_id: UUID) -> Response:
    """List the lines of a worker's duties, for a purpose that is recorded"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return json_bytes(
            service.disclose_duty_tracks(session, actor, settings=_settings(), worker_id=worker_id, **body)
        )


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
