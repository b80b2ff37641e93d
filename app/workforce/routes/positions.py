"""Routes of positions: send them, locate workers, read tracks."""

from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.core.actor import Permission
from app.core.db import Session
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
@blp.problem(403, "not_a_worker")
@blp.problem(413)
@blp.writes_checked
def send_positions(body: dict[str, Any], *, session: Session) -> dict[str, Any]:
    """Send positions of the caller

    Stores up to 500 fixes of the caller's device. Only fixes made on duty are stored; the others
    are counted in `filtered` with the reason. The difference between `sent_at` and the time of
    arrival corrects the device clock.

    Idempotent: fixes that are stored already are counted as `duplicate`, so a batch can be sent
    again. Batches may come in any order. The body may be compressed with gzip.
    """
    actor = authenticated_actor()
    taken = service.take_positions(session, actor, **body)
    service.count_positions(taken)
    return taken


@blp.route("/workers/locate", methods=["POST"])
@blp.guard(Permission.WORKER_LOCATE)
@blp.arguments(schemas.LocateWorkers)
@blp.response(200, schemas.LocatedPage)
@blp.problem(429, "locate_throttled")
@blp.writes
def locate_workers(body: dict[str, Any], *, session: Session) -> Response:
    """Locate workers on duty

    Returns the last position of each worker on duty whom the caller may locate, for a stated
    purpose. `position` is null if there is no usable fix. Workers off duty are not listed.

    Purpose, explanation and the listed workers are stored in the audit trail, and the workers see
    it in `GET /me/audit`. The number of requests per time window is limited: 429 with
    `Retry-After`.
    """
    actor = authenticated_actor()
    return json_bytes(service.locate_workers(session, actor, settings=_settings(), **body))


@blp.route("/workers/<uuid:worker_id>/track")
@blp.guard()
@blp.arguments(schemas.PeriodFilter, location="query")
@blp.response(200, schemas.TrackPage)
@blp.problem(403, "purpose_required")
@blp.problem(404, "not_found")
@blp.reads
def read_own_track(query: dict[str, Any], worker_id: UUID, *, session: Session) -> Response:
    """Read the track of the caller

    Lists the stored fixes of the caller, in order of time. Without `since` these are those of the
    last 24 hours before `until`. For another worker the answer is 403 `purpose_required`: use the
    POST operation.
    """
    return json_bytes(service.own_track(session, authenticated_actor(), worker_id=worker_id, **query))


@blp.route("/workers/<uuid:worker_id>/track", methods=["POST"])
@blp.guard(Permission.WORKER_LOCATE)
@blp.arguments(schemas.DiscloseTrack)
@blp.response(200, schemas.TrackPage)
@blp.problem(404, "not_found")
@blp.problem(429, "locate_throttled")
@blp.writes
def read_worker_track(body: dict[str, Any], worker_id: UUID, *, session: Session) -> Response:
    """Read the track of a worker

    Lists the stored fixes of a worker in a period, in order of time, for a stated purpose. Purpose,
    explanation and period are stored in the audit trail, and the worker sees them in `GET
    /me/audit`. The number of requests per time window is limited: 429 with `Retry-After`.
    """
    actor = authenticated_actor()
    return json_bytes(
        service.disclose_track(session, actor, settings=_settings(), worker_id=worker_id, **body)
    )


@blp.route("/workers/<uuid:worker_id>/tracks")
@blp.guard()
@blp.arguments(schemas.PeriodFilter, location="query")
@blp.response(200, schemas.DutyTrackPage)
@blp.problem(403, "purpose_required")
@blp.problem(404, "not_found")
@blp.reads
def list_own_tracks(query: dict[str, Any], worker_id: UUID, *, session: Session) -> Response:
    """List tracks of the caller by duty

    Lists one line for each duty of the caller that is over, latest duty first. A line is made a few
    minutes after the duty ends and again if fixes come late. For another worker the answer is 403
    `purpose_required`: use the POST operation.
    """
    return json_bytes(service.duty_tracks(session, authenticated_actor(), worker_id=worker_id, **query))


@blp.route("/workers/<uuid:worker_id>/tracks", methods=["POST"])
@blp.guard(Permission.WORKER_LOCATE)
@blp.arguments(schemas.DiscloseTrack)
@blp.response(200, schemas.DutyTrackPage)
@blp.problem(404, "not_found")
@blp.problem(429, "locate_throttled")
@blp.writes
def list_worker_tracks(body: dict[str, Any], worker_id: UUID, *, session: Session) -> Response:
    """List tracks of a worker by duty

    Lists one line for each duty of a worker that is over, latest duty first, for a stated purpose.
    Purpose, explanation and period are stored in the audit trail, and the worker sees them in `GET
    /me/audit`. The number of requests per time window is limited: 429 with `Retry-After`.
    """
    actor = authenticated_actor()
    return json_bytes(
        service.disclose_duty_tracks(session, actor, settings=_settings(), worker_id=worker_id, **body)
    )


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
