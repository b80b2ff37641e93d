"""Who may do what on the maps, where: every door of /ogc for every collection, by every role, at home and in another city.

A cell is what happens at home; after a slash, what happens with rows of another city, where that differs. `ok` is any
success; a page or a tile is `shown` if the feature is in it, `hidden` if not. What a role never may do is 405, as `Allow` says.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest

from app.ogc.rules.collections import COLLECTIONS
from app.ogc.rules.tiling import LAYERS
from tests.endpoints import ROLES, World, component_number, new_signal, oversized_grid_finding
from tests.factories import City
from tests.ogc.conftest import Map, make_components, make_premises
from tests.ogc.test_tiles import tile_over
from tests.sample_sizes import drawn_share

# (p): areas and units' areas, of which (e) can be edited, (s) by the supervisor of a street, and (f) cannot; (h): homes.
MATRIX = """
                                                worker        grid_chief    handler       supervisor    admin  gis
GET /                                           ok            ok            ok            ok            ok     ok
GET /conformance                                ok            ok            ok            ok            ok     ok
GET /api                                        ok            ok            ok            ok            ok     ok
GET /collections                                ok            ok            ok            ok            ok     ok
GET /tileMatrixSets                             ok            ok            ok            ok            ok     ok
GET /tileMatrixSets/{matrix_set}                ok            ok            ok            ok            ok     ok
GET /styles                                     ok            ok            ok            ok            ok     ok
GET /styles/gridward                            ok            ok            ok            ok            ok     ok
GET /qgis/project.qgs                           ok            ok            ok            ok            ok     ok
GET /qgis/connections.xml                       ok            ok            ok            ok            ok     ok
GET /qgis/vector-tiles.xml                      ok            ok            ok            ok            ok     ok
GET /tiles                                      ok            ok            ok            ok            ok     ok
GET /tiles/{matrix_set}                         ok            ok            ok            ok            ok     ok
GET /tiles/{matrix_set}/tilejson                ok            ok            ok            ok            ok     ok
GET /base-map/tiles                             404           404           404           404           404    404
GET /base-map/tiles/{matrix_set}                404           404           404           404           404    404
GET /base-map/tiles/{matrix_set}/tilejson       404           404           404           404           404    404
GET /base-map/tiles/{tile}                      404           404           404           404           404    404
GET /tiles/{tile}                               shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown  shown/hidden
GET /collections/(p)                            ok            ok            ok            ok            ok     ok
GET /collections/(p)/queryables                 ok            ok            ok            ok            ok     ok
GET /collections/(p)/schema                     ok            ok            ok            ok            ok     ok
GET /collections/(p)/items                         shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown shown/hidden
OPTIONS /collections/(p)/items                  ok            ok            ok            ok            ok     ok
POST /collections/(p)/items                     405           405           405           405           405    405
GET /collections/(p)/items/{feature_id}            ok/404        ok/404        ok/404        ok/404        ok            ok/404
OPTIONS /collections/(p)/items/{feature_id}        ok/404        ok/404        ok/404        ok/404        ok            ok/404
PUT /collections/(e)/items/{feature_id}            405           405           405           ok/404        ok            405
PATCH /collections/(s)/items/{feature_id}          405           405           405           ok/404        ok            405
PATCH /collections/districts/items/{feature_id}    405           405           405           403/404       ok            405
PUT /collections/(f)/items/{feature_id}         405           405           405           405           405    405
PATCH /collections/(f)/items/{feature_id}       405           405           405           405           405    405
DELETE /collections/(p)/items/{feature_id}      405           405           405           405           405    405
GET /collections/(p)/tiles                      ok            ok            ok            ok            ok     ok
GET /collections/(p)/tiles/{matrix_set}         ok            ok            ok            ok            ok     ok
GET /collections/(p)/tiles/{matrix_set}/tilejson ok           ok            ok            ok            ok     ok
GET /collections/(p)/tiles/{tile}                  shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown shown/hidden
GET /collections/components                     ok            ok            ok            ok            ok     ok
GET /collections/components/queryables          ok            ok            ok            ok            ok     ok
GET /collections/components/schema              ok            ok            ok            ok            ok     ok
GET /collections/components/items               shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown  shown/hidden
OPTIONS /collections/components/items           ok            ok            ok            ok            ok     ok
POST /collections/components/items              405           405           405           ok/403        ok     405
GET /collections/components/items/{feature_id}  ok/404        ok/404        ok/404        ok/404        ok     ok/404
OPTIONS /collections/components/items/{feature_id} ok/404     ok/404        ok/404        ok/404        ok     ok/404
PUT /collections/components/items/{feature_id}  405           405           405           ok/404        ok     405
PATCH /collections/components/items/{feature_id} 405          405           405           ok/404        ok     405
DELETE /collections/components/items/{feature_id} 405         405           405           ok/404        ok     405
GET /collections/components/tiles               ok            ok            ok            ok            ok     ok
GET /collections/components/tiles/{matrix_set}  ok            ok            ok            ok            ok     ok
GET /collections/components/tiles/{matrix_set}/tilejson ok    ok            ok            ok            ok     ok
GET /collections/components/tiles/{tile}        shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown  shown/hidden
GET /collections/(h)                            ok            ok            403           ok            ok     ok
GET /collections/(h)/queryables                 ok            ok            403           ok            ok     ok
GET /collections/(h)/schema                     ok            ok            403           ok            ok     ok
GET /collections/(h)/items                      shown/hidden  shown/hidden  403           shown/hidden  shown  shown/hidden
OPTIONS /collections/(h)/items                  ok            ok            403           ok            ok     ok
POST /collections/premises/items                405           405           403           ok/403        ok     405
POST /collections/households/items              405           405           403           405           405    405
GET /collections/(h)/items/{feature_id}         ok/404        ok/404        403           ok/404        ok     ok/404
OPTIONS /collections/(h)/items/{feature_id}     ok/404        ok/404        403           ok/404        ok     ok/404
PUT /collections/premises/items/{feature_id}    405           405           403           ok/404        ok     405
PATCH /collections/premises/items/{feature_id}  405           405           403           ok/404        ok     405
PUT /collections/households/items/{feature_id}  405           405           403           405           405    405
PATCH /collections/households/items/{feature_id} 405          405           403           405           405    405
DELETE /collections/(h)/items/{feature_id}      405           405           403           405           405    405
GET /collections/(h)/tiles                      ok            ok            403           ok            ok     ok
GET /collections/(h)/tiles/{matrix_set}         ok            ok            403           ok            ok     ok
GET /collections/(h)/tiles/{matrix_set}/tilejson ok           ok            403           ok            ok     ok
GET /collections/(h)/tiles/{tile}               shown/hidden  shown/hidden  403           shown/hidden  shown  shown/hidden
GET /collections/grid-findings                  ok            ok            ok            ok            ok     ok
GET /collections/grid-findings/queryables       ok            ok            ok            ok            ok     ok
GET /collections/grid-findings/schema           ok            ok            ok            ok            ok     ok
GET /collections/grid-findings/items            shown/hidden  shown/hidden  hidden        shown/hidden  shown  shown/hidden
OPTIONS /collections/grid-findings/items        ok            ok            ok            ok            ok     ok
POST /collections/grid-findings/items           405           405           405           405           405    405
GET /collections/grid-findings/items/{feature_id} ok/404      ok/404        404           ok/404        ok     ok/404
OPTIONS /collections/grid-findings/items/{feature_id} ok/404  ok/404        404           ok/404        ok     ok/404
PUT /collections/grid-findings/items/{feature_id} 405         405           405           405           405    405
PATCH /collections/grid-findings/items/{feature_id} 405       405           405           405           405    405
DELETE /collections/grid-findings/items/{feature_id} 405      405           405           405           405    405
GET /collections/signals                        ok            ok            ok            ok            ok     ok
GET /collections/signals/queryables             ok            ok            ok            ok            ok     ok
GET /collections/signals/schema                 ok            ok            ok            ok            ok     ok
GET /collections/signals/items                  hidden        hidden        hidden        shown/hidden  shown  hidden
OPTIONS /collections/signals/items              ok            ok            ok            ok            ok     ok
POST /collections/signals/items                 405           405           405           405           405    405
GET /collections/signals/items/{feature_id}     404           404           404           ok/404        ok     404
OPTIONS /collections/signals/items/{feature_id} 404           404           404           ok/404        ok     404
PUT /collections/signals/items/{feature_id}     405           405           405           405           405    405
PATCH /collections/signals/items/{feature_id}   405           405           405           405           405    405
DELETE /collections/signals/items/{feature_id}  405           405           405           405           405    405
GET /collections/signal-cases                        ok            ok            ok            ok            ok     ok
GET /collections/signal-cases/queryables             ok            ok            ok            ok            ok     ok
GET /collections/signal-cases/schema                 ok            ok            ok            ok            ok     ok
GET /collections/signal-cases/items                  hidden        hidden        hidden        shown/hidden  shown  hidden
OPTIONS /collections/signal-cases/items              ok            ok            ok            ok            ok     ok
POST /collections/signal-cases/items                 405           405           405           405           405    405
GET /collections/signal-cases/items/{feature_id}     404           404           404           ok/404        ok     404
OPTIONS /collections/signal-cases/items/{feature_id} 404           404           404           ok/404        ok     404
PUT /collections/signal-cases/items/{feature_id}     405           405           405           405           405    405
PATCH /collections/signal-cases/items/{feature_id}   405           405           405           405           405    405
DELETE /collections/signal-cases/items/{feature_id}  405           405           405           405           405    405
GET /collections/incidents                      ok            ok            ok            ok            ok     ok
GET /collections/incidents/queryables           ok            ok            ok            ok            ok     ok
GET /collections/incidents/schema               ok            ok            ok            ok            ok     ok
GET /collections/incidents/items                shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown  shown/hidden
OPTIONS /collections/incidents/items            ok            ok            ok            ok            ok     ok
POST /collections/incidents/items               405           405           405           ok            ok     405
GET /collections/incidents/items/{feature_id}   ok/404        ok/404        ok/404        ok/404        ok     ok/404
OPTIONS /collections/incidents/items/{feature_id} ok/404      ok/404        ok/404        ok/404        ok     ok/404
PUT /collections/incidents/items/{feature_id}   405           405           405           ok/404        ok     405
PATCH /collections/incidents/items/{feature_id} 405           405           405           ok/404        ok     405
DELETE /collections/incidents/items/{feature_id} 405          405           405           405           405    405
GET /collections/incidents/tiles                ok            ok            ok            ok            ok     ok
GET /collections/incidents/tiles/{matrix_set}   ok            ok            ok            ok            ok     ok
GET /collections/incidents/tiles/{matrix_set}/tilejson ok     ok            ok            ok            ok     ok
GET /collections/incidents/tiles/{tile}         shown/hidden  shown/hidden  shown/hidden  shown/hidden  shown  shown/hidden
"""
LEVELS = ("districts", "streets", "communities", "grids")
GROUPS = {
    "(p)": ("areas", *LEVELS, "grid-versions", "unit-areas"),
    "(e)": LEVELS,
    "(s)": LEVELS[1:],
    "(f)": ("areas", "grid-versions", "unit-areas"),
    "(h)": ("premises", "households"),
}
TILE = "{matrix_set}/{zoom}/{row}/{column}"
OPEN = ("GET /", "GET /conformance", "GET /api")


def _table() -> dict[str, dict[str, str]]:
    header, *lines = MATRIX.strip("\n").splitlines()
    assert tuple(header.split()) == ROLES
    table: dict[str, dict[str, str]] = {}
    for text in lines:
        method, path, *row = text.split()
        path = path.replace("{tile}", TILE)
        group = next((g for g in GROUPS if g in path), None)
        for name in GROUPS[group] if group else ("",):
            if "/tiles" in path and name == "grid-versions":
                continue
            key = f"{method} {path.replace(group, name) if group else path}"
            assert key not in table, key
            table[key] = dict(zip(ROLES, row, strict=True))
    return table


TABLE = _table()


def test_every_endpoint_is_in_permission_matrix(app):
    expected = set()
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/ogc"):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/ogc"))
        for name in COLLECTIONS if "{collection_id}" in path else [""]:
            if name and "/tiles" in path and name not in LAYERS:
                continue
            methods = rule.methods - {"HEAD"}
            # What Flask answers by itself tells the methods of the address and nothing else.
            if rule.provide_automatic_options:
                methods -= {"OPTIONS"}
            expected |= {f"{method} {path.replace('{collection_id}', name)}" for method in methods}
    assert expected == TABLE.keys()


@dataclass
class Features:
    """One of each collection in a city."""

    city: City
    ids: dict[str, str]


def features(world: World, city: City) -> Features:
    there = city.in_grid("g1")
    admin = Map(world.person("admin", city))
    ids = {
        "components": make_components(city, there, owning_unit_id=city.units["roads"])[0],
        "premises": make_premises(city, there),
        "incidents": world.case(city)["id"],
        **dict(zip(("districts", "streets", "communities", "grids"), _levels(city), strict=True)),
    }
    ids["areas"] = ids["grids"]
    box = f"{there['lon'] - 1e-4},{there['lat'] - 1e-4},{there['lon'] + 1e-4},{there['lat'] + 1e-4}"
    ids["households"] = admin.ids("households", premises_id=ids["premises"])[0]
    ids["grid-versions"] = admin.ids("grid-versions", bbox=box)[0]
    ids["grid-findings"] = oversized_grid_finding(world, city)
    ids["signals"] = new_signal(world, city)
    ids["signal-cases"] = admin.ids("signal-cases", signal_id=ids["signals"])[0]
    ids["unit-areas"] = admin.ids("unit-areas", bbox=box)[0]
    return Features(city, ids)


def _levels(city: City) -> list[str]:
    return [str(city.areas[name]) for name in ("d", "s", "c1", "g1")]


@pytest.fixture(scope="module")
def places(world) -> dict[str, Features]:
    return {"home": features(world, world.home), "away": features(world, world.away)}


def new_feature(name: str, city: City) -> dict[str, Any]:
    there = city.in_grid("g1")
    properties = {
        "components": {"code": component_number(), "name_zh": "井盖"},
        "incidents": {"category": "E0102", "description": "垃圾"},
        "premises": {"kind": "dwelling", "building": "1幢", "room": component_number()[-4:]},
    }.get(name, {})
    point = {"type": "Point", "coordinates": [there["lon"], there["lat"]]}
    return {"type": "Feature", "geometry": point, "properties": properties}


def ask(world: World, place: Features, operation: str, person: Any) -> tuple[str | None, Any]:
    """Make the call; the id that a page or a tile has to show, and the answer."""
    method, path = operation.split()
    name = path.split("/")[2] if path.startswith("/collections/") else ""
    there = place.city.in_grid("g1")
    target, options, query = None, {}, {}
    if "{zoom}" in path:
        tile = tile_over(there, 18)
        path = path.replace("{zoom}/{row}/{column}", f"18/{tile.y}/{tile.x}")
        target = None if path.startswith("/base-map") else place.ids[name or "components"]
    elif path.endswith("/items") and method == "GET":
        target = place.ids[name]
        span = 1e-5
        query["bbox"] = (
            f"{there['lon'] - span},{there['lat'] - span},{there['lon'] + span},{there['lat'] + span}"
        )
        query["limit"] = 1000
    path = path.replace("{matrix_set}", "WebMercatorQuad")
    if "{feature_id}" in path:
        feature_id = place.ids[name]
        if method == "DELETE" and name == "components":
            feature_id = make_components(place.city, there)[0]
        path = path.replace("{feature_id}", feature_id)
    if method == "POST":
        options = {"json": new_feature(name, place.city), "headers": {"Content-Type": "application/geo+json"}}
    elif method == "PUT":
        whole = Map(world.person("admin", place.city)).get(path).json
        options = {"json": whole, "headers": {"Content-Type": "application/geo+json"}}
    elif method == "PATCH":
        properties = {"name_zh": component_number()} if name in LEVELS else {}
        options = {
            "json": {"properties": properties},
            "headers": {"Content-Type": "application/merge-patch+json"},
        }
    return target, person.open(method, path, query, **options)


def verdict(target: str | None, answer: Any) -> str:
    if answer.status_code >= 300:
        assert answer.content_type == "application/json" and answer.json["code"]
        return str(answer.status_code)
    if target is None:
        return "ok"
    return "shown" if target.encode() in answer.data else "hidden"


@pytest.mark.wide
@pytest.mark.parametrize("operation", drawn_share(TABLE, one_in=2, name="rights on maps"))
def test_role_and_scope_decide_response(world, places, operation):
    expected, actual = {}, {}
    for role, cell in TABLE[operation].items():
        inside, _, outside = cell.partition("/")
        for where, wanted in (("home", inside), ("away", outside or inside)):
            person = Map(world.person(role, world.home))
            expected[role, where] = wanted
            actual[role, where] = verdict(*ask(world, places[where], operation, person))
    assert actual == expected


class AnonymousClient:
    def __init__(self, app: Any) -> None:
        self.client = app.test_client()

    def open(self, method: str, path: str, query: Any = None, **options: Any) -> Any:
        return self.client.open(f"/ogc{path}", method=method, query_string=query, **options)


@pytest.mark.parametrize("operation", TABLE)
def test_operation_returns_401_without_sign_in(world, places, operation):
    _, answer = ask(world, places["home"], operation, AnonymousClient(world.app))
    assert answer.status_code == (200 if operation in OPEN else 401)
