"""OGC API Features, Part 4: features made, replaced, changed and taken away, by the domains' own services."""

import json
from typing import Any

import pyproj
import pytest

from app.core.actor import Role
from app.ogc.rules.collections import COLLECTIONS, Written
from tests.endpoints import component_number
from tests.factories import PASSWORD
from tests.nonempty import nonempty
from tests.ogc.conftest import Map

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
GEOJSON = {"Content-Type": "application/geo+json"}
MERGE = {"Content-Type": "application/merge-patch+json"}


def feature(place: dict[str, float], **properties: Any) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [place["lon"], place["lat"]]}
    return {"type": "Feature", "geometry": point, "properties": properties}


def allow(answer: Any) -> set[str]:
    assert answer.status_code == 200, answer.text
    return set(answer.headers["Allow"].split(", "))


def send(person: Map, method: str, path: str, body: Any, **headers: str) -> Any:
    given = (MERGE if method == "PATCH" else GEOJSON) | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return person.open(method, f"/collections/{path}", headers=given, data=json.dumps(body))


def cover(city: Any, name: str = "g1", **properties: Any) -> dict[str, Any]:
    return feature(city.in_grid(name), code=component_number(), name_zh="井盖", **properties)


READS = {"GET", "HEAD", "OPTIONS"}
CHANGES = READS | {"PUT", "PATCH"}


@pytest.mark.parametrize(
    ("name", "of_items", "of_item"),
    [
        ("components", READS | {"POST"}, CHANGES | {"DELETE"}),
        ("incidents", READS | {"POST"}, CHANGES),
        ("premises", READS | {"POST"}, CHANGES),
        ("grids", READS, CHANGES),
        ("communities", READS, CHANGES),
        ("areas", READS, READS),
        ("grid-versions", READS, READS),
        ("households", READS, READS),
        ("unit-areas", READS, READS),
    ],
)
def test_options_list_methods_allowed_to_caller(city, gis, boss, put, house, report, name, of_items, of_item):
    put(city.in_grid("g1"))
    house(city.in_grid("g1"))
    report(city.worker("g1"), city.in_grid("g1"))
    feature_id = boss.ids(name, limit=1)[0]
    assert allow(boss.open("OPTIONS", f"/collections/{name}/items")) == of_items
    assert allow(boss.open("OPTIONS", f"/collections/{name}/items/{feature_id}")) == of_item
    # What may be sent is said beside the methods, and only there.
    for path, method, header in (
        ("items", "POST", "Accept-Post"),
        (f"items/{feature_id}", "PATCH", "Accept-Patch"),
    ):
        answer = boss.open("OPTIONS", f"/collections/{name}/{path}")
        media = answer.headers.get(header, "").split(", ")
        assert ("application/geo+json" in media) is (method in allow(answer))
        assert (
            "application/merge-patch+json" in media or header != "Accept-Patch" or method not in allow(answer)
        )
    visible_id = gis.ids(name, limit=1)[0]
    assert allow(gis.open("OPTIONS", f"/collections/{name}/items")) == READS
    assert allow(gis.open("OPTIONS", f"/collections/{name}/items/{visible_id}")) == READS
    assert (
        gis.open("OPTIONS", f"/collections/{name}/items/00000000-0000-7000-8000-000000000000").status_code
        == 404
    )


def test_refused_method_returns_405_with_allowed_methods(city, gis, boss, put):
    made = put(city.in_grid("g1"))[0]
    for method, path in (
        ("POST", "components/items"),
        ("PUT", f"components/items/{made}"),
        ("DELETE", f"components/items/{made}"),
    ):
        answer = send(gis, method, path, cover(city))
        assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (405, READS)
    assert send(boss, "DELETE", f"grids/items/{city.areas['g1']}", None).status_code == 405
    assert send(boss, "POST", "grids/items", cover(city)).status_code == 405
    token = boss.person.post("/tokens", {"label": "reads only", "password": PASSWORD}).json["token"]
    reader = Map(boss.person)
    boss.person.token, session_token = token, boss.person.token
    assert send(reader, "POST", "components/items", cover(city)).status_code == 405
    boss.person.token = session_token
    boss.person.token = boss.person.post(
        "/tokens", {"label": "edits", "password": PASSWORD, "may_edit": True}
    ).json["token"]
    assert send(reader, "POST", "components/items", cover(city)).status_code == 201


