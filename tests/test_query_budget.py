"""Query budget: how many statements each hot operation sends, independent of the number of rows.

A number here may be lowered whenever somebody saves a statement. Raising one is a decision, not a repair.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from app.accounts import service as accounts
from app.components import service as components
from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.households import service as households
from tests.endpoints import Request, World, component_number, time_ago
from tests.endpoints.notices import published
from tests.statements import recorded_statements

FEW, MANY = 3, 30
Recorder = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def query_recorder(app) -> Recorder:
    """`with query_recorder() as statements:` collects the SQL that is sent meanwhile."""

    return recorded_statements


@pytest.fixture
def world(app, settings) -> World:
    return World(app, settings)


def add_rows(world: World, number: int) -> None:
    """Cases, households and areas at home."""
    city = world.home
    for _ in range(number):
        world.case(city)
    home = {"jurisdiction_id": city.jurisdiction_id, "address": "一号楼", **city.in_grid("g1")}
    with db.transaction(SYSTEM) as session:
        households.insert_many(session, SYSTEM, rows=[home | {"id": uuid7()} for _ in range(number)])


# What is sent besides the operation's own work: the actor with all grants, in one statement.
ACTOR = 1
# Of views that read one row and whose caller is remembered: the statement that reads the row checks the caller.
BESIDE = 0


def _evaluation(world: World, *, again: bool = False) -> str:
    """Return the path of an evaluation of this month that was read before. `again`: as of the snapshot of that answer."""
    world.case(world.home)
    path = f"/evaluation?month={clock.now():%Y-%m}&area_id={world.home.areas['s']}"
    answer = world.person("supervisor", world.home).get(path)
    assert answer.status_code == 200, answer.json
    return answer.json["again"]["json"].removeprefix("/api/v1") if again else path


def _coverages(world: World) -> str:
    """Return the path of the coverage of two notices that are published."""
    ids = [published(world, world.home)[0] for _ in range(2)]
    return f"/notices/coverages?ids={','.join(ids)}"


READS = {
    "page of cases": (BESIDE + 1, lambda w: "/incidents?limit=500"),
    "page of open cases": (BESIDE + 1, lambda w: "/incidents?limit=500&status=open"),
    "a case": (BESIDE + 1, lambda w: f"/incidents/{w.case(w.home)['id']}"),
    "history of a case": (ACTOR + 2, lambda w: f"/incidents/{w.case(w.home)['id']}/events"),
    "what may be the same as a case": (ACTOR + 4, lambda w: f"/incidents/{w.case(w.home)['id']}/duplicates"),
    "signals": (ACTOR + 1, lambda w: "/supervision/signals"),
    "page of areas": (ACTOR + 1, lambda w: "/areas?limit=500"),
    "areas at a point": (
        BESIDE + 1,
        lambda w: "/areas/at?lon={lon}&lat={lat}".format(**w.home.in_grid("g1")),
    ),
    "page of households": (ACTOR + 1, lambda w: "/households?limit=500"),
    "page of workers": (ACTOR + 1, lambda w: "/workers?limit=500"),
    # However many notices the page has.
    "coverage of the notices of a page": (ACTOR + 1, _coverages),
    # Three of these count cases: one for months, days and groups, one for hours, one for those overdue for the longest.
    "evaluation": (ACTOR + 18, _evaluation),
    "evaluation as of a snapshot": (ACTOR + 18, lambda w: _evaluation(w, again=True)),
}


@pytest.mark.parametrize("name", READS)
def test_read_sends_constant_number_of_statements(world, query_recorder, name):
    budget, path_of = READS[name]
    boss = world.person("supervisor", world.home)
    boss.get("/me")
    path = path_of(world)
    sizes = []
    for rows in (FEW, MANY - FEW):
        add_rows(world, rows)
        with query_recorder() as statements:
            answer = boss.get(path)
        assert answer.status_code == 200, answer.json
        assert len(statements) == budget, "\n\n".join(statements)
        sizes.append(len(answer.data))
    if name in ("page of cases", "page of households"):
        assert sizes[1] > 3 * sizes[0]


def _report(world: World) -> Request:
    body = {"id": str(uuid7()), **world.home.in_grid("g1"), "category": "E0102", "description": "垃圾"}
    return Request("/incidents", body)


def _report_of_component(world: World) -> Request:
    """Beside a lamp with an owner: looking for it costs what asking for the competent unit would have cost."""
    place = world.home.in_grid("g1")
    lamp = {"jurisdiction_id": world.home.jurisdiction_id, "code": component_number("0302"), **place}
    lamp |= {"name": {"zh": "垃圾箱", "en": "Bin"}, "owning_unit_id": world.home.units["cleaning"]}
    with db.transaction(SYSTEM) as session:
        components.register_many(session, SYSTEM, rows=[lamp])
    return Request("/incidents", {"id": str(uuid7()), **place, "category": "0302"})


def _report_of_none(world: World) -> Request:
    return Request("/incidents", {"id": str(uuid7()), **world.home.in_grid("g2"), "category": "0302"})


def _alike(world: World) -> Request:
    return Request("/incidents/duplicates", {**world.home.in_grid("g1"), "category": "E0102"})


def _accept(world: World) -> Request:
    return Request(f"/assignments/{world.offered_assignment(world.home, 'worker', True)}/accept")


def _positions(fixes: int) -> Callable[[World], Request]:
    def build(world: World) -> Request:
        place = world.home.in_grid("g1")
        walk = [
            {
                "at": time_ago(seconds=0.01 * (fixes - n)),
                **place | {"lon": place["lon"] + n / 1e8},
                "accuracy_m": 8,
            }
            for n in range(fixes)
        ]
        return Request("/positions", {"sent_at": time_ago(), "positions": walk})

    return build


WRITES = {
    # What the case needs, with the check of the caller; placement and case; the response.
    "report": (3, "reporter", _report),
    "report of a component": (4, "reporter", _report_of_component),
    "report of a component that nobody registered": (4, "reporter", _report_of_none),
    "candidates of a report": (ACTOR + 2, "reporter", _alike),
    "accept": (10, "worker", _accept),
    # What is stored, with the check of the caller; the positions; the time of the location.
    "few positions": (3, "worker", _positions(FEW)),
    "many positions": (3, "worker", _positions(MANY)),
}


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("rows", [FEW, MANY])
def test_write_sends_constant_number_of_statements(world, query_recorder, name, rows):
    budget, role, build = WRITES[name]
    city = world.home
    # More people to choose from, and more work that is open.
    for _ in range(rows // FEW):
        city.worker("g2")
    add_rows(world, rows)
    person = world.person(role, city)
    person.get("/me")
    request = build(world)
    with query_recorder() as statements:
        answer = person.post(request.path, request.json)
    assert answer.status_code in (200, 201, 202), answer.json
    assert len(statements) == budget, "\n\n".join(statements)


def test_many_grants_add_no_statements(world, query_recorder):
    """The actor's grants come with the actor, however many."""
    person = world.home.person(Role.GIS, area="s")
    for area in ("d", "c1", "c2", "g1", "g2", "g3"):
        with db.transaction(SYSTEM) as session:
            accounts.add_grant(
                session, SYSTEM, account_id=person.id, role=Role.GIS, area_id=world.home.areas[area]
            )
    person.get("/me")
    with query_recorder() as statements:
        assert person.get("/incidents").status_code == 200
    assert len(statements) == BESIDE + 1
