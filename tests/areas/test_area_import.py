"""Area import: accepted or rejected as a whole, with every finding."""

import pytest

from app.areas.schemas import AreasImported
from app.core.actor import Role
from app.profiles import service as profiles

WHOLE = (0, 0, 1, 1)


def finding_codes(answer):
    return {(finding["code"], *finding["area_codes"]) for finding in answer.json["findings"]}


def count(sql, city):
    (row,) = sql("select count(*) from area where jurisdiction_id = :id", id=city.jurisdiction_id)
    return row[0]


def test_area_import_builds_tree_from_levels_in_any_order(empty_city, admin, sql):
    city = empty_city
    made = admin.post(
        "/areas/import",
        city.collection(
            city.feature("-g1", "grid", (0, 0, 0.5, 1), parent="-c"),
            city.feature("-g2", "grid", (0.5, 0, 1, 1)),
            city.feature("-c", "community", WHOLE),
            city.feature("-d", "district", WHOLE),
            city.feature("-s", "street", WHOLE, parent="-d"),
        ),
    )
    assert made.status_code == 201
    assert AreasImported().dump(made.json) == made.json
    assert made.json["findings"] == []
    tree = {
        row.code.removeprefix(city.code): row
        for row in sql(
            "select code, area_id, parent_id, level, cast(path as text) path from area_version "
            "where jurisdiction_id = :id and upper_inf(valid)",
            id=city.jurisdiction_id,
        )
    }
    for child, parent in (("-s", "-d"), ("-c", "-s"), ("-g1", "-c"), ("-g2", "-c")):
        assert tree[child].parent_id == tree[parent].area_id
        assert tree[child].path == f"{tree[parent].path}.{tree[child].area_id.hex}"
    assert tree["-d"].path == tree["-d"].area_id.hex


def test_area_import_adds_areas_below_existing_parents(empty_city, admin):
    city = empty_city
    first = city.collection(
        *(city.feature(f"-{level[0]}", level, WHOLE) for level in ("district", "street", "community"))
    )
    assert admin.post("/areas/import", first).status_code == 201
    by_place = admin.post("/areas/import", city.collection(city.feature("-g1", "grid", (0, 0, 0.5, 1))))
    by_code = admin.post(
        "/areas/import", city.collection(city.feature("-g2", "grid", (0.5, 0, 1, 1), parent="-c"))
    )
    assert (by_place.status_code, by_code.status_code) == (201, 201)
    lon, lat = city.at(0.7, 0.5)
    chain = admin.get("/areas/at", lon=lon, lat=lat).json
    assert chain["community"]["code"] == f"{city.code}-c"
    assert chain["grid"]["code"] == f"{city.code}-g2"


def test_area_import_stores_ids_of_file(empty_city, admin):
    wanted = "01a21025-7cf4-7c15-9d1b-" + empty_city.code[1:].ljust(12, "0")
    feature = empty_city.feature("-d", "district", WHOLE, id=wanted)
    assert admin.post("/areas/import", empty_city.collection(feature)).status_code == 201
    assert admin.get(f"/areas/{wanted}").status_code == 200


def _wrong(city):
    """By the finding expected: a feature that brings it, and the areas it names."""
    bow_tie = {
        "type": "Polygon",
        "coordinates": [
            [list(city.at(x, y)) for x, y in ((0.5, 0), (1, 1), (1, 0), (0.5, 1), (0.5, 0))],
        ],
    }
    swapped = city.box(0.5, 0, 1, 1)
    swapped["coordinates"] = [[[lat, lon] for lon, lat in swapped["coordinates"][0]]]
    free = (0.5, 0, 1, 1)
    return {
        "code_taken": (city.feature("-g1", "grid", free), ["-g1"]),
        "id_taken": (city.feature("-new", "grid", free, id=str(city.ids["-g1"])), None),
        "parent_unknown": (city.feature("-new", "grid", free, parent="-nowhere"), ["-new"]),
        "parent_wrong_level": (city.feature("-new", "grid", free, parent="-s"), ["-new"]),
        "sibling_overlap": (city.feature("-new", "grid", (0.4, 0, 1, 1)), ["-new", "-g1"]),
        "outside_parent": (city.feature("-new", "grid", (0.5, 0, 1.2, 1)), ["-new"]),
        "invalid_ring": (city.feature("-new", "grid", bow_tie), ["-new"]),
        "coordinates_out_of_range": (city.feature("-new", "grid", swapped, parent="-c"), ["-new"]),
    }


