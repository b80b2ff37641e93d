"""Hot reads are answered without Flask, and the answers are those of Flask, byte for byte."""

from typing import Any

import pytest

from app.areas.schemas import PointQuery, usual_point
from app.core import db
from app.core.actor import Role
from app.core.quotas import Quotas
from app.http import direct_reads
from tests.endpoints import World
from tests.statements import recorded_statements

VARYING = ("X-Request-Id", "RateLimit")


@pytest.fixture
def world(app, settings) -> World:
    return World(app, settings)


@pytest.fixture
def in_flask(app, monkeypatch) -> list[str]:
    """The paths of the requests that Flask answers."""
    paths: list[str] = []
    dispatch = app.full_dispatch_request

    def note() -> Any:
        from flask import request

        paths.append(request.path)
        return dispatch()

    monkeypatch.setattr(app, "full_dispatch_request", note)
    return paths


@pytest.fixture
def by_flask(monkeypatch):
    """Return a function that calls another one, while Flask answers everything."""

    def call(function):
        with monkeypatch.context() as patch:
            patch.setattr(direct_reads.DirectReads, "usual", lambda *_: None)
            return function()

    return call


def _paths(world: World) -> list[str]:
    place = world.home.in_grid("g1")
    case = world.case(world.home)["id"]
    at = f"/api/v1/areas/at?lon={place['lon']}&lat={place['lat']}"
    return [
        f"/api/v1/incidents/{case}",
        f"/api/v1/incidents/{case.upper()}",
        at,
        "/api/v1/areas/at?lon=-1&lat=2.5",
    ]


def _others(world: World) -> list[str]:
    """Return paths of requests that are not usual."""
    case = world.case(world.home)["id"]
    return [
        f"/api/v1/incidents/{case}?x=1",
        f"/api/v1/incidents/{case}/",
        f"/api/v1/incidents/{case}x",
        "/api/v1/incidents/",
        "/api/v1/areas/at",
        "/api/v1/areas/at?lon=x&lat=1",
        "/api/v1/areas/at?lat=1&lon=2",
        "/api/v1/areas/at?lon=1&lat=2&coord_sys=gcj02",
        "/api/v1/areas/at?lon=181&lat=2",
        "/api/v1/areas/at?lon=1&lat=2&lat=3",
        "/api/v1/areas/at?lon=1&lat=2&more=1",
    ]


