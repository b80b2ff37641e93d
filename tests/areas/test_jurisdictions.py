"""Jurisdictions, publication of profile versions, categories."""

import secrets
from datetime import timedelta

import pytest
from click.testing import CliRunner

from app.areas import service as areas
from app.cli import main
from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.profiles import service as profiles
from app.profiles.schemas import CategoryList, JurisdictionList, JurisdictionOut, ProfileOut
from tests.live.processes import set_aside

GENERIC = profiles.packaged_profile("generic")
NAME = {"zh": "市", "en": "City"}
NEW = {"name": NAME, "timezone": "Asia/Shanghai", "profile": GENERIC}


def with_taxonomy_version(version):
    return GENERIC | {"taxonomy": GENERIC["taxonomy"] | {"version": version}}


def test_jurisdiction_creation_stores_profile_and_root_unit(admin, sql):
    code = f"x{secrets.token_hex(4)}"
    made = admin.post(
        "/jurisdictions", {"code": code, "name": NAME, "timezone": "Asia/Shanghai", "profile": GENERIC}
    )
    assert made.status_code == 201
    assert JurisdictionOut().dump(made.json) == made.json
    assert made.json["profile"]["number"] == 1
    (unit,) = sql(
        "select u.code, u.name, u.area_id from unit u join jurisdiction j on j.root_unit_id = u.id where j.code = :c",
        c=code,
    )
    assert (unit.code, unit.area_id) == (f"{code}-command", None)
    assert unit.name == {"zh": "指挥中心", "en": "Command centre"}
    listed = admin.get("/jurisdictions").json
    assert JurisdictionList().dump(listed) == listed
    assert made.json in listed["items"]


def test_jurisdiction_creation_returns_409_for_taken_code(empty_city, admin):
    answer = admin.post(
        "/jurisdictions",
        {"code": empty_city.code, "name": NAME, "timezone": "Asia/Shanghai", "profile": GENERIC},
    )
    assert answer.status_code == 409
    assert answer.json["code"] == "code_taken"


def test_jurisdiction_creation_returns_every_error_of_invalid_profile(admin, sql):
    code = f"x{secrets.token_hex(4)}"
    wrong = GENERIC | {"timezone": "Mars/Olympus", "checks": {"sample_rate_on_the_spot": 2}}
    answer = admin.post(
        "/jurisdictions", {"code": code, "name": NAME, "timezone": "Mars/Olympus", "profile": wrong}
    )
    assert answer.status_code == 422
    assert answer.json["code"] == "profile_invalid"
    assert {e["field"] for e in answer.json["errors"]} == {"timezone", "checks.sample_rate_on_the_spot"}
    assert sql("select 1 from jurisdiction where code = :c", c=code) == []


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_profile_publication_returns_422_for_unstorable_text(empty_city, admin, text):
    answer = admin.post(f"/jurisdictions/{empty_city.code}/profile", {"data": GENERIC | {"note": text}})
    assert answer.status_code == 422
    assert answer.json["code"] == "profile_invalid"


def test_profile_publication_creates_version_and_keeps_previous_version(empty_city, admin):
    path = f"/jurisdictions/{empty_city.code}/profile"
    first = admin.get(path)
    before = clock.now()
    second = admin.post(path, {"data": with_taxonomy_version("two")})
    assert (second.status_code, second.json["number"]) == (201, 2)
    assert ProfileOut().dump(second.json) == second.json
    now = admin.get(path)
    assert now.json["data"]["taxonomy"]["version"] == "two"
    assert now.headers["ETag"] == '"2"'
    with db.read_session() as session:
        then = profiles.profile_at(session, empty_city.jurisdiction_id, before)
        present = profiles.profile_at(session, empty_city.jurisdiction_id, clock.now())
        by_id = profiles.profile_by_id(session, then.id)
    assert (then.number, str(then.id)) == (1, first.json["id"])
    assert (present.number, present.profile.taxonomy.version) == (2, "two")
    assert by_id.profile.taxonomy.version == GENERIC["taxonomy"]["version"]


