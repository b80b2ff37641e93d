"""Failure cases of push: races, deletions, reassigned grids, wrong clocks, deadlocks."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from tests.endpoints import flat
from tests.factories import Person
from tests.sync.push_client import PushClient, codes
from tests.waits import await_waiter

# What is each operation's own in its answer.
OWN = {"op_id", "device_seq", "id", "dead_letter"}


def other_device(person: Person, name: str = "tablet") -> Person:
    """The same person with another device."""
    other = Person(person.id, person.username, person.client)
    other.token = other.sign_in(name)["access_token"]
    return other


def tag_of(phone: PushClient, home: dict[str, Any], **fields: Any) -> dict[str, Any]:
    ends_on = str((clock.now() + timedelta(days=90)).date())
    patch = {
        "kind": "mobility",
        "purpose": "下楼需要帮助",
        "ends_on": ends_on,
        "resident_id": str(home["resident"]),
    }
    return phone.op("care_tag", "create", uuid7(), patch=patch | fields)


@pytest.mark.parametrize("seed", range(5))
def test_push_case_06_applies_operation_once_from_two_devices_concurrently(city, phone, rows, seed):
    phones = [phone, PushClient(other_device(phone.person))]
    sent = [phone.report(city.in_grid("g1")) for _ in range(10)]
    # A transition has no id of its own: only its operation's id tells that it is the same.
    sent += [
        phone.op("incident", "transition", sent[0]["id"], patch={"action": "feed_back", "note": "已清理"})
    ]
    for each in phones:
        each.push()  # signed in before the race
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda each: each.push(*sent), phones))
    for first, second in zip(*both, strict=True):
        assert sorted([first["status"], second["status"]]) == ["applied", "duplicate"]
        assert (first["id"], first["version"]) == (second["id"], second["version"])
    counted = rows(
        "select count(*) from incident_event where incident_id = :id and action = 'feed_back'",
        id=sent[0]["id"],
    )
    assert counted == [(1,)]


def test_push_case_24_returns_409_while_device_is_already_pushing(city, phone, settings):
    phone.push()
    (device,) = [d["id"] for d in phone.person.get("/me/devices").json["items"]]
    engine = db.make_engine(settings.database_url, role="gridward_app", pool_size=1, statement_timeout_ms=0)
    sent = phone.report(city.in_grid("g1"))
    with Session(engine) as session:
        name = f"push {phone.person.id} {device}"
        session.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
        refused = phone.send(sent)
        assert (refused.status_code, refused.json["code"]) == (409, "device_busy")
        assert int(refused.headers["Retry-After"]) >= 1
        assert codes(PushClient(other_device(phone.person)).push()) == []  # another device goes on
    engine.dispose()
    assert codes(phone.push(sent)) == ["applied"]


def test_push_case_09_applies_creation_and_deletion_of_same_row(phone, home):
    made = tag_of(phone, home)
    assert codes(phone.push(made, phone.op("care_tag", "delete", made["id"]))) == ["applied"] * 2


def test_push_case_10_accepts_deletion_of_missing_row(phone, home):
    made = tag_of(phone, home)
    results = phone.push(
        phone.op("care_tag", "delete", uuid7()),
        made,
        phone.op("care_tag", "delete", made["id"]),
        phone.op("care_tag", "delete", made["id"]),
    )
    assert codes(results) == ["applied"] * 4 and results[0]["version"] is None


def test_push_case_11_restores_row_deleted_by_colleague_when_changed(city, phone, home, rows):
    made = tag_of(phone, home)
    (result,) = phone.push(made)
    colleague = PushClient(city.worker("g1"))
    colleague.push(colleague.op("care_tag", "delete", made["id"]))
    change = phone.op(
        "care_tag", "patch", made["id"], base_version=result["version"], patch={"purpose": "上下楼"}
    )
    assert codes(phone.push(change)) == ["applied"]
    assert rows("select purpose, deleted_at from care_tag where id = :id", id=made["id"]) == [
        ("上下楼", None)
    ]


def test_push_case_11_rejects_change_of_row_deleted_by_supervisor(city, phone, home, rows):
    made = tag_of(phone, home)
    phone.push(made)
    assert city.supervisor().call("DELETE", f"/care-tags/{made['id']}").status_code == 204
    change = phone.op("care_tag", "patch", made["id"], base_version=1, patch={"purpose": "上下楼"})
    (result,) = phone.push(change)
    assert codes([result]) == ["rejected:row_deleted"] and result["dead_letter"]
    (row,) = rows("select purpose, deleted_at from care_tag where id = :id", id=made["id"])
    assert row.purpose == "下楼需要帮助" and row.deleted_at is not None


def reassign(city: Any, worker: Person, *, ago: timedelta) -> None:
    """End the worker's responsibility `ago`; it had begun a month before now."""
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("""update responsibility set valid = tstzrange(cast(:since as timestamptz), cast(:until as timestamptz))
                    where worker_id = :id"""),
            {"id": worker.id, "since": clock.now() - timedelta(days=30), "until": clock.now() - ago},
        )


