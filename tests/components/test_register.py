"""Component register: numbers, places, owners, read and edit permissions, bulk registration."""

import pytest

from app.components import rules
from app.components import service as components
from app.core import db
from app.core.actor import SYSTEM, Role
from app.core.errors import Invalid
from tests.answers import listed_ids
from tests.endpoints import component_number


def body(city, **facts):
    made = {
        "jurisdiction": city.code,
        "code": component_number(),
        "name": {"zh": "上水井盖", "en": "Water cover"},
    }
    return made | city.in_grid("g1") | facts


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ("3205080101000001", True),
        ("320508010100001", False),
        ("32050801010000011", False),
        ("3205080001000001", False),
        ("3205080100000001", False),
        ("3205080101000000", False),
        ("32050801010000a1", False),
        ("\uff13205080101000001", False),
    ],
)
def test_component_number_is_valid_with_county_class_subclass_and_serial(code, is_one):
    assert rules.is_number(code) is is_one


@pytest.mark.parametrize("lat", [0.0, 30.0, -60.0, 89.9999])
def test_component_search_reach_is_never_below_radius(lat):
    across, up = rules.degrees_within(lat, 20)
    assert up * 110_574 >= 20
    assert across >= up


def test_component_creation_returns_grid_category_and_owner(city):
    boss = city.supervisor()
    answer = boss.post("/components", body(city, owning_unit_id=str(city.units["roads"])))
    assert answer.status_code == 201, answer.json
    assert answer.json["category"] == "0101"
    assert answer.json["state"] == "in_use"
    assert answer.json["grid"]["id"] == str(city.areas["g1"])
    assert answer.json["owning_unit"]["id"] == str(city.units["roads"])
    again = boss.get(f"/components/{answer.json['id']}")
    assert again.json == answer.json
    assert again.headers["ETag"] == '"1"'


def test_component_creation_returns_422_for_invalid_number_or_unit(city):
    boss = city.supervisor()
    for wrong, field, code in (
        ({"code": "3301060101"}, "code", "component_number_invalid"),
        ({"managing_unit_id": str(city.areas["s"])}, "managing_unit_id", "reference_unknown"),
    ):
        answer = boss.post("/components", body(city, **wrong))
        assert answer.status_code == 422
        assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [(field, code)]


def test_component_creation_returns_422_for_unit_of_other_jurisdiction(city, app, settings):
    from tests.factories import make_city

    other = make_city(app, settings)
    answer = city.supervisor().post("/components", body(city, owning_unit_id=str(other.units["roads"])))
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "owning_unit_id")


def test_component_number_is_unique_among_components_in_use(city):
    boss = city.supervisor()
    first = boss.post("/components", body(city)).json
    twice = boss.post("/components", body(city, code=first["code"]))
    assert (twice.status_code, twice.json["code"]) == (409, "code_taken")
    assert boss.call("DELETE", f"/components/{first['id']}").status_code == 204
    assert boss.post("/components", body(city, code=first["code"])).status_code == 201


def test_retired_component_is_readable_and_listed_only_by_state(city, put):
    boss, thing = city.supervisor(), put(city, city.in_grid("g1"))
    assert boss.call("DELETE", f"/components/{thing}", headers={"If-Match": '"7"'}).status_code == 412
    for no_tag in ('""', '"²"', f'"{10**30}"'):
        assert boss.call("DELETE", f"/components/{thing}", headers={"If-Match": no_tag}).status_code == 412
    assert boss.call("DELETE", f"/components/{thing}", headers={"If-Match": '"1"'}).status_code == 204
    assert boss.get(f"/components/{thing}").json["state"] == "retired"
    assert thing not in listed_ids(boss.get("/components"))
    assert thing in listed_ids(boss.get("/components?state=retired"))
    for answer in (
        boss.patch(f"/components/{thing}", {"note": "x"}, 2),
        boss.call("DELETE", f"/components/{thing}"),
    ):
        assert (answer.status_code, answer.json["code"]) == (409, "component_retired")


def test_component_update_assigns_new_grid_and_stores_history(city, put, rows):
    boss, thing = city.supervisor(), put(city, city.in_grid("g1"))
    assert boss.patch(f"/components/{thing}", {"note": "x"}).status_code == 428
    assert boss.patch(f"/components/{thing}", {"note": "x"}, 9).status_code == 412
    moved = boss.patch(f"/components/{thing}", {"state": "damaged", **city.in_grid("g3")}, 1)
    assert moved.status_code == 200, moved.json
    assert (moved.json["grid"]["id"], moved.json["state"]) == (str(city.areas["g3"]), "damaged")
    history = rows(
        "select row ->> 'state' state from fact_history where entity = 'component' and row_id = :id order by seq",
        id=thing,
    )
    assert history[0].state == "in_use"
    log = rows(
        "select bucket, op from change_log where entity = 'component' and row_id = :id order by seq", id=thing
    )
    assert (f"grid:{city.areas['g1']}", "R") in [tuple(entry) for entry in log]
    assert (f"grid:{city.areas['g3']}", "P") in [tuple(entry) for entry in log]