@pytest.fixture
def half_city(empty_city, admin):
    """-d > -s > -c > -g1, the western half; the eastern is free."""
    city = empty_city
    made = admin.post(
        "/areas/import",
        city.collection(
            *(city.feature(f"-{level[0]}", level, WHOLE) for level in ("district", "street", "community")),
            city.feature("-g1", "grid", (0, 0, 0.5, 1)),
        ),
    )
    assert made.status_code == 201
    city.ids = {area["code"].removeprefix(city.code): area["id"] for area in made.json["created"]}
    return city


@pytest.mark.parametrize(
    "code",
    [
        "code_taken",
        "id_taken",
        "parent_unknown",
        "parent_wrong_level",
        "sibling_overlap",
        "outside_parent",
        "invalid_ring",
        "coordinates_out_of_range",
    ],
)
def test_area_import_is_rejected_as_a_whole_for_each_error(half_city, admin, sql, code):
    city = half_city
    feature, named = _wrong(city)[code]
    before = count(sql, city)
    sound = city.feature("-d2", "district", (2, 0, 3, 1))
    answer = admin.post("/areas/import", city.collection(sound, feature))
    assert answer.status_code == 422
    assert answer.json["code"] == "findings"
    errors = [f for f in answer.json["findings"] if f["severity"] == "error"]
    assert code in {f["code"] for f in errors}
    if named:
        finding = next(f for f in errors if f["code"] == code)
        assert set(finding["area_codes"]) == {city.code + suffix for suffix in named}
        assert finding["message"]
    assert count(sql, city) == before


def test_area_import_returns_parent_unknown_for_area_outside_every_parent(half_city, admin):
    answer = admin.post(
        "/areas/import", half_city.collection(half_city.feature("-new", "grid", (5, 5, 6, 6)))
    )
    assert finding_codes(answer) == {("parent_unknown", f"{half_city.code}-new")}


@pytest.mark.parametrize("parent", ["-nowhere", "-s"])
def test_area_import_skips_overlap_check_when_parent_is_unknown_or_wrong(half_city, admin, parent):
    feature = half_city.feature("-new", "grid", (0.5, 0, 1, 1), parent=parent)
    answer = admin.post("/areas/import", half_city.collection(feature))
    assert [finding["area_codes"] for finding in answer.json["findings"]] == [[f"{half_city.code}-new"]]


def test_area_import_returns_code_taken_for_duplicate_code_in_file(half_city, admin):
    city = half_city
    answer = admin.post(
        "/areas/import",
        city.collection(
            city.feature("-new", "grid", (0.5, 0, 0.7, 1)), city.feature("-new", "grid", (0.7, 0, 1, 1))
        ),
    )
    assert [f["code"] for f in answer.json["findings"]] == ["code_taken", "code_taken"]


def test_area_import_validates_codes_against_profile(empty_city, admin):
    city = empty_city
    profile = profiles.packaged_profile("generic")
    for level in profile["levels"]:
        if level["level"] == "street":
            level |= {"code": r"\w+-\w+-\w{3}", "starts_with_parent": True}
    assert admin.post(f"/jurisdictions/{city.code}/profile", {"data": profile}).status_code == 201
    answer = admin.post(
        "/areas/import",
        city.collection(
            city.feature("-d", "district", WHOLE),
            city.feature("-d-1", "street", (0, 0, 0.3, 1)),
            city.feature("-e-001", "street", (0.3, 0, 0.6, 1)),
            city.feature("-d-001", "street", (0.6, 0, 1, 1)),
        ),
    )
    assert finding_codes(answer) == {
        ("code_malformed", f"{city.code}-d-1"),
        ("code_not_under_parent", f"{city.code}-e-001"),
    }


def test_area_import_returns_all_errors_together(half_city, admin):
    city = half_city
    answer = admin.post(
        "/areas/import",
        city.collection(
            city.feature("-g1", "grid", (0.5, 0, 0.7, 1)),
            city.feature("-new", "grid", (0.7, 0, 1.2, 1)),
            city.feature("-lost", "grid", (5, 5, 6, 6)),
        ),
    )
    assert finding_codes(answer) == {
        ("code_taken", f"{city.code}-g1"),
        ("outside_parent", f"{city.code}-new"),
        ("parent_unknown", f"{city.code}-lost"),
    }


