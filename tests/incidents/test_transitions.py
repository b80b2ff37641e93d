"""Transitions over HTTP: who may take which, and the allowed actions in a refusal."""

from datetime import timedelta

import pytest

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.incidents import jobs, service
from app.incidents.cases.rules import lifecycle
from tests.factories import in_days, make_city


def _accepted_case(city, report, accept):
    """Return a case that worker g1 has accepted; another worker on duty can check it."""
    worker, other = city.worker("g1", name="甲"), city.worker("g2", name="乙")
    case = report(city.worker("g3", name="丙"), city.in_grid("g1"))
    assert accept(worker, case).status_code == 200
    return worker, other, case


def _batch_time():
    """Return an instant at which a batch is due for a case that has just begun to wait."""
    return clock.now() + timedelta(minutes=2)


def _replayed_status(rows, case):
    events = rows(
        "select action, from_status, to_status from incident_event where incident_id = :i order by seq",
        i=case["id"],
    )
    return lifecycle.replay([tuple(e) for e in events])


def test_illegal_transition_returns_allowed_actions(city, report, accept, step):
    worker, _, case = _accepted_case(city, report, accept)
    answer = step(worker, case, "check", result="pass")
    assert (answer.status_code, answer.json["code"]) == (409, "transition_illegal")
    assert answer.json["allowed"] == ["start", "feed_back", "ask_extension", "return", "note"]
    as_supervisor = step(city.supervisor(), case, "resume")
    assert as_supervisor.json["allowed"] == [
        *(
            "return",
            "reassign",
            "override",
            "pin",
            "lock",
            "assign_second",
            "add_unit",
            "make_lead",
            "urge",
            "supervise",
            "put_on_books",
            "defer",
            "force_close",
            "note",
        )
    ]


def test_bystander_may_only_add_note(city, report, accept, step):
    _, _, case = _accepted_case(city, report, accept)
    chief = city.worker("g1", role="chief", name="网格长")
    assert step(chief, case, "feed_back", note="done").status_code == 409
    assert step(chief, case, "note", note="see also the corner").status_code == 200


def test_feed_back_requires_note(city, report, accept, step):
    worker, _, case = _accepted_case(city, report, accept)
    answer = step(worker, case, "feed_back")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "note")


def test_failed_check_returns_case_to_handler_as_rework(city, report, accept, step, rows):
    worker, other, case = _accepted_case(city, report, accept)
    check = step(worker, case, "feed_back", note="done").json
    assert accept(other, check).status_code == 200
    again = step(other, case, "check", result="not_pass", note="half of it is still there").json
    assert (again["status"], again["rework_count"]) == ("rework", 1)
    clock_row = rows(
        "select running_since, stopped_at, due_at from deadline where incident_id = :i", i=case["id"]
    )[0]
    assert clock_row.running_since is not None
    assert clock_row.stopped_at is None
    assert again["due_at"] == worker.get(f"/incidents/{case['id']}").json["deadlines"][0]["due_at"]
    assert again["assignment"]["worker"]["id"] == str(worker.id)
    second = step(worker, case, "feed_back", note="all of it").json
    assert second["assignment"]["worker"]["id"] == str(other.id)
    accept(other, second)
    assert step(other, case, "check", result="pass").json["status"] == "closed"
    assert _replayed_status(rows, case) == "closed"


def test_rework_of_unit_returns_to_queue_of_handling_unit(city, report, accept, step):
    checker = city.worker("g1")
    handler = city.handler("cleaning")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"), category="0101")
    moved = step(
        city.supervisor(), case, "reassign", unit_id=str(city.units["cleaning"]), note="they know it"
    ).json
    assert moved["assignment"]["handler"] is None
    held = accept(handler, moved).json["assignment"]
    assert (held["worker"], held["handler"]["id"]) == (None, str(handler.id))
    fed = step(handler, case, "feed_back", note="done").json
    assert accept(checker, fed).json["assignment"]["handler"] is None
    again = step(checker, case, "check", result="not_pass", note="not done").json
    assert (again["status"], again["assignment"]["state"]) == ("dispatched", "queued")
    assert again["assignment"]["unit"]["id"] == str(city.units["cleaning"])
    assert accept(handler, again).json["status"] == "accepted"