def test_push_case_13_accepts_and_flags_late_work_for_72_hours_after_grid_change(city, phone, home, rows):
    reassign(city, phone.person, ago=timedelta(hours=71))
    before = (clock.now() - timedelta(hours=72)).isoformat()
    patch = phone.op("household", "patch", home["household"], base_version=1, patch={"label": "甲"})
    visit = phone.op(
        "visit", "create", uuid7(), patch={"household_id": str(home["household"]), "outcome": "done"}
    )
    shop = phone.op(
        "premises",
        "create",
        uuid7(),
        patch={"kind": "shop", "name": "小吃店", "address": "幸福路14号", **city.in_grid("g1")},
    )
    results = phone.push(*(op | {"client_at": before} for op in (patch, visit, shop)))
    assert codes(results) == ["applied"] * 3
    assert all(r["flags"] == ["late_after_reassign"] and r["dead_letter"] for r in results)
    assert rows("select label from household where id = :id", id=home["household"]) == [("甲",)]
    # For review by the supervisor of the area.
    seen = city.supervisor("c1").get("/sync/dead-letters?status=applied").json["items"]
    assert {each["id"] for each in seen} == {r["dead_letter"] for r in results}
    assert {each["code"] for each in seen} == {"late_after_reassign"}
    # Work done after the reassignment is out of scope, and so is work in another grid.
    after = phone.op("household", "patch", home["household"], patch={"label": "乙"})
    elsewhere = flat(city, **city.in_grid("g3"))
    other = phone.op("household", "patch", elsewhere["household"], patch={"label": "乙"}, client_at=before)
    assert codes(phone.push(after, other)) == ["rejected:out_of_scope", "rejected:not_found"]
    assert phone.person.get(f"/households/{home['household']}").status_code == 404


def test_push_case_13_rejects_late_work_after_72_hours_and_supervisor_can_retry(city, phone, home):
    reassign(city, phone.person, ago=timedelta(hours=73))
    op = phone.op("household", "patch", home["household"], base_version=1, patch={"label": "甲"})
    (result,) = phone.push(op | {"client_at": (clock.now() - timedelta(hours=74)).isoformat()})
    assert codes([result]) == ["rejected:out_of_scope"]
    boss = city.supervisor("c1")
    letter = boss.get("/sync/dead-letters").json["items"][0]
    assert letter["id"] == result["dead_letter"] and letter["operation"]["patch"] == {"label": "甲"}
    # The supervisor of the area may still apply it.
    answer = boss.post(f"/sync/dead-letters/{letter['id']}/resolve", {"action": "retry", "note": "确认属实"})
    assert answer.status_code == 200 and answer.json["resolution"] == "retry"
    assert boss.get(f"/households/{home['household']}").json["label"] == "甲"


