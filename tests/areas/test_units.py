"""Units, their competences and the owner of a category."""

import pytest

from app.areas import service as areas
from app.areas.schemas import UnitOut, UnitPage
from app.core import db
from app.core.actor import Role
from app.core.ids import uuid7

NAME = {"zh": "市政", "en": "Public works"}


@pytest.fixture
def unit(square_city, admin):
    """A unit of the street that owns components in the community and adverts everywhere in the street."""
    body = {
        "jurisdiction": square_city.code,
        "code": f"{square_city.code}-works",
        "name": NAME,
        "area_id": str(square_city.ids["-s"]),
        "contact": "0571-0000",
        "competences": [
            {"area_id": str(square_city.ids["-c"]), "category_prefix": "C-"},
            {"area_id": str(square_city.ids["-s"]), "category_prefix": "E-02"},
        ],
    }
    made = admin.post("/units", body)
    assert made.status_code == 201, made.json
    return made


def test_unit_read_equals_creation_response(unit, square_city, admin):
    got = admin.get(f"/units/{unit.json['id']}")
    assert got.json == unit.json
    assert UnitOut().dump(got.json) == got.json
    assert got.headers["ETag"] == unit.headers["ETag"]
    assert {(c["area_id"], c["category_prefix"]) for c in got.json["competences"]} == {
        (str(square_city.ids["-c"]), "C-"),
        (str(square_city.ids["-s"]), "E-02"),
    }


def test_unit_list_filters_by_area(unit, square_city, admin):
    within = admin.get("/units", area_id=square_city.ids["-s"]).json
    assert [u["id"] for u in within["items"]] == [unit.json["id"]]
    assert UnitPage().dump(within) == within
    assert admin.get("/units", area_id=square_city.ids["-c"]).json["items"] == []


def test_unit_list_pages_return_every_unit_once(square_city, admin):
    made = []
    for number in range(5):
        body = {"code": f"{square_city.code}-u{number}", "name": NAME, "area_id": str(square_city.ids["-c"])}
        made.append(admin.post("/units", body | {"jurisdiction": square_city.code}).json["id"])
    seen, cursor = [], {}
    while True:
        answer = admin.get("/units", area_id=square_city.ids["-d"], limit=2, **cursor).json
        seen += [u["id"] for u in answer["items"]]
        if answer["next"] is None:
            break
        cursor = {"cursor": answer["next"]}
    assert seen == made


def test_unit_update_requires_current_version_and_changes_etag(unit, admin):
    path, tag = f"/units/{unit.json['id']}", unit.headers["ETag"]
    changed = admin.patch(path, {"contact": None}, headers={"If-Match": f"W/{tag}"})
    assert changed.status_code == 200
    assert (changed.json["contact"], changed.json["name"]) == (None, NAME)
    assert changed.headers["ETag"] != tag
    assert admin.get(path, headers={"If-None-Match": tag}).status_code == 200
    assert admin.get(path, headers={"If-None-Match": changed.headers["ETag"]}).status_code == 304


def test_unit_update_returns_412_for_stale_version(unit, admin):
    path, tag = f"/units/{unit.json['id']}", {"If-Match": unit.headers["ETag"]}
    assert admin.patch(path, {"name": {"zh": "甲", "en": "A"}}, headers=tag).status_code == 200
    stale = admin.patch(path, {"name": {"zh": "乙", "en": "B"}, "competences": []}, headers=tag)
    assert (stale.status_code, stale.json["code"]) == (412, "version_stale")
    after = admin.get(path).json
    assert after["name"]["en"] == "A"
    assert len(after["competences"]) == 2


def test_unit_update_returns_428_without_version(unit, admin):
    answer = admin.patch(f"/units/{unit.json['id']}", {"contact": "x"})
    assert (answer.status_code, answer.json["code"]) == (428, "if_match_missing")


def test_unit_update_replaces_all_competences(unit, square_city, admin):
    path, tag = f"/units/{unit.json['id']}", unit.headers["ETag"]
    body = {"competences": [{"area_id": str(square_city.ids["-g1"]), "category_prefix": "C-"}]}
    changed = admin.patch(path, body, headers={"If-Match": tag})
    assert [c["area_id"] for c in changed.json["competences"]] == [str(square_city.ids["-g1"])]
    assert changed.headers["ETag"] != tag


