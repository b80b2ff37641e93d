"""What the public says is looked at on the spot before it is filed, by somebody else than whoever reported it."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.db import as_sql
from app.incidents.cases.rules import lifecycle
from app.integrity.queries.invariants import CASE_INVARIANTS
from app.integrity.queries.lifecycle_invariants import LIFECYCLE_INVARIANTS
from tests.dispatch.acts import off_duty, on_duty, solve
from tests.factories import make_city

PUBLIC = {"reporter": {"name": "张三", "phone": "13800000000"}}


@pytest.fixture
def city(app, settings):
    verify = {"sources": ["public", "video", "leader"], "categories": ["E0201"]}
    return make_city(app, settings, profile={"lifecycle": {"verify": verify}})


def is_sound(case, rows):
    """It replays, and no invariant names it."""
    events = rows(
        "select action, from_status, to_status from incident_event where incident_id = :i order by seq",
        i=case["id"],
    )
    invariants = [
        i for i in CASE_INVARIANTS + LIFECYCLE_INVARIANTS if ":" not in as_sql(i.statement).replace("::", "")
    ]
    broken = [i.name for i in invariants if case["id"] in {str(row[0]) for row in rows(as_sql(i.statement))}]
    assert not broken
    assert lifecycle.replay([tuple(e) for e in events]) == case["status"]


def clocks(case, rows):
    return rows("select started_at, due_at from deadline where incident_id = :i", i=case["id"])


def test_public_report_is_verified_before_dispatch(city, report, accept, step, rows):
    first, other = city.worker("g1", name="甲"), city.worker("g2", name="乙")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"), **PUBLIC)
    assert (case["status"], case["source"], case["due_at"]) == ("verifying", "public", None)
    assert case["assignment"]["role"] == "verify" and not clocks(case, rows)
    is_sound(case, rows)
    verifier = {str(p.id): p for p in (first, other)}[case["assignment"]["worker"]["id"]]
    listed = verifier.get("/assignments?role=verify").json["items"]
    assert [i["incident"]["id"] for i in listed] == [case["id"]]
    assert accept(verifier, case).json["status"] == "verifying"
    assert verifier.get(f"/incidents/{case['id']}").json["allowed"] == ["verify", "note"]
    later = clock.now() + timedelta(minutes=3)
    with clock.at(later):
        filed = step(verifier, case, "verify", result="exists", note="一堆垃圾").json
    assert filed["status"] == "dispatched" and filed["assignment"]["role"] == "handle"
    assert [row.started_at for row in clocks(case, rows)] == [later]
    assert filed["due_at"] is not None
    is_sound(filed, rows)


def test_worker_report_is_filed_at_once_unless_category_needs_verification(city, report, rows):
    city.worker("g1"), city.worker("g2")
    reporter = city.worker("g3", on_duty=False)
    assert report(reporter, city.in_grid("g1"))["status"] == "dispatched"
    named = report(reporter, city.in_grid("g1"), category="E0201")
    assert (named["status"], named["source"]) == ("verifying", "worker")


def test_urgent_public_report_skips_verification(app, settings, report):
    verify = {"sources": ["public"]}
    city = make_city(app, settings, profile={"lifecycle": {"verify": verify}}, E0102={"urgent": True})
    city.worker("g1")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"), **PUBLIC)
    assert case["status"] == "dispatched" and case["due_at"]


def test_verification_is_never_given_to_reporter_or_handler(city, report, accept, step, rows):
    reporter = city.worker("g1")
    case = report(reporter, city.in_grid("g1"), source="video")
    assert (case["status"], case["waiting"]["reason"]) == ("collected", "no_verifier")
    is_sound(case, rows)
    supervisor = city.supervisor()
    refused = step(supervisor, case, "assign_verify", worker_id=str(reporter.id))
    assert (refused.status_code, refused.json["reason"]) == (409, "reported_it")
    item = next(
        i for i in supervisor.get("/supervision/queue").json["items"] if i["incident"]["id"] == case["id"]
    )
    assert "verified" in item["sentence"]["en"]
    other, handler = city.worker("g2"), city.worker("g2", on_duty=False)
    with db.transaction(SYSTEM) as session:  # a former handler may not verify it either
        begun = """insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at)
          values (:i, 'start', 'collected', 'collected', 'system', :who, now())"""
        session.execute(text(begun), {"i": case["id"], "who": handler.id})
    on_duty(handler)
    refused = step(supervisor, case, "assign_verify", worker_id=str(handler.id))
    assert (refused.status_code, refused.json["reason"]) == (409, "handled_it")
    assert solve(city) == 1
    offered = supervisor.get(f"/incidents/{case['id']}").json
    assert (offered["status"], offered["assignment"]["worker"]["id"]) == ("verifying", str(other.id))
    run = supervisor.get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]
    verdict_of = next(v for v in run["candidates"] if v["worker_id"] == str(reporter.id))
    assert verdict_of["reason"] == "reported_it" and "neither verify" in verdict_of["sentence"]["en"]
    is_sound(offered, rows)


def test_case_not_found_by_verifier_is_not_filed_with_reason(city, report, accept, step, rows):
    city.worker("g1")
    reporter = city.worker("g3", on_duty=False)
    case = report(reporter, city.in_grid("g1"), source="leader")
    verifier = city.worker("g2")
    supervisor = city.supervisor()
    case = step(supervisor, case, "assign_verify", worker_id=str(verifier.id)).json
    assert accept(verifier, case).status_code == 200
    bare = step(verifier, case, "verify", result="not_exist")
    assert (bare.status_code, bare.json["errors"][0]["field"]) == (422, "note")
    wrong = step(verifier, case, "verify", result="pass", note="?")
    assert (wrong.status_code, wrong.json["errors"][0]["code"]) == (422, "not_one_of")
    ended = step(verifier, case, "verify", result="not_exist", note="到场未发现").json
    assert (ended["status"], ended["assignment"]) == ("not_filed", None)
    assert ended["closed_at"] and not clocks(case, rows)
    events = reporter.get(f"/incidents/{case['id']}/events").json["items"]
    assert (events[-1]["action"], events[-1]["note"]) == ("verify_not_exist", "到场未发现")
    is_sound(ended, rows)


def test_verification_passes_on_and_supervisor_files_when_nobody_is_left(city, report, accept, step, rows):
    people = {str(p.id): p for p in (city.worker("g1"), city.worker("g2"))}
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"), **PUBLIC)
    for _ in range(2):
        assignee_id = case["assignment"]["worker"]["id"]
        person = people.pop(assignee_id)
        assert accept(person, case).status_code == 200
        case = step(person, case, "verify", result="unable", note="院门锁着").json
    assert (case["status"], case["waiting"]["reason"]) == ("collected", "no_verifier")
    is_sound(case, rows)
    filed = step(city.supervisor(), case, "file", note="电话核实属实").json
    assert filed["status"] == "dispatched" and filed["due_at"]
    is_sound(filed, rows)


def verdict_of(boss, case, person):
    """Return the verdict on `person` in the newest dispatch run."""
    run = boss.get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]
    return next(v for v in run["candidates"] if v["worker_id"] == str(person.id))


def test_verifier_cannot_handle_or_check_case(city, report, accept, step, rows):
    verifier, other, boss = city.worker("g1", name="甲"), city.worker("g2", name="乙"), city.supervisor()
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"), **PUBLIC)
    accept(verifier, case)
    case = step(verifier, case, "verify", result="exists").json
    assert (case["status"], case["assignment"]["worker"]["id"]) == ("dispatched", str(other.id))
    why = verdict_of(boss, case, verifier)
    assert (why["eligible"], why["reason"]) == (False, "verified_it")
    assert "verified" in why["sentence"]["en"] and "核实人" in why["sentence"]["zh"]
    for action in ("reassign", "pin", "override", "assign_second"):
        refused = step(boss, case, action, worker_id=str(verifier.id), note="她近")
        assert (refused.status_code, refused.json["reason"]) == (409, "verified_it"), action
    accept(other, case)
    # Nobody else is there: it waits for a supervisor, and no batch finds the verifier either.
    given = f"/assignments/{case['assignment']['id']}/transitions"
    case = other.post(given, {"action": "fail", "because": "could_not_get_there"}).json
    assert (case["status"], case["waiting"]["reason"]) == ("filed", "nobody_eligible")
    queue = boss.get("/supervision/queue").json["items"]
    assert case["id"] in {item["incident"]["id"] for item in queue}
    assert not solve(city)
    handler = city.worker("g2", name="丙")
    assert solve(city) == 1
    case = boss.get(f"/incidents/{case['id']}").json
    assert case["assignment"]["worker"]["id"] == str(handler.id)
    assert verdict_of(boss, case, verifier)["reason"] == "verified_it"
    accept(handler, case)
    off_duty(other)
    fed = step(handler, case, "feed_back", note="done").json
    assert (fed["status"], fed["waiting"]["reason"]) == ("fed_back", "no_checker")
    refused = step(boss, case, "assign_check", worker_id=str(verifier.id))
    assert (refused.status_code, refused.json["reason"]) == (409, "verified_it")
    is_sound(fed, rows)


def test_verifier_cannot_be_second_or_accept_from_unit_queue(app, settings, report, accept, step, rows):
    rules = {"lifecycle": {"verify": {"categories": ["E0102", "0102"]}}}
    city = make_city(app, settings, profile=rules, E0102={"people": 2})
    verifier, other, boss = city.worker("g1", name="甲"), city.worker("g2", name="乙"), city.supervisor()
    for unit in ("roads", "cleaning"):
        city.grant(verifier, Role.HANDLER, unit=unit)
    reporter = city.worker("g3", on_duty=False)
    alone = report(reporter, city.in_grid("g1"))
    accept(verifier, alone)
    alone = step(verifier, alone, "verify", result="exists").json
    assert alone["assignment"]["worker"]["id"] == str(other.id)
    assert not solve(city)
    queued = report(reporter, city.in_grid("g1"), category="0102")
    accept(verifier, queued)
    queued = step(verifier, queued, "verify", result="exists").json
    assert queued["assignment"]["state"] == "queued"
    step(boss, queued, "add_unit", unit_id=str(city.units["cleaning"]), note="一并处理")
    items = verifier.get("/assignments").json["items"]
    assert {item["role"] for item in items} == {"handle", "joint"}
    for item in items:
        refused = verifier.post(f"/assignments/{item['id']}/accept", {})
        assert (refused.status_code, refused.json["reason"]) == (409, "verified_it"), item["role"]
    for action in ("accept", "accept_part"):
        assert step(verifier, queued, action).json["code"] == "worker_not_eligible"
    assert accept(city.handler("roads"), queued).json["status"] == "accepted"
    is_sound(alone, rows)
    is_sound(boss.get(f"/incidents/{queued['id']}").json, rows)


def test_profile_may_let_verifier_handle_but_not_check(app, settings, report, accept, step, rows):
    verify = {"sources": ["public"], "verifier_may_handle": True}
    city = make_city(app, settings, profile={"lifecycle": {"verify": verify}})
    verifier = city.worker("g1")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"), **PUBLIC)
    accept(verifier, case)
    case = step(verifier, case, "verify", result="exists").json
    assert case["assignment"]["worker"]["id"] == str(verifier.id)
    accept(verifier, case)
    fed = step(verifier, case, "feed_back", note="done").json
    refused = step(city.supervisor(), case, "assign_check", worker_id=str(verifier.id))
    assert refused.json["code"] == "own_work_check"
    is_sound(fed, rows)


def test_late_filing_uses_profile_version_in_force(city, report, rows):
    """Its limits are those of a version that came between report and filing; what it was verified under stays."""
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"), **PUBLIC)
    admin = city.person(Role.ADMIN)
    data = admin.get(f"/jurisdictions/{city.code}/profile").json["data"]
    category = next(item for item in data["taxonomy"]["categories"] if item["code"] == case["category"])
    category["conditions"][0] = {
        "code": "later",
        "name": {"zh": "新", "en": "Later"},
        "limit": {"unit": "natural_day", "amount": 77},
    }
    made = admin.post(f"/jurisdictions/{city.code}/profile", {"data": data})
    assert made.status_code == 201, made.json
    supervisor = city.supervisor()
    path = f"/incidents/{case['id']}/transitions"
    filed = supervisor.post(path, {"action": "file", "note": "电话核实属实"}).json
    assert filed["status"] == "filed", filed  # nobody is there to do it
    whole = "select amount, condition, profile_version_id from deadline where incident_id = :i and stage = 'handle'"
    (row,) = rows(whole, i=case["id"])
    assert (row.amount, row.condition, str(row.profile_version_id)) == (77, "later", made.json["id"])
    now = "select condition, profile_version_id from incident where id = :i"
    assert [(r.condition, str(r.profile_version_id)) for r in rows(now, i=case["id"])] == [
        ("later", made.json["id"])
    ]
    is_sound(filed, rows)


def test_verification_offers_are_declined_and_failed_like_others(city, report, accept, step, rows):
    people = {str(p.id): p for p in (city.worker("g1"), city.worker("g2"))}
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"), **PUBLIC)
    first = people[case["assignment"]["worker"]["id"]]
    declined = first.post(f"/assignments/{case['assignment']['id']}/decline", {"reason": "忙"}).json
    second = people[declined["assignment"]["worker"]["id"]]
    assert second is not first and declined["status"] == "verifying"
    accept(second, declined)
    at = f"/assignments/{declined['assignment']['id']}/transitions"
    given = second.post(at, {"action": "fail", "because": "could_not_get_there"}).json
    assert (given["status"], given["waiting"]["reason"]) == ("collected", "no_verifier")
    is_sound(given, rows)


def test_cases_are_filtered_by_source_and_source_is_immutable(city, report, rows, app):
    city.worker("g1"), city.worker("g2")
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    made = {
        source: report(reporter, city.in_grid("g1"), source=source)["id"]
        for source in ("video", "worker", "signal")
    }
    items = supervisor.get("/incidents?source=video,signal").json["items"]
    assert {i["id"] for i in items} == {made["video"], made["signal"]}
    refused = reporter.post("/incidents", {**city.in_grid("g1"), "source": "import"})
    assert refused.status_code == 422
    with pytest.raises(Exception, match="report"):
        rows("update report set source = 'worker' where id = :i returning id", i=made["video"])


def test_unmerged_case_is_verified_when_merged_before_filing(city, report, accept, step, rows):
    city.worker("g1"), city.worker("g2")
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    target = report(reporter, city.in_grid("g1"))
    case = report(reporter, city.in_grid("g1"), **PUBLIC)
    merged = supervisor.post(
        f"/incidents/{case['id']}/merge", {"into_id": target["id"], "reason": "同一件"}
    ).json
    assert merged["status"] == "not_filed"
    is_sound(merged, rows)
    out = supervisor.post(f"/incidents/{case['id']}/unmerge", {"reason": "不是"}).json
    assert out["status"] == "verifying" and not clocks(case, rows)
    is_sound(out, rows)


def test_lifecycle_profile_extends_built_in_reasons_and_limits():
    from app.profiles.rules.lifecycle import parse_lifecycle

    reason = {"code": "private_land", "name": {"zh": "私人用地", "en": "Private land"}}
    section = {
        "admission": {"grid": ["E01"]},
        "not_filed_reasons": [reason],
        "extension": {"most": {"work_day": 5}},
    }
    rules, silent = parse_lifecycle(section), parse_lifecycle(None)
    assert set(rules.reasons("not_filed")) == {"private_land", "not_found", "duplicate", "other"}
    assert {"insufficient", "other"} < set(silent.reasons("not_filed")) and not silent.reasons("closed")
    assert [rules.admits(code) for code in ("E0102", "E0301")] == [True, False] and silent.admits("E0301")
    assert (rules.extension.most("work_day", 3), rules.extension.most("work_hour", 4)) == (5, 4)


def test_profile_rejects_unknown_verification_sources_and_categories():
    from app.profiles.rules.profile import parse_profile
    from app.profiles.service import packaged_profile

    bad = packaged_profile("generic") | {
        "lifecycle": {"verify": {"categories": ["E9999"], "sources": ["worker"]}}
    }
    with pytest.raises(ValueError, match="E9999 is not in the taxonomy") as refused:
        parse_profile(bad)
    assert {f.path for f in refused.value.findings} == {
        "lifecycle.verify.categories.0",
        "lifecycle.verify.sources.0",
    }
