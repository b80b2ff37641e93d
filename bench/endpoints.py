"""Measured endpoints: user, requests over HTTP, and the bare statement as a lower bound."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

import psycopg

from bench.client import Call

SAMPLES = 40
# Within the land that the city and its tenth have in common.
WEST, SOUTH, WIDTH, HEIGHT = 120.0, 30.0, 0.2, 0.05

Maker = Callable[[psycopg.Connection], list[Call]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`limit` is a file of limits/, `same_work` another one that does all that the request does in one statement."""

    name: str
    username: str
    calls: Maker
    limit: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    writes: bool = False
    same_work: str | None = None
    compared_to: str | None = None
    connections: int = 8


def _spread(n: int, step: float) -> float:
    """Return the n-th of numbers that lie evenly in [0, 1)."""
    return n * step % 1


def boxes() -> list[str]:
    boxes_drawn = []
    for n in range(SAMPLES):
        x = WEST + _spread(n, 0.618034) * (WIDTH - 0.011)
        y = SOUTH + _spread(n, 0.754878) * (HEIGHT - 0.007)
        boxes_drawn.append(f"{x:.6f},{y:.6f},{x + 0.01:.6f},{y + 0.006:.6f}")
    return boxes_drawn


def _boxes(_: psycopg.Connection) -> list[Call]:
    return [Call(f"/api/v1/incidents?limit=100&bbox={box}") for box in boxes()]


_FILTER = "priority < 3 AND reported_at > '2026-01-01T00:00:00Z'"


def _map_boxes(connection: psycopg.Connection) -> list[Call]:
    return [
        Call(call.path.replace("/api/v1/incidents?", "/ogc/collections/incidents/items?"))
        for call in _boxes(connection)
    ]


def _map_filters(connection: psycopg.Connection) -> list[Call]:
    return [Call(f"{call.path}&filter={quote(_FILTER)}") for call in _map_boxes(connection)]


def _points(n: int) -> tuple[float, float]:
    x = WEST + 0.001 + _spread(n, 0.618034) * (WIDTH - 0.002)
    return round(x, 6), round(SOUTH + 0.001 + _spread(n, 0.754878) * (HEIGHT - 0.002), 6)


def _areas_at(_: psycopg.Connection) -> list[Call]:
    return [Call("/api/v1/areas/at?lon={}&lat={}".format(*_points(n))) for n in range(SAMPLES)]


def cases_of(connection: psycopg.Connection) -> list[str]:
    """Cases of the first street."""
    rows = connection.execute(
        """select i.id::text from account_grant g join area_version v on v.area_id = g.area_id
           join account a on a.id = g.account_id join incident i on i.scope_path <@ v.path
           where a.username = 'bench-street-0' order by md5(i.id::text) limit %s""",
        [SAMPLES],
    )
    return [row[0] for row in rows]


def _items(connection: psycopg.Connection) -> list[Call]:
    return [Call(f"/api/v1/incidents/{case}") for case in cases_of(connection)]


def _bare_items(connection: psycopg.Connection) -> list[Call]:
    return [Call(f"/item/{case}") for case in cases_of(connection)]


def _reports(_: psycopg.Connection) -> list[Call]:
    calls = []
    for n in range(SAMPLES * 5):
        lon, lat = _points(n)
        body = {"lon": lon, "lat": lat, "category": "E-dumping", "description": f"路边有垃圾，{n}号附近"}
        calls.append(Call("/api/v1/incidents", json.dumps(body, ensure_ascii=False)))
    return calls


def _duplicate_calls(_: psycopg.Connection) -> list[Call]:
    """Requests for duplicates before a report: the bodies of the reports, and nothing is written."""
    return [Call("/api/v1/incidents/duplicates", call.body) for call in _reports(_)]


def _deep_page(connection: psycopg.Connection) -> list[Call]:
    """Return the thousandth page of 50 that the district's supervisor sees."""
    row = connection.execute(
        """select i.reported_at, i.id::text from account_grant g join area_version v on v.area_id = g.area_id
           join account a on a.id = g.account_id join incident i on i.scope_path <@ v.path
           where a.username = 'bench-district-0' order by i.reported_at desc, i.id desc offset 49999 limit 1"""
    ).fetchone()
    if row is None:
        return []
    key = json.dumps([row[0].isoformat(), row[1]]).encode()
    cursor = base64.urlsafe_b64encode(key).rstrip(b"=").decode()
    return [Call(f"/api/v1/incidents?limit=50&cursor={cursor}")]


