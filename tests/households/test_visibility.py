"""One rule of visibility for each table of the register, whichever statement takes it."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import SYSTEM, Permission, Role
from app.households import service as households
from app.households.models import Household, Premises, Resident
from tests.households.homes import settle_people
from tests.row_rules import rules_of

RULES = [
    (households.premises_visibility, Premises, "premises"),
    (households.household_visibility, Household, "household"),
    (households.resident_visibility, Resident, "resident"),
]
READERS = {
    "west_supervisor": ((Role.SUPERVISOR, "-g1"), {"west"}),
    "community_supervisor": ((Role.SUPERVISOR, "-c"), {"west", "east"}),
    "administrator": ((Role.ADMIN, None), {"west", "east"}),
    # Reads households without addresses and residents.
    "gis_user": ((Role.GIS, "-c"), {"west", "east"}),
    "auditor": ((Role.AUDITOR, None), set()),
}


@pytest.fixture
def homes(square_city):
    places = {"west": ((0.1, 0.1), "王小丽"), "east": ((0.9, 0.9), "李四")}
    return {
        name: settle_people(square_city, {"name": resident}, at=at, address=f"幸福路{name}")
        for name, (at, resident) in places.items()
    }


def actor_of(account):
    with db.transaction(SYSTEM) as session:
        return accounts.actor_of(session, account.id)


def seen_ids(model, actor, rule, *, jurisdiction_id):
    """Return the ids of the rows of a jurisdiction that meet the rule on an alias."""
    row = aliased(model, name="x")
    visibility = rule(actor, clock.now(), of=row)
    statement = select(row.id).where(visibility.condition, row.deleted_at.is_(None))
    if model is not Resident:
        statement = statement.where(row.jurisdiction_id == jurisdiction_id)
    with db.read_session() as session:
        return set(session.scalars(statement, visibility.binds))


@pytest.mark.parametrize("reader", READERS)
def test_list_single_row_and_map_have_the_same_rule(square_city, homes, person, reader):
    (role, suffix), expected = READERS[reader]
    account = person((role, square_city.ids[suffix] if suffix else None))
    actor = actor_of(account)
    city = {"jurisdiction_id": square_city.jurisdiction_id}
    ids = {
        "premises": {name: home.premises_id for name, home in homes.items()},
        "households": {name: home.household_id for name, home in homes.items()},
    }
    rules = {
        "premises": (Premises, households.premises_visibility),
        "households": (Household, households.household_visibility),
    }
    box = square_city.bbox(-1, -1, 2, 2)
    for path, (model, rule) in rules.items():
        visible = {ids[path][name] for name in expected}
        assert seen_ids(model, actor, rule, **city) == visible
        single = {key for key in ids[path].values() if account.get(f"/{path}/{key}").status_code == 200}
        assert single == visible
        listed = account.get(f"/{path}", bbox=box)
        items = listed.json["items"] if listed.status_code == 200 else []
        assert {item["id"] for item in items} == {str(key) for key in visible}
        address = f"/ogc/collections/{path}/items?limit=500&bbox={box}"
        on_map = account.http.get(address, headers={"Authorization": f"Bearer {account.token}"})
        features = on_map.json["features"] if on_map.status_code == 200 else []
        assert {feature["id"] for feature in features} == {str(key) for key in visible}


def test_resident_is_visible_where_residents_may_be_read(square_city, homes, person):
    account = person((Role.SUPERVISOR, square_city.ids["-g2"]))
    actor = actor_of(account)
    seen = seen_ids(Resident, actor, households.resident_visibility, jurisdiction_id=None)
    members = account.get(f"/households/{homes['east'].household_id}").json["members"]
    assert {str(resident_id) for resident_id in seen} == {member["id"] for member in members}
    assert len(members) == 1


@pytest.mark.parametrize(("rule", "model", "table"), RULES)
@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR])
def test_rule_names_its_table_for_every_shape_of_actor(square_city, person, rule, model, table, role):
    account = person((role, square_city.ids["-c"] if role is Role.SUPERVISOR else None))
    actor = actor_of(account)
    for permission in (Permission.HOUSEHOLD_READ, Permission.RESIDENT_READ, Permission.HOUSEHOLD_EDIT):
        for of in (model, aliased(model, name="x")):
            assert rules_of(rule(actor, clock.now(), permission, of).condition) == {table}


def test_condition_is_the_same_object_for_actors_of_one_shape(square_city, person):
    """Statements are made once for each condition, so a condition for each call would fill the caches."""
    conditions = []
    for suffix in ("-g1", "-g2"):
        account = person((Role.SUPERVISOR, square_city.ids[suffix]))
        actor = actor_of(account)
        conditions.append(households.household_visibility(actor, clock.now()).condition)
    assert conditions[0] is conditions[1]
