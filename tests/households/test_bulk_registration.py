"""Bulk registration: each row is inserted, updated, unchanged or rejected."""

import pytest
from sqlalchemy import event

from app.core import db
from app.core.actor import SYSTEM, Actor, Grant, Role
from app.core.db import transaction
from app.core.ids import uuid7
from app.households import service as households
from app.profiles import service as profiles

XIHU = {
    "province": "浙江省",
    "city": "杭州市",
    "county": "西湖区",
    "town": "古荡街道",
    "community": "嘉绿社区",
    "grid": "无",
    "compound": "嘉绿苑",
    "building": "1幢",
    "unit": "2单元",
    "room": "301",
}


@pytest.fixture
def row(square_city):
    """Return a row of a dwelling in the western grid."""

    def make(**fields):
        lon, lat = square_city.at(0.1, 0.1)
        defaults = {
            "jurisdiction_id": square_city.jurisdiction_id,
            "kind": "dwelling",
            "lon": lon,
            "lat": lat,
        }
        return defaults | {"address": "幸福路12号"} | fields

    return make


def register(*rows, actor=SYSTEM):
    with transaction(actor) as session:
        return households.register_many(session, actor, rows=rows)


def outcomes(*rows, **options):
    return [result.outcome for result in register(*rows, **options)]


def test_bulk_registration_changes_nothing_when_repeated(square_city, row, sql):
    rows = [row(external_ref="A1"), row(external_ref="A2"), row(id=uuid7(), kind="shop", name="小吃店")]
    first = register(*rows)
    assert [result.outcome for result in first] == ["inserted"] * 3
    assert [result.household_id is None for result in first] == [False, False, True]
    ids = [result.premises_id for result in first]
    before = sql("select version from premises where id = any(:ids)", ids=ids)
    again = register(*rows)
    assert [result.outcome for result in again] == ["unchanged"] * 3
    assert [(result.premises_id, result.household_id) for result in again] == [
        (result.premises_id, result.household_id) for result in first
    ]
    assert sql("select version from premises where id = any(:ids)", ids=ids) == before
    assert sql("select count(*) n from household where premises_id = any(:ids)", ids=ids)[0].n == 2


def test_bulk_registration_moves_household_with_premises(square_city, row, sql):
    (first,) = register(row(external_ref="M"))
    lon, lat = square_city.at(0.9, 0.9)
    (moved,) = register(row(external_ref="M", lon=lon, lat=lat))
    assert (moved.outcome, moved.premises_id) == ("updated", first.premises_id)
    (stored,) = sql(
        "select p.grid_id, h.grid_id as home, p.scope_path = h.scope_path as agrees "
        "from premises p join household h on h.premises_id = p.id where p.id = :id",
        id=first.premises_id,
    )
    assert (stored.grid_id, stored.home, stored.agrees) == (
        square_city.ids["-g2"],
        square_city.ids["-g2"],
        True,
    )


def test_bulk_registration_stores_several_households_of_one_premises(square_city, row, sql):
    rows = [row(external_ref="R", kind="rental", label=label) for label in ("甲", "乙")]
    first_result, second_result = register(*rows)
    assert (
        first_result.premises_id == second_result.premises_id
        and first_result.household_id != second_result.household_id
    )
    assert outcomes(*rows) == ["unchanged"] * 2
    assert outcomes(*rows, row(external_ref="R", kind="rental", label="丙"))[2] == "updated"


def test_bulk_registration_rejects_only_invalid_rows(square_city, row):
    results = register(row(), row(kind="palace"), row(lat=91), row(jurisdiction_id=uuid7()), row(address=" "))
    assert [result.outcome for result in results] == ["inserted"] + ["rejected"] * 4
    assert [{(f["field"], f["code"]) for f in result.errors} for result in results[1:]] == [
        {("kind", "not_one_of")},
        {("lat", "out_of_range")},
        {("jurisdiction_id", "reference_unknown")},
        {("address", "required")},
    ]


@pytest.mark.parametrize("field", ["name", "label", "address", "compound", "external_ref"])
def test_bulk_registration_rejects_national_id_in_every_text_field(row, field):
    (result,) = register(row(**{field: "王 11010519491231002X"}))
    assert (result.outcome, result.errors) == (
        "rejected",
        [{"field": field, "code": "looks_like_national_id"}],
    )


def test_bulk_registration_validates_address_by_profile_rule(square_city, row, sql):
    with transaction(SYSTEM) as session:
        profiles.publish_profile(
            session,
            SYSTEM,
            code=square_city.code,
            data=profiles.packaged_profile("generic") | {"addresses": {"rule": "xihu"}},
        )
    results = register(row(**XIHU), row(**XIHU | {"building": "1栋", "unit": ""}), row())
    assert [result.outcome for result in results] == ["inserted", "rejected", "rejected"]
    assert results[1].errors == [
        {"field": "building", "code": "building_form"},
        {"field": "unit", "code": "part_empty"},
    ]
    (stored,) = sql("select address, grid from premises where id = :id", id=results[0].premises_id)
    assert tuple(stored) == ("浙江省杭州市西湖区古荡街道嘉绿社区嘉绿苑1幢2单元301", "无")