def _fixed_paths(*paths: str) -> Maker:
    return lambda _: [Call(path) for path in paths]


def _home_boxes(connection: psycopg.Connection) -> list[Call]:
    return [Call(call.path.replace("/incidents?", "/households?")) for call in _boxes(connection)]


def _addresses(connection: psycopg.Connection) -> list[Call]:
    """House and staircase as somebody types them."""
    rows = connection.execute(
        """select substring(p.address from '路(.*单元)') from account_grant g join area_version v on v.area_id = g.area_id
           join account a on a.id = g.account_id join premises p on p.scope_path <@ v.path
           where a.username = 'bench-street-0' order by md5(p.id::text) limit %s""",
        [SAMPLES],
    )
    return [Call(f"/api/v1/premises?limit=50&q={quote(row[0])}") for row in rows]


GEOJSON = {"Accept": "application/geo+json"}
STREET, DISTRICT, ADMIN, WORKER = "bench-street-0", "bench-district-0", "bench-admin", "bench-worker-7"

ENDPOINTS = (
    Endpoint("page of 100 by bbox", DISTRICT, _boxes, "page"),
    Endpoint("the same as GeoJSON", DISTRICT, _boxes, "page", GEOJSON),
    Endpoint("a map's page of 100 by bbox", DISTRICT, _map_boxes, "page"),
    Endpoint("a map's page with a filter", DISTRICT, _map_filters, compared_to="a map's page of 100 by bbox"),
    Endpoint(
        "a map's first page, worker", WORKER, _fixed_paths("/ogc/collections/incidents/items?limit=100")
    ),
    Endpoint(
        "a map's first page, everywhere", ADMIN, _fixed_paths("/ogc/collections/incidents/items?limit=100")
    ),
    Endpoint("one case", STREET, _items, "item", compared_to="bare Flask: one item"),
    Endpoint("areas at a point", STREET, _areas_at, "areas_at", compared_to="bare Flask: one item"),
    Endpoint("report and dispatch", STREET, _reports, "rows", writes=True, same_work="report"),
    Endpoint("candidates before a report", STREET, _duplicate_calls, compared_to="report and dispatch"),
    Endpoint("first page of 50, district", DISTRICT, _fixed_paths("/api/v1/incidents?limit=50")),
    Endpoint("page 1,000 of 50, district", DISTRICT, _deep_page, compared_to="first page of 50, district"),
    Endpoint("open cases, street", STREET, _fixed_paths("/api/v1/incidents?limit=50&status=open")),
    Endpoint("first page of 50, street", STREET, _fixed_paths("/api/v1/incidents?limit=50")),
    Endpoint("first page of 50, worker", WORKER, _fixed_paths("/api/v1/incidents?limit=50")),
    Endpoint("first page of 50, everywhere", ADMIN, _fixed_paths("/api/v1/incidents?limit=50")),
    Endpoint("my assignments, worker", WORKER, _fixed_paths("/api/v1/assignments"), "assignments"),
    Endpoint("households in a bbox", DISTRICT, _home_boxes),
    Endpoint("premises by address", STREET, _addresses),
    Endpoint("board, street", STREET, _fixed_paths("/api/v1/supervision/board")),
    Endpoint("board, everywhere", ADMIN, _fixed_paths("/api/v1/supervision/board")),
    Endpoint(
        "board, everywhere, alone", ADMIN, _fixed_paths("/api/v1/supervision/board"), "board", connections=1
    ),
    Endpoint("premises by address, alone", STREET, _addresses, "premises", connections=1),
    Endpoint("queue, district", DISTRICT, _fixed_paths("/api/v1/supervision/queue")),
)

# Of the small application in bare.py.
BARE_ENDPOINTS = (
    Endpoint("bare Flask: one item", "", _bare_items, "item"),
    Endpoint("bare Flask: constant", "", _fixed_paths("/constant")),
)
