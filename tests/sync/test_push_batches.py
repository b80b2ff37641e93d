"""Operations applied in one statement have the same result as applied one by one."""

import os
import random
from datetime import timedelta

from sqlalchemy import event

from app.core import db
from app.core.ids import uuid7
from tests.endpoints import care_tag, flat
from tests.sync.push_client import codes

SEED = int(os.environ.get("GRIDWARD_SEED", "20261125"))


def visit(phone, home, **fields):
    return phone.op(
        "visit", "create", uuid7(), patch={"household_id": str(home["household"]), "outcome": "done"} | fields
    )


def resident(phone, home, patch, **fields):
    return phone.op("resident", "patch", home["resident"], base_version=1, patch=patch, **fields)


def test_visits_are_pushed_together_and_invalid_ones_rejected_alone(city, phone, rows):
    homes = [flat(city) for _ in range(14)]
    tag, foreign = care_tag(city, homes[5]), care_tag(city, homes[0])
    ops = [visit(phone, home) for home in homes]
    ops[1]["patch"]["household_id"] = str(uuid7())
    ops[12]["patch"]["household_id"] = str(flat(city, **city.in_grid("g3"))["household"])  # far from others
    ops[3]["patch"]["visited_at"] = (phone.now() - timedelta(days=60)).isoformat()
    ops[4]["patch"] |= {"outcome": "moved_away"}
    ops[5]["patch"] |= {"care_done": [tag], "note": "药已取"}
    ops[6]["patch"] |= {"care_done": [foreign]}
    ops[7]["patch"]["note"] = "身份证11010519491231002X"
    ops[9]["id"] = ops[8]["id"]  # another visit under a used id
    ops[10]["patch"]["household_id"] = ops[11]["patch"]["household_id"]  # twice at one door
    results = phone.send(*ops).json["results"]
    wanted = dict.fromkeys(range(14), "applied") | {
        1: "rejected:not_found",
        12: "rejected:not_found",
        3: "rejected:validation_failed",
        6: "rejected:validation_failed",
        7: "rejected:validation_failed",
        9: "rejected:id_reused",
    }
    assert dict(enumerate(codes(results))) == wanted
    assert [error["field"] for error in results[6]["errors"]] == ["patch.care_done"]
    doors = [home["household"] for home in homes]
    stored = {
        str(row.id): row for row in rows("select * from visit where household_id = any(:ids)", ids=doors)
    }
    assert stored.keys() == {ops[n]["id"] for n, code in wanted.items() if code == "applied"}
    assert stored[ops[5]["id"]].note == "药已取" and [str(t) for t in stored[ops[5]["id"]].care_done] == [tag]
    gone = rows("select * from household where id = :id", id=homes[4]["household"])[0]
    assert gone.moved_away_at == stored[ops[4]["id"]].visited_at and gone.next_visit_due is None
    assert rows("select next_due > current_date ahead from care_tag where id = :id", id=tag) == [(True,)]
    audited = rows(
        "select detail from audit_event where action = 'household.visit' and entity_id = any(:ids)", ids=doors
    )
    assert sorted(row.detail["visit_id"] for row in audited) == sorted(stored)
    assert set(codes(phone.push(*ops))) == {"duplicate", *wanted.values()} - {"applied"}