def test_unit_creation_is_refused_for_taken_code_or_reused_id(unit, square_city, admin):
    body = {"jurisdiction": square_city.code, "code": f"{square_city.code}-works", "name": NAME}
    assert admin.post("/units", body).json["code"] == "code_taken"
    same_id = body | {"id": unit.json["id"], "code": f"{square_city.code}-other"}
    answer = admin.post("/units", same_id)
    assert (answer.status_code, answer.json["code"]) == (409, "id_reused")


def test_unit_creation_returns_422_for_area_outside_jurisdiction(square_city, admin):
    body = {
        "jurisdiction": square_city.code,
        "code": f"{square_city.code}-x",
        "name": NAME,
        "area_id": str(uuid7()),
    }
    assert admin.post("/units", body).status_code == 422


@pytest.mark.parametrize(
    ("seat", "competence", "status"),
    [("-g1", "-g1", 201), ("-g1", "-g2", 403), ("-c", "-g1", 403), (None, "-g1", 403), ("-g1", None, 403)],
)
def test_unit_creation_is_limited_to_areas_of_supervisor(square_city, person, seat, competence, status):
    supervisor = person((Role.SUPERVISOR, square_city.ids["-g1"]))
    ids = {key: str(value) for key, value in square_city.ids.items()}
    body = {
        "jurisdiction": square_city.code,
        "code": f"{square_city.code}-mine",
        "name": NAME,
        "area_id": ids.get(seat),
        "competences": [{"area_id": ids.get(competence), "category_prefix": "C-"}],
    }
    assert supervisor.post("/units", body).status_code == status


def test_unit_update_is_refused_for_competence_outside_own_areas(square_city, admin, person):
    """The unit has its seat in the community, but owns matters in the whole street."""
    made = admin.post(
        "/units",
        {
            "jurisdiction": square_city.code,
            "code": f"{square_city.code}-wide",
            "name": NAME,
            "area_id": str(square_city.ids["-c"]),
            "competences": [{"area_id": str(square_city.ids["-s"]), "category_prefix": "C-"}],
        },
    )
    path, tag = f"/units/{made.json['id']}", {"If-Match": made.headers["ETag"]}
    supervisor = person((Role.SUPERVISOR, square_city.ids["-c"]))
    answer = supervisor.patch(path, {"competences": []}, headers=tag)
    assert (answer.status_code, answer.json["code"]) == (403, "outside_own_areas")
    assert len(admin.get(path).json["competences"]) == 1
    assert supervisor.patch(path, {"contact": "x"}, headers=tag).status_code == 200


def test_unit_update_returns_403_for_gis_role(unit, person):
    gis = person((Role.GIS, None))
    assert gis.get(f"/units/{unit.json['id']}").status_code == 200
    answer = gis.patch(f"/units/{unit.json['id']}", {"contact": "x"}, headers={"If-Match": "*"})
    assert answer.status_code == 403


def test_unit_endpoints_return_404_for_unknown_unit(admin):
    path = f"/units/{uuid7()}"
    assert admin.get(path).status_code == 404
    assert admin.patch(path, {}, headers={"If-Match": "*"}).status_code == 404


def test_owner_unit_is_closest_unit_with_longest_prefix(unit, square_city, admin, sql):
    def owner(category, area):
        (row,) = sql(
            "select cast(path as text) path from area_version where area_id = :id and upper_inf(valid)",
            id=square_city.ids[area],
        )
        with db.read_session() as session:
            owning_unit = areas.owner_unit(
                session, jurisdiction_id=square_city.jurisdiction_id, path=row.path, category=category
            )
        return owning_unit["code"]

    deeper = {
        "jurisdiction": square_city.code,
        "code": f"{square_city.code}-deeper",
        "name": NAME,
        "competences": [{"area_id": str(square_city.ids["-g1"]), "category_prefix": "C-"}],
    }
    longer = deeper | {
        "code": f"{square_city.code}-longer",
        "competences": [{"area_id": str(square_city.ids["-d"]), "category_prefix": "C-manhole"}],
    }
    assert admin.post("/units", deeper).status_code == admin.post("/units", longer).status_code == 201
    assert owner("C-pothole", "-g1") == f"{square_city.code}-deeper"
    assert owner("C-pothole", "-g2") == f"{square_city.code}-works"
    assert owner("C-manhole-cover", "-g1") == f"{square_city.code}-longer"
    assert owner("E-other", "-g1") == f"{square_city.code}-command"
