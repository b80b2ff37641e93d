"""Duty periods: stored once, never overlapping."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from app.core import clock
from app.core.actor import Role


def ago(**kwargs) -> str:
    return (clock.now() - timedelta(**kwargs)).isoformat()


def duty(caller, worker, on_duty, **body):
    return caller.post(f"/workers/{worker.account_id}/duty", {"on_duty": on_duty, **body})


def test_duty_start_and_end_are_stored_and_audited(workforce_city, rows):
    worker = workforce_city.worker("g1")
    started = duty(worker, worker, True, note="早班")
    assert started.status_code == 200
    assert (started.json["on_duty"], started.json["until"]) == (True, None)
    ended = duty(worker, worker, False)
    assert (ended.json["id"], ended.json["on_duty"]) == (started.json["id"], False)
    assert datetime.fromisoformat(ended.json["until"]) > datetime.fromisoformat(started.json["since"])
    listed = worker.get(f"/workers/{worker.account_id}/duty").json["items"]
    assert [(d["id"], d["note"], d["on_duty"]) for d in listed] == [(started.json["id"], "早班", False)]
    actions = rows(
        "select action from audit_event where entity = 'worker' and entity_id = :id and action like 'duty.%'"
        " order by id",
        id=worker.account_id,
    )
    assert [a for (a,) in actions] == ["duty.start", "duty.end"]


def test_duty_started_twice_is_one_duty(workforce_city):
    worker = workforce_city.worker("g1")
    first, second = duty(worker, worker, True), duty(worker, worker, True, at=ago(hours=1))
    assert second.status_code == 200
    assert second.json == first.json


def test_repeated_start_and_end_return_finished_duty(workforce_city):
    worker = workforce_city.worker("g1")
    start, end = ago(hours=3), ago(hours=2)
    first = duty(worker, worker, True, at=start)
    last = duty(worker, worker, False, at=end)
    assert duty(worker, worker, True, at=start).json == last.json
    assert duty(worker, worker, False, at=end).json == last.json
    assert first.json["id"] == last.json["id"]


def test_concurrent_duty_starts_create_one_row(workforce_city, rows):
    worker = workforce_city.worker("g1")
    callers = [workforce_city.caller(worker.account_id) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda c: duty(c, worker, True), callers))
    assert {a.status_code for a in answers} == {200}
    assert len({a.json["id"] for a in answers}) == 1
    assert rows("select count(*) from duty where worker_id = :w", w=worker.account_id)[0][0] == 1


def test_duty_end_returns_409_without_open_duty(workforce_city):
    worker = workforce_city.worker("g1")
    refused = duty(worker, worker, False)
    assert (refused.status_code, refused.json["code"]) == (409, "duty_not_open")


def test_duty_start_returns_422_when_too_old_or_in_future(workforce_city):
    worker = workforce_city.worker("g1")
    refused = duty(worker, worker, True, at=ago(hours=25))
    assert (refused.status_code, refused.json["code"]) == (422, "duty_backdated_too_far")
    assert "24" in refused.json["detail"]
    assert duty(worker, worker, True, at=ago(minutes=-3)).json["code"] == "duty_in_future"
    assert duty(worker, worker, True, at=ago(hours=23)).status_code == 200


def test_duty_start_slightly_ahead_counts_as_now(workforce_city):
    worker = workforce_city.worker("g1")
    started = duty(worker, worker, True, at=ago(minutes=-1))
    assert started.status_code == 200
    assert datetime.fromisoformat(started.json["since"]) <= clock.now()
    assert worker.get(f"/workers/{worker.account_id}").json["on_duty"] is True


def test_overlapping_duty_returns_409(workforce_city):
    worker = workforce_city.worker("g1")
    duty(worker, worker, True, at=ago(hours=3))
    duty(worker, worker, False, at=ago(hours=1))
    refused = duty(worker, worker, True, at=ago(hours=2))
    assert (refused.status_code, refused.json["code"]) == (409, "duty_overlaps")
    before = duty(worker, worker, True, at=ago(hours=5))
    assert (before.status_code, before.json["code"]) == (409, "duty_overlaps")


def test_duty_end_returns_422_when_before_start(workforce_city):
    worker = workforce_city.worker("g1")
    duty(worker, worker, True, at=ago(hours=1))
    refused = duty(worker, worker, False, at=ago(hours=2))
    assert (refused.status_code, refused.json["code"]) == (422, "duty_end_before_start")


def test_duty_returns_422_without_on_duty(workforce_city):
    worker = workforce_city.worker("g1")
    refused = worker.post(f"/workers/{worker.account_id}/duty", {})
    assert refused.status_code == 422
    assert refused.json["errors"][0] | {"message": ""} == {
        "field": "on_duty",
        "code": "required",
        "message": "",
    }


@pytest.mark.parametrize(
    ("who", "status"),
    [("own supervisor", 200), ("other supervisor", 404), ("colleague", 404), ("chief", 403)],
)
def test_duty_may_be_recorded_by_worker_and_own_supervisor(workforce_city, who, status):
    worker = workforce_city.worker("g1")
    caller = {
        "own supervisor": lambda: workforce_city.supervisor("c1"),
        "other supervisor": lambda: workforce_city.supervisor("c2"),
        "colleague": lambda: workforce_city.worker("g1"),
        "chief": lambda: workforce_city.worker("g1", role=Role.GRID_CHIEF),
    }[who]()
    assert duty(caller, worker, True).status_code == status


def test_duty_periods_are_listed_newest_first_in_pages(workforce_city):
    worker = workforce_city.worker("g1")
    for hours in (8, 6, 4, 2):
        duty(worker, worker, True, at=ago(hours=hours))
        duty(worker, worker, False, at=ago(hours=hours - 1))
    path = f"/workers/{worker.account_id}/duty"
    first = worker.get(f"{path}?limit=2").json
    rest = worker.get(f"{path}?limit=2&cursor={first['next']}").json
    starts = [d["since"] for d in first["items"] + rest["items"]]
    assert len(starts) == 4 and starts == sorted(starts, reverse=True) and rest["next"] is None
    since, until = ago(hours=6.5), ago(hours=4.5)
    query = {"since": since, "until": until}
    assert len(worker.get(path, query_string=query).json["items"]) == 1
    assert worker.get(path, query_string={"since": until, "until": since}).status_code == 422
    assert workforce_city.worker("g1").get(path).status_code == 404
