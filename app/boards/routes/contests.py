"""Figures about the caller, and contests of them."""

from typing import Any
from uuid import UUID

from flask import Response

from app.boards import service
from app.boards.schemas import contests as schemas
from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.dispatch import service as dispatch
from app.http.responses import json_response
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("contests", __name__, url_prefix="/api/v1/supervision", tag="Statistics and signals")
of_me = Blueprint("figures-of-me", __name__, url_prefix="/api/v1/me/figures", tag="Statistics and signals")


@of_me.route("")
@of_me.guard()
@of_me.response(200, schemas.MyFigures)
@of_me.problem(404)
def read_own_figures() -> Response:
    """Show every figure about me, of the last seven days, beside my street's"""
    with read_session() as session:
        return json_response(service.my_figures(session, authenticated_actor()))


@of_me.route("/<figure>/members")
@of_me.guard()
@of_me.response(200, schemas.MyFigureMembers)
@of_me.problem(404)
def list_own_figure_members(figure: str) -> Response:
    """List what a figure about me counts"""
    with read_session() as session:
        return json_response({"items": dispatch.my_members(session, authenticated_actor(), figure)})


@of_me.route("/<figure>/contest", methods=["POST"])
@of_me.guard()
@of_me.arguments(schemas.ContestFigure)
@of_me.response(201, schemas.ContestOut)
@of_me.problem(404)
@of_me.problem(409)
def contest_own_figure(body: dict[str, Any], figure: str) -> Response:
    """Contest a figure about me, or one thing that it counts; it is used and shown no more until that is resolved"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        contested = dispatch.contest(session, actor, figure, **body)
    return json_response(contested, status=201)


@blp.route("/contests")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.ContestsQuery, location="query")
@blp.response(200, schemas.Contests)
def list_contests(query: dict[str, Any]) -> Response:
    """List what workers whom I direct contest of their figures, the oldest first"""
    with read_session() as session:
        return json_response({"items": dispatch.open_contests(session, authenticated_actor(), **query)})


@blp.route("/contests/<uuid:contest_id>/resolve", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.ResolveContest)
@blp.response(200, schemas.ContestOut)
@blp.problem(404)
@blp.problem(409)
def resolve_contest(body: dict[str, Any], contest_id: UUID) -> Response:
    """Uphold what a worker contests, so that it counts no more, or dismiss it, with a reason"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return json_response(dispatch.resolve_contest(session, actor, contest_id, **body))
