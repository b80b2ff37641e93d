"""Positions from phones, and where workers are."""

import zlib
from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Response, current_app, request
from flask.views import MethodView
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.workforce import schemas, service

blp = Blueprint("positions", __name__, url_prefix="/api/v1", description="Where workers are, on duty only")


def gunzipped(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a view accept a body with `Content-Encoding: gzip`, under the same limit once unpacked."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding == "gzip":
            body = unpacked(request.get_data(cache=False), current_app.config["MAX_CONTENT_LENGTH"])
            # Read the request anew from the unpacked body; too long a one is refused as any other is.
            request.environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
            del request.stream
        elif encoding != "identity":
            raise UnsupportedMediaType
        return view(*args, **kwargs)

    return wrapper


def unpacked(packed: bytes, limit: int) -> bytes:
    """At most one byte more than the limit, so that a small body cannot become a large one."""
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        body = unpacking.decompress(packed, limit + 1)
    except zlib.error:
        raise BadRequest from None
    if len(body) <= limit and not unpacking.eof:
        raise BadRequest
    return body


@blp.route("/positions")
class Positions(MethodView):
    @blp.guard(Permission.POSITION_SEND)
    @gunzipped
    @blp.arguments(schemas.SendPositions)
    @blp.response(202, schemas.PositionsTaken)
    @blp.alt_response(413, "REQUEST_ENTITY_TOO_LARGE")
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Send my positions; the body may be gzipped"""
        actor = authenticated_actor()
        with transaction(actor) as session:
            taken = service.take_positions(session, actor, **body)
        service.count_positions(taken)
        return taken


@blp.route("/workers/locate")
class LocateWorkers(MethodView):
    @blp.guard(Permission.WORKER_LOCATE)
    @blp.arguments(schemas.LocateWorkers)
    @blp.response(200, schemas.LocatedPage)
    def post(self, body: dict[str, Any]) -> Response:
        """Say where my workers on duty are, for a purpose that is recorded"""
        actor = authenticated_actor()
        with transaction(actor) as session:
            return json_bytes(service.locate_workers(session, actor, **body))


@blp.route("/workers/<uuid:worker_id>/track")
class Track(MethodView):
    @blp.guard()
    @blp.arguments(schemas.PeriodFilter, location="query")
    @blp.response(200, schemas.TrackPage)
    @blp.alt_response(404, "NOT_FOUND")
    def get(self, query: dict[str, Any], worker_id: UUID) -> Response:
        """Show my own track"""
        with read_session() as session:
            return json_bytes(service.own_track(session, authenticated_actor(), worker_id=worker_id, **query))

    @blp.guard(Permission.WORKER_LOCATE)
    @blp.arguments(schemas.DiscloseTrack)
    @blp.response(200, schemas.TrackPage)
    @blp.alt_response(404, "NOT_FOUND")
    def post(self, body: dict[str, Any], worker_id: UUID) -> Response:
        """Show a worker's track, for a purpose that is recorded"""
        actor = authenticated_actor()
        with transaction(actor) as session:
            return json_bytes(service.disclose_track(session, actor, worker_id=worker_id, **body))