def test_component_list_filters_by_every_parameter(city, put):
    boss = city.supervisor()
    cover = put(city, city.in_grid("g1"), unit="roads")
    lamp = put(city, city.in_grid("g2"), "0106", maintaining_unit_id=city.units["cleaning"], state="damaged")
    both = {cover, lamp}
    place = city.in_grid("g1")
    box = f"{place['lon'] - 1e-4},{place['lat'] - 1e-4},{place['lon'] + 1e-4},{place['lat'] + 1e-4}"
    code = boss.get(f"/components/{lamp}").json["code"]
    for query, expected_ids in (
        ("", both),
        (f"bbox={box}", {cover}),
        (f"grid_id={city.areas['g2']}", {lamp}),
        ("category=0106", {lamp}),
        ("category=0101,0106", both),
        (f"unit_id={city.units['roads']}", {cover}),
        (f"unit_id={city.units['cleaning']}", {lamp}),
        ("state=damaged", {lamp}),
        (f"code={code}", {lamp}),
    ):
        assert listed_ids(boss.get(f"/components?{query}")) == expected_ids, query
    first = boss.get("/components?limit=1").json
    second = boss.get(f"/components?limit=1&cursor={first['next']}").json
    assert {first["items"][0]["id"], second["items"][0]["id"]} == both
    assert second["next"] is None


def test_component_endpoints_return_geojson_when_accepted(city, put):
    thing = put(city, city.in_grid("g1"))
    gis = city.person(Role.GIS, area="s")
    for path in ("/components", f"/components/{thing}"):
        answer = gis.get(path, headers={"Accept": "application/geo+json"})
        assert answer.mimetype == "application/geo+json"
        feature = answer.json["features"][0] if path == "/components" else answer.json
        assert feature["geometry"]["type"] == "Point"
        assert feature["properties"]["id"] == thing


def test_component_list_is_limited_to_own_area_or_unit(city, put):
    mine = put(city, city.in_grid("g1"), unit="roads")
    theirs = put(city, city.in_grid("g3"), unit="cleaning")
    assert listed_ids(city.worker("g1").get("/components")) == {mine}
    assert listed_ids(city.handler("roads").get("/components")) == {mine}
    assert listed_ids(city.handler("cleaning").get("/components")) == {theirs}
    assert city.worker("g1").get(f"/components/{theirs}").status_code == 404


def test_component_changes_outside_own_areas_are_refused(city, put):
    boss = city.supervisor("c1")
    outside = boss.post("/components", body(city, **city.in_grid("g3")))
    assert (outside.status_code, outside.json["code"]) == (403, "outside_own_areas")
    thing = put(city, city.in_grid("g1"))
    moved = boss.patch(f"/components/{thing}", city.in_grid("g3"), 1)
    assert (moved.status_code, moved.json["code"]) == (403, "outside_own_areas")
    assert boss.get(f"/components/{thing}").json["version"] == 1


def test_component_import_changes_only_changed_rows_when_repeated(city, rows):
    entries = [
        {
            "jurisdiction_id": city.jurisdiction_id,
            "code": component_number(),
            "name": {"zh": "树", "en": "Tree"},
            **city.in_grid(grid),
        }
        for grid in ("g1", "g2", "g3")
    ]

    def register(given):
        with db.transaction(SYSTEM) as session:
            did = components.register_many(session, SYSTEM, rows=given)
        return (did.made, did.changed, did.retired)

    assert register(entries) == (3, 0, 0)
    assert register(entries) == (0, 0, 0)
    changed = [
        entries[0] | {"note": "leans"} | city.in_grid("g2"),
        entries[1] | {"state": "retired"},
        entries[2],
    ]
    assert register(changed) == (0, 1, 1)
    assert register(changed) == (0, 0, 0)
    stored = {
        row.code: row
        for row in rows("select * from component where jurisdiction_id = :id", id=city.jurisdiction_id)
    }
    after = [(stored[entry["code"]].state, stored[entry["code"]].version) for entry in entries]
    assert after == [("in_use", 2), ("retired", 2), ("in_use", 1)]
    assert stored[entries[0]["code"]].grid_id == city.areas["g2"]


def test_component_import_stores_nothing_with_invalid_or_duplicate_number(city, rows):
    good = {
        "jurisdiction_id": city.jurisdiction_id,
        "code": component_number(),
        "name": {"zh": "树", "en": "Tree"},
    }
    good |= city.in_grid("g1")
    with pytest.raises(Invalid) as refused, db.transaction(SYSTEM) as session:
        components.register_many(session, SYSTEM, rows=[good, good | {"code": "1"}, good])
    assert [(e["field"], e["code"]) for e in refused.value.extra["errors"]] == [
        ("rows.1.code", "component_number_invalid"),
        ("rows.2.code", "not_unique"),
    ]
    assert rows("select 1 from component where jurisdiction_id = :id", id=city.jurisdiction_id) == []


def test_area_redraw_assigns_new_grids_to_components(city, put, rows):
    from tests.endpoints import square

    west, east = put(city, city.at(0.25, 1.5)), put(city, city.at(0.75, 1.5))
    parts = [
        {"code": f"{city.code}-{name}", "name": {"zh": name, "en": name}, "geometry": square(city, *box)}
        for name, box in (("g1a", (0, 1, 0.5, 2)), ("g1b", (0.5, 1, 1, 2)))
    ]
    request = {
        "parent_id": str(city.areas["c1"]),
        "replaces": [str(city.areas["g1"])],
        "areas": parts,
        "reason": "big",
    }
    answer = city.supervisor().post("/areas/redraw", request)
    assert answer.status_code == 200, answer.json
    assert (answer.json["counts"]["components_inside"], answer.json["counts"]["components_moved"]) == (2, 2)
    stored = rows(
        """select c.id, v.code, v.path = c.scope_path agrees from component c
           join area_version v on v.area_id = c.grid_id and upper_inf(v.valid) where c.id in (:west, :east)""",
        west=west,
        east=east,
    )
    assert {str(row.id): (row.code, row.agrees) for row in stored} == {
        west: (f"{city.code}-g1a", True),
        east: (f"{city.code}-g1b", True),
    }
