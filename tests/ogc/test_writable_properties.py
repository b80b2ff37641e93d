"""What a schema says may be written is written by POST, PUT and PATCH alike: each property of each collection."""

from typing import Any

import pytest

from app.ogc.rules.collections import COLLECTIONS
from app.ogc.rules.feature_edits import ACTS
from tests.endpoints import component_number
from tests.ogc.conftest import Map
from tests.ogc.test_edits import feature, send

MADE = ("components", "incidents", "premises")
DRAWN = ("districts", "streets", "communities", "grids")


def test_every_editable_collection_is_tested():
    edited = {
        collection.id for collection in COLLECTIONS.values() if ACTS[collection.edits].change is not None
    }
    assert edited == {*MADE, *DRAWN}


def required_properties(name: str) -> dict[str, Any]:
    """What a new feature needs."""
    return {
        "components": {"code": component_number(), "name_zh": "井盖"},
        "incidents": {"category": "E0102"},
        "premises": {"kind": "dwelling", "building": "1幢", "room": component_number()},
    }[name]


def changed_properties(name: str, city: Any) -> dict[str, Any]:
    """Another value for each property that may be written, each time others of what has to be unique."""
    parts = (
        "province",
        "city",
        "county",
        "town",
        "community",
        "grid",
        "compound",
        "building",
        "unit",
        "room",
    )
    return {
        "components": {"code": component_number(), "name_zh": "路灯", "name_en": "Lamp", "state": "damaged"}
        | {f"{role}_unit_id": str(city.units["roads"]) for role in ("owning", "managing", "maintaining")}
        | {"installed_on": "2026-01-02", "checked_on": "2026-02-03", "source": "survey", "note": "x"},
        "incidents": {"category": "E0103", "description": "杂物"},
        "premises": {"kind": "shop", "name": "商店", "external_ref": component_number()}
        | {part: f"{part} {component_number()}" for part in parts},
    }[name]


def writable(person: Map, name: str) -> dict[str, dict[str, Any]]:
    properties = person.get(f"/collections/{name}/schema").json["properties"]
    return {n: prop for n, prop in properties.items() if n != "geometry" and not prop.get("readOnly")}


def stored(person: Map, name: str, made: str) -> dict[str, Any]:
    properties: dict[str, Any] = person.get(f"/collections/{name}/items/{made}").json["properties"]
    return properties


@pytest.mark.parametrize("name", MADE)
def test_post_put_and_patch_write_same_properties(city, boss, name):
    place, values, schema = city.in_grid("g1"), changed_properties(name, city), writable(boss, name)
    assert values.keys() == schema.keys()
    for prop, value in values.items():
        posted = send(
            boss, "POST", f"{name}/items", feature(place, **required_properties(name) | {prop: value})
        )
        assert (posted.status_code, posted.json["properties"].get(prop)) == (201, value), (prop, posted.text)
        first = required_properties(name)
        made = send(boss, "POST", f"{name}/items", feature(place, **first)).json["id"]
        is_once = schema[prop].get("x-gridward-written") == "once"
        for method, whole in (("PUT", first), ("PATCH", {})):
            value = changed_properties(name, city)[prop]
            body = feature(place, **whole | {prop: value})
            answer = send(boss, method, f"{name}/items/{made}", body)
            if is_once:
                assert (answer.status_code, prop in answer.text) == (400, True), (method, prop)
                body = feature(place, **whole | {prop: stored(boss, name, made)[prop]})
                assert send(boss, method, f"{name}/items/{made}", body).status_code == 200
                continue
            assert (answer.status_code, stored(boss, name, made)[prop]) == (200, value), (
                method,
                prop,
                answer.text,
            )
            back = feature(
                place, **{p: v for p, v in first.items() if schema[p].get("x-gridward-written") != "once"}
            )
            assert send(boss, "PUT", f"{name}/items/{made}", back).status_code == 200


@pytest.mark.parametrize("name", MADE)
def test_put_leaves_same_state_as_post(city, boss, name):
    place, first, schema = city.in_grid("g1"), required_properties(name), writable(boss, name)
    answer = send(boss, "POST", f"{name}/items", feature(place, **first)).json
    made, fresh = answer["id"], answer["properties"]
    always = {
        p: v
        for p, v in changed_properties(name, city).items()
        if schema[p].get("x-gridward-written") != "once"
    }
    assert send(boss, "PATCH", f"{name}/items/{made}", {"properties": always}).status_code == 200
    answer = send(boss, "PUT", f"{name}/items/{made}", feature(place, **first))
    assert answer.status_code == 200, answer.text
    properties = stored(boss, name, made)
    assert {p: properties[p] for p in schema} == {p: fresh[p] for p in schema}


@pytest.mark.parametrize("name", (*MADE, "grids"))
def test_unknown_property_is_refused_and_read_only_ignored(city, boss, name):
    place = city.in_grid("g1")
    if name == "grids":
        made = str(city.areas["g1"])
    else:
        made = send(boss, "POST", f"{name}/items", feature(place, **required_properties(name))).json["id"]
    was = boss.get(f"/collections/{name}/items/{made}").json
    whole = {
        "type": "Feature",
        "geometry": was["geometry"],
        "properties": was["properties"] | {"colour": "red"},
    }
    tries = [("PUT", f"/{made}", whole), ("PATCH", f"/{made}", {"properties": {"colour": "red"}})]
    if name in MADE:
        tries.append(("POST", "", feature(place, **required_properties(name), colour="red")))
    for method, path, body in tries:
        refused = send(boss, method, f"{name}/items{path}", body)
        assert (refused.status_code, refused.json["errors"][0]["field"]) == (400, "colour"), method
    declared = boss.get(f"/collections/{name}/schema").json["properties"]
    fixed = {p: "made up" for p, about in declared.items() if about.get("readOnly")}
    assert fixed
    assert send(boss, "PATCH", f"{name}/items/{made}", {"properties": fixed}).status_code == 200
    assert stored(boss, name, made) == was["properties"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_put_and_patch_write_grid_properties(city, boss, method):
    path = f"grids/items/{city.areas['g1']}"
    values = {"code": f"{city.code}-new", "name_zh": "新网格", "name_en": "New grid"}
    assert writable(boss, "grids").keys() == values.keys()
    was = boss.get(f"/collections/{path}").json
    for prop, value in values.items():
        properties = was["properties"] | {prop: value} if method == "PUT" else {prop: value}
        body = {"type": "Feature", "geometry": was["geometry"], "properties": properties}
        answer = send(boss, method, path, body)
        assert (answer.status_code, answer.json["properties"][prop]) == (200, value), answer.text
        was = answer.json