def test_bulk_registration_is_limited_to_areas_of_supervisor(square_city, row, sql):
    (theirs,) = register(row(external_ref="theirs", lon=square_city.at(0.9, 0.9)[0]))
    east = Actor.of(id=uuid7(), grants=(Grant(Role.SUPERVISOR, square_city.ids["-g2"]),))
    lon, lat = square_city.at(0.9, 0.9)
    results = register(
        row(lon=lon, lat=lat), row(), row(external_ref="theirs"), row(lon=square_city.at(7, 7)[0]), actor=east
    )
    assert [result.outcome for result in results] == ["inserted"] + ["rejected"] * 3
    assert results[1].errors == [{"field": "location", "code": "outside_own_areas"}]
    west = Actor.of(id=uuid7(), grants=(Grant(Role.SUPERVISOR, square_city.ids["-g1"]),))
    assert outcomes(row(external_ref="theirs"), actor=west) == ["rejected"]
    (stored,) = sql("select version from premises where id = :id", id=theirs.premises_id)
    assert stored.version == 1


def test_bulk_registration_rejects_rows_without_edit_permission(square_city, row):
    gis = Actor.of(id=uuid7(), grants=(Grant(Role.GIS, square_city.ids["-g1"]),))
    assert outcomes(row(), actor=gis) == ["rejected"]


def test_bulk_registration_rejects_household_of_other_premises(square_city, row, sql):
    (first,) = register(row())
    (second,) = register(row(household_id=first.household_id))
    assert (second.outcome, second.errors[0]["code"]) == ("rejected", "id_reused")
    assert (
        sql("select count(*) n from premises where jurisdiction_id = :id", id=square_city.jurisdiction_id)[
            0
        ].n
        == 1
    )


def test_bulk_registration_stores_residents_and_changes_nothing_when_repeated(square_city, row, sql):
    people = [
        {"name": "张三丰", "phone": "13812345678", "email": "a@Mail.example", "birth_year": 1950},
        {"name": "李四", "is_registered_here": False, "registered_at": "安徽省黄山市"},
        {"name": "李四", "phone": "13900000000"},
    ]
    home = row(external_ref="F", residents=people)
    (first,) = register(home)
    stored = sql(
        "select name, phone, email, is_registered_here, lives_here, registered_at, grid_id from resident "
        "where household_id = :id order by name, id",
        id=first.household_id,
    )
    assert {(r.name, r.phone, r.email, r.is_registered_here, r.registered_at) for r in stored} == {
        ("张三丰", "13812345678", "a@mail.example", True, None),
        ("李四", None, None, False, "安徽省黄山市"),
        ("李四", "13900000000", None, True, None),
    }
    assert {r.grid_id for r in stored} == {square_city.ids["-g1"]}
    assert outcomes(home) == ["unchanged"]
    for change in ({"phone": "13800000000"}, {"email": "b@mail.example"}):
        people[0] |= change
        assert outcomes(home) == ["updated"]
    del people[0]["email"]
    assert outcomes(home) == ["unchanged"]
    assert sql("select count(*) n from resident where household_id = :id", id=first.household_id)[0].n == 3
    lon, lat = square_city.at(0.9, 0.9)
    register(home | {"lon": lon, "lat": lat})
    moved = sql("select distinct grid_id from resident where household_id = :id", id=first.household_id)
    assert [r.grid_id for r in moved] == [square_city.ids["-g2"]]


def test_bulk_registration_returns_errors_of_invalid_resident_and_stores_nothing(square_city, row, sql):
    people = [
        {"name": "张三"},
        {"name": "", "phone": "call me", "email": "no", "lives_here": "yes", "birth_year": 2999},
    ]
    (result,) = register(row(residents=people))
    assert {(f["field"], f["code"]) for f in result.errors} == {
        ("residents.1.name", "wrong_length"),
        ("residents.1.phone", "invalid"),
        ("residents.1.email", "address_unusable"),
        ("residents.1.lives_here", "invalid"),
        ("residents.1.birth_year", "out_of_range"),
    }
    assert (
        sql("select count(*) n from premises where jurisdiction_id = :id", id=square_city.jurisdiction_id)[
            0
        ].n
        == 0
    )


@pytest.mark.parametrize("number", [3, 1000])
def test_bulk_registration_executes_constant_number_of_statements(square_city, row, number):
    rows = [row(external_ref=f"N{n}", residents=[{"name": f"甲{n}"}]) for n in range(number)]
    statements = []

    def note(_conn, _cursor, statement, *_):
        statements.append(statement)

    register(row())  # the profile is parsed once per process
    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        assert outcomes(*rows) == ["inserted"] * number
        assert outcomes(*rows) == ["unchanged"] * number
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)
    # Statements: profile, lock against redraws, lock against imports, rows, residents, audit.
    assert len(statements) == 2 * 6, "\n\n".join(statements)
