"""Hot reads are answered without Flask, and the answers are those of Flask, byte for byte."""

from typing import Any

import pytest

from app.areas.schemas import PointQuery, usual_point
from app.core import clock, db
from app.core.actor import Role
from app.core.quotas import Quotas
from app.http import direct_reads
from tests.endpoints import World
from tests.ogc.test_tiles import path_of, tile_over
from tests.statements import recorded_statements

VARYING = ("X-Request-Id", "RateLimit", "Date")


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


ITEMS = "/ogc/collections/incidents/items"
TILES = "/ogc/collections/incidents/tiles/WebMercatorQuad"


def _paths(world: World) -> list[str]:
    place = world.home.in_grid("g1")
    case = world.case(world.home)["id"]
    at = f"/api/v1/areas/at?lon={place['lon']}&lat={place['lat']}"
    lon, lat = place["lon"], place["lat"]
    box = f"{lon - 0.01},{lat - 0.01},{lon + 0.01},{lat + 0.01}"
    return [
        f"/api/v1/incidents/{case}",
        f"/api/v1/incidents/{case.upper()}",
        at,
        "/api/v1/areas/at?lon=-1&lat=2.5",
        "/api/v1/incidents",
        f"/api/v1/incidents?limit=100&bbox={box}",
        "/api/v1/incidents?status=open%2Cclosed&limit=1&counts=true&sort=-reported_at",
        "/api/v1/incidents?q=%E6%BA%A2+x&mine=true",
        f"/api/v1/incidents?grid_id={world.home.areas['g1']}&priority=3&overdue=false",
        f"{ITEMS}/{case}",
        f"{ITEMS}/{case.upper()}",
        ITEMS,
        f"{ITEMS}?limit=1&bbox={box}",
        f"{ITEMS}?f=json&bbox={box.replace(',', '%2C')}&status=verifying&sortby=-priority,%2Bcase_no",
        f"{ITEMS}?limit=2&offset=0&filter=priority%20%3C%205&properties=case_no,status",
        "/ogc/collections/areas/items?limit=3&bbox-crs=http://www.opengis.net/def/crs/OGC/1.3/CRS84&bbox="
        + box,
        *_tiles(place),
    ]


def _tiles(place: dict[str, float]) -> list[str]:
    near, far = tile_over(place, 14), tile_over(place, 9)
    return [
        f"/ogc{path_of(near, 'incidents')}?properties=case_no,status",
        f"/ogc{path_of(near, 'incidents')}?f=mvt",
        f"/ogc{path_of(far, 'incidents')}",
        f"/ogc{path_of(near, 'grids')}",
        f"/ogc{path_of(near)}",
        f"/ogc{path_of(near)}?collections=incidents,grids",
    ]


# Requests for GeoJSON of these paths are answered by Flask.
PAGES = "/api/v1/incidents?", "/api/v1/incidents"


def _is_left_to_flask(path: str, headers: dict[str, str]) -> bool:
    is_page = path == PAGES[1] or path.startswith(PAGES[0])
    return is_page and "Accept" in headers


