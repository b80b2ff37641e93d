"""SOS from the offline queue, and as a row on the phones of the notified workers."""

from dataclasses import replace
from datetime import timedelta

from app.core import clock
from app.core.ids import uuid7
from app.settings import Settings
from app.workforce import jobs
from tests.fieldapp import push_client
from tests.fieldapp.pull_client import fresh


def test_pushed_sos_is_applied_once_and_pulled_by_supervisors(city):
    worker, neighbour = city.worker("g1", on_duty=False), city.worker("g1", name="邻居")
    chief, supervisor = city.worker("c1", role="chief", name="网格长"), city.supervisor()
    notified, others = [fresh(chief), fresh(supervisor)], [fresh(neighbour), fresh(city.supervisor("c2"))]
    at = (clock.now() - timedelta(hours=2)).isoformat()
    pushing, sos_id = push_client.PushClient(worker), uuid7()
    operation = pushing.op("sos", "raise", sos_id, patch={**city.in_grid("g1"), "at": at, "note": "有狗"})
    (first,) = pushing.push(operation)
    (again,) = pushing.push(operation)
    assert (first["status"], again["status"]) == ("applied", "duplicate")
    assert first["id"] == str(sos_id)
    assert 7_195 <= worker.get(f"/sos/{sos_id}").json["late_s"] <= 7_260
    for phone in notified:
        row = phone.pull().rows["sos", str(sos_id)]
        assert (row["lon"], row["note"], row["on_duty"]) == (city.in_grid("g1")["lon"], "有狗", False)
    for phone in others:
        assert str(sos_id) not in phone.pull().ids("sos")
    assert fresh(worker).ids("sos") == {str(sos_id)}

    assert chief.post(f"/sos/{sos_id}/acknowledge").status_code == 200
    assert notified[1].pull().rows["sos", str(sos_id)]["acknowledged_by"]["name"] == "网格长"
    supervisor.post(f"/sos/{sos_id}/close", {"outcome": "helped"})
    jobs.watch_sos(
        clock.now() + timedelta(hours=2), settings=replace(Settings(), sos_place_hours=1), limit=1000
    )
    for phone in (*notified, fresh(worker)):
        row = phone.pull().rows["sos", str(sos_id)]
        assert (row["lon"], row["lat"], row["note"], row["outcome"]) == (None, None, None, "helped")
        assert phone.state() == fresh(phone.person).state()


def test_pushed_sos_is_accepted_with_invalid_place_and_rejected_with_unknown_field(city):
    pushing = push_client.PushClient(city.worker("g1"))
    results = pushing.push(
        pushing.op("sos", "raise", uuid7(), patch={}),
        pushing.op("sos", "raise", uuid7(), patch={"lon": 999, "lat": 0}),
        pushing.op("sos", "raise", uuid7(), patch={"mood": "bad"}),
    )
    assert [r["status"] for r in results] == ["applied", "applied", "rejected"]
