"""Stage limits over HTTP: each runs from its step to its own end and pauses with the case."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.incidents import jobs, service
from tests.factories import in_days, make_city
from tests.sync.pull_client import fresh
from tests.sync.push_client import PushClient


def stage(code, begins, ends, unit="urgent_hour", amount=4):
    name = {"zh": f"阶段{code}", "en": f"Stage {code}"}
    return {"stage": code, "name": name, "unit": unit, "amount": amount, "from": begins, "until": ends}


WHOLE = stage("handle", "filed", "fed_back", "natural_day", 28)
# Limits on acceptance (two hours), then on stopping, punishing and taking down.
ILLEGAL_BUILDING = [
    stage("accept", "filed", "accepted", amount=2),
    stage("stop", "accepted", "done"),
    stage("punish", "stop", "done", "natural_day", 7),
    stage("demolish", "punish", "fed_back", "natural_day", 20),
    WHOLE,
]


def conditions(limits):
    return {
        "conditions": [{"code": "standard", "name": {"zh": "一般", "en": "Standard"}, "limits": limits}],
        "handled_by": "worker",
    }


@pytest.fixture(scope="module")
def app(app_alone):
    return app_alone


@pytest.fixture
def staged(app, settings):
    return make_city(app, settings, E0102=conditions(ILLEGAL_BUILDING))


@pytest.fixture
def case(staged, report):
    worker, other = staged.worker("g1", name="甲"), staged.worker("g2", name="乙")
    return worker, other, report(staged.worker("g3", name="丙"), staged.in_grid("g1"))


def shown(person, case):
    return {limit["stage"]: limit for limit in person.get(f"/incidents/{case['id']}").json["deadlines"]}


def at(text):
    return datetime.fromisoformat(text)


def test_stages_run_in_sequence_and_case_is_due_as_whole(case, accept, step):
    worker, _, reported = case
    before = shown(worker, reported)
    assert set(before) == {"handle", "accept"}
    assert at(before["accept"]["due_at"]) - at(before["accept"]["started_at"]) == timedelta(hours=2)
    assert accept(worker, reported).status_code == 200
    after = shown(worker, reported)
    assert after["accept"]["outcome"] == "met"
    assert (after["stop"]["stopped_at"], after["stop"]["ends_with"]) == (None, "done")
    assert after["stop"]["name"] == {"zh": "阶段stop", "en": "Stage stop"}
    body = worker.get(f"/incidents/{reported['id']}").json
    assert "stage_done" in body["allowed"]
    assert body["due_at"] == after["handle"]["due_at"]
    assert at(after["handle"]["due_at"]) - at(after["handle"]["started_at"]) == timedelta(days=28)

    assert step(worker, reported, "stage_done", stage="stop", note="贴了停工令").status_code == 200
    done = shown(worker, reported)
    assert (done["stop"]["outcome"], done["punish"]["stopped_at"]) == ("met", None)
    assert done["punish"]["started_at"] == done["stop"]["stopped_at"]
    assert "demolish" not in done
    assert step(worker, reported, "stage_done", stage="punish").status_code == 200
    last = step(worker, reported, "stage_done", stage="demolish")
    assert (last.status_code, last.json["code"], last.json["stages"]) == (409, "stage_not_running", [])
    assert "stage_done" not in worker.get(f"/incidents/{reported['id']}").json["allowed"]
    assert step(worker, reported, "feed_back", note="拆除").status_code == 200
    assert {limit["outcome"] for limit in shown(worker, reported).values()} == {"met"}


def test_stage_is_finished_by_handler_only_while_running(case, accept, step, staged):
    worker, other, reported = case
    early = step(worker, reported, "stage_done", stage="stop")
    assert (early.status_code, early.json["code"]) == (409, "transition_illegal")
    accept(worker, reported)
    assert step(other, reported, "stage_done", stage="stop").status_code == 404
    assert step(staged.supervisor(), reported, "stage_done", stage="stop").status_code == 409
    assert step(worker, reported, "stage_done").json["errors"][0]["field"] == "stage"
    unfit = step(worker, reported, "start", stage="stop")
    assert (unfit.status_code, unfit.json["errors"][0]["code"]) == (422, "unknown_field")
    wrong = step(worker, reported, "stage_done", stage="accept")
    assert (wrong.status_code, wrong.json["stages"]) == (409, ["stop"])


def test_deferral_pauses_stages_and_resume_restores_remaining_time(case, accept, step, staged, rows):
    worker, _, reported = case
    accept(worker, reported)
    supervisor = staged.supervisor()
    began = at(shown(worker, reported)["stop"]["started_at"])
    with clock.at(began + timedelta(hours=1)):
        assert step(supervisor, reported, "defer", until=in_days(9), note="台风").status_code == 200
    assert shown(worker, reported)["stop"]["paused_at"]
    with clock.at(began + timedelta(days=9)):
        supervisor.token = None
        assert step(supervisor, reported, "resume").status_code == 200
    stop = rows("select * from deadline where incident_id = :i and stage = 'stop'", i=reported["id"])[0]
    assert (stop.paused_at, stop.due_at) == (None, began + timedelta(days=9, hours=3))
    assert stop.spent == timedelta(hours=1)


def test_extension_extends_running_stage_only(case, accept, step, staged, rows):
    worker, _, reported = case
    accept(worker, reported)
    before = shown(worker, reported)["stop"]
    step(worker, reported, "ask_extension", amount=2, note="业主不在")
    assert step(staged.supervisor(), reported, "grant_extension", note="同意").status_code == 200
    stop = shown(worker, reported)["stop"]
    # Two days of the handling limit are 48 hours of a stage in hours.
    assert at(stop["due_at"]) == at(before["due_at"]) + timedelta(hours=48)
    assert (stop["amount"], stop["extended"], stop["first_due_at"]) == (4, 48, before["due_at"])
    assert step(worker, reported, "stage_done", stage="stop").status_code == 200
    limits_shown = shown(worker, reported)
    assert (limits_shown["stop"]["outcome"], limits_shown["stop"]["extended"]) == ("met", 48)
    assert (limits_shown["punish"]["amount"], limits_shown["punish"]["extended"]) == (7, 0)
    replaced = "select 1 from deadline where incident_id = :i and outcome = 'replaced'"
    assert not rows(replaced, i=reported["id"])


def test_rework_resumes_last_stage_with_remaining_time(case, accept, step, rows):
    worker, other, reported = case
    accept(worker, reported)
    step(worker, reported, "stage_done", stage="stop")
    step(worker, reported, "stage_done", stage="punish")
    fed = step(worker, reported, "feed_back", note="拆了").json
    accept(other, fed)
    assert step(other, reported, "check", result="not_pass", note="还剩一半").json["status"] == "rework"
    again = shown(worker, reported)
    assert (again["demolish"]["stopped_at"], again["demolish"]["outcome"]) == (None, None)
    assert again["punish"]["outcome"] == "met"
    assert [
        r.action for r in rows("select action from incident_event where incident_id = :i", i=reported["id"])
    ].count("stage_done") == 2


def test_passed_stage_is_overdue_once(case, accept, rows):
    worker, _, reported = case
    accept(worker, reported)
    later = clock.now() + timedelta(hours=5)
    for _ in range(2):
        jobs.run_due(later, limit=10_000)
    events = rows(
        "select detail ->> 'stage' stage from incident_event where incident_id = :i and action = 'overdue'",
        i=reported["id"],
    )
    assert [event.stage for event in events] == ["stop"]
    assert shown(worker, reported)["stop"]["outcome"] == "overdue"
    with clock.at(later):
        worker.token = None
        assert worker.get(f"/incidents/{reported['id']}").json["is_overdue"] is False


def test_stages_are_shown_on_phone_and_print(case, accept, step):
    worker, _, reported = case
    accept(worker, reported)
    page = worker.get(f"/incidents/{reported['id']}/print").text
    assert "阶段stop Stage stop" in page
    assert "全程 Whole case" in page
    phone = fresh(worker).pull()
    following = phone.rows["incident", reported["id"]]["next_stage"]
    assert (following["stage"], following["ends_with"], following["name"]["zh"]) == (
        "stop",
        "done",
        "阶段stop",
    )
    step(worker, reported, "stage_done", stage="stop")
    assert phone.pull().rows["incident", reported["id"]]["next_stage"]["stage"] == "punish"
    step(worker, reported, "feed_back", note="好了")
    assert phone.pull().rows["incident", reported["id"]]["next_stage"] is None


def test_recategorised_case_gets_stages_from_history(staged, report, accept, rows):
    """The case is reported under a category with one limit, accepted, and then gets one with stages."""
    worker = staged.worker("g1")
    reported = report(staged.worker("g3"), staged.in_grid("g1"), category="E0104")
    assert accept(worker, reported).status_code == 200
    assert set(shown(worker, reported)) == {"handle"}
    supervisor = staged.supervisor()
    version = supervisor.get(f"/incidents/{reported['id']}").json["version"]
    answer = supervisor.patch(
        f"/incidents/{reported['id']}", {"category": "E0102", "note": "看错了"}, version
    )
    assert answer.status_code == 200, answer.json
    limits_stored = rows(
        """select stage, outcome, started_at, running_since from deadline where incident_id = :i
           order by started_at, outcome is distinct from 'replaced', stage = 'accept'""",
        i=reported["id"],
    )
    taken = rows(
        "select occurred_at from incident_event where incident_id = :i and action = 'accept'",
        i=reported["id"],
    )[0].occurred_at
    assert [(limit.stage, limit.outcome) for limit in limits_stored] == [
        ("handle", "replaced"),
        ("handle", None),
        ("accept", "met"),
        ("stop", None),
    ]
    assert limits_stored[-1].running_since == taken
    # Recategorised back: running stages are replaced, and only the handling limit runs.
    version = supervisor.get(f"/incidents/{reported['id']}").json["version"]
    assert (
        supervisor.patch(
            f"/incidents/{reported['id']}", {"category": "E0104", "note": "看错了"}, version
        ).status_code
        == 200
    )
    left = rows("select stage from deadline where incident_id = :i and stopped_at is null", i=reported["id"])
    assert [limit.stage for limit in left] == ["handle"]


def test_overdue_stage_stays_overdue_after_failed_check(case, accept, step, rows):
    worker, other, reported = case
    accept(worker, reported)
    late = clock.now() + timedelta(hours=5)
    jobs.run_due(late, limit=10_000)
    with clock.at(late):
        worker.token = other.token = None
        fed = step(worker, reported, "feed_back", note="好了").json
        accept(other, fed)
        assert step(other, reported, "check", result="not_pass", note="没好").json["status"] == "rework"
    stop = shown_at(late, worker, reported)["stop"]
    assert (stop["outcome"], stop["stopped_at"]) == ("overdue", None)
    jobs.run_due(late + timedelta(hours=1), limit=10_000)
    events = rows(
        "select 1 from incident_event where incident_id = :i and action = 'overdue'", i=reported["id"]
    )
    assert len(events) == 1


def shown_at(moment, person, case):
    with clock.at(moment):
        person.token = None
        return shown(person, case)


def test_imported_case_counts_stages_from_import_when_live(staged, accept, rows):
    worker = staged.worker("g1")
    long_ago = clock.now() - timedelta(days=90)
    place = staged.in_grid("g1")

    def imported(*, is_live):
        imported_case = service.ImportedCase(
            uuid7(),
            place["lon"],
            place["lat"],
            place["lon"],
            place["lat"],
            "wgs84",
            "E0102",
            "旧案",
            long_ago,
        )
        with db.transaction(SYSTEM) as session:
            refused = service.import_cases(
                session,
                SYSTEM,
                jurisdiction_id=staged.jurisdiction_id,
                cases=[imported_case],
                is_live=is_live,
            )
        assert refused == {}
        return str(imported_case.id)

    quiet, live = imported(is_live=False), imported(is_live=True)
    assert rows("select 1 from deadline where incident_id = :i", i=quiet) == []
    of = "select stage, started_at, outcome from deadline where incident_id = :i order by stage"
    begun = rows(of, i=live)
    assert [limit.stage for limit in begun] == ["accept", "handle"]
    assert accept(worker, worker.get(f"/incidents/{live}").json).status_code == 200
    after = rows(of, i=live)
    assert [limit.stage for limit in after] == ["accept", "handle", "stop"]
    assert after[0].started_at == begun[0].started_at > long_ago + timedelta(days=89)


def test_batch_dispatch_starts_stage(app, settings, report, rows):
    """One statement offers many waiting cases; the limit on acceptance starts then."""
    limits = [stage("take", "dispatched", "accepted", amount=1), WHOLE]
    city = make_city(app, settings, E0102=conditions(limits))
    worker = city.worker("g1", on_duty=False)
    reported = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    assert [
        limit.stage for limit in rows("select stage from deadline where incident_id = :i", i=reported["id"])
    ] == ["handle"]
    worker.post(f"/workers/{worker.id}/duty", {"on_duty": True})
    jobs.run_case(UUID(reported["id"]), clock.now() + timedelta(minutes=2))
    limits_stored = rows(
        "select stage, running_since from deadline where incident_id = :i order by stage", i=reported["id"]
    )
    assert [(limit.stage, limit.running_since is not None) for limit in limits_stored] == [
        ("handle", True),
        ("take", True),
    ]


def test_stage_done_is_accepted_from_phone_once(case, accept, rows):
    worker, _, reported = case
    accept(worker, reported)
    phone = PushClient(worker)
    done = phone.op("incident", "transition", reported["id"], patch={"action": "stage_done", "stage": "stop"})
    answers = phone.push(done)
    assert answers, answers
    phone.push(done)  # a repeat has no further effect
    steps = rows(
        "select 1 from incident_event where incident_id = :i and action = 'stage_done'", i=reported["id"]
    )
    assert len(steps) == 1
    assert set(shown(worker, reported)) == {"handle", "accept", "stop", "punish"}


def test_feed_back_cancels_unfinished_following_stages(case, accept, step):
    """The case is stopped and handed in without the stages `punish` and `take`."""
    worker, other, reported = case
    accept(worker, reported)
    step(worker, reported, "stage_done", stage="stop")
    fed = step(worker, reported, "feed_back", note="停了").json
    after = shown(worker, reported)
    assert (after["stop"]["outcome"], after["punish"]["outcome"]) == ("met", "cancelled")
    assert "demolish" not in after
    events = worker.get(f"/incidents/{reported['id']}/events").json["items"]
    (handed_in,) = [e for e in events if e["action"] == "feed_back"]
    assert handed_in["detail"]["stages_left"] == ["punish", "demolish"]
    accept(other, fed)
    assert step(other, reported, "check", result="not_pass", note="还没拆").json["status"] == "rework"
    again = shown(worker, reported)["punish"]
    assert (again["outcome"], again["stopped_at"]) == (None, None)
    assert step(worker, reported, "stage_done", stage="punish").status_code == 200
    assert shown(worker, reported)["punish"]["outcome"] == "met"
    assert step(worker, reported, "feed_back", note="拆了").status_code == 200
    assert shown(worker, reported)["demolish"]["outcome"] == "met"


def test_feed_back_starts_no_stage_of_unstarted_work(app, settings, report, accept, step):
    """Stages that count from the start have not begun if work is handed in without a start."""
    limits = conditions([stage("secure", "started", "done"), WHOLE])
    city = make_city(app, settings, E0102=limits)
    worker = city.worker("g1")
    reported = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    accept(worker, reported)
    assert step(worker, reported, "feed_back", note="好").status_code == 200
    assert "secure" not in shown(worker, reported)