def _others(world: World) -> list[str]:
    """Return paths of requests that are not usual."""
    case = world.case(world.home)["id"]
    return [
        *_other_pages(case),
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


def _other_pages(case: str) -> list[str]:
    return [
        "/api/v1/incidents?limit=0",
        "/api/v1/incidents?limit=1&limit",
        "/api/v1/incidents?status=unknown",
        "/api/v1/incidents?bbox=1,2,3",
        "/api/v1/incidents?cursor=x!",
        "/api/v1/incidents?%6cimit=1",
        "/api/v1/incidents?q=%FF",
        "/api/v1/incidents?more=1",
        "/api/v1/incidents?" + "&".join(["q=" + "x" * 50] * 80),
        f"{ITEMS}/",
        f"{ITEMS}/x",
        f"{ITEMS}/{case}?f=html",
        f"{ITEMS}/{case}?f=json",
        f"{ITEMS}/{case}?more=1",
        f"{ITEMS}?f=html",
        f"{ITEMS}?f=x",
        f"{ITEMS}?crs=http://www.opengis.net/def/crs/EPSG/0/4326",
        f"{TILES}/14/x/1",
        f"{TILES}/14/-1/1",
        f"{TILES}/14/1",
        f"{TILES}/14/1/1/1",
        f"{TILES}/14/1/1111111111",
        "/ogc/collections/incidents/tiles/None/14/1/1",
        "/ogc/collections/signals/tiles/WebMercatorQuad/14/1/1",
        f"/ogc/collections/none/items/{case}",
        "/ogc/collections/none/items",
    ]


# Queries of pages that are read directly and are errors: Flask goes on and answers them.
WRONG_PAGES = [
    f"{ITEMS}?limit=x",
    f"{ITEMS}?limit=1&limit=2",
    f"{ITEMS}?bbox=1,2,3",
    f"{ITEMS}?filter=priority%20%3C",
    f"{ITEMS}?filter=nothing%20%3C%205",
    f"{ITEMS}?cursor=x",
    f"{ITEMS}?more=1",
    f"{ITEMS}?datetime=yesterday",
    f"{ITEMS}?f=json&f=html",
    f"{TILES}/23/1/1",
    f"{TILES}/1/2/0",
    f"{TILES}/14/1/1?f=json",
    f"{TILES}/14/1/1?properties=none",
    "/ogc/tiles/WebMercatorQuad/14/1/1?collections=none",
    "/api/v1/incidents?cursor=abc",
    "/api/v1/incidents?sort=overdue&status=closed",
    "/ogc/collections/households/items?limit=x",
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
    {"Host": "maps.example:8080"},
]
HEADERS_OF_FLASK = [
    {"If-None-Match": '"1"'},
    {"If-None-Match": "*"},
    {"Origin": "https://maps.example"},
    {"Range": "bytes=0-3"},
]


def _answer(client: Any, path: str, headers: dict[str, str], method: str = "GET") -> tuple[Any, ...]:
    answer = client.open(path, method=method, headers=headers)
    if answer.mimetype == "text/html" and answer.status_code != 204:  # each page has a nonce
        return answer.status_code, None, answer.headers["Content-Language"]
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
    missing = str(world.home.areas["s"])
    paths = [
        *_paths(world),
        *_others(world),
        *WRONG_PAGES,
        f"/api/v1/incidents/{missing}",
        f"{ITEMS}/{missing}",
    ]
    client = app.test_client()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)  # a page of features has the second of its reading
    seen = 0
    for person in people:
        assert person.get("/me").status_code == 200
        token = {"Authorization": f"Bearer {person.token}"}
        options = (*HEADERS, *HEADERS_OF_FLASK, {"Accept": "text/html"}, {"Host": "maps.example:80"})
        requests = [(path, headers | token) for path in paths for headers in options]
        for path, headers in requests:
            direct = _answer(client, path, headers)
            flask = by_flask(lambda path=path, headers=headers: _answer(client, path, headers))
            assert direct == flask, (path, headers)
            seen += direct[0] == 200
        assert _answer(client, paths[0], token, "HEAD") == by_flask(
            lambda token=token: _answer(client, paths[0], token, "HEAD")
        )
    assert seen > 3 * len(HEADERS) * len(_paths(world))


def test_pages_of_workers_are_those_of_flask_when_answered_directly(app, world, by_flask, in_flask):
    worker = world.person("worker", world.home)
    assert worker.get("/me").status_code == 200
    token = {"Authorization": f"Bearer {worker.token}"}
    client = app.test_client()
    for query in (
        "",
        "?limit=1",
        "?role=handle",
        "?state=offered,accepted",
        "?state=x",
        "?cursor=x",
        "?bbox=1",
    ):
        path = f"/api/v1/assignments{query}"
        in_flask.clear()
        direct = _answer(client, path, token)
        assert len(in_flask) == (direct[0] != 200)
        assert direct == by_flask(lambda path=path: _answer(client, path, token))