def test_area_import_snaps_slivers_and_reports_them(half_city, admin, sql):
    city = half_city
    sliver = 0.3 / 111_000 / 0.01  # 30 cm of the square's side
    answer = admin.post(
        "/areas/import", city.collection(city.feature("-g2", "grid", (0.5 + sliver, 0, 1, 1)))
    )
    assert answer.status_code == 201
    snapped = [f for f in answer.json["findings"] if f["code"] == "sliver_snapped"]
    assert [f["area_codes"] for f in snapped] == [[f"{city.code}-g2"]]
    assert snapped[0]["severity"] == "info"
    assert snapped[0]["size"]["area_m2"] > 0
    (row,) = sql(
        "select ST_Area(ST_SymDifference(c.geom, ST_Union(array[a.geom, b.geom]))) "
        "from area_version a, area_version b, area_version c "
        "where a.code = :a and b.code = :b and c.code = :c",
        a=f"{city.code}-g1",
        b=f"{city.code}-g2",
        c=f"{city.code}-c",
    )
    assert row[0] == 0


def test_area_import_changes_nothing_when_repeated(half_city, admin, sql):
    city = half_city
    body = city.collection(city.feature("-g2", "grid", (0.5, 0, 1, 1)))
    assert admin.post("/areas/import", body).status_code == 201
    before = count(sql, city)
    again = admin.post("/areas/import", body)
    assert again.status_code == 422
    assert ("code_taken", f"{city.code}-g2") in finding_codes(again)
    assert count(sql, city) == before


def test_area_import_is_audited(square_city, admin, sql):
    (row,) = sql(
        "select actor_id, detail from audit_event where action = 'area.import' and entity_id = :id",
        id=square_city.jurisdiction_id,
    )
    assert row.actor_id == admin.id
    assert row.detail["created"] == {"district": 1, "street": 1, "community": 1, "grid": 2}


@pytest.mark.parametrize(
    ("granted", "suffix", "level", "status"),
    [
        ("-c", "-g2", "grid", 201),
        ("-s", "-g2", "grid", 201),
        ("-g1", "-g2", "grid", 403),
        ("-d", "-e", "district", 403),
    ],
)
def test_area_import_is_limited_to_areas_of_supervisor(
    half_city, person, sql, granted, suffix, level, status
):
    city = half_city
    supervisor = person((Role.SUPERVISOR, city.ids[granted]))
    box = (0.5, 0, 1, 1) if level == "grid" else (2, 0, 3, 1)
    before = count(sql, city)
    answer = supervisor.post("/areas/import", city.collection(city.feature(suffix, level, box)))
    assert answer.status_code == status
    if status == 403:
        assert answer.json["code"] == "outside_own_areas"
        assert count(sql, city) == before


def test_area_import_allows_children_of_new_area_inside_own_areas_only(empty_city, admin, person):
    city = empty_city
    made = admin.post("/areas/import", city.collection(city.feature("-d", "district", WHOLE)))
    supervisor = person((Role.SUPERVISOR, made.json["created"][0]["id"]))
    mine = city.collection(city.feature("-s", "street", WHOLE), city.feature("-c", "community", WHOLE))
    assert supervisor.post("/areas/import", mine).status_code == 201
    other = city.collection(
        city.feature("-e", "district", (2, 0, 3, 1)), city.feature("-t", "street", (2, 0, 3, 1))
    )
    assert supervisor.post("/areas/import", other).status_code == 403


def test_area_import_returns_parent_unknown_to_supervisor(half_city, person):
    supervisor = person((Role.SUPERVISOR, half_city.ids["-c"]))
    lost = half_city.collection(half_city.feature("-new", "grid", (5, 5, 6, 6)))
    assert finding_codes(supervisor.post("/areas/import", lost)) == {
        ("parent_unknown", f"{half_city.code}-new")
    }


@pytest.mark.parametrize("role", [Role.GIS, Role.WORKER])
def test_area_import_returns_403_for_other_roles(half_city, person, role):
    somebody = person((role, None))
    answer = somebody.post(
        "/areas/import", half_city.collection(half_city.feature("-g2", "grid", (0.5, 0, 1, 1)))
    )
    assert answer.status_code == 403
    assert answer.json["code"] == "permission_missing"


def test_area_import_returns_422_for_unknown_jurisdiction(square_city, admin):
    body = square_city.collection(square_city.feature("-x", "district", WHOLE)) | {"jurisdiction": "nowhere"}
    answer = admin.post("/areas/import", body)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "jurisdiction"