def test_push_case_13_accepts_and_flags_late_work_in_redrawn_grid(city, phone, home):
    from tests.endpoints import square

    before = clock.now().isoformat()
    boss = city.supervisor()
    parts = [
        {"code": f"{city.code}-g1{n}", "name": {"zh": n, "en": n}, "geometry": square(city, *box)}
        for n, box in {"a": (0, 1, 0.4, 2), "b": (0.4, 1, 1, 2)}.items()
    ]
    body = {"parent_id": str(city.areas["c1"]), "replaces": [str(city.areas["g1"])], "areas": parts}
    drawn = boss.post("/areas/redraw", body | {"reason": "住户太多"})
    assert drawn.status_code == 200, drawn.json
    for responsibility in boss.get(f"/responsibilities?worker_id={phone.person.id}").json["items"]:
        boss.post(f"/responsibilities/{responsibility['id']}/end", {})
    op = phone.op("household", "patch", home["household"], base_version=1, patch={"label": "甲"})
    (result,) = phone.push(op | {"client_at": before})
    assert codes([result]) == ["applied"] and result["flags"] == ["late_after_reassign"], result


@pytest.mark.parametrize("ahead", [timedelta(days=730), timedelta(days=-730), timedelta(hours=1)])
def test_push_case_22_corrects_wrong_client_clock(city, home, rows, ahead):
    phone = PushClient(city.worker("g1"), ahead=ahead)
    visit = phone.op(
        "visit",
        "create",
        uuid7(),
        patch={
            "household_id": str(home["household"]),
            "outcome": "done",
            "visited_at": phone.now().isoformat(),
        },
    )
    unsaid = phone.op(
        "visit", "create", uuid7(), patch={"household_id": str(home["household"]), "outcome": "done"}
    )
    unsaid["client_at"] = (phone.now() - timedelta(hours=2)).isoformat()
    report = phone.report(city.in_grid("g1"))
    # The clock was put back between two changes of one field: the queue's order counts.
    first = phone.op("household", "patch", home["household"], base_version=1, patch={"label": "甲"})
    second = phone.op("household", "patch", home["household"], base_version=1, patch={"label": "乙"})
    second["client_at"] = (phone.now() - timedelta(days=400)).isoformat()
    answer = phone.send(
        visit,
        unsaid,
        report,
        second | {"device_seq": 50},
        first,
        phone.op("duty", "end"),
        phone.op("duty", "start"),
    )
    assert answer.status_code == 200
    outcomes = codes(answer.json["results"])
    assert outcomes == ["applied", "applied", "applied", "merged", "applied", "applied", "applied"], outcomes
    assert abs(answer.json["skew_seconds"] + ahead.total_seconds()) < 5
    visits = rows("select visited_at from visit where household_id = :id order by 1", id=home["household"])
    earlier, at = (row.visited_at for row in visits)
    assert abs(at - clock.now()) < timedelta(minutes=1)
    assert abs(earlier + timedelta(hours=2) - clock.now()) < timedelta(minutes=1)
    (report_row,) = rows("select occurred_at from report where incident_id = :id", id=report["id"])
    assert abs(report_row.occurred_at - clock.now()) < timedelta(minutes=1)
    assert rows("select label from household where id = :id", id=home["household"]) == [("乙",)]
    (operation_row,) = rows(
        """select result ->> 'happened_at' as at from applied_op where key = :key""",
        key=f"op {visit['op_id']}",
    )
    assert operation_row.at[:4] == str(clock.now().year)
    (device,) = rows("select skew_seconds from sync_device where account_id = :id", id=phone.person.id)
    assert abs(device.skew_seconds + ahead.total_seconds()) < 5


@pytest.mark.parametrize("sent_at", [None, "gestern", "1816-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", 7])
def test_push_case_22_accepts_unreadable_client_times(city, phone, home, sent_at):
    op = phone.op("household", "patch", home["household"], base_version=1, patch={"label": "甲"})
    body = {"sent_at": sent_at, "ops": [op | {"client_at": sent_at}]}
    answer = phone.person.post("/sync/push", body)
    assert answer.status_code == 200 and codes(answer.json["results"]) == ["applied"], answer.json


