"""No personal value leaves by a map: pages, features, tiles, refusals; nor by a filter or an order used as an oracle.

The rows carry the marks of `tests/test_personal_fields.py` in every personal column.
"""

import json
import re
from typing import Any

import pytest

from app.ogc.rules.collections import COLLECTIONS
from app.ogc.rules.tiling import LAYERS
from tests.endpoints import ROLES, World
from tests.nonempty import nonempty
from tests.ogc.conftest import Map, make_components, make_premises
from tests.ogc.test_tiles import tile_over
from tests.sample_sizes import drawn_share
from tests.test_personal_fields import MARKS, Lines, body_and_headers, lines, world

__all__ = ["lines", "world"]

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
# Who goes to people's doors reads addresses; nobody reads anything else about a person on a map.
DOOR_TO_DOOR = {"worker", "grid_chief", "supervisor", "admin"}
ADDRESSES = {"premises.address", "premises.compound", "premises.room"}


def leaks(role: str, text: str) -> list[str]:
    allowed = ADDRESSES if role in DOOR_TO_DOOR else set()
    return [column for column, mark in MARKS.items() if mark.trace in text and column not in allowed]


@pytest.fixture(scope="module")
def full(world: World) -> World:
    """A home with a resident, a reported case, and a thing that stands there."""
    city = world.home
    there = city.in_grid("g1")
    make_components(city, there, owning_unit_id=city.units["roads"])
    make_premises(city, there)
    parts = {"kind": "dwelling", "compound": "小区", "building": "1幢", "room": "501"}
    added = Map(world.person("supervisor", city)).open(
        "POST",
        "/collections/premises/items",
        json={
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [there["lon"], there["lat"]]},
            "properties": parts,
        },
    )
    assert added.status_code == 201, added.text
    return world


def answers(person: Map, name: str, place: dict[str, float]) -> list[Any]:
    """Everything that a collection says to a person, in each of its forms."""
    start = f"/collections/{name}"
    answers_given = [person.get(f"{start}{path}") for path in ("", "/queryables", "/schema")]
    pages = [
        person.get(f"{start}/items", limit=1000),
        person.get(f"{start}/items", limit=1000, f="html"),
        person.get(f"{start}/items", {"Accept-Language": "zh-CN"}, limit=1000, f="html"),
        person.get(f"{start}/items", limit=1000, crs=f"{EPSG}4549"),
        person.get(f"{start}/items", limit=1, filter="TRUE"),
        person.get(f"{start}/items", limit=1, offset=1),
    ]
    for feature in pages[0].json.get("features", [])[-3:]:
        for form in ("json", "html"):
            answers_given.append(person.get(f"{start}/items/{feature['id']}", f=form))
    if name in LAYERS:
        for zoom in (10, 18):
            tile = tile_over(place, zoom)
            answers_given.append(person.get(f"{start}/tiles/WebMercatorQuad/{zoom}/{tile.y}/{tile.x}"))
    return answers_given + pages


@pytest.mark.wide
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", drawn_share(COLLECTIONS, one_in=2, name="personal values"))
def test_map_responses_contain_no_personal_values(full, lines, role, name):
    person = Map(full.person(role, full.home))
    lines.messages.clear()
    leaked = [
        (answer.request.path, column)
        for answer in answers(person, name, full.home.in_grid("g1"))
        for column in leaks(role, body_and_headers(answer))
    ]
    logged = "\n".join(lines.messages)
    assert leaked == [] and not [column for column, mark in MARKS.items() if mark.trace in logged]


def test_worker_reads_address_and_gis_does_not(full):
    """Without this the walk could pass because there was nothing to find."""
    for column, name in (
        ("premises.address", "premises"),
        ("premises.address", "households"),
        ("premises.compound", "premises"),
        ("premises.room", "premises"),
    ):
        person = Map(full.person("worker", full.home))
        assert MARKS[column].value in json.dumps(person.items(name, limit=1000)), column
        looks = Map(full.person("gis", full.home))
        assert MARKS[column].trace not in json.dumps(looks.items(name, limit=1000)), column


# What tables have and filters do not: personal, masked for some, or not of the collection.
SECRET = (
    *("address", "room", "building", "compound", "unit", "town", "description", "reported_by", "reporter"),
    *("resident", "phone", "contact", "worker_id", "handled_by", "about_id", "scope_path", "location", "id"),
)


def without(text: str, name: str) -> str:
    return re.sub(rf"\b{name}\b", "?", text)


WAYS = (
    lambda name: {"filter": f"{name} LIKE 'Q%'"},
    lambda name: {"filter": f"CASEI({name}) = 'q' OR TRUE"},
    lambda name: {
        "filter": json.dumps({"op": "isNull", "args": [{"property": name}]}),
        "filter-lang": "cql2-json",
    },
    lambda name: {name: "Q"},
    lambda name: {"sortby": name},
    lambda name: {"sortby": f"-{name}"},
)


@pytest.mark.wide
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "name",
    drawn_share(("premises", "households", "incidents", "components"), one_in=2, name="personal filters"),
)
def test_filters_and_orders_reveal_no_hidden_properties(full, role, name):
    """What may not be seen, or not by all, is refused as what is not there: the same status and the same words."""
    person = Map(full.person(role, full.home))
    path = f"/collections/{name}/items"
    nowhere = "no_such_thing"
    for way in WAYS:
        unknown = person.get(path, **way(nowhere))
        if unknown.status_code == 403:
            return
        assert unknown.status_code == 400
        for secret in SECRET:
            answer = person.get(path, **way(secret))
            assert answer.status_code == 400, (secret, answer.text)
            for part in ("code", "description"):
                assert without(answer.json[part], secret) == without(unknown.json[part], nowhere)
            assert not leaks("gis", answer.text)


def test_hidden_properties_cannot_be_selected(full):
    looks = Map(full.person("gis", full.home))
    for name in ("room", "compound", "building"):
        for query in ({"properties": name}, {"properties": f"kind,{name}"}):
            assert looks.get("/collections/premises/items", **query).status_code == 400
        for about in ("queryables", "schema"):
            assert name not in looks.get(f"/collections/premises/{about}").json["properties"]


def test_refusals_contain_no_personal_values(full):
    """Filters that PostgreSQL cannot work out, bodies that cannot be, features of others."""
    for role in nonempty(ROLES):
        person = Map(full.person(role, full.home))
        for name in ("premises", "households", "incidents", "components"):
            path = f"/collections/{name}/items"
            refused = [
                person.get(path, filter="1/0 ^ 9999 > 1"),
                person.get(path, filter="2 ^ 9999 > 1"),
                person.get(path, filter="S_INTERSECTS(geometry, POLYGON((0 0,1 1,1 0,0 1,0 0)))"),
                person.get(path, grid_id="x"),
                person.get(f"{path}/00000000-0000-7000-8000-000000000000"),
                person.open("POST", path, json={"type": "Feature", "geometry": None, "properties": {}}),
                person.open("PATCH", f"{path}/00000000-0000-7000-8000-000000000000", json={}),
            ]
            for answer in refused:
                assert answer.status_code < 500
                assert not leaks("gis", body_and_headers(answer)), (role, name)


def test_logs_contain_no_filter_values(full, lines: Lines):
    person = Map(full.person("worker", full.home))
    lines.messages.clear()
    person.get("/collections/premises/items", filter="kind = 'Zqtyped'", name="Zqtyped")
    person.get("/collections/premises/items", filter="Zqtyped(")
    assert "Zqtyped" not in "\n".join(lines.messages)