def test_check_passes_on_when_checker_is_unable(city, report, accept, step):
    worker, other, case = _accepted_case(city, report, accept)
    check = step(worker, case, "feed_back", note="done").json
    accept(other, check)
    answer = step(other, case, "check", result="unable", note="gate locked").json
    assert answer["status"] == "checking"
    assert answer["assignment"]["worker"]["name"] == "丙"


def test_check_is_refused_to_own_handler(city, report, accept, step):
    worker = city.worker("g1")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    accept(worker, case)
    answer = step(worker, case, "feed_back", note="done").json
    assert (answer["status"], answer["waiting"]["reason"]) == ("fed_back", "no_checker")
    by_force = step(city.supervisor(), case, "assign_check", worker_id=str(worker.id))
    assert (by_force.status_code, by_force.json["code"]) == (409, "own_work_check")


def test_check_is_refused_to_earlier_handler(city, report, accept, step):
    """The first checker may check again, since nobody else is on duty."""
    worker, checker, case = _accepted_case(city, report, accept)
    accept(checker, step(worker, case, "feed_back", note="done").json)
    assert step(checker, case, "check", result="not_pass", note="half of it").json["status"] == "rework"
    supervisor, third = city.supervisor(), city.worker("g1", name="丁")
    given = step(supervisor, case, "reassign", worker_id=str(third.id), note="somebody else").json
    accept(third, given)
    fed = step(third, case, "feed_back", note="all of it").json
    assert fed["assignment"]["worker"]["id"] == str(checker.id)
    by_force = step(supervisor, case, "assign_check", worker_id=str(worker.id))
    assert (by_force.status_code, by_force.json["code"]) == (409, "own_work_check")


def test_returned_case_waits_for_supervisor_reassignment(city, report, accept, step):
    worker, other, case = _accepted_case(city, report, accept)
    returned = step(worker, case, "return", note="belongs to the roads unit").json
    assert (returned["status"], returned["waiting"]["reason"]) == ("returned", "returned")
    supervisor = city.supervisor()
    to_unit = step(supervisor, case, "reassign", unit_id=str(city.units["roads"]), note="roads").json
    assert (to_unit["status"], to_unit["assignment"]["state"]) == ("dispatched", "queued")
    to_worker = step(supervisor, case, "reassign", worker_id=str(other.id), note="or you").json
    assert to_worker["assignment"]["worker"]["id"] == str(other.id)


def test_reassignment_names_reason_when_worker_is_off_duty(city, report, accept, step):
    _, _, case = _accepted_case(city, report, accept)
    absent = city.worker("g2", on_duty=False)
    answer = step(city.supervisor(), case, "reassign", worker_id=str(absent.id), note="you")
    assert (answer.status_code, answer.json["code"], answer.json["reason"]) == (
        409,
        "worker_not_eligible",
        "off_duty",
    )


def test_deferral_pauses_deadline_until_resumed(city, report, accept, step, rows):
    _, _, case = _accepted_case(city, report, accept)
    supervisor = city.supervisor()
    start = clock.now()
    with clock.at(start + timedelta(minutes=1)):
        assert (
            step(supervisor, case, "defer", until=in_days(9), note="waits for a part").json["status"]
            == "deferred"
        )
    with clock.at(start + timedelta(days=30)):
        supervisor.token = None
        resumed = step(supervisor, case, "resume").json
    assert resumed["status"] == "handling"
    row = rows("select spent, due_at, running_since from deadline where incident_id = :i", i=case["id"])[0]
    assert row.due_at > start + timedelta(days=30)
    assert _replayed_status(rows, case) == "handling"


def test_force_close_ends_assignment_and_frees_worker(city, report, accept, step, rows):
    worker, _, case = _accepted_case(city, report, accept)
    closed = step(city.supervisor(), case, "force_close", note="double report").json
    assert (closed["status"], closed["assignment"]) == ("force_closed", None)
    assert rows("select open_work from worker_load where worker_id = :w", w=worker.id)[0][0] == 0
    assert step(worker, case, "start").json["allowed"] == ["note"]


