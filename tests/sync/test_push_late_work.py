"""Work done offline counts from its client time within limits; both times are stored."""

from datetime import datetime, timedelta

import pytest

from app.core import clock
from app.incidents import jobs
from app.profiles import service as profiles
from tests.factories import make_city
from tests.incidents.test_stages import conditions, stage
from tests.sync.push_client import PushClient, codes

HOUR = timedelta(hours=1)
LIMITS = [
    stage("handle", "filed", "fed_back", amount=4),
    stage("take", "filed", "accepted", amount=1),
    stage("stop", "accepted", "done", amount=2),
    stage("clear", "stop", "done", amount=2),
]


@pytest.fixture
def town(app, settings):
    modes = profiles.packaged_profile("generic")["modes"]
    # Offers hold for days at every hour at which the tests may run: by working time one ended within two hours of a step.
    modes["normal"]["offer_minutes"] = {key: {"unit": "urgent_minute", "amount": 4320} for key in "123"}
    return make_city(
        app, settings, profile={"modes": modes}, E0102=conditions(LIMITS), E0103=conditions(LIMITS)
    )


def active_deadlines(person, case):
    """The limits that were not replaced, by stage."""
    limits = person.get(f"/incidents/{case['id']}").json["deadlines"]
    return {deadline["stage"]: deadline for deadline in limits if deadline["outcome"] != "replaced"}


def time_of(record, name):
    return datetime.fromisoformat(record[name])


def handling_started_at(person, case):
    return time_of(active_deadlines(person, case)["handle"], "started_at")


def forget_tokens(*people):
    for person in people:
        person.token = None


def test_pushed_handling_meets_deadline_by_client_time(town, report, step, rows):
    worker, other, lead = town.worker("g1"), town.worker("g2"), town.supervisor()
    case = report(town.worker("g3", on_duty=False), town.in_grid("g1"))
    begin = handling_started_at(lead, case)
    # The phone's clock is three hours fast, and it had no signal from the first minute on.
    phone = PushClient(worker, ahead=timedelta(hours=3))

    def op(after, **patch):
        with clock.at(begin + after):
            return phone.op("incident", "transition", case["id"], patch=patch)

    with clock.at(begin + 0.5 * HOUR):
        accepted = phone.op("assignment", "accept", case["assignment"]["id"])
    with clock.at(begin + 0.75 * HOUR):
        there = phone.op("assignment", "transition", case["assignment"]["id"], patch={"action": "on_scene"})
    done = [
        accepted,
        there,
        op(HOUR, action="stage_done", stage="stop"),
        op(1.5 * HOUR, action="feed_back", note="清走了"),
    ]
    with clock.at(begin + 5 * HOUR):
        jobs.run_due(begin + 5 * HOUR, limit=10_000)
        forget_tokens(lead)
        assert {entry["outcome"] for entry in active_deadlines(lead, case).values()} == {"overdue"}
    with clock.at(begin + 6 * HOUR):
        forget_tokens(worker, lead, other)
        assert codes(phone.push(*done)) == ["applied"] * 4
        limits = active_deadlines(lead, case)
        events_by_action = {
            entry["action"]: entry for entry in lead.get(f"/incidents/{case['id']}/events").json["items"]
        }
        unseen = other.get(f"/incidents/{case['id']}/events").json["items"]
    assert {name: entry["outcome"] for name, entry in limits.items()} == dict.fromkeys(limits, "met")
    assert time_of(limits["handle"], "stopped_at") == begin + 1.5 * HOUR
    # What follows from a step begins when others could know of it.
    assert time_of(limits["clear"], "started_at") == begin + 6 * HOUR
    for action, after in (("accept", 0.5), ("on_scene", 0.75), ("stage_done", 1), ("feed_back", 1.5)):
        entry = events_by_action[action]
        assert time_of(entry, "occurred_at") == begin + after * HOUR, action
        assert time_of(entry["detail"], "received_at") == begin + 6 * HOUR, action
    assert "overdue" in events_by_action  # that it was told stays told
    assert [entry for entry in unseen if "received_at" in entry["detail"]] == []
    (case_row,) = rows("select accepted_at, handled_at from incident where id = :i", i=case["id"])
    assert (case_row.accepted_at, case_row.handled_at) == (begin + 0.5 * HOUR, begin + 1.5 * HOUR)
    recorded = rows(
        "select outcome, handled_at, occurred_at from incident_history where incident_id = :i order by seq",
        i=case["id"],
    )
    assert [entry.outcome for entry in recorded if entry.occurred_at == begin + 5 * HOUR] == ["overdue"]
    assert (recorded[-1].outcome, recorded[-1].handled_at) == ("met", begin + 1.5 * HOUR)

    # A check without a signal: the limit runs on, with what was left, from when it is known that it was not done.
    with clock.at(begin + 7 * HOUR):
        checks = PushClient(other)
        check = {"action": "check", "result": "not_pass", "note": "还在"}
        (check_row,) = rows(
            "select id from assignment where incident_id = :i and role = 'check'", i=case["id"]
        )
        ops = [
            checks.op("assignment", "accept", check_row.id),
            checks.op("incident", "transition", case["id"], patch=check),
        ]
    with clock.at(begin + 9 * HOUR):
        forget_tokens(lead, other)
        assert codes(checks.push(*ops)) == ["applied"] * 2
        assert time_of(active_deadlines(lead, case)["handle"], "due_at") == begin + 11.5 * HOUR
        # Another category with the same limit is due at the same time.
        version = lead.get(f"/incidents/{case['id']}").json["version"]
        changed = {"category": "E0103", "note": "看错了"}
        assert lead.patch(f"/incidents/{case['id']}", changed, version).status_code == 200
        assert time_of(active_deadlines(lead, case)["handle"], "due_at") == begin + 11.5 * HOUR