def test_post_creates_component_and_ignores_read_only_properties(city, boss, rows):
    """POST: 201, Location, the id is the server's; what the server makes itself is left aside, not refused."""
    body = cover(city, state="damaged", note="x", grid_code="made up") | {"id": "made up"}
    answer = send(boss, "POST", "components/items", body)
    assert answer.status_code == 201, answer.text
    made = answer.headers["Location"].rpartition("/")[2]
    assert answer.headers["Location"] == f"http://localhost/ogc/collections/components/items/{made}"
    assert answer.headers["ETag"] == '"1"' and answer.json["id"] == made
    stored = boss.get(f"/collections/components/items/{made}").json
    properties = stored["properties"]
    assert (properties["state"], properties["note"], properties["name_en"]) == ("damaged", "x", "井盖")
    assert properties["grid_id"] == str(city.areas["g1"])
    assert stored["geometry"] == body["geometry"]
    actions = [
        row[0] for row in rows("select action from audit_event where entity_id = cast(:id as uuid)", id=made)
    ]
    assert actions == ["component.register"]


def test_post_accepts_coordinates_in_content_crs(city, boss):
    """Content-Crs, in the authority's order of axes, as QGIS sends it."""
    place = city.in_grid("g1")
    for uri in (f"{EPSG}4326", f"{EPSG}3857", f"{EPSG}4490"):
        x, y = pyproj.Transformer.from_crs("OGC:CRS84", uri.replace(EPSG, "EPSG:")).transform(*place.values())
        body = cover(city)
        body["geometry"]["coordinates"] = [x, y]
        answer = send(boss, "POST", "components/items", body, Content_Crs=f"<{uri}>")
        assert answer.status_code == 201, answer.text
        assert answer.json["geometry"]["coordinates"] == pytest.approx(list(place.values()), abs=2e-7)
    assert send(boss, "POST", "components/items", cover(city), Content_Crs="<EPSG:9>").status_code == 400


def test_put_replaces_whole_feature(city, boss):
    """The whole feature comes back with its id and every attribute, also those that the server makes; no If-Match."""
    made = send(boss, "POST", "components/items", cover(city, note="before")).json
    there = city.in_grid("g2")
    body = {k: v for k, v in made.items() if k != "links"}
    body["geometry"] = {"type": "Point", "coordinates": [there["lon"], there["lat"]]}
    body["properties"] |= {"note": None, "state": "missing"}
    answer = send(boss, "PUT", f"components/items/{made['id']}", body)
    assert answer.status_code == 200, answer.text
    properties = answer.json["properties"]
    assert (properties["note"], properties["state"], properties["grid_id"]) == (
        None,
        "missing",
        str(city.areas["g2"]),
    )
    # What is not said in a whole feature is taken away; the id of the address counts, not the one of the body.
    other = send(boss, "POST", "components/items", cover(city)).json
    noted = send(boss, "PATCH", f"components/items/{made['id']}", {"properties": {"note": "again"}}).json
    body = {k: v for k, v in noted.items() if k != "links"} | {"id": other["id"]}
    del body["properties"]["note"]
    again = send(boss, "PUT", f"components/items/{made['id']}", body)
    assert again.status_code == 200 and again.json["id"] == made["id"]
    assert again.json["properties"]["note"] is None
    assert boss.get(f"/collections/components/items/{other['id']}").json["geometry"] == other["geometry"]


def test_put_of_unchanged_feature_keeps_etag(city, boss, put, report):
    case = report(city.worker("g1"), city.in_grid("g1"))
    for name, feature_id in (
        ("components", put(city.in_grid("g1"))[0]),
        ("incidents", case["id"]),
        ("grids", str(city.areas["g1"])),
    ):
        before = boss.get(f"/collections/{name}/items/{feature_id}")
        answer = send(boss, "PUT", f"{name}/items/{feature_id}", before.json)
        assert answer.status_code == 200, answer.text
        assert answer.headers["ETag"] == before.headers["ETag"]


