"""Transitions beside the handling: extensions, contests, owners, reasons, supervision, books."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.incidents import jobs
from app.incidents import service as incidents
from tests.answers import status_and_code
from tests.dispatch.acts import solve
from tests.factories import in_days, make_city
from tests.incidents.test_verification import is_sound

NOTE = {"note": "缺配件"}


@pytest.fixture
def accepted_case(city, report, accept):
    """Return a case that worker g1 has accepted, and the other people on duty."""
    worker, other = city.worker("g1", name="甲"), city.worker("g2", name="乙")
    case = report(city.worker("g3", on_duty=False, name="丙"), city.in_grid("g1"))
    assert accept(worker, case).status_code == 200
    return worker, other, case


def closed(step, accept, case, worker, other):
    fed = step(worker, case, "feed_back", note="done").json
    assert accept(other, fed).status_code == 200
    return step(other, fed, "check", result="pass").json


def test_extension_is_granted_by_another_person_and_keeps_first_due_time(city, accepted_case, step, rows):
    worker, _, case = accepted_case
    supervisor = city.supervisor()
    before = case["due_at"]
    limit = supervisor.get(f"/incidents/{case['id']}").json["deadlines"][0]
    requested = step(worker, case, "ask_extension", amount=limit["amount"], **NOTE).json
    assert requested["due_at"] == before
    extension = requested["extension"]
    assert (extension["amount"], extension["unit"]) == (limit["amount"], limit["unit"])
    assert status_and_code(step(worker, case, "ask_extension", amount=1, **NOTE))[0] == 409
    city.grant(worker, Role.SUPERVISOR, area="s")
    worker.token = None
    assert status_and_code(step(worker, case, "grant_extension", **NOTE)) == (409, "own_extension")
    listed = supervisor.get("/incidents?extension=true&directed=true").json["items"]
    assert {i["id"]: i["extension"] for i in listed}[case["id"]] == extension
    is_sound(requested, rows)
    granted = step(supervisor, case, "grant_extension", note="同意").json
    assert (granted["extension"], granted["extended_count"]) == (None, 1)
    assert granted["due_at"] > before
    shown = supervisor.get(f"/incidents/{case['id']}").json["deadlines"][0]
    assert (shown["first_due_at"], shown["extended"], shown["amount"]) == (
        before,
        limit["amount"],
        limit["amount"],
    )
    assert shown["due_at"] == granted["due_at"]
    is_sound(granted, rows)
    assert status_and_code(step(worker, case, "ask_extension", amount=1, **NOTE)) == (409, "extended_enough")


def test_extension_is_bounded_refused_with_note_and_rejected_when_late(city, accepted_case, step, rows):
    worker, _, case = accepted_case
    supervisor = city.supervisor()
    assert status_and_code(step(supervisor, case, "grant_extension", **NOTE)) == (409, "extension_not_asked")
    too_long = step(worker, case, "ask_extension", amount=9999, **NOTE)
    assert (too_long.status_code, too_long.json["errors"][0]["field"]) == (422, "amount")
    assert too_long.json["errors"][0]["message"].startswith("must be at most ")
    step(worker, case, "ask_extension", amount=1, **NOTE)
    assert step(supervisor, case, "refuse_extension").status_code == 422
    refused = step(supervisor, case, "refuse_extension", note="不同意").json
    assert (refused["extension"], refused["extended_count"], refused["due_at"]) == (None, 0, case["due_at"])
    is_sound(refused, rows)
    with clock.at(clock.now() + timedelta(days=30)):
        worker.token = None
        assert status_and_code(step(worker, case, "ask_extension", amount=1, **NOTE)) == (
            409,
            "extension_too_late",
        )


def test_extension_requested_in_time_clears_overdue_when_granted_late(city, accepted_case, step, rows):
    worker, _, case = accepted_case
    supervisor = city.supervisor()
    amount = supervisor.get(f"/incidents/{case['id']}").json["deadlines"][0]["amount"]
    step(worker, case, "ask_extension", amount=amount, **NOTE)
    late = datetime.fromisoformat(case["due_at"]) + timedelta(minutes=1)
    with clock.at(late):
        supervisor.token = None
        with db.transaction(SYSTEM) as session:  # the job sends those of other tests, too
            incidents.send_due_notices(session, incident_id=case["id"], now=late)
        assert rows("select outcome from deadline where incident_id = :i", i=case["id"]) == [("overdue",)]
        granted = step(supervisor, case, "grant_extension", note="同意").json
    assert rows("select outcome from deadline where incident_id = :i", i=case["id"]) == [(None,)]
    assert not granted["is_overdue"]


def test_extension_request_ends_when_case_is_returned(city, accepted_case, step, rows):
    worker, _, case = accepted_case
    step(worker, case, "ask_extension", amount=1, **NOTE)
    back = step(worker, case, "return", note="not ours").json
    assert back["extension"] is None
    is_sound(back, rows)


def test_extension_request_ends_when_new_limit_forbids_it(app, settings, report, accept, step, rows):
    """Granted extensions stay with the limit of their unit, whatever category the case has since."""
    most = {"lifecycle": {"extension": {"times_most": 2, "most": {"work_hour": 4, "urgent_hour": 3.5}}}}
    urgent = [
        {
            "code": "standard",
            "name": {"zh": "紧急", "en": "Urgent"},
            "limit": {"unit": "urgent_hour", "amount": 9},
        }
    ]
    city = make_city(app, settings, profile=most, E0104={"conditions": urgent, "handled_by": "worker"})
    worker, supervisor = city.worker("g1"), city.supervisor()
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    accept(worker, case)

    def corrected(category):
        version = supervisor.get(f"/incidents/{case['id']}").json["version"]
        return supervisor.patch(
            f"/incidents/{case['id']}", {"category": category, "note": "改"}, version
        ).json

    step(worker, case, "ask_extension", amount=3, **NOTE)
    assert corrected("E0105")["extension"]["amount"] == 3  # four work hours, too
    assert corrected("E0104")["extension"] is None
    events = supervisor.get(f"/incidents/{case['id']}/events").json["items"]
    assert [event["detail"].get("extension") for event in events if event["action"] == "recategorise"] == [
        None,
        "ended",
    ]
    assert status_and_code(step(supervisor, case, "grant_extension", **NOTE)) == (409, "extension_not_asked")
    step(worker, case, "ask_extension", amount=2, **NOTE)
    db_changed = "update incident set extension_amount = 4 where id = :i"  # as an earlier version left it
    with db.transaction(SYSTEM) as session:
        session.execute(text(db_changed), {"i": case["id"]})
    assert status_and_code(step(supervisor, case, "grant_extension", **NOTE)) == (409, "extension_too_long")
    step(supervisor, case, "refuse_extension", **NOTE)
    corrected("E0105")
    step(worker, case, "ask_extension", amount=4, **NOTE)
    given = step(supervisor, case, "grant_extension", **NOTE).json
    assert (corrected("E0104")["extended_count"], corrected("E0105")["extended_count"]) == (0, 1)
    again = corrected("E0102")
    assert (again["due_at"], again["extended_count"]) == (given["due_at"], 1)
    shown = supervisor.get(f"/incidents/{case['id']}").json["deadlines"]
    assert [(limit["amount"], limit["extended"]) for limit in shown if limit["outcome"] is None] == [(4, 4)]
    is_sound(again, rows)


def test_contested_case_is_checked_by_another_worker(city, report, accept, step, rows):
    worker, other = city.worker("g1", name="甲"), city.worker("g2", name="乙")
    reporter = city.worker("g3", on_duty=False, name="丙")
    case = report(reporter, city.in_grid("g1"))
    accept(worker, case)
    ended = closed(step, accept, case, worker, other)
    assert reporter.get(f"/incidents/{case['id']}").json["allowed"] == ["contest", "note"]
    assert status_and_code(step(other, ended, "contest", note="还在"))[1] == "transition_not_yours"
    assert step(reporter, ended, "contest").status_code == 422
    again = step(reporter, ended, "contest", note="垃圾还在").json
    assert (again["status"], again["contested_count"], again["rework_count"]) == ("rework", 1, 1)
    assert again["closed_at"] is None and again["assignment"]["worker"]["id"] == str(worker.id)
    running = rows("select running_since, stopped_at from deadline where incident_id = :i", i=case["id"])[0]
    assert running.running_since and running.stopped_at is None
    is_sound(again, rows)
    assert status_and_code(step(reporter, again, "contest", note="还在"))[1] == "transition_illegal"
    fed = step(worker, again, "feed_back", note="done").json
    assert (fed["status"], fed["waiting"]["reason"]) == ("fed_back", "no_checker")
    refused = step(city.supervisor(), fed, "assign_check", worker_id=str(other.id))
    assert (refused.status_code, refused.json["reason"]) == (409, "checked_it")
    third = city.worker("g4", name="丁")
    assert solve(city) == 1
    accept(third, reporter.get(f"/incidents/{case['id']}").json)
    assert step(third, fed, "check", result="pass").json["status"] == "closed"


def test_rework_stays_overdue_only_when_fed_back_late(city, report, accept, step, rows):
    worker, other = city.worker("g1"), city.worker("g2")
    reporter = city.worker("g3", on_duty=False)
    outcome = "select outcome, running_since is not null from deadline where incident_id = :i"
    for hours, expected in ((0, None), (24 * 30, "overdue")):
        case = report(reporter, city.in_grid("g1"))
        accept(worker, case)
        with clock.at(clock.now() + timedelta(hours=hours)):
            for person in (worker, other):
                person.token = None
            fed = step(worker, case, "feed_back", note="done").json
            accept(other, fed)
            back = step(other, fed, "check", result="not_pass", note="half").json
            assert back["status"] == "rework" and back["is_overdue"] == (expected == "overdue")
            assert tuple(rows(outcome, i=case["id"])[0]) == (expected, True)
            step(worker, back, "feed_back", note="done again")
            assert tuple(rows(outcome, i=case["id"])[0]) == (expected or "met", False)
        for person in (worker, other):
            person.token = None


def test_contest_is_refused_when_late_and_sent_to_supervisor_by_profile(
    app, settings, report, accept, step, rows
):
    city = make_city(app, settings, profile={"lifecycle": {"contest": {"days": 2, "goes_to": "decision"}}})
    worker, other = city.worker("g1"), city.worker("g2")
    reporter = city.worker("g3", on_duty=False)
    cases = [report(reporter, city.in_grid("g1")) for _ in range(2)]
    for case in cases:
        accept(worker, case)
        closed(step, accept, case, worker, other)
    decided = step(reporter, cases[0], "contest", note="还在").json
    assert (decided["status"], decided["waiting"]["reason"]) == ("returned", "contested")
    is_sound(decided, rows)
    with clock.at(clock.now() + timedelta(days=3)):
        reporter.token = None
        assert status_and_code(step(reporter, cases[1], "contest", note="还在")) == (409, "contest_too_late")


@pytest.fixture
def strict(app, settings):
    """Grids are offered E0102 and unclassified cases; unit cleaning owns E01, roads 01 and 02."""
    return make_city(
        app,
        settings,
        profile={"lifecycle": {"admission": {"grid": ["E0102", "unclassified"]}, "returns_most": 1}},
    )


def test_case_goes_to_unit_when_grid_is_not_admitted(strict, report, step, rows):
    city, worker = strict, strict.worker("g1")
    case = report(worker, city.in_grid("g1"), category="E0103")
    assert (case["status"], case["assignment"]["unit"]["id"]) == ("dispatched", str(city.units["cleaning"]))
    supervisor = city.supervisor()
    for action in ("reassign", "override", "pin", "assign_second"):
        refused = step(supervisor, case, action, worker_id=str(worker.id), **NOTE)
        assert status_and_code(refused) == (409, "category_not_admitted"), action
        assert refused.json["owner_unit"]["id"] == str(city.units["cleaning"])
        assert "cleaning" in refused.json["detail"]
    fine = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    assert fine["assignment"]["worker"]["id"] == str(worker.id)
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update jurisdiction set root_unit_id = null where id = :j"), {"j": city.jurisdiction_id}
        )
    nobodys = report(worker, city.in_grid("g1"), category="E0302")
    assert (nobodys["status"], nobodys["waiting"]["reason"]) == ("filed", "not_admitted")
    refused = step(supervisor, nobodys, "redispatch")
    assert status_and_code(refused) == (409, "category_unowned") and refused.json["owner_unit"] is None
    for each in (case, nobodys):
        is_sound(each, rows)


def test_returned_case_goes_to_named_unit_until_limit_of_returns(strict, report, accept, step, rows):
    city = strict
    case = report(city.worker("g1", on_duty=False), city.in_grid("g1"), category="E0103")
    cleaner, mender = city.handler("cleaning"), city.handler("roads")
    accept(cleaner, case)
    roads, cleaning = (str(city.units[name]) for name in ("roads", "cleaning"))
    assert status_and_code(step(cleaner, case, "return", unit_id=cleaning, note="?")) == (409, "same_unit")
    sent = step(cleaner, case, "return", unit_id=roads, note="路面破损").json
    assert (sent["status"], sent["assignment"]["unit"]["id"]) == ("dispatched", roads)
    assert (sent["returned_count"], sent["owner_unit"]["id"], sent["owner_basis"]) == (1, roads, "hand")
    is_sound(sent, rows)
    accept(mender, sent)
    stuck = step(mender, sent, "return", unit_id=cleaning, note="不归我们").json
    assert (stuck["status"], stuck["waiting"]["reason"], stuck["returned_count"]) == (
        "returned",
        "returned",
        2,
    )
    is_sound(stuck, rows)


def test_not_filed_and_force_closed_cases_show_reason_to_reporter(city, report, accept, step, rows):
    city.worker("g1")
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    first, second, third = (report(reporter, city.in_grid("g1")) for _ in range(3))
    unknown = step(supervisor, first, "not_file", reason="bored", note="?")
    assert (unknown.status_code, unknown.json["errors"][0]["code"]) == (422, "not_one_of")
    assert "insufficient" in unknown.json["errors"][0]["allowed"]
    step(supervisor, first, "not_file", reason="insufficient", note="看不清位置")
    shown = reporter.get(f"/incidents/{first['id']}").json
    assert shown["ended"] == {
        "reason": "insufficient",
        "name": {"zh": "信息不足，无法定位或核实", "en": "Not enough information to locate or verify it"},
        "words": "看不清位置",
    }
    assert step(supervisor, second, "not_file", note="x").json["ended_reason"] == "other"
    assert (
        step(supervisor, third, "force_close", reason="unsolvable", note="x").json["ended_reason"]
        == "unsolvable"
    )
    assert step(supervisor, second, "note", reason="other", note="x").status_code == 422
    is_sound(shown, rows)


def test_supervised_case_is_listed_counted_and_ends_with_case(city, accepted_case, step, rows):
    _, _, case = accepted_case
    supervisor = city.supervisor()
    until = (clock.now() + timedelta(days=2)).isoformat()
    assert step(supervisor, case, "supervise", **NOTE).status_code == 422
    watched = step(supervisor, case, "supervise", level=2, until=until, **NOTE).json
    assert watched["supervised"]["level"] == 2
    board = supervisor.get("/supervision/board").json
    assert board["supervised"]["count"] == 1
    members = supervisor.get(board["supervised"]["members"].removeprefix("/api/v1")).json["items"]
    assert [i["id"] for i in members] == [case["id"]]
    assert step(supervisor, case, "urge").json["urged_count"] == 1
    assert watched["waiting"] is None
    with clock.at(clock.now() + timedelta(days=2)), db.transaction(SYSTEM) as session:
        is_called = [
            incidents.call_for_supervision(session, incident_id=UUID(case["id"]), now=clock.now())
            for _ in "ab"
        ]
    assert is_called == [True, False]
    due = supervisor.get("/supervision/queue?reason=supervision_due").json["items"]
    assert [(item["incident"]["id"], item["incident"]["status"]) for item in due] == [
        (case["id"], "accepted")
    ]
    is_sound(due[0]["incident"], rows)
    assert step(supervisor, case, "supervise", level=2, until=until, **NOTE).json["waiting"] is None
    assert step(supervisor, case, "end_supervision", note="好了").json["supervised"] is None
    assert status_and_code(step(supervisor, case, "end_supervision", **NOTE)) == (409, "not_supervised")
    step(supervisor, case, "supervise", level=3, **NOTE)
    ended = step(supervisor, case, "force_close", note="x").json
    assert ended["supervised"] is None
    is_sound(ended, rows)


def test_case_on_books_is_reviewed_and_taken_back_by_person(city, accepted_case, step, rows):
    worker, _, case = accepted_case
    supervisor, start = city.supervisor(), clock.now()
    until = start + timedelta(days=30)
    fields = {"until": until.isoformat(), "note": "待改造"}
    assert status_and_code(step(supervisor, case, "put_on_books", **fields)) == (409, "not_extended")
    step(worker, case, "ask_extension", amount=1, **NOTE)
    step(supervisor, case, "grant_extension", **NOTE)
    on_books = step(supervisor, case, "put_on_books", **fields).json
    assert (on_books["status"], on_books["assignment"], on_books["is_overdue"]) == ("on_books", None, False)
    is_sound(on_books, rows)
    with clock.at(until + timedelta(minutes=1)):
        supervisor.token = None
        assert jobs.run_due(clock.now(), limit=1000)["to_review"] >= 1
        due = supervisor.get(f"/incidents/{case['id']}").json
        assert (due["status"], due["waiting"]["reason"]) == ("on_books", "review_due")
        is_sound(due, rows)
        later = {"until": (clock.now() + timedelta(days=9)).isoformat(), "note": "再等"}
        again = step(supervisor, case, "put_on_books", **later).json
        assert (again["status"], again["waiting"]) == ("on_books", None)
        back = step(supervisor, case, "take_from_books", note="有办法了").json
        assert back["review_at"] is None and back["status"] in ("filed", "dispatched")
        assert back["due_at"] > on_books["due_at"]
        is_sound(back, rows)


def test_deferred_case_comes_back_at_review_date(city, accepted_case, step, rows):
    worker, _, case = accepted_case
    supervisor, until = city.supervisor(), clock.now() + timedelta(days=9)
    city.grant(worker, Role.SUPERVISOR, area="s")
    worker.token = None
    assert status_and_code(step(worker, case, "defer", until=until.isoformat(), **NOTE)) == (
        409,
        "own_deferral",
    )
    assert "defer" not in worker.get(f"/incidents/{case['id']}").json["allowed"]
    for days, code in ((None, "required"), (-1, "in_past"), (91, "out_of_range")):
        fields = {"until": in_days(days)} if days else {}
        refused = step(supervisor, case, "defer", **fields, **NOTE)
        assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "until")
        assert refused.json["errors"][0]["code"] == code
    assert refused.json["errors"][0]["message"] == "must be at most 90 days from now"
    off = step(supervisor, case, "defer", until=until.isoformat(), **NOTE).json
    assert (off["status"], datetime.fromisoformat(off["review_at"]), off["waiting"]) == (
        "deferred",
        until,
        None,
    )

    def is_called(at):
        with clock.at(at), db.transaction(SYSTEM) as session:
            due = UUID(case["id"]) in incidents.due_for_review(session, now=at, limit=100_000)
            assert incidents.call_for_review(session, incident_id=UUID(case["id"]), now=at) is due
        return due

    assert not is_called(until - timedelta(minutes=1))
    assert is_called(until) and not is_called(until + timedelta(minutes=1))
    queue = supervisor.get("/supervision/queue?reason=review_due").json["items"]
    assert [item["incident"]["id"] for item in queue] == [case["id"]]
    is_sound(supervisor.get(f"/incidents/{case['id']}").json, rows)
    # Deferred to another date and then resumed, the case is still the worker's.
    again = step(supervisor, case, "defer", until=in_days(20), **NOTE).json
    assert (again["status"], again["waiting"]) == ("deferred", None)
    assert rows("select count(*) from deadline where incident_id = :i", i=case["id"])[0][0] == 1
    assert is_called(until + timedelta(days=12))
    back = step(worker, case, "resume").json
    assert (back["status"], back["waiting"], back["review_at"]) == ("handling", None, None)
    is_sound(back, rows)
    # A case without a date, deferred by an earlier version, is due at once.
    step(supervisor, case, "defer", until=in_days(20), **NOTE)
    with db.transaction(SYSTEM) as session:
        session.execute(text("update incident set review_at = null where id = :i"), {"i": case["id"]})
    assert is_called(clock.now())


def test_bulk_supervise_reports_result_per_case(city, accepted_case, step):
    _, _, case = accepted_case
    supervisor = city.supervisor()
    body = {"action": "transition", "ids": [case["id"], "01a214af-f5c8-7499-861c-7ad05b3d6cb1"]}
    body |= {"body": {"action": "supervise", "level": 1, "note": "汛期"}}
    done = supervisor.post("/incidents/bulk", body).json
    assert [(i["ok"], i["code"]) for i in done["items"]] == [(True, None), (False, "not_found")]
