"""Notices: warning, overdue and escalation are sent once, in order, while the clock runs."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.core import clock, db
from app.core.actor import SYSTEM
from app.incidents import jobs, service
from tests.factories import in_days, make_city
from tests.incidents.test_stages import conditions, stage
from tests.sync.pull_client import fresh

# A warning one hour before; escalation to the street after one hour, to the district after five.
NOTICES = {
    "warn": {"hours": 1},
    "escalate": [{"level": "street", "share": 0.25}, {"level": "district", "hours": 5}],
}


@pytest.fixture(scope="module")
def app(app_alone):
    return app_alone


@pytest.fixture
def city(app, settings):
    whole = conditions([stage("handle", "filed", "fed_back", amount=4)])
    return make_city(app, settings, profile={"deadlines": NOTICES}, E0102=whole)


@pytest.fixture
def case(city, report, accept):
    worker = city.worker("g1", name="甲")
    reported = report(city.worker("g3", name="丙"), city.in_grid("g1"))
    assert accept(worker, reported).status_code == 200
    return worker, reported


def notices(rows, case):
    events = rows(
        """select action, detail ->> 'to' who, detail ->> 'level' level, detail ->> 'told' told, occurred_at
           from incident_event where incident_id = :i and action in ('warn', 'overdue', 'escalate') order by seq""",
        i=case["id"],
    )
    return [(event.action, event.level or event.who) for event in events]


def run_due(at):
    """Run the job; it sends the due notices of the cases of this module."""
    jobs.run_due(at, limit=10_000)


def began(rows, case):
    return rows("select started_at from deadline where incident_id = :i", i=case["id"])[0].started_at


def hours(amount):
    return timedelta(hours=amount)


def counted(person):
    person.token = None  # the clock has moved
    board = person.get("/supervision/board").json
    for name in ("warned", "overdue", "stage_overdue", "escalated"):
        members = person.get(board[name]["members"].removeprefix("/api/v1")).json["items"]
        assert len(members) == board[name]["count"], name
    return {name: board[name]["count"] for name in ("warned", "overdue", "stage_overdue", "escalated")}


def test_deadline_notices_are_sent_once_at_their_times(city, case, rows):
    worker, reported = case
    start, boss = began(rows, reported), city.supervisor()
    expected = [
        (2.9, []),
        (3, [("warn", "holder")]),
        (4, []),
        (4.1, [("overdue", "holder")]),
        (4.9, []),
        (5, [("escalate", "street")]),
        (8.9, []),
        (9, [("escalate", "district")]),
        (90, []),
    ]
    seen = []
    for at, expected_now in expected:
        for _ in range(2):
            run_due(start + hours(at))
        seen += expected_now
        assert notices(rows, reported) == seen, at
    with clock.at(start + hours(3.5)):
        assert counted(boss)["warned"] == 1
    with clock.at(start + hours(9)):
        assert counted(boss) == {"warned": 0, "overdue": 1, "stage_overdue": 0, "escalated": 1}
        worker.token = None
        listed = boss.get("/incidents?directed=true&escalated_to=district").json["items"]
        assert [item["id"] for item in listed] == [reported["id"]]
        assert boss.get("/incidents?directed=true&escalated_to=street").json["items"] == []
        shown = worker.get(f"/incidents/{reported['id']}").json["deadlines"][0]
        assert shown["escalated_to"] == "district"
        assert shown["warned_at"]


def test_missed_notices_are_sent_in_order_without_late_warning(case, rows):
    _, reported = case
    run_due(began(rows, reported) + hours(30))
    assert notices(rows, reported) == [
        ("overdue", "holder"),
        ("escalate", "street"),
        ("escalate", "district"),
    ]


def test_due_cases_are_ordered_by_due_time(city, case, report, rows):
    _, first = case
    with clock.at(clock.now() + hours(1)):
        second = report(city.worker("g3", name="丁"), city.in_grid("g3"))
    at = began(rows, first) + hours(4.5)
    with db.read_session() as session:
        due = [str(case_id) for case_id in service.cases_with_due_notices(session, now=at, limit=1000)]
    # By then the second deadline is warned of; the first passed before.
    assert due.index(first["id"]) < due.index(second["id"])
    with db.read_session() as session:
        assert len(service.cases_with_due_notices(session, now=at, limit=1)) == 1


def test_interrupted_job_rolls_back_and_repeats_notices(case, rows):
    _, reported = case
    at = began(rows, reported) + hours(30)
    with pytest.raises(RuntimeError), db.transaction(SYSTEM) as session:
        service.send_due_notices(session, incident_id=UUID(reported["id"]), now=at)
        raise RuntimeError("killed")
    assert notices(rows, reported) == []
    run_due(at)
    assert len(notices(rows, reported)) == 3


def test_paused_deadline_sends_no_notices_and_resumes(city, case, step, rows):
    _, reported = case
    start, boss = began(rows, reported), city.supervisor()
    with clock.at(start + hours(4.5)):
        run_due(clock.now())
        boss.token = None
        assert step(boss, reported, "defer", until=in_days(9), note="台风").status_code == 200
    run_due(start + hours(100))
    assert notices(rows, reported) == [("overdue", "holder")]
    with clock.at(start + hours(200)):
        boss.token = None
        assert step(boss, reported, "resume").status_code == 200
    # Half an hour overdue when it was deferred: one hour overdue half an hour after it was resumed.
    run_due(start + hours(200.4))
    assert len(notices(rows, reported)) == 1
    run_due(start + hours(200.5))
    assert notices(rows, reported)[1:] == [("escalate", "street")]


def test_warning_goes_to_directors_when_worker_is_off_duty(case, rows):
    worker, reported = case
    start = began(rows, reported)
    assert worker.post(f"/workers/{worker.id}/duty", {"on_duty": False}).status_code in (200, 204)
    run_due(start + hours(3))
    assert notices(rows, reported) == [("warn", "directors")]
    phone = fresh(worker).pull()
    assert phone.rows["incident", reported["id"]]["deadline"]["told_me"] is False


def test_phone_receives_deadline_warning(case, rows):
    worker, reported = case
    phone = fresh(worker).pull()
    before = phone.rows["incident", reported["id"]]["deadline"]
    assert (before["warned_at"], before["told_me"]) == (None, False)
    run_due(began(rows, reported) + hours(3))
    after = phone.pull().rows["incident", reported["id"]]["deadline"]
    assert after["warned_at"]
    assert after["told_me"] is True


def test_profile_without_deadline_rules_sends_overdue_only(app, settings, report, rows):
    plain = make_city(app, settings)
    case = report(plain.worker("g3"), plain.in_grid("g3"))
    run_due(clock.now() + timedelta(days=60))
    assert [action for action, _ in notices(rows, case)] == ["overdue"]
