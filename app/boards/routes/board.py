"""The board, the queue and the workers' load."""

from typing import Any

from flask import Response

from app.boards import service
from app.boards.schemas import board as schemas
from app.core.actor import Permission
from app.core.db import read_session
from app.http.responses import json_bytes, json_response
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("supervision", __name__, url_prefix="/api/v1/supervision", tag="Dispatch")


@blp.route("/board")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.BoardQuery, location="query")
@blp.response(200, schemas.Board)
@blp.problem(404)
def read_board(query: dict[str, Any]) -> Response:
    """Show the open work of my areas, every figure with its members"""
    with read_session() as session:
        return json_response(service.board(session, authenticated_actor(), **query))


@blp.route("/queue")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.QueueQuery, location="query")
@blp.response(200, schemas.QueuePage)
@blp.problem(404)
def list_supervision_queue(query: dict[str, Any]) -> Response:
    """List what waits for a supervisor, and why, longest first"""
    with read_session() as session:
        return json_bytes(service.queue(session, authenticated_actor(), **query))


@blp.route("/workers")
@blp.guard(Permission.INCIDENT_DIRECT, Permission.WORKER_READ)
@blp.arguments(schemas.WorkersQuery, location="query")
@blp.response(200, schemas.WorkersOnBoard)
def list_supervised_workers(query: dict[str, Any]) -> Response:
    """List the workers of my areas with their load"""
    with read_session() as session:
        return json_bytes(service.workers(session, authenticated_actor(), **query))
