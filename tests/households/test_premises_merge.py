"""Merge of premises and moves of residents, and how both are undone."""

import pytest

from app.core.actor import SYSTEM, Role
from app.core.db import read_session, transaction
from app.core.ids import uuid7
from app.households import service as households
from app.integrity.queries.counter_invariants import COUNTER_INVARIANTS
from tests.households.homes import in_days, members, settle_people, tag, visit

REASON = {"reason": "同一处所登记了两次"}


@pytest.fixture
def two(square_city):
    """Register one flat twice, in two grids, with a resident in each."""
    return (
        settle_people(square_city, {"name": "张三丰"}, at=(0.9, 0.9)),
        settle_people(square_city, {"name": "李四"}, address="幸福路12号"),
    )


def contradictions():
    """Return the rows that break an invariant of the register, of all cities of this database."""
    with read_session() as session:
        return {
            (invariant.name, *row)
            for invariant in COUNTER_INVARIANTS
            if invariant.name in ("register_hangs_together", "premises_in_their_grid")
            for row in session.execute(invariant.statement)
        }


@pytest.fixture(autouse=True)
def checked():
    before = contradictions()
    yield
    assert contradictions() - before == set()


def merge(who, double, stays, version=1, **fields):
    return who.call(
        "POST",
        f"/premises/{double.premises_id}/merge",
        json={"into_id": str(stays.premises_id)} | REASON | fields,
        headers={"If-Match": f'"{version}"'},
    )


def unmerge(who, double, version=2):
    return who.call(
        "POST", f"/premises/{double.premises_id}/unmerge", json=REASON, headers={"If-Match": f'"{version}"'}
    )


def move(who, resident_id, household_id, version=1):
    return who.call(
        "POST",
        f"/residents/{resident_id}/move",
        json={"household_id": str(household_id), "reason": "搬到楼上"},
        headers={"If-Match": f'"{version}"'},
    )


def due(who):
    return {item["household"]["id"]: item["tasks_due"] for item in who.get("/visits/due").json["items"]}


def labels(who, home):
    listed = who.get(f"/premises/{home.premises_id}").json["households"]
    return {item["id"]: item["label"] for item in listed}


def test_premises_merge_moves_households_and_leaves_pointer(square_city, supervisor, two, sql):
    double, stays = two
    (resident,) = members(supervisor, double)
    assert tag(supervisor, resident["id"], cycle_days=7).status_code == 201
    assert visit(supervisor, double).status_code == 201
    before = due(supervisor)
    answer = merge(supervisor, double, stays)
    assert answer.status_code == 200, answer.json
    assert labels(supervisor, stays) == {str(stays.household_id): "", str(double.household_id): "2"}
    # As due as before, and in the grid of the premises that stay.
    assert due(supervisor) == before
    assert supervisor.get(f"/households/{double.household_id}").json["grid"]["id"] == str(
        square_city.ids["-g1"]
    )
    pointer = supervisor.get(f"/premises/{double.premises_id}").json
    assert (pointer["merged_into"], pointer["households"]) == (str(stays.premises_id), [])
    assert [item["id"] for item in supervisor.get("/premises").json["items"]] == [str(stays.premises_id)]
    changed = supervisor.patch(f"/premises/{double.premises_id}", {"name": "x"}, headers={"If-Match": "*"})
    assert (changed.status_code, changed.json["merged_into"]) == (409, str(stays.premises_id))
    (event,) = sql(
        "select purpose, actor_id from audit_event where action = 'premises.merge' and entity_id = :id",
        id=double.premises_id,
    )
    assert (event.purpose, event.actor_id) == (REASON["reason"], supervisor.id)


def test_premises_merge_is_idempotent_and_refuses_stale_version(supervisor, two):
    double, stays = two
    assert merge(supervisor, double, stays, version=7).status_code == 412
    assert merge(supervisor, double, stays).status_code == 200
    assert merge(supervisor, double, stays).status_code == 200
    back = merge(supervisor, stays, double)
    assert (back.status_code, back.json["code"]) == (409, "premises_merged")
    assert merge(supervisor, double, double).json["errors"][0]["code"] == "not_itself"


