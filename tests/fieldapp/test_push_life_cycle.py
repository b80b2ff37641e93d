"""Verification and deadline extension from a phone."""

from tests.factories import make_city
from tests.fieldapp.pull_client import fresh
from tests.fieldapp.push_client import PushClient


def test_verification_assignment_is_pulled_and_answered_by_push(app, settings, report):
    city = make_city(app, settings, profile={"lifecycle": {"verify": {"sources": ["video"]}}})
    worker = city.worker("g1")
    held = fresh(worker)
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"), source="video")
    held.pull()
    row = held.rows["incident", case["id"]]
    assert (row["status"], row["source"], row["due_at"]) == ("verifying", "video", None)
    (assignment,) = [data for (name, _), data in held.rows.items() if name == "assignment"]
    assert (assignment["role"], assignment["incident_id"]) == ("verify", case["id"])
    phone = PushClient(worker)
    patch = {"action": "verify", "result": "exists", "note": "一堆垃圾"}
    done = phone.push(
        phone.op("assignment", "accept", assignment["id"]),
        phone.op("incident", "transition", case["id"], patch=patch),
    )
    assert [result["status"] for result in done] == ["applied", "applied"]
    held.pull()
    assert held.rows["incident", case["id"]]["status"] == "filed"  # nobody else is there to handle it
    assert held.rows["incident", case["id"]]["due_at"]
    assert held.state() == fresh(worker).state()


def test_extension_is_requested_by_push_and_decision_is_pulled(city, report, accept, step):
    worker = city.worker("g1")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    accept(worker, case)
    phone, held = PushClient(worker), fresh(worker)
    patch = {"action": "ask_extension", "amount": 1, "note": "缺配件"}
    (done,) = phone.push(phone.op("incident", "transition", case["id"], patch=patch))
    assert done["status"] == "applied"
    held.pull()
    assert held.rows["incident", case["id"]]["extension"]["amount"] == 1
    assert step(city.supervisor(), case, "grant_extension", note="同意").status_code == 200
    held.pull()
    row = held.rows["incident", case["id"]]
    assert (row["extension"], row["extended_count"], row["deadline"]["extended"]) == (None, 1, 1)
    assert row["deadline"]["first_due_at"] < row["due_at"]
    assert held.state() == fresh(worker).state()
