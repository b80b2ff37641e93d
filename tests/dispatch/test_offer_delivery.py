"""Delivery state of offers, and declines for a conflict of interest."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.incidents import jobs
from tests.dispatch.acts import stand
from tests.fieldapp.pull_client import PullClient


@pytest.fixture
def scene(city, report):
    """A case offered to the worker of g1, with one of g2 next in line, and who reported it."""
    first, second = city.worker("g1", name="甲"), city.worker("g2", name="乙")
    reporter = city.worker("g3", on_duty=False)
    return first, second, reporter, report(reporter, city.in_grid("g1"))


@pytest.fixture
def offers(rows):
    def of(case):
        return [
            tuple(row)
            for row in rows(
                "select worker_id, state from offer where incident_id = :i order by offered_at", i=case["id"]
            )
        ]

    return of


def dispatch_explanation(person, case):
    return person.get(f"/incidents/{case['id']}/dispatch").json


def expire_offer(case):
    jobs.run_case(UUID(case["id"]), clock.now() + timedelta(days=5))


def test_offer_ends_undelivered_when_never_pulled(scene, offers):
    first, second, reporter, case = scene
    assert case["assignment"]["offer_state"] == "offered"
    expire_offer(case)
    assert offers(case) == [(first.id, "undelivered"), (second.id, "offered")]
    explanation = dispatch_explanation(reporter, case)
    assert "未能送达甲" in explanation["offers"][0]["sentence"]["zh"]
    assert "never reached 甲's phone" in explanation["offers"][0]["sentence"]["en"]
    verdict = next(v for v in explanation["runs"][-1]["candidates"] if v["worker_id"] == str(first.id))
    assert (verdict["reason"], verdict["sentence"]["zh"]) == (
        "undelivered",
        "派遣未能送达甲的终端，不计入其个人情况。",
    )


def test_offer_is_delivered_by_endpoint_and_expires_unanswered(scene, offers):
    first, second, reporter, case = scene
    offer = dispatch_explanation(reporter, case)["offers"][0]
    assert (offer["state"], offer["delivered_at"]) == ("offered", None)
    assert second.post(f"/offers/{offer['id']}/delivered").status_code == 404
    for _ in range(2):
        assert first.post(f"/offers/{offer['id']}/delivered").status_code == 204
    after = dispatch_explanation(reporter, case)["offers"][0]
    assert (after["state"], after["delivered_at"] is None) == ("delivered", False)
    assert reporter.get(f"/incidents/{case['id']}").json["assignment"]["offer_state"] == "delivered"
    expire_offer(case)
    assert offers(case)[0] == (first.id, "expired")


def test_offer_is_delivered_when_sync_token_of_pull_returns(scene, offers):
    first, _, reporter, case = scene
    phone = PullClient(first).pull()
    assert phone.ids("offer") == {dispatch_explanation(reporter, case)["offers"][0]["id"]}
    assert (
        dispatch_explanation(reporter, case)["offers"][0]["state"] == "offered"
    )  # the answer may have been lost
    phone.pull()
    assert phone.pulled_rows == []  # and nothing has to be fetched again for it
    assert dispatch_explanation(reporter, case)["offers"][0]["state"] == "delivered"
    expire_offer(case)
    assert offers(case)[0] == (first.id, "expired")


def test_offer_is_not_delivered_by_sync_token_from_before_offer(city, report, offers):
    first = city.worker("g1")
    phone = PullClient(first).pull()
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    list(phone.fetch())
    expire_offer(case)
    assert offers(case) == [(first.id, "undelivered")]


def test_offer_is_delivered_by_push_operation(scene, rows):
    first, _, reporter, case = scene
    offer = dispatch_explanation(reporter, case)["offers"][0]["id"]
    op = {"op_id": str(uuid7()), "device_seq": 1, "entity": "offer", "op": "delivered", "id": offer}
    sent = first.post("/sync/push", {"sent_at": clock.now().isoformat(), "ops": [op]}).json
    assert sent["results"][0]["status"] == "applied", sent
    assert first.post(f"/assignments/{case['assignment']['id']}/accept").status_code == 200
    assert [tuple(r) for r in rows("select way from offer_delivery where offer_id = :o", o=offer)] == [
        ("told",)
    ]


def test_worker_is_offered_case_again_when_position_arrives_after_undelivered_offer(
    city, report, step, offers
):
    first, boss = city.worker("g1"), city.supervisor()
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    with db.transaction(SYSTEM) as session:
        sql = "update offer set expires_at = offered_at where incident_id = :i"
        session.execute(text(sql), {"i": case["id"]})
    jobs.run_case(UUID(case["id"]), clock.now())
    assert offers(case) == [(first.id, "undelivered")]
    step(boss, case, "redispatch")
    assert len(offers(case)) == 1
    stand(first, **city.in_grid("g1"))
    step(boss, case, "redispatch")
    assert offers(case)[1:] == [(first.id, "offered")]


def test_decline_for_conflict_of_interest_is_recorded_and_raises_no_cost(scene, city, report):
    first, second, reporter, case = scene
    body = {"reason": "我的亲属", "because": "conflict_of_interest"}
    answer = first.post(f"/assignments/{case['assignment']['id']}/decline", body)
    assert answer.json["assignment"]["worker"]["id"] == str(second.id)
    explanation = dispatch_explanation(reporter, case)
    assert (explanation["offers"][0]["state"], explanation["offers"][0]["because"]) == (
        "declined",
        "conflict_of_interest",
    )
    assert explanation["offers"][0]["sentence"]["en"].endswith("as is right; it counts for nothing.")
    verdict = next(v for v in explanation["runs"][-1]["candidates"] if v["worker_id"] == str(first.id))
    assert verdict["sentence"]["zh"] == "甲存在利益冲突，依规回避。"
    # The next case is offered to the same worker at the same cost.
    plain = dispatch_explanation(reporter, case)["runs"][0]["candidates"][0]
    again = report(reporter, city.in_grid("g1"))
    assert again["assignment"]["worker"]["id"] == str(first.id)
    assert dispatch_explanation(reporter, again)["runs"][0]["candidates"][0]["cost"] == plain["cost"]