def test_profile_version_is_parsed_once(empty_city):
    with db.read_session() as session:
        first = profiles.profile_at(session, empty_city.jurisdiction_id, clock.now())
        assert profiles.profile_by_id(session, first.id).profile is first.profile


def test_profile_publication_returns_412_for_stale_etag(empty_city, admin):
    path = f"/jurisdictions/{empty_city.code}/profile"
    tag = {"If-Match": admin.get(path).headers["ETag"]}
    assert admin.post(path, {"data": with_taxonomy_version("a")}, headers=tag).status_code == 201
    second = admin.post(path, {"data": with_taxonomy_version("b")}, headers=tag)
    assert second.status_code == 412
    assert admin.get(path).json["data"]["taxonomy"]["version"] == "a"


def test_profile_read_can_be_published_again_when_data_was_edited(empty_city, admin, sql):
    path = f"/jurisdictions/{empty_city.code}/profile"
    for version, read in (("two", path), ("three", f"{path}/versions/2")):
        document = admin.get(read).json
        edited = document | {"data": with_taxonomy_version(version), "reason": "暴雨预案"}
        published = admin.post(path, edited)
        assert published.status_code == 201, published.json
        assert published.json["number"] == document["number"] + 1
        assert admin.get(path).json == published.json
    purposes = sql(
        "select purpose from audit_event where entity_id = :id and action = 'profile.publish'",
        id=empty_city.jurisdiction_id,
    )
    assert [row.purpose for row in purposes] == ["暴雨预案"] * 2


def test_profile_publication_returns_412_when_version_read_is_not_newest(empty_city, admin):
    path = f"/jurisdictions/{empty_city.code}/profile"
    read = admin.get(path).json
    later = (clock.now() + timedelta(days=9)).isoformat()
    assert admin.post(path, read | {"in_force_from": later}).status_code == 201
    # What is in force has not changed, but a version that is scheduled would be lost.
    assert admin.get(path).json == read
    for precondition in ({"number": 1}, {"id": read["id"]}, read):
        refused = admin.post(path, {"data": read["data"]} | precondition)
        assert (refused.status_code, refused.json["code"]) == (412, "version_stale")
    assert admin.post(path, {"data": read["data"], "number": 2}).status_code == 201


def test_profile_publication_is_refused_for_past_instant_of_other_version(empty_city, admin):
    path = f"/jurisdictions/{empty_city.code}/profile"
    read = admin.get(path).json
    past = (clock.now() - timedelta(days=900)).isoformat()
    refused = admin.post(path, read | {"in_force_from": past})
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "in_past")


def test_profile_read_returns_304_for_current_etag(empty_city, admin):
    path = f"/jurisdictions/{empty_city.code}/profile"
    tag = admin.get(path).headers["ETag"]
    assert admin.get(path, headers={"If-None-Match": tag}).status_code == 304
    admin.post(path, {"data": with_taxonomy_version("a")})
    assert admin.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_profile_publication_is_limited_to_admins_of_whole_jurisdiction(square_city, person):
    path = f"/jurisdictions/{square_city.code}/profile"
    supervisor = person((Role.SUPERVISOR, square_city.ids["-d"]))
    assert supervisor.get(path).status_code == 200
    for person_of_less in (supervisor, person((Role.ADMIN, square_city.ids["-g1"]))):
        assert person_of_less.post(path, {"data": with_taxonomy_version("x")}).status_code == 403
    admin = person((Role.ADMIN, square_city.ids["-d"]))
    assert admin.post(path, {"data": with_taxonomy_version("own")}).status_code == 201
    body = {"code": f"x{secrets.token_hex(4)}", "name": NAME, "timezone": "Asia/Shanghai", "profile": GENERIC}
    assert admin.post("/jurisdictions", body).status_code == 403


def test_jurisdiction_endpoints_return_404_for_unknown_code(admin):
    for code in ("nowhere", "no%00where"):
        assert admin.get(f"/jurisdictions/{code}/profile").status_code == 404
    assert admin.get("/categories", jurisdiction="nowhere").status_code == 404
    assert admin.post("/jurisdictions/nowhere/profile", {"data": GENERIC}).status_code == 404