def test_patch_is_applied_as_merge_patch(city, boss):
    made = send(boss, "POST", "components/items", cover(city, note="x", source="y")).json
    path = f"components/items/{made['id']}"
    answer = send(boss, "PATCH", path, {"properties": {"note": None, "state": "damaged"}})
    assert answer.status_code == 200, answer.text
    properties = answer.json["properties"]
    assert (properties["note"], properties["state"], properties["source"]) == (None, "damaged", "y")
    assert answer.json["geometry"] == made["geometry"]
    for wrong, name in (
        ({"id": "other", "properties": {}}, "id"),
        ({"properties": {"state": "happy"}}, "state"),
        ({"properties": {"installed_on": "yesterday"}}, "installed_on"),
        ({"properties": {"owning_unit_id": str(city.areas["s"])}}, "owning_unit_id"),
        ({"properties": {"code": component_number()}}, "code"),
        ({"properties": []}, "properties"),
        ({"geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}}, "geometry"),
        ({"geometry": None}, "geometry"),
    ):
        answer = send(boss, "PATCH", path, wrong)
        assert answer.status_code == 400, answer.text
        assert name in answer.json["description"]


def test_delete_retires_component(city, boss, put):
    made = put(city.in_grid("g1"))[0]
    assert send(boss, "DELETE", f"components/items/{made}", None).status_code == 204
    assert boss.get(f"/collections/components/items/{made}").status_code == 404
    assert send(boss, "DELETE", f"components/items/{made}", None).status_code == 404
    assert boss.person.get(f"/components/{made}").json["state"] == "retired"


def test_if_match_is_honoured_but_optional(city, boss, put):
    made = put(city.in_grid("g1"))[0]
    path = f"components/items/{made}"
    for method, body in (("PUT", cover(city)), ("PATCH", {"properties": {"note": "y"}}), ("DELETE", None)):
        for tag in ('"7"', 'W/"7"', '"x"'):
            assert send(boss, method, path, body, If_Match=tag).status_code == 412
    answer = send(boss, "PATCH", path, {"properties": {"note": "y"}}, If_Match='"1"')
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert send(boss, "PATCH", path, {"properties": {"note": "z"}}, If_Match='"1"').status_code == 412
    nowhere = "components/items/00000000-0000-7000-8000-000000000000"
    assert send(boss, "PUT", nowhere, cover(city), If_Match='"1"').status_code == 412
    assert send(boss, "PUT", nowhere, cover(city)).status_code == 404
    grid = f"grids/items/{city.areas['g1']}"
    assert send(boss, "PATCH", grid, {"properties": {"name_zh": "新"}}, If_Match='"9"').status_code == 412


def test_post_reports_incident(city, boss):
    city.worker("g1")
    answer = send(
        boss, "POST", "incidents/items", feature(city.in_grid("g1"), category="E0102", description="垃圾")
    )
    assert answer.status_code == 201, answer.text
    made = boss.person.get(f"/incidents/{answer.json['id']}").json
    assert (made["description"], made["category"], made["status"]) == ("垃圾", "E0102", "dispatched")


def test_premises_are_created_and_moved(city, boss):
    parts = {"kind": "dwelling", "building": "1幢", "unit": "2单元", "room": "501", "address": "left aside"}
    answer = send(boss, "POST", "premises/items", feature(city.in_grid("g1"), **parts))
    assert answer.status_code == 201, answer.text
    there = city.in_grid("g3")
    body = {"geometry": {"type": "Point", "coordinates": [there["lon"], there["lat"]]}}
    moved = send(boss, "PATCH", f"premises/items/{answer.json['id']}", body)
    assert moved.json["properties"]["grid_id"] == str(city.areas["g3"])


def test_area_edit_creates_version_or_returns_findings(city, boss, rows):
    """A name, or a border within the tolerance, is a version more. Land of others, and land that would be nobody's, comes back
    as findings that say so."""
    path = f"grids/items/{city.areas['g4']}"
    west, south = city.at(1, 0).values()

    def to(width: float, height: float = 1.0) -> dict[str, Any]:
        east, north = city.at(1 + width, height).values()
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        return {"geometry": {"type": "Polygon", "coordinates": [ring]}}

    before = boss.get(f"/collections/{path}")
    refusals = {
        "land_gained": to(0.8),
        "land_lost": to(0.3),
        "outside_parent": to(1.5),
        "sibling_overlap": to(0.5, 1.2),
    }
    for fault, shape in refusals.items():
        refused = send(boss, "PATCH", path, shape)
        assert refused.status_code == 400, refused.text
        assert fault in [finding["code"] for finding in refused.json["findings"]]
        assert fault in refused.json["description"]
    assert boss.get(f"/collections/{path}").headers["ETag"] == before.headers["ETag"]
    renamed = send(boss, "PATCH", path, {"properties": {"name_zh": "新名", "name_en": None}})
    assert renamed.status_code == 200, renamed.text
    assert (renamed.json["properties"]["name_zh"], renamed.json["properties"]["name_en"]) == ("新名", "新名")
    nudged = send(boss, "PATCH", path, to(0.50005))
    assert nudged.status_code == 200, nudged.text
    versions = rows(
        "select reason from area_version where area_id = :id order by lower(valid)", id=city.areas["g4"]
    )
    assert [row[0] for row in versions][1:] == ["edited on a map"] * 2


def test_edit_is_refused_outside_editor_areas(city, boss, put, app, settings):
    from tests.factories import make_city

    away = make_city(app, settings)
    admin = Map(city.person(Role.ADMIN))
    made = send(admin, "POST", "components/items", cover(away)).json["id"]
    assert send(boss, "PATCH", f"components/items/{made}", {"properties": {"note": "x"}}).status_code == 404
    assert send(boss, "DELETE", f"components/items/{made}", None).status_code == 404
    assert send(boss, "POST", "components/items", cover(away)).status_code == 403
    renamed = {"properties": {"name_zh": "x"}}
    assert send(boss, "PATCH", f"grids/items/{away.areas['g1']}", renamed).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        *(
            "",
            "{",
            "[]",
            "1",
            "null",
            '"x"',
            '{"type":"Feature"}',
            '{"type":"Point","coordinates":[1,2]}',
            "[" * 5_000,
        ),
        *(
            '{"type":"Feature","geometry":null,"properties":{}}',
            '{"type":"Feature","geometry":{"type":"Point"},"properties":{}}',
        ),
        '{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":[]}',
        '{"type":"Feature","geometry":{"type":"Point","coordinates":[500,2]},"properties":{}}',
        '{"type":"Feature","geometry":{"type":"Point","coordinates":["a",2]},"properties":{}}',
        '{"type":"Feature","geometry":{"type":"Point","coordinates":[]},"properties":{}}',
        '{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{}}',
        '{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"code":"x","name_zh":"x"}}',
        '{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"code":1,"name_zh":{}}}',
    ],
)
@pytest.mark.parametrize("name", ["components", "premises", "incidents"])
def test_invalid_feature_body_returns_400(boss, name, body):
    for method, path in (
        ("POST", f"{name}/items"),
        ("PUT", f"{name}/items/00000000-0000-7000-8000-000000000000"),
    ):
        answer = boss.open(method, f"/collections/{path}", headers=GEOJSON, data=body.encode())
        expected = (400, 404) if method == "PUT" else (400, 201) if name == "incidents" else (400,)
        assert answer.status_code in expected, answer.text
    answer = boss.open(
        "POST", f"/collections/{name}/items", headers={"Content-Type": "text/plain"}, data=body.encode()
    )
    assert answer.status_code == 415


def test_schema_marks_read_only_and_required_properties(gis):
    """Part 5: types, what is read only, what a new feature needs."""
    for name, collection in nonempty(COLLECTIONS.items()):
        about = gis.get(f"/collections/{name}").json
        href = next(
            e["href"] for e in about["links"] if e["rel"] == "http://www.opengis.net/def/rel/ogc/1.0/schema"
        )
        answer = gis.follow(href)
        assert answer.content_type == "application/schema+json"
        properties = answer.json["properties"]
        assert properties["geometry"]["x-ogc-role"] == "primary-geometry"
        declared = {p.name: p for p in collection.properties if p.needs is None}
        assert set(properties) == {"geometry", *declared}
        assert {n for n, entry in properties.items() if entry.get("readOnly")} == {
            n for n, p in declared.items() if p.written is Written.NEVER
        }
        assert set(answer.json["required"]) == {
            "geometry",
            *(n for n, p in declared.items() if p.is_required),
        }