def test_resident_changes_are_pushed_together_and_invalid_ones_rejected_alone(city, phone, rows):
    homes = [flat(city) for _ in range(12)]
    ops = [resident(phone, home, {"phone": f"1390000{n:04}"}) for n, home in enumerate(homes)]
    ops[1]["id"] = str(uuid7())
    ops[10]["id"] = str(flat(city, **city.in_grid("g3"))["resident"])  # far from others that fail
    ops[3]["patch"]["phone"] = "bei der Nachbarin"
    ops[4]["patch"] = {"is_registered_here": True}
    ops[5]["patch"] = {"birth_year": 1700}
    ops[7]["id"] = ops[6]["id"]
    ops[7] |= {"patch": {"lives_here": False}}
    first = phone.push(resident(phone, homes[8], {"phone": "13911112222"}))
    assert codes(first) == ["applied"]
    results = phone.send(*ops).json["results"]
    wanted = dict.fromkeys(range(12), "applied") | {
        1: "rejected:not_found",
        10: "rejected:not_found",
        3: "rejected:validation_failed",
        5: "rejected:validation_failed",
        8: "conflict:field_conflict",  # of a telephone a person decides
    }
    assert dict(enumerate(codes(results))) == wanted
    assert results[8]["fields"]["phone"]["mine"].startswith("139****")
    for n in (0, 2, 9, 11):
        stored = rows("select phone, version, registered_at from resident where id = :id", id=ops[n]["id"])
        assert stored == [(f"1390000{n:04}", 2, "绍兴")]
    registration = rows(
        "select is_registered_here, registered_at from resident where id = :id", id=ops[4]["id"]
    )
    assert registration == [(True, None)]
    both = rows("select phone, lives_here, version from resident where id = :id", id=ops[6]["id"])
    assert both == [("13900000006", False, 3)]
    audited = rows(
        "select detail from audit_event where entity_id = :id and action = 'resident.change'", id=ops[0]["id"]
    )
    assert audited == [({"fields": ["phone"]},)]


def _day(lot, phone, homes, others):
    """Return makers of the operations of a day; each makes the same operations for other households, too."""
    deeds = []
    for n in range(40):
        door, what = lot.randrange(len(homes)), lot.random()
        label, number = f"户{n}", f"1380000{n:04}"
        outcome = lot.choice(["done", "nobody_home", "moved_away"])
        if what < 0.35:
            deeds.append(lambda of, d=door, o=outcome: visit(phone, of[d], outcome=o))
        elif what < 0.6:
            version = lot.choice([1, 1, 2])
            deeds.append(
                lambda of, d=door, t=number, v=version: (
                    resident(phone, of[d], {"phone": t}) | {"base_version": v}
                )
            )
        elif what < 0.85:
            deeds.append(
                lambda of, d=door, t=label: phone.op(
                    "household", "patch", of[d]["household"], base_version=1, patch={"label": t}
                )
            )
        elif what < 0.92:
            deeds.append(
                lambda of, d=door: phone.op(
                    "household", "patch", of[d]["household"], base_version=1, patch={"has_moved_away": False}
                )
            )
        else:
            deeds.append(lambda of, d=door: visit(phone, others[d % len(others)]))
    return deeds


_STATES = """
  select h.id, h.label, h.version, h.next_visit_due, h.moved_away_at is not null gone,
         (select r.phone from resident r where r.household_id = h.id) phone,
         (select r.version from resident r where r.household_id = h.id) resident_version,
         (select array_agg(v.outcome order by v.visited_at) from visit v where v.household_id = h.id) visits,
         (select count(*) from audit_event e where e.entity_id = h.id) audited
  from household h where h.id = any(:ids)
"""


def test_batched_push_equals_operations_pushed_one_by_one(city, phone, rows):
    print(f"GRIDWARD_SEED={SEED}")
    lot = random.Random(SEED)
    for _ in range(3):
        together, apart = ([flat(city) for _ in range(8)] for _ in range(2))
        others = [flat(city, **city.in_grid("g3"))]
        deeds = _day(lot, phone, together, others)
        at_once = phone.push(*[deed(together) for deed in deeds])
        by_itself = [phone.push(deed(apart))[0] for deed in deeds]
        outcomes = [
            [(result["status"], result["code"], result["fields"]) for result in each]
            for each in (at_once, by_itself)
        ]
        assert outcomes[0] == outcomes[1]
        states = []
        for homes in (together, apart):
            states_by_id = {
                row.id: row[1:] for row in rows(_STATES, ids=[home["household"] for home in homes])
            }
            states.append([states_by_id[home["household"]] for home in homes])
        assert states[0] == states[1]


def test_push_of_one_day_executes_limited_number_of_statements(city, phone):
    homes = [flat(city) for _ in range(16)]
    phone.push()
    ops = []
    for home in homes:
        ops += [visit(phone, home), resident(phone, home, {"phone": "13911112222"})]
    for home in homes:
        ops.append(phone.op("household", "patch", home["household"], base_version=1, patch={"label": "甲"}))
    statements: list[str] = []

    def note(_c, _cursor, statement, *_):
        statements.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        assert set(codes(phone.push(*ops))) <= {"applied", "merged"}
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)
    assert len(statements) <= 32, statements
