"""Routes of figures of a period, rounded figures and monthly statistics."""

from typing import Any

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes, json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.statistics import service
from app.statistics.routes.problems import counts_of_areas
from app.statistics.schemas import figure_queries as query_schemas
from app.statistics.schemas import figures as schemas
from app.statistics.schemas import hours as hours_schemas
from app.statistics.schemas import monthly as monthly_schemas
from app.statistics.schemas import releases as release_schemas

blp = Blueprint("figures", __name__, url_prefix="/api/v1/figures", tag="Statistics and signals")


@blp.route("")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(query_schemas.FiguresQuery, location="query")
@blp.response(200, schemas.Figures)
@counts_of_areas(blp)
@blp.counts(plan="custom")
def read_figures(query: dict[str, Any], *, session: Session) -> Response:
    """Read figures of a period

    Counts the cases that the caller directs: measures, rates and mean durations of the whole and by
    `group_by`, each with the path of the list of exactly what was counted. Measures of reporting count cases
    reported in the period, the others cases due in it. `worst` has the groups that are worse than the whole,
    `tail` the cases that are overdue for the longest.

    `snapshot` of an answer repeats the same numbers later; `as_of` counts what was recorded by an instant.
    Without `area_id` everything that the caller directs in one jurisdiction is counted. The period has at
    most 1,100 days.
    """
    return json_response(service.figures(session, authenticated_actor(), **query))


@blp.route("/members")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(query_schemas.FigureMembersQuery, location="query")
@blp.response(200, schemas.FigureMembers)
@counts_of_areas(blp)
@blp.counts(plan="custom")
def list_figure_members(query: dict[str, Any], *, session: Session) -> Response:
    """List the cases of a figure

    Returns a page of exactly the cases that a figure of `GET /figures` counted, with their state at the
    instant of the figure. The paths in `members` of that answer lead here with all parameters set.
    """
    return json_bytes(service.members_of_figure(session, authenticated_actor(), **query))


@blp.route("/hours")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(hours_schemas.HoursQuery, location="query")
@blp.response(200, hours_schemas.HoursOfPeriod)
@counts_of_areas(blp)
@blp.counts(plan="custom")
def read_hours(query: dict[str, Any], *, session: Session) -> Response:
    """Read cases by hour of the week

    Returns how many cases were reported on each weekday in each hour, in the time zone of the jurisdiction,
    with the parameters of `GET /figures`. One URI template, `members_template`, gives the link to the cases
    of an hour.
    """
    return json_response(service.hours_of_week(session, authenticated_actor(), **query))


@blp.route("/rounded")
@blp.guard(Permission.FIGURES_READ)
@blp.arguments(release_schemas.RoundedQuery, location="query")
@blp.response(200, release_schemas.RoundedFigures)
@counts_of_areas(blp)
@blp.problem(403, "areas_too_small")
@blp.counts
def read_rounded_figures(query: dict[str, Any], *, session: Session) -> Response:
    """Read rounded monthly figures

    Returns measures and rates of whole months for readers who see no cases. Each count of a month is rounded
    once, at random, to a multiple of `rounded_to` and never changes afterwards; sums add rounded counts. A
    month is released 10 days after its end.

    A number is null if one of its months is not released. Only districts and streets have rounded figures.
    The period has at most 36 months.
    """
    return json_response(service.rounded_figures(session, authenticated_actor(), **query))


@blp.route("/cycles")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(monthly_schemas.CyclesQuery, location="query")
@blp.response(200, monthly_schemas.Cycles)
@counts_of_areas(blp)
@blp.counts
def read_cycle_figures(query: dict[str, Any], *, session: Session) -> Response:
    """Read monthly figures of grids

    Returns what was stored at the end of each month for the grids that the caller directs: visits, patrols,
    coverage and open cases, with rates and with the path of the list of what was counted. `is_kept` is false
    if nothing was stored of the months.

    By unit or category, and for one of them, only open cases are counted; the other measures are null. The
    period has at most 36 months.
    """
    return json_response(service.monthly_statistics(session, authenticated_actor(), **query))


@blp.route("/cycles/members")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(monthly_schemas.CycleMembersQuery, location="query")
@blp.response(200, monthly_schemas.CycleMembers)
@counts_of_areas(blp)
@blp.counts
def list_cycle_figure_members(query: dict[str, Any], *, session: Session) -> Response:
    """List the members of a monthly figure

    Returns a page of exactly the households, days, cells or cases that a figure of `GET /figures/cycles`
    counted, by grid and month. The paths in `members` of that answer lead here with all parameters set.
    """
    return json_bytes(service.members_of_month(session, authenticated_actor(), **query))