def test_all_pages_of_a_map_are_those_of_flask(app, world, by_flask, in_flask):
    """The links to the next page, and the numbers, are the same."""
    for _ in range(3):
        world.case(world.home)
    boss = world.person("supervisor", world.home)
    assert boss.get("/me").status_code == 200
    token = {"Authorization": f"Bearer {boss.token}"}
    client = app.test_client()
    path, pages = f"{ITEMS}?limit=1", 0
    while path:
        in_flask.clear()
        direct = client.get(path, headers=token).json
        assert in_flask == []
        flask = by_flask(lambda path=path: client.get(path, headers=token).json)
        assert direct | {"timeStamp": ""} == flask | {"timeStamp": ""}
        path = next(
            (link["href"].partition("localhost")[2] for link in direct["links"] if link["rel"] == "next"), ""
        )
        pages += 1
    assert pages >= 3


@pytest.mark.parametrize("origins", [(), ("https://maps.example",)])
def test_known_and_empty_tiles_are_those_of_flask(app, world, by_flask, in_flask, monkeypatch, origins):
    monkeypatch.setattr(app.extensions["cors"], "origins", frozenset(origins))
    monkeypatch.setitem(app.config, "COMPRESS_FROM_BYTES", 10)  # else no tile of a test is compressed
    boss = world.person("supervisor", world.home)
    assert boss.get("/me").status_code == 200
    client, token = app.test_client(), {"Authorization": f"Bearer {boss.token}"}
    lon, lat = world.case(world.home)["location"]["coordinates"]
    seen = []
    for path in (*_tiles({"lon": lon, "lat": lat}), f"{TILES}/14/1/1", f"{TILES}/014/01/1"):
        tag = client.get(path, headers=token).headers["ETag"].strip('"')
        other, coded = tag[::-1], f'"{tag}-gzip"'
        for client_tags in (f'"{tag}"', coded, f'"{tag}-zstd"', f'"{other}", {coded}', f'"{other}"', ""):
            for coding in ({}, {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "zstd"}):
                headers = token | coding | ({"If-None-Match": client_tags} if client_tags else {})
                in_flask.clear()
                direct = _answer(client, path, headers)
                assert in_flask == []
                assert direct == by_flask(lambda path=path, headers=headers: _answer(client, path, headers))
                seen.append(direct[0])
        for left in (f'W/"{tag}"', "*", f'"{tag}"x', '"7"', f'"{tag}-br"'):
            in_flask.clear()
            direct = _answer(client, path, token | {"If-None-Match": left})
            assert len(in_flask) == 1, left
            assert direct[0] in (200, 204, 304)
    assert {200, 204, 304} <= set(seen)


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
            if not _is_left_to_flask(path, headers):
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
    in_flask.clear()
    for path in WRONG_PAGES:
        with recorded_statements() as sent:
            assert client.get(path, headers=token).status_code >= 400
        assert len(sent) <= 1  # Flask does not check the caller again
    assert in_flask == [path.partition("?")[0] for path in WRONG_PAGES]


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


def test_page_is_counted_as_a_list_when_answered_directly(app, world, monkeypatch, in_flask):
    boss = world.person("supervisor", world.home)
    assert boss.get("/me").status_code == 200
    quotas = Quotas({"cheap": 9, "list": 4, "public": 100}, processes=1, limits_bursts=False)
    monkeypatch.setitem(app.extensions, "quotas", quotas)
    client, token = app.test_client(), {"Authorization": f"Bearer {boss.token}"}
    in_flask.clear()
    for path, left in (("/api/v1/incidents", 3), (f"{ITEMS}?limit=1", 2), (f"{ITEMS}?limit=2", 1)):
        answer = client.get(path, headers=token)
        assert answer.headers["RateLimit"].startswith(f'"list";r={left};')
    assert in_flask == []
    wrong = client.get(f"{ITEMS}?limit=x", headers=token)
    assert (wrong.status_code, wrong.headers["RateLimit"].split(";")[1]) == (400, "r=0")
    for path in ("/api/v1/incidents", ITEMS):
        assert client.get(path, headers=token).status_code == 429


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
