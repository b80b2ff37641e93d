"""Requests for figures, evaluations and contests of figures."""

from datetime import timedelta

from app.core import clock
from tests.endpoints.world import Request, World, endpoint, plain
from tests.factories import City


@endpoint("GET /figures")
def read_figures(world, role, city, inside):
    world.case(city)
    return Request(f"/figures?{period_around_today()}&area_id={city.areas['s']}&group_by=class")


@endpoint("GET /figures/members")
def list_figure_members(world, role, city, inside):
    case = world.case(city)
    path = f"/figures/members?{period_around_today()}&area_id={city.areas['s']}&measure=accepted&limit=500"
    return Request(path, target=case["id"])


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


@endpoint("GET /figures/cycles")
def read_cycle_figures(world, role, city, inside):
    return Request(f"/figures/cycles?from=2026-01&to=2026-02&area_id={city.areas['s']}&group_by=month")


@endpoint("GET /figures/cycles/members")
def list_cycle_figure_members(world, role, city, inside):
    return Request(f"/figures/cycles/members?from=2026-01&to=2026-02&area_id={city.areas['s']}&measure=homes")


@endpoint("GET /figures/rounded")
def read_rounded_figures(world, role, city, inside):
    return Request(f"/figures/rounded?from=2026-01&to=2026-02&area_id={city.areas['s']}&group_by=class")


def period_around_today() -> str:
    today = clock.now().date()
    return f"from={today - timedelta(days=1)}&to={today + timedelta(days=1)}"


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
