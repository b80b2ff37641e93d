"""Redraw of sibling areas: coverage, households, history, permissions."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.actor import Role
from app.core.ids import uuid7
from app.grids.schemas.redraw import AreasRedrawn
from tests.areas.places import Person
from tests.governance.redraws import WHOLE, codes, grids, land, merge, part, request, state


def test_redraw_merge_preserves_area_size_and_moves_households(square_city, admin, sql, settle):
    homes = settle(square_city, (0.1, 0.1), (0.25, 0.9), (0.5, 0.5), (0.75, 0.3), (0.9, 0.9))
    answer = admin.post("/areas/redraw", merge(square_city))
    assert answer.status_code == 200
    assert AreasRedrawn().dump(answer.json) == answer.json
    assert answer.json["counts"]["households_inside"] == answer.json["counts"]["households_moved"] == 5
    (merged,) = answer.json["areas"]
    assert {area["code"] for area in answer.json["retired"]} == {
        f"{square_city.code}-g1",
        f"{square_city.code}-g2",
    }
    assert {(row.code, row.agrees) for row in grids(sql, homes)} == {(f"{square_city.code}-g3", True)}
    before = land(sql, [square_city.ids["-g1"], square_city.ids["-g2"]], current=False)
    assert land(sql, [merged["id"]], current=True) == pytest.approx(before, rel=1e-9)


def test_redraw_split_assigns_household_to_exactly_one_part(square_city, admin, sql, settle):
    city_homes = {"-g1": (0.2, 0.2), "-g4": (0.6, 0.2), "-g5": (0.9, 0.9)}
    homes = settle(square_city, *city_homes.values(), (0.75, 0.5))
    answer = admin.post(
        "/areas/redraw",
        request(
            square_city,
            "-c",
            ["-g2"],
            part(square_city, "-g5", (0.75, 0, 1, 1)),
            part(square_city, "-g4", (0.5, 0, 0.75, 1)),
        ),
    )
    assert answer.status_code == 200
    grid_codes = [row.code.removeprefix(square_city.code) for row in grids(sql, homes)]
    placed = dict(zip(homes, ["-g1", "-g4", "-g5", "-g4"], strict=True))  # the shared edge: lowest code
    assert grid_codes == [placed[home] for home in sorted(homes)]
    assert answer.json["counts"]["households_inside"] == 3


def test_redraw_keeps_id_of_kept_area(square_city, admin, sql, settle):
    (home,) = settle(square_city, (0.45, 0.5))
    first_part = part(square_city, "-g1", (0, 0, 0.4, 1), id=square_city.ids["-g1"])
    second_part = part(square_city, "-g2b", (0.4, 0, 1, 1), id=square_city.ids["-g2"])
    tag = admin.get(f"/areas/{square_city.ids['-g1']}").headers["ETag"]
    answer = admin.post("/areas/redraw", request(square_city, "-c", ["-g1", "-g2"], first_part, second_part))
    assert answer.status_code == 200
    assert answer.json["retired"] == []
    assert [area["id"] for area in answer.json["areas"]] == [
        str(square_city.ids["-g1"]),
        str(square_city.ids["-g2"]),
    ]
    assert grids(sql, [home])[0].code == f"{square_city.code}-g2b"
    assert admin.get(f"/areas/{square_city.ids['-g1']}", headers={"If-None-Match": tag}).status_code == 200
    history = admin.get(f"/areas/{square_city.ids['-g2']}/history").json["items"]
    assert [item["code"] for item in history] == [f"{square_city.code}-g2", f"{square_city.code}-g2b"]
    assert history[0]["valid_to"] == history[1]["valid_from"]


def test_redraw_keeps_retired_code_in_history(square_city, admin, sql):
    admin.post("/areas/redraw", merge(square_city))
    old = square_city.ids["-g1"]
    assert admin.get(f"/areas/{old}").status_code == 404
    assert admin.get("/areas", code=f"{square_city.code}-g1").json["features"] == []
    (item,) = admin.get(f"/areas/{old}/history").json["items"]
    assert item["code"] == f"{square_city.code}-g1"
    assert item["valid_to"] is not None
    (row,) = sql("select reason from area_version where code = :code", code=f"{square_city.code}-g3")
    assert row.reason == "merged for the flood season"
    (row,) = sql("select deleted_at from area where id = :id", id=old)
    assert row.deleted_at is not None


def test_redraw_can_reuse_retired_code(square_city, admin):
    admin.post("/areas/redraw", merge(square_city))
    (merged,) = admin.get("/areas", code=f"{square_city.code}-g3").json["features"]
    square_city.ids["-g3"] = merged["id"]
    back = request(
        square_city,
        "-c",
        ["-g3"],
        part(square_city, "-g1", (0, 0, 0.5, 1)),
        part(square_city, "-g2", (0.5, 0, 1, 1)),
    )
    answer = admin.post("/areas/redraw", back)
    assert answer.status_code == 200
    assert answer.json["areas"][0]["id"] != str(square_city.ids["-g1"])
    listed = admin.get("/areas", code=f"{square_city.code}-g1").json["features"]
    assert [feature["id"] for feature in listed] == [answer.json["areas"][0]["id"]]


def test_redraw_can_swap_codes(square_city, admin):
    first = part(square_city, "-g2", (0, 0, 0.5, 1), id=square_city.ids["-g1"])
    second = part(square_city, "-g1", (0.5, 0, 1, 1), id=square_city.ids["-g2"])
    assert (
        admin.post("/areas/redraw", request(square_city, "-c", ["-g1", "-g2"], first, second)).status_code
        == 200
    )
    (feature,) = admin.get("/areas", code=f"{square_city.code}-g2").json["features"]
    assert feature["id"] == str(square_city.ids["-g1"])


def test_redraw_dry_run_returns_counts_and_changes_nothing(square_city, admin, sql, settle, hire):
    settle(square_city, (0.1, 0.1), (0.9, 0.9))
    hire((square_city.ids["-g1"], "worker"))
    before = state(sql, square_city)
    tried = admin.post("/areas/redraw", merge(square_city), query_string={"dry_run": "true"})
    assert tried.status_code == 200
    assert (tried.json["dry_run"], tried.json["is_possible"]) == (True, True)
    assert state(sql, square_city) == before
    done = admin.post("/areas/redraw", merge(square_city))
    assert tried.json["counts"] == done.json["counts"]
    assert done.json["counts"] | {"households_moved": 2, "responsibilities_moved": 1} == done.json["counts"]


def _wrong(city):
    return {
        "land_lost": request(city, "-c", ["-g1", "-g2"], part(city, "-g3", (0, 0, 0.9, 1))),
        "sibling_overlap": request(city, "-c", ["-g1"], part(city, "-g3", (0, 0, 0.6, 1))),
        "outside_parent": request(city, "-c", ["-g1", "-g2"], part(city, "-g3", (0, 0, 1.1, 1))),
        "code_taken": request(city, "-c", ["-g1"], part(city, "-g2", (0, 0, 0.5, 1))),
        "parts_overlap": request(
            city, "-c", ["-g1", "-g2"], part(city, "-g3", (0, 0, 0.6, 1)), part(city, "-g4", (0.5, 0, 1, 1))
        ),
    }


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("land_lost", ("land_lost", "-g1", "-g2")),
        ("sibling_overlap", ("sibling_overlap", "-g3", "-g2")),
        ("outside_parent", ("outside_parent", "-g3")),
        ("code_taken", ("code_taken", "-g2")),
        ("parts_overlap", ("sibling_overlap", "-g3", "-g4")),
    ],
)
def test_redraw_returns_422_with_findings_for_each_error(square_city, admin, sql, settle, case, expected):
    settle(square_city, (0.1, 0.1), (0.95, 0.9))
    before = state(sql, square_city)
    answer = admin.post("/areas/redraw", _wrong(square_city)[case])
    assert (answer.status_code, answer.json["code"]) == (422, "findings")
    named = {(code, *sorted(areas)) for code, *areas in codes(answer)}
    code, *suffixes = expected
    wanted = sorted(square_city.code + suffix for suffix in suffixes)
    assert any(
        finding_code == code and set(areas) <= set(wanted) and areas for finding_code, *areas in named
    ), named
    assert state(sql, square_city) == before
    tried = admin.post("/areas/redraw", _wrong(square_city)[case], query_string={"dry_run": "true"})
    assert (tried.status_code, tried.json["is_possible"]) == (200, False)
    assert codes(tried) == codes(answer)
    assert state(sql, square_city) == before


def test_redraw_ignores_unchanged_neighbours_in_coverage_check(square_city, admin):
    """Only what is replaced must be covered again."""
    answer = admin.post(
        "/areas/redraw", request(square_city, "-c", ["-g1"], part(square_city, "-g3", (0, 0, 0.5, 1)))
    )
    assert answer.status_code == 200


def test_redraw_returns_land_gained_beyond_replaced_areas(empty_city, admin):
    city = empty_city
    made = admin.post("/areas/import", city.collection(city.feature("-d", "district", WHOLE)))
    city.ids["-d"] = made.json["created"][0]["id"]
    answer = admin.post("/areas/redraw", request(city, None, ["-d"], part(city, "-d", (0, 0, 1.5, 1))))
    assert {code for code, *_ in codes(answer)} == {"land_gained"}


def test_redraw_returns_household_outside_for_household_in_lost_sliver(empty_city, admin, sql, settle):
    """Half a metre at the edge of the city is no lost land by itself, but somebody lives there."""
    city = empty_city
    made = admin.post("/areas/import", city.collection(city.feature("-d", "district", WHOLE)))
    city.ids["-d"] = made.json["created"][0]["id"]
    half_a_metre = 0.5 / 111_000 / 0.01
    settle(city, (0.5, 1 - half_a_metre / 2))
    before = state(sql, city)
    body = request(city, None, ["-d"], part(city, "-d", (0, 0, 1, 1 - half_a_metre), id=city.ids["-d"]))
    tried = admin.post("/areas/redraw", body, query_string={"dry_run": "true"})
    assert codes(tried) == {("household_outside", f"{city.code}-d"): 1}
    answer = admin.post("/areas/redraw", body)
    assert (answer.status_code, codes(answer)) == (422, codes(tried))
    assert state(sql, city) == before


def test_redraw_returns_outside_parent_for_child_outside_kept_area(square_city, admin, sql):
    before = state(sql, square_city)
    body = request(
        square_city,
        "-s",
        ["-c"],
        part(square_city, "-c", (0, 0, 0.7, 1), id=square_city.ids["-c"]),
        part(square_city, "-c2", (0.7, 0, 1, 1)),
    )
    answer = admin.post("/areas/redraw", body)
    assert codes(answer) == {("outside_parent", f"{square_city.code}-g2"): 1}
    assert state(sql, square_city) == before


def test_redraw_moves_children_of_retired_area_to_containing_part(square_city, admin, sql, settle):
    homes = settle(square_city, (0.1, 0.1), (0.9, 0.9))
    body = request(
        square_city,
        "-s",
        ["-c"],
        part(square_city, "-c1", (0, 0, 0.5, 1)),
        part(square_city, "-c2", (0.5, 0, 1, 1)),
    )
    answer = admin.post("/areas/redraw", body)
    assert answer.status_code == 200
    assert answer.json["counts"]["areas_moved"] == 2
    for suffix, x, above in (("-g1", 0.1, "-c1"), ("-g2", 0.9, "-c2")):
        lon, lat = square_city.at(x, 0.5)
        chain = admin.get("/areas/at", lon=lon, lat=lat).json
        assert chain["grid"] | {"id": str(square_city.ids[suffix])} == chain["grid"]
        assert chain["community"]["code"] == square_city.code + above
        items = admin.get(f"/areas/{square_city.ids[suffix]}/history").json["items"]
        assert [item["parent_id"] for item in items] == [str(square_city.ids["-c"]), chain["community"]["id"]]
    assert all(row.agrees for row in grids(sql, homes))
    assert {row.code for row in grids(sql, homes)} == {f"{square_city.code}-g1", f"{square_city.code}-g2"}
    assert answer.json["counts"]["households_moved"] == 2


def test_redraw_returns_outside_parent_for_child_across_new_boundary(square_city, admin):
    body = request(
        square_city,
        "-s",
        ["-c"],
        part(square_city, "-c1", (0, 0, 0.4, 1)),
        part(square_city, "-c2", (0.4, 0, 1, 1)),
    )
    assert codes(admin.post("/areas/redraw", body)) == {("outside_parent", f"{square_city.code}-g1"): 1}


def test_redraw_updates_paths_below_retired_area(square_city, admin, sql):
    body = request(square_city, "-d", ["-s"], part(square_city, "-s2", WHOLE))
    answer = admin.post("/areas/redraw", body)
    assert answer.status_code == 200
    assert answer.json["counts"]["areas_moved"] == 3
    rows = sql(
        "select v.code, cast(v.path as text) path, cast(p.path as text) above from area_version v "
        "join area_version p on p.area_id = v.parent_id and upper_inf(p.valid) "
        "where v.jurisdiction_id = :id and upper_inf(v.valid)",
        id=square_city.jurisdiction_id,
    )
    assert len(rows) == 4
    assert all(row.path.rsplit(".", 1)[0] == row.above for row in rows)


# --- who may, and what is refused at the door -------------------------------------------------


@pytest.mark.parametrize(
    ("granted", "status"), [(["-c"], 200), (["-g1", "-g2"], 200), (["-g1"], 403), ([], 403)]
)
def test_redraw_is_limited_to_areas_of_supervisor(square_city, person, sql, granted, status):
    supervisor = person(*((Role.SUPERVISOR, square_city.ids[suffix]) for suffix in granted))
    before = state(sql, square_city)
    answer = supervisor.post("/areas/redraw", merge(square_city))
    assert answer.status_code == status
    assert status == 200 or state(sql, square_city) == before


def test_redraw_returns_outside_own_areas_to_supervisor_of_part(square_city, person):
    supervisor = person((Role.SUPERVISOR, square_city.ids["-g1"]))
    assert supervisor.post("/areas/redraw", merge(square_city)).json["code"] == "outside_own_areas"


def test_redraw_returns_404_for_unknown_parent(square_city, admin):
    body = merge(square_city) | {"parent_id": str(uuid7())}
    assert admin.post("/areas/redraw", body).status_code == 404


@pytest.mark.parametrize("suffix", ["-s", None])
def test_redraw_returns_422_for_areas_of_other_parent(square_city, admin, suffix):
    square_city.ids[None] = uuid7()
    body = merge(square_city)
    body["replaces"].append(str(square_city.ids[suffix]))
    answer = admin.post("/areas/redraw", body)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "replaces")


def test_redraw_returns_422_for_id_in_use_elsewhere(square_city, admin):
    body = request(
        square_city, "-c", ["-g1", "-g2"], part(square_city, "-g3", WHOLE, id=square_city.ids["-s"])
    )
    answer = admin.post("/areas/redraw", body)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "areas")


def test_redraw_returns_422_when_repeated(square_city, admin):
    assert admin.post("/areas/redraw", merge(square_city)).status_code == 200
    assert admin.post("/areas/redraw", merge(square_city)).status_code == 422


def test_concurrent_redraws_of_same_areas_succeed_once(square_city, admin, sql):
    """Each is sound by itself; together they would cover the land twice."""
    bodies = [
        request(square_city, "-c", ["-g1", "-g2"], part(square_city, suffix, WHOLE))
        for suffix in ("-g3", "-g4", "-g5", "-g6")
    ]
    clients = [Person(admin.id, admin.http.application.test_client(), admin.token) for _ in bodies]
    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = list(
            pool.map(lambda pair: pair[0].post("/areas/redraw", pair[1]), zip(clients, bodies, strict=True))
        )
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]
    (row,) = sql(
        "select count(*) from area_version where parent_id = :id and upper_inf(valid)",
        id=square_city.ids["-c"],
    )
    assert row[0] == 1


def test_redraw_returns_422_without_reason(square_city, admin):
    assert admin.post("/areas/redraw", merge(square_city) | {"reason": " "}).status_code == 422


def test_redraw_is_audited_with_counts(square_city, admin, sql, settle):
    settle(square_city, (0.1, 0.1))
    answer = admin.post("/areas/redraw", merge(square_city))
    (row,) = sql(
        "select actor_id, detail from audit_event where action = 'area.redraw' and entity_id = :id",
        id=square_city.ids["-c"],
    )
    assert row.actor_id == admin.id
    assert row.detail["reason"] == "merged for the flood season"
    assert row.detail["counts"] == answer.json["counts"]
    assert set(row.detail["retired"]) == {str(square_city.ids["-g1"]), str(square_city.ids["-g2"])}
    assert row.detail["areas"] == [answer.json["areas"][0]["id"]]