HEADERS: list[dict[str, str]] = [
    {},
    {"Accept-Encoding": "gzip"},
    {"Accept-Encoding": "zstd, gzip;q=0.5"},
    {"Accept-Encoding": "identity"},
    {"Accept": "application/geo+json"},
    {"X-Request-Id": "of-the-client"},
    {"X-Request-Id": "not usable!"},
    {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"},
    {"Accept-Language": "zh"},
]
HEADERS_OF_FLASK = [
    {"If-None-Match": '"1"'},
    {"If-None-Match": "*"},
    {"Origin": "https://maps.example"},
    {"Range": "bytes=0-3"},
]


def _answer(client: Any, path: str, headers: dict[str, str], method: str = "GET") -> tuple[Any, ...]:
    answer = client.open(path, method=method, headers=headers)
    shown = [
        (name, value if name not in VARYING or value in headers.values() else "")
        for name, value in answer.headers
    ]
    body = answer.json["code"] if answer.status_code >= 400 and answer.data else answer.data
    return answer.status_code, shown if answer.status_code < 400 else None, body


@pytest.mark.parametrize("origins", [(), ("https://maps.example",)])
def test_answer_is_that_of_flask_for_each_path_and_header(app, world, by_flask, monkeypatch, origins):
    monkeypatch.setattr(app.extensions["cors"], "origins", frozenset(origins))
    people = [
        world.person("supervisor", world.home),
        world.person("worker", world.home),
        world.home.person(Role.ADMIN),
        world.home.person(Role.GIS, area="s"),
        world.home.person(Role.ANALYST, area="s"),
    ]
    paths = [*_paths(world), *_others(world), f"/api/v1/incidents/{world.home.areas['s']}"]
    client = app.test_client()
    seen = 0
    for person in people:
        assert person.get("/me").status_code == 200
        token = {"Authorization": f"Bearer {person.token}"}
        requests = [(path, headers | token) for path in paths for headers in (*HEADERS, *HEADERS_OF_FLASK)]
        for path, headers in requests:
            direct = _answer(client, path, headers)
            flask = by_flask(lambda path=path, headers=headers: _answer(client, path, headers))
            assert direct == flask, (path, headers)
            seen += direct[0] == 200
        assert _answer(client, paths[0], token, "HEAD") == by_flask(
            lambda token=token: _answer(client, paths[0], token, "HEAD")
        )
    assert seen > 3 * len(HEADERS) * len(_paths(world))


def test_usual_requests_do_not_reach_flask_and_others_do(app, world, in_flask):
    boss = world.person("supervisor", world.home)
    assert boss.get("/me").status_code == 200
    token = {"Authorization": f"Bearer {boss.token}"}
    client = app.test_client()
    paths, others = _paths(world), _others(world)
    # The process does not remember the caller yet.
    assert client.get(paths[0], headers=token).status_code == 200
    in_flask.clear()
    for path in paths:
        for headers in HEADERS:
            assert client.get(path, headers=token | headers).status_code == 200
    assert in_flask == []
    for headers in (*HEADERS_OF_FLASK, {"X-API-Key": "x"}):
        client.get(paths[0], headers=token | headers)
    for path in others:
        client.get(path, headers=token)
    client.get(paths[0])
    client.get(paths[0], headers={"Authorization": "Bearer x"})
    client.head(paths[0], headers=token)
    assert len(in_flask) == len(HEADERS_OF_FLASK) + 1 + len(others) + 3


def test_error_is_made_of_one_read_when_case_does_not_exist(app, world, in_flask):
    boss = world.person("supervisor", world.home)
    path = f"/incidents/{world.home.areas['s']}"
    assert boss.get(path).status_code == 404
    in_flask.clear()
    with recorded_statements() as sent:
        answer = boss.get(path)
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert len(sent) == 1
    assert in_flask == [f"/api/v1{path}"]


def test_request_is_counted_once_when_flask_goes_on(app, world, monkeypatch):
    boss = world.person("supervisor", world.home)
    usual, missing = _paths(world)[2].removeprefix("/api/v1"), f"/incidents/{world.home.areas['s']}"
    assert boss.get(usual).status_code == 200
    quotas = Quotas({"cheap": 4, "list": 4, "public": 100}, processes=1, limits_bursts=False)
    monkeypatch.setitem(app.extensions, "quotas", quotas)
    left = []
    for path in (usual, missing, usual, missing):
        answer = boss.get(path)
        left.append(answer.headers["RateLimit"].split(";")[1])
    assert left == ["r=3", "r=2", "r=1", "r=0"]
    answer = boss.get(usual)
    assert (answer.status_code, answer.json["code"]) == (429, "rate_limited")


def test_error_of_database_is_answered_once_when_read_fails(app, world, monkeypatch):
    boss = world.person("supervisor", world.home)
    path = _paths(world)[0].removeprefix("/api/v1")
    assert boss.get(path).status_code == 200
    calls = []

    def fail(*_: Any, **__: Any) -> Any:
        calls.append(1)
        with db.read_session() as session:
            session.execute(db.sql_text("select 1 / 0"))

    monkeypatch.setattr("app.incidents.cases.queries.views.detail", fail)
    answer = boss.get(path)
    assert answer.status_code in (422, 500)
    assert len(calls) == 1


@pytest.mark.parametrize(
    "query",
    [
        "lon=120.1&lat=30.2",
        "lon=-180&lat=-90",
        "lon=180.0&lat=90",
        "lon=0&lat=-0.5",
        "lon=7&lat=1.000000000000001",
    ],
)
def test_usual_point_is_that_of_the_schema(query):
    values = dict(part.split("=") for part in query.split("&"))
    schema = PointQuery()
    schema.reads_text = True
    assert usual_point(query) == schema.load(values)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "lon=1",
        "lon=1e2&lat=1",
        "lon=1&lat=1&",
        "lon=181&lat=1",
        "lon=07&lat=1",
        "lon=1&lat=00",
        "lon=1&lat=91",
        "lon= 1&lat=1",
        "lon=1&lat=١",
    ],
)
def test_point_is_left_to_the_schema_when_it_is_not_usual(query):
    assert usual_point(query) is None