def test_push_rejection_is_equal_for_hidden_and_missing_rows(city, phone):
    """A row elsewhere is answered as one that does not exist is."""
    away = flat(city, **city.in_grid("g3"))
    for entity, patch in (("household", {"label": "x"}), ("resident", {"name": "张三"})):
        sent = [
            phone.op(entity, "patch", row_id, base_version=1, patch=patch)
            for row_id in (away[entity], uuid7())
        ]
        there, nowhere = phone.push(*sent)
        assert codes([there, nowhere]) == ["rejected:not_found"] * 2
        visible_parts = [{k: v for k, v in result.items() if k not in OWN} for result in (there, nowhere)]
        assert visible_parts[0] == visible_parts[1] and there["version"] is None
    # Refused before anybody looks for the row.
    (unread,) = phone.push(phone.op("household", "patch", away["household"], patch={"colour": "red"}))
    assert (unread["code"], unread["version"]) == ("unknown_field", None)
    # An id that is taken is taken, wherever its row is.
    near = flat(city)
    kind = {"kind": "dwelling", "address": "幸福路20号", **city.in_grid("g1")}
    taken = phone.push(*(phone.op("premises", "create", row["premises"], patch=kind) for row in (near, away)))
    assert (
        len({(result["status"], result["code"], result["version"], result["detail"]) for result in taken})
        == 1
    ), taken
    assert taken[0]["status"] == "rejected"


def test_push_case_25_reports_missing_sequence_numbers_and_rejects_nothing(city, phone):
    assert phone.send().json["applied_device_seq"] == 0
    phone.push(phone.report(city.in_grid("g1")), phone.report(city.in_grid("g1")))
    late = [phone.report(city.in_grid("g1")) for _ in range(3)]
    last = phone.report(city.in_grid("g1"))
    answer = phone.send(late[0], last)
    assert codes(answer.json["results"]) == ["applied"] * 2
    assert answer.json["missing_device_seq_ranges"] == [[late[1]["device_seq"], late[2]["device_seq"]]]
    assert answer.json["applied_device_seq"] == last["device_seq"]
    # What comes after all is taken; the number never goes back.
    answer = phone.send(late[1], late[2])
    assert codes(answer.json["results"]) == ["applied"] * 2
    assert answer.json["applied_device_seq"] == last["device_seq"]
    assert answer.json["missing_device_seq_ranges"] == []
    below = last["device_seq"]
    far = [phone.report(city.in_grid("g1")) | {"device_seq": number} for number in (below + 500, 2**53)]
    answer = phone.send(*far)
    assert answer.json["missing_device_seq_ranges"] == [
        [below + 1, below + 499],
        [below + 501, 2**53 - 1],
    ]


def test_push_case_25_rejects_reused_sequence_number(city, phone):
    """The same operation again has its number, also after others; another one has not."""
    first, second = phone.report(city.in_grid("g1")), phone.report(city.in_grid("g1"))
    assert codes(phone.push(first, second)) == ["applied"] * 2
    again = phone.report(city.in_grid("g1")) | {"device_seq": first["device_seq"]}
    twice = [phone.report(city.in_grid("g1")) for _ in range(2)]
    twice[1]["device_seq"] = twice[0]["device_seq"]
    none = phone.report(city.in_grid("g1")) | {"device_seq": 0}
    results = phone.push(first, again, *twice, none, second)
    assert codes(results) == [
        "duplicate",
        "rejected:device_seq_reused",
        "applied",
        "rejected:device_seq_reused",
        "rejected:validation_failed",
        "duplicate",
    ]
    assert results[1]["dead_letter"] and str(again["device_seq"]) in results[1]["detail"]
    assert results[4]["errors"][0]["field"] == "device_seq"
    # Refused once, it is refused again; the answer may have been lost.
    assert codes(phone.push(again)) == ["rejected:device_seq_reused"]


def test_push_case_31_returns_503_when_database_is_read_only(city, phone, rows):
    sent = phone.report(city.in_grid("g1"))
    phone.push()

    def read_only(connection: Any, *_: Any) -> None:
        connection.exec_driver_sql("set transaction read only")

    from sqlalchemy import event

    event.listen(db.engine(), "begin", read_only)
    try:
        refused = phone.send(sent)
    finally:
        event.remove(db.engine(), "begin", read_only)
    assert (refused.status_code, refused.json["code"]) == (503, "unavailable")
    assert "Retry-After" in refused.headers
    assert rows("select 1 from applied_op where key = :key", key=f"op {sent['op_id']}") == []
    assert codes(phone.push(sent)) == ["applied"]


