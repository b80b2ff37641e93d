"""Requests for figures, evaluations and contests of figures."""

from datetime import date, timedelta

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.statistics import service as statistics
from app.statistics.queries import monthly
from tests.endpoints.world import Request, World, endpoint, plain
from tests.factories import City


@endpoint("GET /figures")
def read_figures(world, role, city, inside):
    world.case(city)
    return Request(f"/figures?{present_month()}&area_id={city.areas['s']}&group_by=class")


@endpoint("GET /figures/members")
def list_figure_members(world, role, city, inside):
    case = world.case(city)
    path = f"/figures/members?{present_month()}&area_id={city.areas['s']}&measure=accepted&limit=500"
    return Request(path, target=case["id"])


@endpoint("GET /figures/hours")
def read_hours(world, role, city, inside):
    world.case(city)
    return Request(f"/figures/hours?{present_month()}&area_id={city.areas['s']}")


@endpoint("GET /evaluation")
def read_evaluation(world, role, city, inside):
    return evaluation_request(world, city, "")


@endpoint("GET /evaluation/print")
def print_evaluation(world, role, city, inside):
    return evaluation_request(world, city, "/print")


@endpoint("GET /evaluation/sheet")
def export_evaluation(world, role, city, inside):
    return evaluation_request(world, city, "/sheet")


def evaluation_request(world: World, city: City, form: str) -> Request:
    world.case(city)
    return Request(f"/evaluation{form}?month={clock.now():%Y-%m}&area_id={city.areas['s']}")


MONTHS = (date(2026, 1, 1), date(2026, 2, 1))
# Members of the measures of one grid and month.
MEMBERS = {
    **{"visits_due": 30, "visits_made": 26, "visits_on_time": 21, "visits_unanswered": 2},
    **{"patrol_days": 19, "cells": 24, "cells_missed": 3, "homes": 40, "homes_missed": 5},
}


def store_months(city: City) -> None:
    """Store the figures of two months for g1, as the job does at the end of each; stored before, they stay."""
    path = ".".join(city.areas[name].hex for name in ("d", "s", "c1", "g1"))
    grid = {"grid_id": city.areas["g1"], "path": path, "unit_id": None, "is_whole": True}
    homes = [str(uuid7()) for _ in range(MEMBERS["homes"])]
    facts = [{**grid, "measure": name, "members": homes[:count]} for name, count in MEMBERS.items()]
    with db.transaction(SYSTEM) as session:
        for month in MONTHS:
            monthly.store_facts(
                session,
                at=clock.now(),
                month=month,
                jurisdiction_id=city.jurisdiction_id,
                facts=facts,
            )


@endpoint("GET /figures/cycles")
def read_cycle_figures(world, role, city, inside):
    store_months(city)
    return Request(f"/figures/cycles?from=2026-01&to=2026-02&area_id={city.areas['s']}&group_by=month")


@endpoint("GET /figures/cycles/members")
def list_cycle_figure_members(world, role, city, inside):
    store_months(city)
    return Request(f"/figures/cycles/members?from=2026-01&to=2026-02&area_id={city.areas['s']}&measure=homes")


@endpoint("GET /figures/rounded")
def read_rounded_figures(world, role, city, inside):
    with db.transaction(SYSTEM) as session:
        for month in MONTHS:
            statistics.release(session, city.jurisdiction_id, month, clock.now())
    return Request(f"/figures/rounded?from=2026-01&to=2026-02&area_id={city.areas['s']}&group_by=class")


def present_month() -> str:
    first = clock.now().date().replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return f"from={first}&to={last}"


plain("GET /me/figures")


@endpoint("GET /me/figures/<figure>/members")
def list_own_figure_members(world, role, city, inside):
    if role in ("worker", "grid_chief"):
        world.accepted_assignment(city, role, inside)
    return Request("/me/figures/load/members")


@endpoint("POST /me/figures/<figure>/contest")
def contest_own_figure(world, role, city, inside):
    # Somebody who has contested nothing yet.
    person = world.new_person(role, city) if role in ("worker", "grid_chief") else None
    return Request("/me/figures/load/contest", {"words": "不是我的"}, actor=person)


def new_contest(world: World, city: City) -> str:
    person = world.new_person("worker", city)
    answer = person.post("/me/figures/load/contest", {"words": "不是我的"})
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


@endpoint("GET /supervision/contests")
def list_contests(world, role, city, inside):
    return Request("/supervision/contests?limit=500", target=new_contest(world, city))


@endpoint("POST /supervision/contests/<uuid:contest_id>/resolve")
def resolve_contest(world, role, city, inside):
    body = {"outcome": "dismissed", "reason": "核对无误"}
    return Request(f"/supervision/contests/{new_contest(world, city)}/resolve", body)
