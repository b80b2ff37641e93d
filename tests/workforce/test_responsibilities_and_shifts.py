"""Responsibilities and shifts: within the supervisor's areas, and never overlapping."""

from datetime import timedelta

import pytest

from app.core import clock


def at(**kwargs) -> str:
    return (clock.now() + timedelta(**kwargs)).isoformat()


def test_supervisor_creates_and_ends_responsibility(workforce_city, rows):
    worker, boss = workforce_city.worker("g1"), workforce_city.supervisor("c1")
    body = {
        "worker_id": str(worker.account_id),
        "area_id": str(workforce_city.area("g2")),
        "role": "substitute",
    }
    made = boss.post("/responsibilities", body)
    assert made.status_code == 201
    assert (made.json["area"]["code"], made.json["role"]) == (f"{workforce_city.code}-g2", "substitute")
    again = boss.post("/responsibilities", body)
    assert (again.status_code, again.json["code"]) == (409, "responsibility_overlaps")
    ended = boss.post(f"/responsibilities/{made.json['id']}/end")
    assert ended.status_code == 200 and ended.json["until"] is not None
    assert boss.post(f"/responsibilities/{made.json['id']}/end").json == ended.json
    current = boss.get("/responsibilities").json["items"]
    assert [r["area"]["code"] for r in current] == [f"{workforce_city.code}-g1"]
    assert len(boss.get("/responsibilities?current=false").json["items"]) == 2
    actions = rows("select action from audit_event where entity_id = :id order by id", id=made.json["id"])
    assert [a for (a,) in actions] == ["responsibility.set", "responsibility.end"]


def test_responsibility_change_raises_permission_epoch(workforce_city, rows):
    worker, boss = workforce_city.worker("g1"), workforce_city.supervisor("c1")

    def epoch() -> int:
        return rows("select permission_epoch from account where id = :id", id=worker.account_id)[0][0]

    before = epoch()
    body = {"worker_id": str(worker.account_id), "area_id": str(workforce_city.area("g2")), "role": "worker"}
    made = boss.post("/responsibilities", body).json
    assert epoch() == before + 1
    boss.post(f"/responsibilities/{made['id']}/end")
    assert epoch() == before + 2


def test_responsibility_returns_404_for_worker_or_area_out_of_scope(workforce_city):
    inside, outside = workforce_city.worker("g1"), workforce_city.worker("g3")
    boss = workforce_city.supervisor("c1")
    for worker, grid in ((outside, "g1"), (inside, "g3")):
        body = {
            "worker_id": str(worker.account_id),
            "area_id": str(workforce_city.area(grid)),
            "role": "worker",
        }
        assert boss.post("/responsibilities", body).status_code == 404
    foreign = workforce_city.supervisor("c2").get("/responsibilities").json["items"][0]
    assert boss.post(f"/responsibilities/{foreign['id']}/end").status_code == 404


def test_responsibility_withdrawn_before_start_may_be_created_again(workforce_city):
    worker, boss = workforce_city.worker("g1"), workforce_city.supervisor("c1")
    body = {
        "worker_id": str(worker.account_id),
        "area_id": str(workforce_city.area("g2")),
        "role": "worker",
        "since": at(days=3),
    }
    made = boss.post("/responsibilities", body).json
    assert boss.post(f"/responsibilities/{made['id']}/end").status_code == 200
    assert boss.post("/responsibilities", body).status_code == 201


def test_worker_lists_only_own_responsibilities(workforce_city):
    worker, _ = workforce_city.worker("g1"), workforce_city.worker("g1")
    listed = worker.get("/responsibilities").json["items"]
    assert [r["worker_id"] for r in listed] == [str(worker.account_id)]