def test_urge_is_recorded_without_status_change(city, report, accept, step):
    _, _, case = _accepted_case(city, report, accept)
    supervisor = city.supervisor()
    assert step(supervisor, case, "urge", note="third call").json["status"] == "accepted"
    events = supervisor.get(f"/incidents/{case['id']}/events").json["items"]
    assert (events[-1]["action"], events[-1]["note"]) == ("urge", "third call")


def test_declined_offer_passes_on_and_never_returns(city, report):
    first, second = city.worker("g1"), city.worker("g2")
    reporter = city.worker("g3", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    answer = first.post(f"/assignments/{case['assignment']['id']}/decline", {"reason": "in a cellar"})
    assert answer.status_code == 200, answer.json
    assert answer.json["assignment"]["worker"]["id"] == str(second.id)
    last = second.post(f"/assignments/{answer.json['assignment']['id']}/decline", {"reason": "too far"}).json
    assert last["assignment"] is None
    assert last["status"] == "filed"
    assert last["waiting"]["reason"] == "nobody_eligible"
    reasons = {
        v["reason"] for v in reporter.get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]["candidates"]
    }
    assert {"declined"} <= reasons


def test_offer_is_answered_only_by_its_worker(city, report):
    city.worker("g1")
    neighbour = city.worker("g2")
    case = report(city.worker("g3"), city.in_grid("g1"))
    answer = neighbour.post(f"/assignments/{case['assignment']['id']}/accept", {})
    assert answer.status_code == 404
    reporter = city.worker("g1", name="也是本网格")
    late = reporter.post(f"/assignments/{case['assignment']['id']}/accept", {})
    assert (late.status_code, late.json["code"]) == (409, "offer_not_live")


def test_unanswered_offer_expires_and_passes_on(city, report, rows):
    first, second = city.worker("g1"), city.worker("g2")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    later = clock.now() + timedelta(days=5)
    jobs.run_case(_uuid(case["id"]), later)
    states = rows(
        "select worker_id, state from offer where incident_id = :i order by offered_at", i=case["id"]
    )
    assert [tuple(r) for r in states] == [(first.id, "undelivered"), (second.id, "offered")]
    with clock.at(later):
        late = first.call("POST", f"/assignments/{case['assignment']['id']}/accept", {}, headers={})
    assert late.status_code in (401, 409)


def test_waiting_case_is_dispatched_when_worker_comes_on_duty(city, report, rows):
    worker = city.worker("g1", on_duty=False)
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    jobs.run_case(_uuid(case["id"]), _batch_time())
    count = "select count(*) from incident_event where incident_id = :i"
    before = rows(count, i=case["id"])[0][0]
    jobs.run_case(_uuid(case["id"]), _batch_time())
    assert rows(count, i=case["id"])[0][0] == before
    worker.post(f"/workers/{worker.id}/duty", {"on_duty": True})
    jobs.run_case(_uuid(case["id"]), _batch_time())
    assignments = worker.get("/assignments").json["items"]
    assert [a["incident"]["id"] for a in assignments] == [case["id"]]


def test_assignments_of_unit_are_paged(city, report):
    reporter = city.worker("g3", on_duty=False)
    handler = city.handler("roads")
    cases = [report(reporter, city.in_grid("g1"), category="0101")["id"] for _ in range(5)]
    pages, cursor = [], ""
    while cursor is not None:
        answer = handler.get(f"/assignments?limit=2{cursor and f'&cursor={cursor}'}").json
        pages.append([item["incident"]["id"] for item in answer["items"]])
        cursor = answer["next"]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert sorted(id_ for page in pages for id_ in page) == sorted(cases)
    assert handler.get("/assignments?cursor=x").status_code == 422


def test_unplaceable_cases_do_not_block_placeable_cases(city, report, app, settings):
    reporter = city.worker("g3", on_duty=False)
    for _ in range(6):
        report(reporter, city.in_grid("g1"))
    there = make_city(app, settings)
    worker = there.worker("g1", on_duty=False)
    case = report(there.worker("g3", on_duty=False), there.in_grid("g1"))
    worker.post(f"/workers/{worker.id}/duty", {"on_duty": True})
    for _ in range(40):
        jobs.run_due(_batch_time(), limit=4)
        assignments = worker.get("/assignments").json["items"]
        if assignments:
            break
    assert [a["incident"]["id"] for a in assignments] == [case["id"]]