def test_category_list_returns_categories_of_profile(empty_city, admin):
    body = admin.get("/categories", jurisdiction=empty_city.code).json
    assert body["jurisdiction"] == empty_city.code
    assert body["taxonomy_version"] == GENERIC["taxonomy"]["version"]
    assert body["profile_number"] == 1
    expected = [
        {key: value for key, value in category.items() if key != "note"}
        for category in GENERIC["taxonomy"]["categories"]
    ]
    assert body["items"] == expected
    assert CategoryList().dump(body) == body


def test_category_list_returns_304_until_new_profile_is_in_force(empty_city, admin):
    first = admin.get("/categories", jurisdiction=empty_city.code)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert admin.get("/categories", headers=tag, jurisdiction=empty_city.code).status_code == 304
    admin.post(f"/jurisdictions/{empty_city.code}/profile", {"data": with_taxonomy_version("two")})
    again = admin.get("/categories", headers=tag, jurisdiction=empty_city.code)
    assert (again.status_code, again.json["taxonomy_version"]) == (200, "two")


def test_category_list_etag_differs_between_jurisdictions(empty_city, admin):
    other = f"x{secrets.token_hex(4)}"
    assert (
        admin.post(
            "/jurisdictions", {"code": other, "name": NAME, "timezone": "Asia/Shanghai", "profile": GENERIC}
        ).status_code
        == 201
    )
    tag = admin.get("/categories", jurisdiction=empty_city.code).headers["ETag"]
    answer = admin.get("/categories", headers={"If-None-Match": tag}, jurisdiction=other)
    assert (answer.status_code, answer.json["jurisdiction"]) == (200, other)


def test_category_list_uses_default_jurisdiction_without_parameter(square_city, admin):
    assert admin.get("/categories").status_code == 200


def test_default_jurisdiction_is_created_only_when_missing(square_city, sql):
    before = sql("select count(*) from jurisdiction where code = 'default'")
    with db.transaction(SYSTEM) as session:
        areas.ensure_default_jurisdiction(session)
    assert sql("select count(*) from jurisdiction where code = 'default'") == before


def test_profile_publication_is_audited(empty_city, admin, sql):
    admin.post(f"/jurisdictions/{empty_city.code}/profile", {"data": GENERIC})
    rows = sql("select action from audit_event where entity_id = :id", id=empty_city.jurisdiction_id)
    assert {row.action for row in rows} == {"jurisdiction.create", "profile.publish"}


def test_jurisdiction_creation_requires_valid_timezone(admin):
    code = f"x{secrets.token_hex(4)}"
    body = {"code": code, "name": NAME, "profile": GENERIC}
    missing = admin.post("/jurisdictions", body)
    assert (missing.status_code, missing.json["errors"]) == (422, [missing.json["errors"][0]])
    assert (missing.json["errors"][0]["field"], missing.json["errors"][0]["code"]) == ("timezone", "required")
    for wrong in ("Mars/Olympus", "../UTC", ""):
        refused = admin.post("/jurisdictions", body | {"timezone": wrong})
        assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "timezone")
    assert admin.post("/jurisdictions", body | {"timezone": "America/New_York"}).status_code == 201
    assert admin.get(f"/jurisdictions/{code}/profile").json["data"]["timezone"] == "America/New_York"


def test_jurisdiction_create_command_requires_valid_timezone(app, settings, monkeypatch, sql):
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    code = f"x{secrets.token_hex(4)}"

    def create(*options):
        with set_aside():
            arguments = ["jurisdiction", "create", "--code", code, "--name", "市", *options]
            return CliRunner().invoke(main, arguments)

    assert "--timezone" in create().output
    assert "timezone: 'Mars/Olympus' is not an IANA time zone" in create("--timezone", "Mars/Olympus").output
    assert create("--timezone", "Europe/Riga").stdout.splitlines()[-1] == code
    assert "Error" in create("--timezone", "Europe/Riga").output
    zones = sql(
        "select p.data ->> 'timezone' zone from profile_version p join jurisdiction j on j.id = p.jurisdiction_id"
        " where j.code = :code",
        code=code,
    )
    assert [tuple(row) for row in zones] == [("Europe/Riga",)]