def test_shift_is_created_listed_and_deleted(workforce_city, rows):
    worker, boss = workforce_city.worker("g1"), workforce_city.supervisor("c1")
    body = {
        "worker_id": str(worker.account_id),
        "since": at(days=1),
        "until": at(days=1, hours=8),
        "note": "早",
    }
    made = boss.post("/shifts", body)
    assert made.status_code == 201
    assert boss.post("/shifts", body).json["code"] == "shift_overlaps"
    assert [s["id"] for s in worker.get("/shifts").json["items"]] == [made.json["id"]]
    assert workforce_city.supervisor("c2").get("/shifts").json["items"] == []
    path = f"/shifts/{made.json['id']}"
    assert boss.delete(path, headers={"If-Match": '"7"'}).status_code == 412
    assert boss.delete(path).status_code == 204
    assert boss.delete(path).status_code == 404
    assert boss.get("/shifts").json["items"] == []
    assert rows("select deleted_at is not null from shift where id = :id", id=made.json["id"])[0][0]
    assert boss.post("/shifts", body).status_code == 201


@pytest.mark.parametrize(("who", "status"), [("supervisor elsewhere", 404), ("worker", 403)])
def test_shift_may_be_planned_only_by_own_supervisor(workforce_city, who, status):
    worker = workforce_city.worker("g1")
    caller = workforce_city.supervisor("c2") if who == "supervisor elsewhere" else worker
    body = {"worker_id": str(worker.account_id), "since": at(days=1), "until": at(days=2)}
    assert caller.post("/shifts", body).status_code == status
    made = workforce_city.supervisor("c1").post("/shifts", body).json
    assert caller.delete(f"/shifts/{made['id']}").status_code == status


def test_shift_moves_to_other_worker_or_time_without_overlap(workforce_city, rows):
    worker, other, boss = (
        workforce_city.worker("g1"),
        workforce_city.worker("g1"),
        workforce_city.supervisor("c1"),
    )
    body = {
        "worker_id": str(worker.account_id),
        "since": at(days=1),
        "until": at(days=1, hours=8),
        "note": "早班",
    }
    shift = boss.post("/shifts", body).json
    mine = {"If-Match": f'"{shift["version"]}"'}
    path = f"/shifts/{shift['id']}"
    moved = boss.patch(path, {"worker_id": str(other.account_id), "until": at(days=1, hours=4)}, headers=mine)
    assert moved.status_code == 200, moved.json
    assert (moved.json["worker_id"], moved.json["note"]) == (str(other.account_id), "早班")
    assert moved.json["since"] == shift["since"] and moved.json["until"] < shift["until"]
    assert boss.patch(path, {"note": "晚班"}, headers=mine).json["code"] == "version_stale"
    assert boss.patch(path, {"note": "晚班"}).json["code"] == "if_match_missing"
    now = {"If-Match": moved.headers["ETag"]}
    assert boss.patch(path, {"until": at(hours=1)}, headers=now).status_code == 422
    # The worker has a shift at that time already.
    assert boss.post("/shifts", body).status_code == 201
    twice = boss.patch(path, {"worker_id": str(worker.account_id)}, headers=now)
    assert (twice.status_code, twice.json["code"]) == (409, "shift_overlaps")
    # Neither somebody else's shift, nor to somebody else's worker.
    assert workforce_city.supervisor("c2").patch(path, {"note": "晚班"}, headers=now).status_code == 404
    away = boss.patch(path, {"worker_id": str(workforce_city.worker("g3").account_id)}, headers=now)
    assert away.status_code == 404
    assert boss.patch(path, {"note": None}, headers=now).json["note"] is None
    actions = rows("select action from audit_event where entity_id = :id order by id", id=shift["id"])
    assert [a for (a,) in actions] == ["shift.plan", "shift.change", "shift.change"]


def test_shift_returns_422_when_end_is_before_start(workforce_city):
    worker, boss = workforce_city.worker("g1"), workforce_city.supervisor("c1")
    body = {"worker_id": str(worker.account_id), "since": at(days=2), "until": at(days=1)}
    refused = boss.post("/shifts", body)
    assert refused.status_code == 422
    assert refused.json["errors"][0]["code"] == "not_after_since"