def test_premises_merge_requires_edit_permission_at_both_premises(square_city, person, two):
    double, stays = two
    east = person((Role.SUPERVISOR, square_city.ids["-g2"]))
    assert merge(east, double, stays).status_code == 404
    assert merge(person((Role.WORKER, None)), double, stays).status_code == 403


def test_premises_merge_returns_409_for_target_without_residents(square_city, supervisor, two):
    shop = settle_people(square_city, kind="shop", address="幸福路12号")
    answer = merge(supervisor, two[0], shop)
    assert (answer.status_code, answer.json["code"]) == (409, "premises_not_lived_in")


def test_premises_unmerge_restores_households_that_moved(supervisor, two):
    double, stays = two
    before = labels(supervisor, double), labels(supervisor, stays)
    assert merge(supervisor, double, stays).status_code == 200
    household = {"id": str(uuid7()), "premises_id": str(stays.premises_id), "label": "阁楼"}
    assert supervisor.post("/households", household).status_code == 201
    assert unmerge(supervisor, double, version=1).status_code == 412
    parted = unmerge(supervisor, double)
    assert (parted.status_code, parted.json["merged_into"]) == (200, None)
    assert labels(supervisor, double) == before[0]
    # Households that were added after the merge stay.
    assert labels(supervisor, stays) == before[1] | {household["id"]: "阁楼"}
    again = unmerge(supervisor, double, version=3)
    assert (again.status_code, again.json["code"]) == (409, "not_merged")


def test_premises_unmerge_requires_later_merge_to_be_undone_first(square_city, supervisor, two):
    double, middle = two
    last = settle_people(square_city, address="幸福路十二号")
    assert merge(supervisor, double, middle).status_code == 200
    assert merge(supervisor, middle, last, version=1).status_code == 200
    assert len(labels(supervisor, last)) == 3
    early = unmerge(supervisor, double)
    assert (early.status_code, early.json["merged_into"]) == (409, str(last.premises_id))
    assert unmerge(supervisor, middle).status_code == 200
    assert unmerge(supervisor, double).status_code == 200
    assert [len(labels(supervisor, home)) for home in (double, middle, last)] == [1, 1, 1]


def test_import_and_household_creation_follow_merged_premises(square_city, supervisor):
    def brought(ref, address, name):
        lon, lat = square_city.at(0.1, 0.1)
        row = {"jurisdiction_id": square_city.jurisdiction_id, "kind": "dwelling", "lon": lon, "lat": lat}
        row |= {"external_ref": ref, "address": address, "residents": [{"name": name}]}
        with transaction(SYSTEM) as session:
            return households.register_many(session, SYSTEM, rows=[row])[0]

    double, stays = brought("P-1", "幸福路1号", "张三丰"), brought("P-2", "幸福路1 号", "李四")
    assert merge(supervisor, double, stays).status_code == 200
    again = brought("P-1", "幸福路1号改", "张三丰")
    assert (again.outcome, again.premises_id, again.household_id) == (
        "unchanged",
        stays.premises_id,
        double.household_id,
    )
    target = supervisor.get(f"/premises/{stays.premises_id}").json
    assert (target["address"], target["external_ref"]) == ("幸福路1 号", "P-2")
    assert len(members(supervisor, double)) == 1
    household = {"id": str(uuid7()), "premises_id": str(double.premises_id), "label": "阁楼"}
    assert supervisor.post("/households", household).json["premises"]["id"] == str(stays.premises_id)