@pytest.mark.parametrize(
    ("reported_h", "counts"),
    [(-2, 1), (1.5, 1.5), (9, 8)],
    ids=["before the worker had it", "when the worker did it", "later than now"],
)
def test_pushed_handling_time_is_limited_to_acceptance_and_arrival(
    town, report, step, accept, rows, reported_h, counts
):
    worker, lead = town.worker("g1"), town.supervisor()
    case = report(town.worker("g3", on_duty=False), town.in_grid("g1"))
    begin = handling_started_at(lead, case)
    with clock.at(begin + HOUR):
        forget_tokens(worker)
        assert accept(worker, case).status_code == 200
    phone = PushClient(worker)
    with clock.at(begin + reported_h * HOUR):
        done = phone.op("incident", "transition", case["id"], patch={"action": "feed_back", "note": "清走了"})
    with clock.at(begin + 8 * HOUR):
        forget_tokens(worker)
        assert codes(phone.push(done)) == ["applied"]
    (case_row,) = rows("select handled_at from incident where id = :i", i=case["id"])
    assert case_row.handled_at == begin + counts * HOUR
    (limit,) = rows("select outcome from deadline where incident_id = :i and stage = 'handle'", i=case["id"])
    assert limit.outcome == ("met" if counts < 4 else "overdue")


def test_pushed_handling_time_is_limited_to_72_hours_before_arrival(town, report, accept, rows):
    worker, lead = town.worker("g1"), town.supervisor()
    case = report(town.worker("g3", on_duty=False), town.in_grid("g1"))
    begin = handling_started_at(lead, case)
    assert accept(worker, case).status_code == 200
    phone = PushClient(worker)
    with clock.at(begin + HOUR):
        done = phone.op("incident", "transition", case["id"], patch={"action": "feed_back", "note": "清走了"})
    with clock.at(begin + 100 * HOUR):
        forget_tokens(worker)
        assert codes(phone.push(done)) == ["applied"]
    (case_row,) = rows("select handled_at from incident where id = :i", i=case["id"])
    assert case_row.handled_at == begin + 28 * HOUR
