"""Pin, lock and override of a case by a supervisor."""

import pytest

from tests.dispatch.acts import call_for_help, held, last_run, off_duty, on_duty, solve


@pytest.fixture
def reporter(city):
    return city.worker("g3", on_duty=False, name="丙")


def test_pinned_case_waits_for_its_worker_and_is_offered_when_on_duty(
    city, report, step, boss, reporter, rows
):
    other, pinned = city.worker("g1", name="甲", on_duty=False), city.worker("g2", name="乙", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    bare = step(boss, case, "pin", worker_id=str(pinned.id))
    assert (bare.status_code, bare.json["errors"][0]["field"]) == (422, "note")
    answer = step(boss, case, "pin", worker_id=str(pinned.id), note="熟悉该处").json
    assert (answer["pinned_to"]["id"], answer["waiting"]["reason"]) == (str(pinned.id), "waits_for_pinned")
    on_duty(other)
    runs = "select count(*) from dispatch_run where incident_id = :i"
    before = rows(runs, i=case["id"])
    assert solve(city) == 0
    assert rows(runs, i=case["id"]) == before  # nothing has changed, so nothing is written
    on_duty(pinned)
    assert solve(city) == 1
    shown = boss.get(f"/incidents/{case['id']}").json["assignment"]
    assert (shown["worker"]["id"], shown["reason"]) == (str(pinned.id), "pinned")
    explanation = boss.get(f"/incidents/{case['id']}/dispatch").json
    assert "督导员已指定由乙承办。" in explanation["runs"][-1]["sentence"]["zh"]
    assert [(o["kind"], o["note"]) for o in explanation["orders"]] == [("pin", "熟悉该处")]
    assert explanation["orders"][0]["sentence"]["en"].startswith("Reserved for 乙")


def test_pin_ends_when_its_worker_declines(city, report, step, boss, reporter):
    other, pinned = city.worker("g1", name="甲"), city.worker("g2", name="乙")
    case = report(reporter, city.in_grid("g1"))
    step(boss, case, "pin", worker_id=str(pinned.id), note="you know it")
    now = step(boss, case, "redispatch").json
    assert now["assignment"]["worker"]["id"] == str(pinned.id)
    after = pinned.post(f"/assignments/{now['assignment']['id']}/decline", {"reason": "too far"}).json
    assert (after["assignment"]["worker"]["id"], after["pinned_to"]) == (str(other.id), None)
    events = boss.get(f"/incidents/{case['id']}/events").json["items"]
    ended = next(e for e in events if e["action"] == "unpin")
    assert (ended["actor"]["kind"], ended["detail"]["because"]) == ("system", "declined")
    assert step(boss, case, "unpin", note="again").json["code"] == "not_pinned"


def test_locked_case_is_not_dispatched_automatically(city, report, step, boss, reporter):
    first, second = city.worker("g1", name="甲"), city.worker("g2", name="乙")
    case = report(reporter, city.in_grid("g1"))
    locked = step(boss, case, "lock", note="警方在场").json
    assert locked["locked_at"] is not None
    after = first.post(f"/assignments/{case['assignment']['id']}/decline", {"reason": "too far"}).json
    assert (after["assignment"], after["waiting"]["reason"]) == (None, "locked")
    run = last_run(boss, case)
    assert (run["outcome"], run["sentence"]["zh"]) == ("waiting", "督导员已锁定案卷，不自动派遣。")
    assert not solve(city)
    refused = step(boss, case, "redispatch")
    assert (refused.status_code, refused.json["code"]) == (409, "case_locked")
    opened = step(boss, case, "unlock", note="they have left").json
    assert (opened["locked_at"], opened["assignment"]["worker"]["id"]) == (None, str(second.id))
    step(boss, case, "lock", note="once more")
    by_hand = step(boss, case, "reassign", worker_id=str(first.id), note="you after all").json
    assert by_hand["assignment"]["worker"]["id"] == str(first.id)


def test_locked_waiting_case_is_excluded_from_batch(city, report, step, boss, reporter):
    worker = city.worker("g1", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    step(boss, case, "lock", note="wait")
    on_duty(worker)
    assert not solve(city)
    step(boss, case, "unlock", note="go")
    assert solve(city, held()) == 1


def test_override_assigns_ineligible_worker_and_records_overridden_rules(city, report, step, boss, reporter):
    worker = city.worker("g1", name="甲", capacity=1)
    report(reporter, city.in_grid("g1"))
    case = report(reporter, city.in_grid("g1"), category="E0603")
    refused = step(boss, case, "reassign", worker_id=str(worker.id), note="you")
    assert refused.status_code == 409
    assert (refused.json["reasons"], refused.json["may_override"]) == (["lacks_skill", "full"], True)
    answer = step(boss, case, "override", worker_id=str(worker.id), note="别无他人").json
    assert (answer["status"], answer["assignment"]["reason"]) == ("dispatched", "override")
    event = boss.get(f"/incidents/{case['id']}/events").json["items"][-1]
    assert (event["action"], event["note"], event["detail"]["overridden"]) == (
        "override",
        "别无他人",
        ["lacks_skill", "full"],
    )
    [verdict] = last_run(boss, case)["candidates"]
    assert verdict["overridden"] == ["lacks_skill", "full"]
    assert "甲已满负荷：1/1" in verdict["sentence"]["zh"]
    assert "甲 lacks a skill" in verdict["sentence"]["en"]


@pytest.mark.parametrize("rule", ["off_duty", "unavailable", "about_subject", "conflict_of_interest"])
def test_override_is_refused_for_rules_that_protect_people(city, report, step, boss, reporter, rule):
    worker = city.worker("g1", name="甲")
    city.worker("g2", name="乙")
    about = {"about": {"kind": "worker", "id": str(worker.id)}, "category": "E0690"}
    case = report(reporter, city.in_grid("g1"), **(about if rule == "about_subject" else {}))
    if rule == "conflict_of_interest":
        body = {"reason": "my brother", "because": rule}
        worker.post(f"/assignments/{case['assignment']['id']}/decline", body)
    elif rule == "off_duty":
        off_duty(worker)
    elif rule == "unavailable":
        call_for_help(worker)
    director = city.supervisor("d") if rule == "about_subject" else boss
    answer = step(director, case, "override", worker_id=str(worker.id), note="you all the same")
    assert (answer.status_code, answer.json.get("code")) == (409, "worker_not_eligible"), answer.json
    assert (answer.json["reason"], answer.json["may_override"]) == (rule, False)
