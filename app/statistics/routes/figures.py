"""Figures of a period, rounded figures and monthly statistics."""

from typing import Any

from flask import Response

from app.core.actor import Permission
from app.core.db import counting_session
from app.http.responses import json_bytes, json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.statistics import service
from app.statistics.schemas import figures as schemas
from app.statistics.schemas import monthly as monthly_schemas
from app.statistics.schemas import releases as release_schemas

blp = Blueprint("figures", __name__, url_prefix="/api/v1/figures", tag="Statistics and signals")


@blp.route("")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.FiguresQuery, location="query")
@blp.response(200, schemas.Figures)
@blp.problem(404)
def read_figures(query: dict[str, Any]) -> Response:
    """Count the cases of a period that I direct, with rates, the subgroups that stand worst, and what is late longest"""
    with counting_session(plan="custom") as session:
        return json_response(service.figures(session, authenticated_actor(), **query))


@blp.route("/members")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.FigureMembersQuery, location="query")
@blp.response(200, schemas.FigureMembers)
@blp.problem(404)
def list_figure_members(query: dict[str, Any]) -> Response:
    """List exactly the cases that a figure counted, as they stood then"""
    with counting_session(plan="custom") as session:
        return json_bytes(service.members_of_figure(session, authenticated_actor(), **query))


@blp.route("/rounded")
@blp.guard(Permission.FIGURES_READ)
@blp.arguments(release_schemas.RoundedQuery, location="query")
@blp.response(200, release_schemas.RoundedFigures)
@blp.problem(404)
def read_rounded_figures(query: dict[str, Any]) -> Response:
    """Tell months in rounded numbers, for those who see no cases; each month once and for good"""
    with counting_session() as session:
        return json_response(service.rounded_figures(session, authenticated_actor(), **query))


@blp.route("/cycles")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(monthly_schemas.CyclesQuery, location="query")
@blp.response(200, monthly_schemas.Cycles)
@blp.problem(404)
def read_cycle_figures(query: dict[str, Any]) -> Response:
    """Tell what months came to in my grids: visits, patrols, coverage and load, kept when each was over"""
    with counting_session() as session:
        return json_response(service.monthly_statistics(session, authenticated_actor(), **query))


@blp.route("/cycles/members")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(monthly_schemas.CycleMembersQuery, location="query")
@blp.response(200, monthly_schemas.CycleMembers)
@blp.problem(404)
def list_cycle_figure_members(query: dict[str, Any]) -> Response:
    """List exactly what a figure of months counted"""
    with counting_session() as session:
        return json_bytes(service.members_of_month(session, authenticated_actor(), **query))
