"""Call budget: how many functions of Python a hot request calls, from the WSGI environment to the response.

A request that reads one row takes about as long in Python as in PostgreSQL, and most of its time in Python goes with calls. A
number here may be lowered whenever somebody saves calls. Raising one is a decision, not a repair. Timings are in bench/.
"""

import io
import logging
import sys
from collections import Counter
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from app.areas import service as areas
from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from tests.endpoints import World
from tests.ogc.test_tiles import path_of, tile_over
from tests.statistics.incident_rows import make_cases

# Functions written in Python, called by one request of a caller whom the process remembers.
BUDGET = {
    # A tenth above what was counted alone; what other tests leave in caches and loggers adds some thirty.
    "a case": 192,
    "areas at a point": 173,
    "page of cases": 290,
    "assignments": 235,
    "item of a map": 212,
    "page of a map": 268,
    "tile of a map": 205,
}
PROPERTIES = "case_no,status,category,priority,grid_id,owner_unit_id,reported_at,updated_at,due_at,closed_at"


def _place(world: World) -> dict[str, float]:
    """Return the place of a new case."""
    lon, lat = world.case(world.home)["location"]["coordinates"]
    return {"lon": lon, "lat": lat}


def _box(world: World) -> str:
    lon, lat = _place(world).values()
    return f"{lon - 0.01},{lat - 0.01},{lon + 0.01},{lat + 0.01}"


PATHS = {
    "a case": lambda w: f"/api/v1/incidents/{w.case(w.home)['id']}",
    "areas at a point": lambda w: "/api/v1/areas/at?lon={lon}&lat={lat}".format(**w.home.in_grid("g1")),
    "page of cases": lambda w: "/api/v1/incidents?limit=100&status=open",
    "assignments": lambda w: "/api/v1/assignments",
    "item of a map": lambda w: f"/ogc/collections/incidents/items/{w.case(w.home)['id']}",
    "page of a map": lambda w: (
        f"/ogc/collections/incidents/items?limit=100&bbox={_box(w)}&properties={PROPERTIES}"
    ),
    "tile of a map": lambda w: f"/ogc{path_of(tile_over(_place(w), 14), 'incidents')}",
}


@pytest.fixture
def world(app, settings) -> World:
    return World(app, settings)


def _environ(path: str, headers: dict[str, str]) -> dict[str, Any]:
    builder = EnvironBuilder(path=path, headers=headers, input_stream=io.BytesIO())
    try:
        return builder.get_environ()
    finally:
        builder.close()


def calls_of(app: Any, path: str, headers: dict[str, str]) -> tuple[int, Counter[str]]:
    """Return the status of the response to a request, and the functions that were called for it."""
    environ, statuses, calls = _environ(path, headers), [], Counter[str]()

    def note(frame: Any, event: str, _: Any) -> None:
        if event == "call":
            calls[f"{frame.f_code.co_filename}:{frame.f_code.co_qualname}"] += 1

    logging.disable(logging.INFO)  # another test may have switched the log line of a request on
    sys.setprofile(note)
    try:
        b"".join(app.wsgi_app(environ, lambda status, _headers, _info=None: statuses.append(int(status[:3]))))
    finally:
        sys.setprofile(None)
        logging.disable(logging.NOTSET)
    return statuses[0], calls


@pytest.mark.parametrize("name", BUDGET)
def test_hot_request_calls_few_functions_when_caller_is_remembered(app, world, name):
    boss = world.person("supervisor", world.home)
    path = PATHS[name](world)
    assert boss.get("/me").status_code == 200
    headers = {"Authorization": f"Bearer {boss.token}"}
    for _ in range(4):  # statements are compiled, and prepared when they are sent often
        status, calls = calls_of(app, path, headers)
    assert status == 200
    assert calls.total() <= BUDGET[name], f"{calls.total()}: {calls.most_common(40)}"


# A pull without changes, of a caller whom the process remembers: a tenth above what was counted alone.
PULL_BUDGET = 390


def test_pull_without_changes_calls_few_functions_when_caller_is_remembered(app, world):
    worker = world.person("worker", world.home)
    page = worker.get("/sync?limit=2000").json
    assert page["complete"]
    headers = {"Authorization": f"Bearer {worker.token}"}
    for _ in range(4):
        status, calls = calls_of(app, f"/api/v1/sync?token={page['token']}", headers)
    assert status == 200
    assert calls.total() <= PULL_BUDGET, f"{calls.total()}: {calls.most_common(40)}"


# For each unit whose cases a board counts.
CALLS_FOR_UNIT = 6


def _make_case_of_new_unit(home: Any, name: str) -> None:
    unit_id = uuid7()
    with db.transaction(SYSTEM) as session:
        areas.create_unit(
            session,
            SYSTEM,
            id=unit_id,
            jurisdiction=home.code,
            code=f"{home.code}-{name}",
            name={"zh": name, "en": name},
            area_id=home.areas["s"],
            competences=[],
        )
    times = {"reported_at": clock.now(), "due_at": clock.now()}
    place = {"area": home.areas["g1"], "unit": unit_id}
    make_cases([{"many": 1, "category": "E0102", "status": "accepted", "handled": False, **times, **place}])


def test_board_calls_few_functions_for_each_unit(app, world):
    boss = world.person("supervisor", world.home)
    calls_by_number = {}
    for number in (1, 41):
        while len(boss.get("/supervision/board").json["by_unit"]) < number:
            _make_case_of_new_unit(world.home, str(uuid7()))
        headers = {"Authorization": f"Bearer {boss.token}"}
        for _ in range(4):
            status, calls = calls_of(app, "/api/v1/supervision/board", headers)
        assert status == 200
        calls_by_number[number] = calls
    added = calls_by_number[41] - calls_by_number[1]
    assert added.total() <= 40 * CALLS_FOR_UNIT, added.most_common(20)
