"""Routes of the board, the queue and the load of workers."""

from typing import Any

from flask import Response

from app.boards import service
from app.boards.schemas import board as schemas
from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes, json_response
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("supervision", __name__, url_prefix="/api/v1/supervision", tag="Dispatch")


@blp.route("/board")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.BoardQuery, location="query")
@blp.response(200, schemas.Board)
@blp.problem(403, "outside_own_areas")
@blp.problem(404, "not_found")
@blp.reads(plan="generic")
def read_board(query: dict[str, Any], *, session: Session) -> Response:
    """Read the board of open cases

    Returns counts of the open cases where the caller directs them: by state, waiting reason, area
    and unit, with the worst groups. Each count has the path of exactly the cases that it counts.
    Without `area_id` it is the caller's only area, or all of them as parts. Counts are made at the
    time of the request.
    """
    return json_response(service.board(session, authenticated_actor(), **query))


@blp.route("/queue")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.QueueQuery, location="query")
@blp.response(200, schemas.QueuePage)
@blp.problem(403, "outside_own_areas")
@blp.problem(404, "not_found")
@blp.reads
def list_supervision_queue(query: dict[str, Any], *, session: Session) -> Response:
    """List cases that wait for a supervisor

    Lists the open cases that the rules cannot move on, longest waiting first, each with the reason
    as a sentence and the path of its transitions. Only cases that the caller directs are listed. An
    empty page means that nothing waits.
    """
    return json_bytes(service.queue(session, authenticated_actor(), **query))


@blp.route("/workers")
@blp.guard(Permission.INCIDENT_DIRECT, Permission.WORKER_READ)
@blp.arguments(schemas.WorkersQuery, location="query")
@blp.response(200, schemas.WorkersOnBoard)
@blp.reads
def list_supervised_workers(query: dict[str, Any], *, session: Session) -> Response:
    """List workers with their load

    Lists the workers whom the caller may read, by name, with open offers, accepted cases and the
    figures of the last seven days. Counts of cases cover those that the caller directs and have the
    path of their list. A figure that the worker contests is null until the contest is resolved.
    Positions are not included, only the age of the newest fix.
    """
    return json_bytes(service.workers(session, authenticated_actor(), **query))
