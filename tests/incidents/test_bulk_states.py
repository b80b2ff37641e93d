"""Bulk actions on one case in every state: each case has a result of its own."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.ids import uuid7
from app.incidents.cases.rules.lifecycle import Status
from tests.factories import in_days, make_city
from tests.incidents.test_desk_bulk import bulk
from tests.sample_sizes import drawn_share

RULES = {"verify": {"sources": ["video"]}, "books": {"needs_extension": False}}
ENDED = {"not_filed", "closed", "force_closed"}
OPEN = {status.value for status in Status} - ENDED
AT_WORK = {"filed", "dispatched", "accepted", "handling", "rework"}
# The states in which each action succeeds. In other states it is refused as an illegal transition.
DONE_IN = {
    "urge": OPEN,
    "note": OPEN | ENDED,
    "transition": AT_WORK | {"deferred"},
    "assign": AT_WORK | {"returned"},
    "correct": OPEN,
    "merge": OPEN - {"fed_back", "checking"},
}
HANDLER, OTHER, BOSS = 0, 1, 2
TAKEN = [(HANDLER, "accept", {})]
FED = [*TAKEN, (HANDLER, "feed_back", {})]
UNABLE = {"result": "unable"}
# The steps after the report that bring a case into each state, with their actors.
WAYS = {
    "collected": [
        (None, "accept", {}), (None, "verify", UNABLE), (None, "accept", {}), (None, "verify", UNABLE)
    ],
    "verifying": [],
    "filed": [],
    "dispatched": [],
    "not_filed": [(BOSS, "not_file", {})],
    "accepted": TAKEN,
    "handling": [*TAKEN, (HANDLER, "start", {})],
    "checking": FED,
    "fed_back": [*FED, (OTHER, "accept", {}), (OTHER, "check", UNABLE)],
    "closed": [*FED, (OTHER, "accept", {}), (OTHER, "check", {"result": "pass"})],
    "rework": [*FED, (OTHER, "accept", {}), (OTHER, "check", {"result": "not_pass"})],
    "returned": [*TAKEN, (HANDLER, "return", {})],
    "deferred": [*TAKEN, (BOSS, "defer", {"until": in_days(9)})],
    "on_books": [(BOSS, "put_on_books", {})],
    "force_closed": [*TAKEN, (BOSS, "force_close", {})],
}  # fmt: skip


@pytest.fixture
def town(app, settings):
    """Return a city with a handler, a verifier and a director."""
    city = make_city(app, settings, profile={"lifecycle": RULES})
    people = city.worker("g1", capacity=100), city.worker("g2", capacity=100), city.supervisor()
    return city, people, city.worker("g4", on_duty=False)


def case_in_status(town, status):
    city, people, reporter = town
    place = city.in_no_grid() if status == "filed" else city.in_grid("g1")
    source = "video" if status in ("collected", "verifying") else "worker"
    report = {"id": str(uuid7()), "category": "E0102", "source": source} | place
    case = reporter.post("/incidents", report).json
    for who, action, fields in WAYS[status]:
        assignee = (case["assignment"] or {}).get("worker")
        person = people[who] if who is not None else next(p for p in people if str(p.id) == assignee["id"])
        until = {"until": (clock.now() + timedelta(days=3)).isoformat()} if action == "put_on_books" else {}
        note = {} if action == "accept" else {"note": "因为"}
        body = {"action": action} | note | fields | until
        answer = person.post(f"/incidents/{case['id']}/transitions", body)
        assert answer.status_code == 200, (status, action, answer.json)
        case = answer.json
    assert case["status"] == status
    return case


# The first two do not change the state.
ACTS = [("urge", "note", "correct"), ("transition",), ("assign",), ("merge",)]


@pytest.mark.wide
@pytest.mark.parametrize("acts", drawn_share(ACTS, one_in=2, name="acts on many"))
def test_bulk_action_reports_result_per_case_state(town, acts, rows):
    assert set(WAYS) == {status.value for status in Status}
    cases = {status: case_in_status(town, status) for status in WAYS}
    for action in acts:
        check_action(town, cases, action, rows)


def check_action(town, cases, action, rows):
    _, people, _ = town
    target = case_in_status(town, "dispatched")
    body = {
        "urge": {"note": "雨"},
        "note": {"words": "六点后", "audience": "desk"},
        "transition": {"action": "defer", "note": "缺料", "until": in_days(9)},
        "assign": {"worker_id": str(people[OTHER].id), "note": "你近"},
        "correct": {"category": "E0103", "note": "看错了"},
        "merge": {"into_id": target["id"], "reason": "同一堆"},
    }[action]
    versions = "select version from incident where id = :i"
    before = {status: rows(versions, i=case["id"])[0][0] for status, case in cases.items()}
    answer = bulk(people[BOSS], action, cases.values(), body)
    assert answer.status_code == 200, answer.json
    results = dict(zip(cases, answer.json["items"], strict=True))
    assert {status for status, item in results.items() if item["ok"]} == DONE_IN[action]
    for status, item in results.items():
        assert item["id"] == cases[status]["id"]
        if not item["ok"]:
            assert item["code"] == "transition_illegal" and item["message"], (status, item)
            assert rows(versions, i=item["id"])[0][0] == before[status], status
    assert (answer.json["done"], answer.json["failed"]) == (
        len(DONE_IN[action]),
        len(WAYS) - len(DONE_IN[action]),
    )