def test_push_returns_retryable_results_after_deadlock(city, phone, settings, home, limit_statements):
    """PostgreSQL breaks it with our transaction: nothing before it is lost, nothing after it is tried.

    The rival keeps its locks: the next attempt of the push ends by the statement timeout.
    """
    second = flat(city)
    limit_statements(4_000)
    ops = [
        phone.report(city.in_grid("g1")),
        phone.op("household", "patch", home["household"], base_version=1, patch={"label": "甲"}),
        phone.op("household", "patch", second["household"], base_version=1, patch={"label": "乙"}),
        phone.report(city.in_grid("g1")),
    ]
    engine = db.make_engine(settings.database_url, role=None, pool_size=2, statement_timeout_ms=0)
    hold = text("select 1 from household where id = :id for update")
    with Session(engine) as rival, ThreadPoolExecutor(1) as pool:
        rival.execute(text("set local deadlock_timeout = '20s'"))
        rival.execute(hold, {"id": second["household"]})
        pushing = pool.submit(phone.send, *ops)
        await_waiter(rival)
        rival.execute(hold, {"id": home["household"]})  # until PostgreSQL takes the other one back
        answer = pushing.result()
    engine.dispose()
    assert answer.status_code == 200
    results = answer.json["results"]
    final = [r for r in results if not r["retryable"]]
    assert codes(final) == ["applied"] * len(final) and len(final) < 4
    assert all(r["code"] == "busy" for r in results if r["retryable"])
    assert answer.json["applied_device_seq"] == len(final)
    again = phone.push(*ops)
    assert codes(again) == ["duplicate"] * len(final) + ["applied"] * (4 - len(final))


def test_push_applies_operation_group_completely_or_not_at_all(phone, home, rows):
    good = [
        phone.op("household", "patch", home["household"], base_version=1, patch={"label": "甲"}, group="a"),
        phone.op(
            "resident", "patch", home["resident"], base_version=1, patch={"lives_here": False}, group="a"
        ),
    ]
    bad = [
        phone.op(
            "household", "patch", home["household"], base_version=1, patch={"kind": "collective"}, group="b"
        ),
        phone.op("household", "patch", uuid7(), patch={"label": "x"}, group="b"),
        phone.op("resident", "patch", home["resident"], base_version=1, patch={"colour": 1}, group="c"),
        phone.op(
            "household", "patch", home["household"], base_version=1, patch={"kind": "collective"}, group="c"
        ),
    ]
    alone = phone.op(
        "visit", "create", uuid7(), patch={"household_id": str(home["household"]), "outcome": "done"}
    )
    results = phone.push(good[0], bad[0], alone, good[1], *bad[1:])
    assert codes(results) == [
        "applied",
        "rejected:group_failed",
        "applied",
        "applied",
        "rejected:not_found",
        "rejected:unknown_field",
        "rejected:group_failed",
    ]
    assert rows("select label, kind from household where id = :id", id=home["household"]) == [
        ("甲", "family")
    ]
    assert len({r["dead_letter"] for r in results if r["dead_letter"]}) == 4
    assert codes(phone.push(*good)) == ["duplicate"] * 2


def test_push_accepts_gzip_body_up_to_unpacked_limit(city, phone, app, settings):
    body = {"sent_at": phone.now().isoformat(), "ops": [phone.report(city.in_grid("g1"))]}
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    phone.push()

    def send(data: bytes) -> Any:
        return phone.person.call("POST", "/sync/push", data=data, headers=headers)

    assert codes(send(gzip.compress(json.dumps(body).encode())).json["results"]) == ["applied"]
    bomb = gzip.compress(b" " * (settings.push_limit_bytes + 1))
    assert send(bomb).status_code == 413
    assert send(b"no gzip").status_code == 400
