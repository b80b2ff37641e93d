"""OGC API Features, Part 1: the abstract tests that can be asked of any server, by their names, and what ours promises more."""

import re
from datetime import UTC, datetime

import pytest
from shapely.geometry import box as square
from shapely.geometry import shape

from app.core.actor import Role
from app.ogc.rules.collections import COLLECTIONS
from app.ogc.rules.conformance import CONFORMS_TO
from tests.ogc.conftest import LOOKED_AT, Map, box, link

HREF = re.compile(r"http://localhost/ogc(/|$)")


def test_root_op_and_success(app):
    """The landing page is open, and leads to the definition, conformance and data."""
    answer = app.test_client().get("/ogc/")
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    rels = {entry["rel"] for entry in answer.json["links"]}
    assert {"self", "alternate", "service-desc", "conformance", "data"} <= rels
    assert all(HREF.match(entry["href"]) and entry["type"] for entry in answer.json["links"])


def test_conformance_op_and_success(app):
    answer = app.test_client().get("/ogc/conformance")
    assert answer.status_code == 200
    assert answer.json["conformsTo"] == list(CONFORMS_TO)


def test_fc_md_op_and_success(gis):
    """Every collection has self and alternate links with rel and type, its items, an extent, and CRS84."""
    body = gis.get("/collections").json
    assert {entry["rel"] for entry in body["links"]} >= {"self", "alternate"}
    assert [collection["id"] for collection in body["collections"]] == list(COLLECTIONS)
    for collection in body["collections"]:
        rels = {(entry["rel"], entry["type"]) for entry in collection["links"]}
        assert ("items", "application/geo+json") in rels
        assert collection["itemType"] == "feature"
        west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
        assert -180 <= west < east <= 180 and -90 <= south < north <= 90
        assert collection["crs"][0] == "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
        alone = gis.get(f"/collections/{collection['id']}").json
        assert alone | {"extent": None} == collection | {"extent": None}  # other tests make areas meanwhile


def test_collection_is_not_listed_and_returns_403_without_read_permission(city):
    handler = Map(city.handler())
    ids = {collection["id"] for collection in handler.get("/collections").json["collections"]}
    assert "incidents" in ids and not ids & {"premises", "households"}
    assert handler.get("/collections/premises/items").status_code == 403
    assert handler.get("/collections/nothing").status_code == 404