def test_passed_deadline_is_recorded_once(city, report, rows):
    city.worker("g1")
    case = report(city.worker("g3"), city.in_grid("g1"))
    later = clock.now() + timedelta(days=40)
    for _ in range(2):
        with db.transaction(SYSTEM) as session:
            service.send_due_notices(session, incident_id=_uuid(case["id"]), now=later)
    actions = rows("select action from incident_event where incident_id = :i", i=case["id"])
    assert [a[0] for a in actions].count("overdue") == 1


def test_transition_returns_412_for_stale_version_and_accepts_weak_tag(city, report, accept, step):
    worker, _, case = _accepted_case(city, report, accept)
    stale = step(worker, case, "start", headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json["code"]) == (412, "version_stale")
    version = worker.get(f"/incidents/{case['id']}").json["version"]
    assert step(worker, case, "start", headers={"If-Match": f'W/"{version}"'}).status_code == 200


@pytest.mark.parametrize(
    "action", ["start", "feed_back", "return", "urge", "defer", "force_close", "not_file"]
)
def test_transition_returns_404_when_case_is_hidden(city, report, accept, step, action):
    _, _, case = _accepted_case(city, report, accept)
    stranger = city.worker("g4", name="路人")
    fields = {"until": in_days(3)} if action == "defer" else {}
    assert step(stranger, case, action, note="x", **fields).status_code == 404


def _uuid(text):
    from uuid import UUID

    return UUID(text)


def test_redispatch_ignores_offer_limit_and_job_writes_no_more_runs(city, report, step, rows):
    people = [city.worker("g1", name=f"w{n}") for n in range(9)]
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    shown = case
    for _ in range(8):
        assignee = next(p for p in people if str(p.id) == shown["assignment"]["worker"]["id"])
        shown = assignee.post(f"/assignments/{shown['assignment']['id']}/decline", {"reason": "no"}).json
    assert (shown["assignment"], shown["waiting"]["reason"]) == (None, "asked_enough")
    count = "select count(*) from dispatch_run where incident_id = :i"
    before = rows(count, i=case["id"])[0][0]
    jobs.run_case(_uuid(case["id"]), _batch_time())
    assert rows(count, i=case["id"])[0][0] == before
    again = step(city.supervisor(), case, "redispatch").json
    assert again["assignment"]["state"] == "offered"


def test_redispatch_skips_worker_who_returned_case(city, report, accept, step):
    worker, other, case = _accepted_case(city, report, accept)
    step(worker, case, "return", note="not mine")
    again = step(city.supervisor(), case, "redispatch").json
    assert again["assignment"]["worker"]["id"] == str(other.id)


def test_rework_waits_for_supervisor_when_handler_account_is_disabled(city, report, accept, step):
    worker, other, case = _accepted_case(city, report, accept)
    check = step(worker, case, "feed_back", note="done").json
    accept(other, check)
    assert city.person(Role.ADMIN).post(f"/accounts/{worker.id}/disable", {}).status_code in (200, 204)
    again = step(other, case, "check", result="not_pass", note="no").json
    assert (again["status"], again["waiting"]["reason"], again["assignment"]) == (
        "returned",
        "returned",
        None,
    )


def test_offer_is_withdrawn_when_worker_goes_off_duty(city, report, rows):
    first, second = city.worker("g1"), city.worker("g2")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    first.post(f"/workers/{first.id}/duty", {"on_duty": False})
    jobs.run_due(clock.now())
    held = rows(
        "select worker_id, state from assignment where incident_id = :i order by created_at", i=case["id"]
    )
    assert [tuple(h) for h in held] == [(first.id, "withdrawn"), (second.id, "offered")]
    assert rows("select open_work from worker_load where worker_id = :w", w=first.id)[0][0] == 0


def test_work_of_disabled_account_waits_for_supervisor(city, report, accept):
    worker, _, case = _accepted_case(city, report, accept)
    city.person(Role.ADMIN).post(f"/accounts/{worker.id}/disable", {})
    jobs.run_due(clock.now())
    shown = city.supervisor().get(f"/incidents/{case['id']}").json
    assert (shown["status"], shown["waiting"]["reason"], shown["assignment"]) == (
        "returned",
        "returned",
        None,
    )
