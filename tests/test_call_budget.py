"""Call budget: how many functions of Python a hot request calls, from the WSGI environment to the response.

A request that reads one row takes about as long in Python as in PostgreSQL, and most of its time in Python goes with calls. A
number here may be lowered whenever somebody saves calls. Raising one is a decision, not a repair. Timings are in bench/.
"""

import io
import sys
from collections import Counter
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from tests.endpoints import World

# Functions written in Python, called by one request of a caller whom the process remembers.
BUDGET = {
    # A tenth above what was counted alone; what other tests leave in caches and loggers adds some thirty.
    "a case": 245,
    "areas at a point": 230,
    "page of cases": 650,
    "assignments": 580,
    "item of a map": 600,
}
PATHS = {
    "a case": lambda w: f"/api/v1/incidents/{w.case(w.home)['id']}",
    "areas at a point": lambda w: "/api/v1/areas/at?lon={lon}&lat={lat}".format(**w.home.in_grid("g1")),
    "page of cases": lambda w: "/api/v1/incidents?limit=100&status=open",
    "assignments": lambda w: "/api/v1/assignments",
    "item of a map": lambda w: f"/ogc/collections/incidents/items/{w.case(w.home)['id']}",
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

    sys.setprofile(note)
    try:
        b"".join(app.wsgi_app(environ, lambda status, _headers, _info=None: statuses.append(int(status[:3]))))
    finally:
        sys.setprofile(None)
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