def test_premises_merge_moves_external_reference_and_unmerge_returns_it(square_city, supervisor):
    double = settle_people(square_city, external_ref="P-1")
    stays = settle_people(square_city, address="幸福路12号")
    merge(supervisor, double, stays)
    assert supervisor.get("/premises", external_ref="P-1").json["items"][0]["id"] == str(stays.premises_id)
    assert unmerge(supervisor, double).status_code == 200
    assert supervisor.get("/premises", external_ref="P-1").json["items"][0]["id"] == str(double.premises_id)


def test_resident_move_includes_care_tags_and_consents_and_is_reversible(square_city, supervisor, two, sql):
    old, new = two
    (resident,) = members(supervisor, old)
    assert tag(supervisor, resident["id"], cycle_days=7).status_code == 201
    consent = {
        "id": str(uuid7()),
        "purpose": "电话问候",
        "given_by_way": "spoken",
        "resident_id": resident["id"],
    }
    assert supervisor.post(f"/households/{old.household_id}/consents", consent).status_code == 201
    assert visit(supervisor, new, outcome="moved_away").status_code == 201
    moved = move(supervisor, resident["id"], new.household_id)
    assert moved.json["household_id"] == str(new.household_id) and len(moved.json["care"]) == 1
    assert members(supervisor, old) == [] and len(members(supervisor, new)) == 2
    # Inhabited again: the task and a visit are due there, and no task at the former household.
    assert due(supervisor) == {str(old.household_id): 0, str(new.household_id): 1}
    home = supervisor.get(f"/households/{new.household_id}").json
    assert (home["visits"]["moved_away_at"], home["visits"]["next_due"]) == (None, in_days(0))
    assert [item["id"] for item in home["consents"]] == [consent["id"]]
    assert move(supervisor, resident["id"], new.household_id).status_code == 200  # sent again
    assert move(supervisor, resident["id"], old.household_id).status_code == 412
    back = move(supervisor, resident["id"], old.household_id, version=moved.json["version"])
    assert back.json["household_id"] == str(old.household_id)
    assert due(supervisor)[str(old.household_id)] == 1
    rows = sql(
        "select purpose from audit_event where action = 'resident.move' and entity_id = :id",
        id=resident["id"],
    )
    assert [row.purpose for row in rows] == ["搬到楼上"] * 2


def test_resident_move_returns_404_for_household_outside_own_areas(square_city, person, supervisor, two):
    east = person((Role.SUPERVISOR, square_city.ids["-g2"]))
    (resident,) = members(supervisor, two[0])
    assert move(east, resident["id"], two[1].household_id).status_code == 404
    assert len(members(supervisor, two[0])) == 1


def test_resident_erasure_after_move_erases_visit_notes_of_former_household(supervisor, two, sql):
    old, new = two
    (resident,) = members(supervisor, old)
    assert visit(supervisor, old, note="她女儿不在").status_code == 201
    assert move(supervisor, resident["id"], new.household_id).status_code == 200
    supervisor.call("DELETE", f"/residents/{resident['id']}", json={"reason": "本人书面要求"})
    assert sql("select 1 from visit where household_id = :id and note is not null", id=old.household_id) == []


def test_visit_and_consent_at_former_household_are_accepted_after_move(square_city, supervisor, two):
    old, new = two
    (resident,) = members(supervisor, old)
    care = tag(supervisor, resident["id"], cycle_days=7).json["id"]
    assert move(supervisor, resident["id"], new.household_id).status_code == 200
    late = visit(supervisor, old, care_done=[care])
    assert late.status_code == 201, late.json
    consent = {
        "id": str(uuid7()),
        "resident_id": resident["id"],
        "purpose": "定期电话问候",
        "given_by_way": "spoken",
    }
    given = supervisor.post(f"/households/{old.household_id}/consents", consent)
    assert given.status_code == 201, given.json
    (other,) = (each for each in members(supervisor, new) if each["id"] != resident["id"])
    foreign = consent | {"id": str(uuid7()), "resident_id": other["id"]}
    assert supervisor.post(f"/households/{old.household_id}/consents", foreign).status_code == 422