def test_fc_op_and_response(city, gis, report):
    worker = city.worker("g1")
    case = report(worker, city.in_grid("g1"))
    answer = gis.get("/collections/incidents/items", bbox=box(city, 0, 0, 2, 2))
    assert answer.content_type == "application/geo+json"
    body = answer.json
    assert body["type"] == "FeatureCollection"
    assert {entry["rel"] for entry in body["links"]} == {"self", "alternate", "collection"}
    assert (body["numberMatched"], body["numberReturned"]) == (1, 1)
    at = datetime.strptime(body["timeStamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
    feature = body["features"][0]
    assert feature["id"] == case["id"]
    assert feature["geometry"] == case["location"]
    properties = feature["properties"]
    assert (properties["case_no"], properties["status"], properties["grid_code"]) == (
        case["case_no"],
        case["status"],
        case["grid"]["code"],
    )
    assert "id" not in properties
    for entry in body["links"]:
        assert gis.follow(entry["href"]).status_code == 200


def test_f_op_and_f_success(city, gis, report):
    case = report(city.worker("g1"), city.in_grid("g1"))
    answer = gis.get(f"/collections/incidents/items/{case['id']}")
    assert (answer.status_code, answer.content_type) == (200, "application/geo+json")
    assert answer.headers["ETag"] == f'"{case["version"]}"'
    assert {entry["rel"] for entry in answer.json["links"]} == {"self", "alternate", "collection"}
    listed = gis.items("incidents", case_no=case["case_no"])["features"][0]
    assert {k: v for k, v in answer.json.items() if k != "links"} == listed
    again = gis.get(f"/collections/incidents/items/{case['id']}", {"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    for nowhere in ("00000000-0000-7000-8000-000000000000", "nobody"):
        assert gis.get(f"/collections/incidents/items/{nowhere}").status_code == 404


@pytest.mark.parametrize("name", LOOKED_AT)
def test_features_have_exactly_declared_properties(city, gis, put, house, report, name):
    put(city.in_grid("g1"))
    house(city.in_grid("g1"))
    report(city.worker("g1"), city.in_grid("g1"))
    features = gis.items(name, bbox=box(city, 0, 0, 2, 2))["features"]
    assert features
    hidden = {p.name for p in COLLECTIONS[name].properties if p.needs}
    for feature in features:
        assert list(feature["properties"]) == [
            p.name for p in COLLECTIONS[name].properties if p.name not in hidden
        ]
        assert shape(feature["geometry"]).geom_type in COLLECTIONS[name].geometry_kind


def test_area_levels_partition_areas_collection(city, gis):
    query = {"bbox": box(city, 0.1, 0.1, 1.9, 1.9)}
    every = gis.ids("areas", **query)
    levels = [gis.ids(name, **query) for name in ("districts", "streets", "communities", "grids")]
    assert [len(level) for level in levels] == [1, 1, 2, 4]
    assert sorted(every) == sorted(area_id for level in levels for area_id in level)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "many"},
        {"limit": "1.5"},
        {"limit": ["1", "2"]},
        {"bbox": "1,2,3"},
        {"bbox": "1,2,3,4,5"},
        {"bbox": "a,b,c,d"},
        {"bbox": "1,4,3,2"},
        {"bbox": "nan,0,1,1"},
        {"bbox": "0,0,inf,1"},
        {"datetime": "yesterday"},
        {"datetime": "2026-01-01T00:00:00"},
        {"datetime": "2026-01-02T00:00:00Z/2026-01-01T00:00:00Z"},
        {"datetime": "2026-01-01T00:00:00Z/../.."},
        {"datetime": "2026-02-30T00:00:00Z"},
        {"unknown": "1"},
        {"priority": "high"},
        {"reported_at": "today"},
        {"grid_id": "1"},
        {"is_overdue": "perhaps"},
        {"description": "is shown and is no filter"},
        {"properties": "status,nothing"},
        {"sortby": "nothing"},
        {"sortby": "status,-status"},
        {"offset": "-1"},
        {"offset": "10001"},
        {"cursor": "made-up"},
        {"crs": "EPSG:4326"},
        {"bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/1"},
        {"f": "xml"},
        {"status": "a\0b"},
    ],
)
def test_query_param_unknown_and_invalid(gis, query):
    """400 for whatever is unknown, wrong or said twice, in OGC's form, and it names the parameter."""
    answer = gis.open("GET", "/collections/incidents/items", query)
    assert answer.status_code == 400, answer.text
    assert answer.content_type == "application/json"
    assert answer.json["code"] and next(iter(query)) in answer.json["description"]


@pytest.mark.parametrize("path", ["/", "/conformance", "/api", "/collections", "/collections/incidents"])
def test_unknown_parameter_returns_400_on_every_path(gis, path):
    assert gis.get(path, nothing="1").status_code == 400


def test_collections_return_401_without_sign_in(app):
    for path in ("/ogc/collections", "/ogc/collections/areas", "/ogc/collections/areas/items"):
        answer = app.test_client().get(path)
        assert answer.status_code == 401
        assert answer.headers.getlist("WWW-Authenticate")[0].startswith("Basic ")
        assert any(challenge.startswith("Bearer") for challenge in answer.headers.getlist("WWW-Authenticate"))


def test_rc_limit_response(city, gis, put):
    made = sorted(put(city.in_grid("g1"), 1_012))
    body = gis.items("components", limit=5)
    assert [feature["id"] for feature in body["features"]] == made[:5]
    assert (body["numberReturned"], body["numberMatched"]) == (5, 1_012)
    # More than the maximum is the maximum, never an error.
    assert gis.items("components", limit=10_000_000)["numberReturned"] == 1_000


def test_bbox_excludes_features_just_outside(city, gis, put):
    """The index compares rounded boxes; a thing a hand's breadth outside of one is outside."""
    place = city.in_grid("g1")
    for n in range(1, 41):
        put(place | {"lon": round(place["lon"] + n * 1e-7, 7)})
    inside = gis.ids(
        "components", bbox=f"{place['lon'] - 1e-3},{place['lat'] - 1e-3},{place['lon'] + 20.5e-7},90"
    )
    assert len(inside) == 20


def test_next_links_return_each_feature_once_during_changes(city, gis, put):
    made = put(city.in_grid("g1"), 9)
    body = gis.items("components", limit=2)
    seen = [feature["id"] for feature in body["features"]]
    put(city.in_grid("g2"), 3)  # later ids
    boss = Map(city.supervisor())
    gone = sorted(made)[1]
    assert boss.person.call("DELETE", f"/components/{gone}", headers={"If-Match": "*"}).status_code == 204
    while any(entry["rel"] == "next" for entry in body["links"]):
        answer = gis.follow(link(body, "next"))
        assert answer.status_code == 200, answer.text
        body = answer.json
        seen += [feature["id"] for feature in body["features"]]
    assert len(seen) == len(set(seen)) == 12
    assert seen == sorted(seen) and set(made) <= set(seen)


def test_next_link_returns_400_for_other_query_or_reader(city, gis, put):
    put(city.in_grid("g1"), 3)
    href = link(gis.items("components", limit=1), "next")
    assert gis.follow(href).status_code == 200
    for other in (href + "&state=in_use", href[:-2] + "xx", href.replace("components", "incidents")):
        assert gis.follow(other).status_code == 400
    assert Map(city.supervisor()).follow(href).status_code == 400


@pytest.mark.parametrize("order", ["state", "-state", "note,-code", "-note,code", "-checked_on,-state"])
def test_sort_order_is_kept_over_pages_with_nulls_last(city, gis, put, order):
    for n, note in enumerate((None, "b", "a", None, "c", "b")):
        put(city.in_grid("g1"), 1, note=note, state=("in_use", "damaged")[n % 2])
    whole = gis.items("components", sortby=order)["features"]
    paged, body = [], gis.items("components", sortby=order, limit=2)
    while True:
        paged += body["features"]
        if not any(entry["rel"] == "next" for entry in body["links"]):
            break
        body = gis.follow(link(body, "next")).json
    assert paged == whole and len(whole) == 6
    name, is_down = order.split(",")[0].removeprefix("-"), order.startswith("-")
    values = [feature["properties"][name] for feature in whole]
    present = [value for value in values if value is not None]
    assert values == sorted(present, reverse=is_down) + [None] * (6 - len(present))


def test_offset_skips_features(city, gis, put):
    made = sorted(put(city.in_grid("g1"), 5))
    assert gis.ids("components", offset=3) == made[3:]
    assert gis.ids("components", offset=9) == []


@pytest.mark.parametrize("corners", [(0, 1, 1, 2), (0.2, 1.2, 0.4, 1.4), (-1, -1, 3, 3), (1.9, 0.1, 2, 0.3)])
def test_rc_bbox_response(city, gis, corners):
    """Exactly the features that meet the box."""
    wanted = square(*[float(v) for v in box(city, *corners).split(",")])
    every = gis.items("areas", bbox=box(city, -1, -1, 3, 3))["features"]
    assert len(every) == 8
    expected = [feature["id"] for feature in every if shape(feature["geometry"]).intersects(wanted)]
    assert gis.ids("areas", bbox=box(city, *corners)) == expected


def test_bbox_accepts_heights_and_antimeridian_crossing(city, gis, put):
    inside = put(city.in_grid("g1"))
    west, south, east, north = box(city, 0, 0, 2, 2).split(",")
    assert gis.ids("components", bbox=f"{west},{south},-100,{east},{north},9000") == inside
    # From the city's east around the world to its west: everywhere but in the city.
    assert gis.ids("components", bbox=f"{east},{south},{west},{north}") == []
    assert (
        gis.ids("components", bbox=f"{float(west) + 0.005},{south},{float(west) - 0.005},{north}") == inside
    )
    point = ",".join(str(v) for v in (*city.in_grid("g1").values(), *city.in_grid("g1").values()))
    assert gis.ids("components", bbox=point) == inside


def test_rc_time_response(city, gis, report):
    case = report(city.worker("g1"), city.in_grid("g1"))
    at = case["reported_at"]
    early, late = "2001-01-01T00:00:00Z", "2101-01-01T00:00:00Z"
    for given, is_there in (
        (at, True),
        (f"{early}/{late}", True),
        (f"../{late}", True),
        (f"{early}/..", True),
        (f"/{early}", False),
        (f"{late}/", False),
        (early, False),
        (at[:10], True),
    ):
        assert (case["id"] in gis.ids("incidents", datetime=given)) is is_there, given


def test_grid_versions_return_former_shape_by_datetime(city, gis):
    """After a redraw the old shape is found by its time."""
    before = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    old = gis.items("grid-versions", bbox=box(city, 0.4, 1.4, 0.6, 1.6))["features"]
    assert len(old) == 1 and old[0]["properties"]["valid_to"] is None
    boss = city.supervisor()
    feature = gis.get(f"/collections/grids/items/{city.areas['g1']}").json
    part = {
        "id": str(city.areas["g1"]),
        "code": feature["properties"]["code"],
        "name": {"zh": "新名", "en": "New name"},
        "geometry": feature["geometry"],
    }
    body = {
        "parent_id": str(city.areas["c1"]),
        "replaces": [part["id"]],
        "areas": [part],
        "reason": "a better name",
    }
    assert boss.post("/areas/redraw", body).status_code == 200
    both = gis.items("grid-versions", area_id=part["id"])["features"]
    assert sorted(feature["properties"]["name_en"] for feature in both) == ["Area g1", "New name"]
    then = gis.items("grid-versions", area_id=part["id"], datetime=before)["features"]
    assert [feature["properties"]["name_en"] for feature in then] == ["Area g1"]
    now = gis.items("grids", code=feature["properties"]["code"])["features"]
    assert [feature["properties"]["name_en"] for feature in now] == ["New name"]


def test_properties_parameter_limits_returned_properties(city, gis, put):
    put(city.in_grid("g1"))
    feature = gis.items("components", properties="state,code")["features"][0]
    assert list(feature["properties"]) == ["code", "state"]
    assert gis.items("components", properties="")["features"][0]["properties"] == {}


def test_property_parameter_filters_features(city, gis, put):
    put(city.in_grid("g1"), 2, state="damaged")
    fine = put(city.in_grid("g1"), 3)
    assert sorted(gis.ids("components", state="in_use")) == sorted(fine)
    assert len(gis.ids("components", state="damaged", category="0101")) == 2
    assert gis.ids("components", state="damaged' or true --") == []


def test_html_pages_have_map_and_no_scripts(city, gis, put):
    """HTML of every resource, with a map drawn by the server: nothing from elsewhere, no script."""
    made = put(city.in_grid("g1"), 3, note="<b>&")
    paths = ["/", "/conformance", "/collections", "/collections/components"]
    paths += [
        "/collections/components/items",
        "/collections/grids/items",
        f"/collections/components/items/{made[0]}",
    ]
    for path in paths:
        for answer in (gis.get(path, f="html"), gis.get(path, {"Accept": "text/html,*/*;q=0.1"})):
            assert answer.status_code == 200, answer.text
            assert answer.content_type.startswith("text/html")
            assert "<script" not in answer.text and "<b>&" not in answer.text
            foreign = re.findall(r'(?:src|href)="(?!http://localhost/ogc)([^"]+)"', answer.text)
            assert foreign == []
    listed = gis.get("/collections/components/items", f="html", limit=2).text
    assert listed.count("<circle") == 2
    following = re.search(r'rel="next" href="([^"]+)"', listed)[1].replace("&amp;", "&")
    assert gis.follow(following).text.count("<circle") == 1
    assert gis.get("/collections/grids/items", f="html", bbox=box(city, 0, 0, 2, 2)).text.count("<path") == 4


def test_api_definition_has_what_qgis_and_gdal_require(app):
    answer = app.test_client().get("/ogc/api")
    assert answer.content_type == "application/vnd.oai.openapi+json;version=3.0"
    document = answer.json
    assert document["servers"][0]["url"] == "http://localhost/ogc"
    limit = document["components"]["parameters"]["limit"]["schema"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 1000, 100)
    box = document["components"]["parameters"]["bbox"]["schema"]
    assert (box["minItems"], box["maxItems"], box["items"]["type"]) == (4, 6, "number")
    for collection in COLLECTIONS.values():
        operation = document["paths"][f"/collections/{collection.id}/items"]["get"]
        named = {p["name"]: p for p in operation["parameters"] if "$ref" not in p}
        assert set(named) == {p.name for p in collection.properties if p.is_filterable}
        for parameter in (*named.values(), *document["components"]["parameters"].values()):
            assert (parameter["in"], parameter["style"], parameter["explode"], parameter["required"]) == (
                "query",
                "form",
                False,
                False,
            )
            assert parameter["schema"]["type"]


def test_collection_titles_follow_accept_language(gis):
    chinese = gis.get("/collections/grids", {"Accept-Language": "zh-CN"}).json
    assert (chinese["title"], gis.get("/collections/grids").json["title"]) == ("网格", "Grids")


def test_premises_rooms_are_hidden_from_gis_and_residents_from_everyone(city, gis, house):
    made = house(city.in_grid("g1"))
    worker = Map(city.worker("g1"))
    assert gis.items("premises")["features"][0]["properties"]["address"] != "文三路 8 号 1 幢 501 室"
    full = next(feature for feature in worker.items("premises")["features"] if feature["id"] == made)
    assert full["properties"]["address"] == "文三路 8 号 1 幢 501 室"
    assert "room" in full["properties"]
    assert "room" not in gis.items("premises")["features"][0]["properties"]
    assert gis.get("/collections/premises/items", properties="room").status_code == 400
    columns = {p.name for collection in COLLECTIONS.values() for p in collection.properties}
    assert not columns & {
        "phone",
        "resident",
        "reported_by",
        "handled_by",
        "about_id",
        "birth_year",
        "contact",
    }


def test_features_outside_reader_areas_are_hidden(city, app, settings, put, house, report):
    made = [*put(city.in_grid("g1")), house(city.in_grid("g1"))]
    made.append(report(city.worker("g1"), city.in_grid("g1"))["id"])
    elsewhere = Map(city.person(Role.GIS, area="c2"))
    for name in ("components", "premises", "households", "incidents"):
        assert not set(elsewhere.ids(name, bbox=box(city, 0, 0, 2, 2))) & set(made)
    for name, feature_id in zip(("components", "premises", "incidents"), made, strict=True):
        assert elsewhere.get(f"/collections/{name}/items/{feature_id}").status_code == 404


def test_confidential_incident_is_visible_to_director_and_reporter_only(city, gis, boss, report):
    reporter = city.worker("g1", name="陈静")
    colleague = city.worker("g1", on_duty=False)
    case = report(reporter, city.in_grid("g1"), category="E0603")
    for person, sees in ((gis, False), (boss, True), (Map(reporter), True), (Map(colleague), False)):
        assert (case["id"] in person.ids("incidents")) is sees
        assert (person.get(f"/collections/incidents/items/{case['id']}").status_code == 200) is sees
