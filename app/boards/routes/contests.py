"""Routes of figures about the caller, and of contests.

In a contest a worker rejects a figure about themselves.
"""

from typing import Any
from uuid import UUID

from flask import Response

from app.boards import service
from app.boards.schemas import contests as schemas
from app.core.actor import Permission
from app.core.db import Session
from app.dispatch import service as dispatch
from app.http.responses import json_response
from app.http.smorest import Blueprint, authenticated_actor

FIGURE = [
    {"in": "path", "name": "figure", "description": "Name of the figure, as `readOwnFigures` returns it"}
]

blp = Blueprint("contests", __name__, url_prefix="/api/v1/supervision", tag="Statistics and signals")
of_me = Blueprint("figures-of-me", __name__, url_prefix="/api/v1/me/figures", tag="Statistics and signals")


@of_me.route("")
@of_me.guard()
@of_me.response(200, schemas.MyFigures)
@of_me.problem(404, "not_found")
@of_me.reads
def read_own_figures(*, session: Session) -> Response:
    """Read figures about the caller

    Returns each figure that is counted about the caller as a worker in the last seven days, beside
    the mean of their street, with the contests of the caller. People who direct the worker see the
    same figures. A caller who is not a worker gets 404.
    """
    return json_response(service.my_figures(session, authenticated_actor()))


@of_me.route("/<figure>/members", parameters=FIGURE)
@of_me.guard()
@of_me.response(200, schemas.MyFigureMembers)
@of_me.problem(404, "not_found")
@of_me.reads
def list_own_figure_members(figure: str, *, session: Session) -> Response:
    """List what a figure about the caller counts

    Lists the attempts or offers that a figure about the caller counts now, newest first, at most
    500. A caller who is not a worker, or an unknown figure, gets 404.
    """
    return json_response({"items": dispatch.my_members(session, authenticated_actor(), figure)})


@of_me.route("/<figure>/contest", parameters=FIGURE, methods=["POST"])
@of_me.guard()
@of_me.arguments(schemas.ContestFigure)
@of_me.response(201, schemas.ContestOut)
@of_me.problem(404, "not_found")
@of_me.problem(409, "contest_open")
@of_me.writes
def contest_own_figure(body: dict[str, Any], figure: str, *, session: Session) -> Response:
    """Contest a figure about the caller

    Records that the caller rejects a figure, or one member of it. Until the contest is resolved,
    dispatch does not use the figure and people who direct the worker do not see it. A supervisor
    resolves it: see `resolveContest`. An open contest of the same figure or member is 409. The
    contest is in the audit trail, without its text.
    """
    actor = authenticated_actor()
    contested = dispatch.contest(session, actor, figure, **body)
    return json_response(contested, status=201)


@blp.route("/contests")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.ContestsQuery, location="query")
@blp.response(200, schemas.Contests)
@blp.reads
def list_contests(query: dict[str, Any], *, session: Session) -> Response:
    """List open contests of figures

    Lists the open contests of workers whom the caller directs, oldest first. `limit` is the most
    that are returned; there are no further pages, so resolve the oldest first.
    """
    return json_response({"items": dispatch.open_contests(session, authenticated_actor(), **query)})


@blp.route("/contests/<uuid:contest_id>/resolve", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.ResolveContest)
@blp.response(200, schemas.ContestOut)
@blp.problem(404, "not_found")
@blp.problem(409, "own_contest", "contest_resolved")
@blp.writes
def resolve_contest(body: dict[str, Any], contest_id: UUID, *, session: Session) -> Response:
    """Resolve a contest of a figure

    Upholds a contest, so that what it is about counts no more, or dismisses it, so that the figure
    counts again; the worker reads the reason. The caller must direct the worker and cannot resolve
    a contest of their own. A resolved contest cannot be resolved again: 409. The decision is in the
    audit trail.
    """
    actor = authenticated_actor()
    return json_response(dispatch.resolve_contest(session, actor, contest_id, **body))
