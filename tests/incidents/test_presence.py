"""Proof of presence at the steps that are taken where a case is, by the policy of its category."""

import pytest

from app.core import db
from app.core.actor import SYSTEM
from app.profiles import service as profiles


def _near(place, metres=0):
    return {"lon": place["lon"], "lat": place["lat"] + metres / 111_195, "accuracy_m": 5}


@pytest.fixture
def policy(city):
    """Publish a profile with this policy; for one category, if one is named."""

    def publish(policy, *, category=None):
        rule = {"policy": policy, "radius_m": 100, "fresh_minutes": 10}
        data = profiles.packaged_profile("generic") | {
            "taxonomy": profiles.packaged_profile("xihu")["taxonomy"]
        }
        if category is None:
            data["presence"] = rule
        else:
            data["presence"] = rule | {"policy": "off"}
            for item in data["taxonomy"]["categories"]:
                if item["code"] == category:
                    item["presence"] = rule
        with db.transaction(SYSTEM) as session:
            profiles.publish_profile(session, SYSTEM, code=city.code, data=data)

    return publish


@pytest.fixture
def case(city, report, accept):
    worker = city.worker("g1")

    def make():
        case = report(city.worker("g3"), city.in_grid("g1"))
        assert accept(worker, case).status_code == 200
        return worker, case

    return make


def presence_of(person, case, action):
    events = person.get(f"/incidents/{case['id']}/events").json["items"]
    return next(e["detail"].get("presence") for e in events if e["action"] == action)


def test_presence_is_not_compared_when_policy_is_off(city, policy, case, step):
    policy("off")
    worker, made = case()
    fix = _near(city.in_grid("g1"), 5000)
    assert step(worker, made, "feed_back", note="done", fix=fix).status_code == 200
    assert presence_of(city.supervisor(), made, "feed_back") is None


def test_presence_doubts_are_stored_and_shown_to_directors(city, policy, case, step):
    policy("warn")
    worker, made = case()
    fix = _near(city.in_grid("g1"), 5000)
    assert step(worker, made, "feed_back", note="done", fix=fix | {"mock": True}).status_code == 200
    presence = presence_of(city.supervisor(), made, "feed_back")
    assert presence["doubts"] == ["away", "mock"] and 4950 < presence["distance_m"] < 5050
    assert presence_of(worker, made, "feed_back") == presence  # their own step
    assert presence_of(city.worker("c1", role="chief"), made, "feed_back") is None


def test_step_requires_reason_when_presence_is_doubtful(city, policy, case, step):
    policy("require_reason")
    worker, made = case()
    answer = step(worker, made, "feed_back", note="done", headers={"Accept-Language": "zh"})
    assert answer.status_code == 422
    fault = answer.json["errors"][0]
    assert (fault["field"], fault["code"], fault["doubts"]) == (
        "presence_reason",
        "presence_reason_required",
        ["no_fix"],
    )
    assert "现场" in fault["message"] or "地点" in fault["message"]
    assert step(worker, made, "feed_back", note="done", presence_reason="在地下室").status_code == 200
    assert presence_of(city.supervisor(), made, "feed_back")["reason"] == "在地下室"


def test_step_is_blocked_until_presence_is_shown(city, policy, case, step):
    policy("block")
    worker, made = case()
    place = city.in_grid("g1")
    for fix in (None, _near(place, 500), _near(place) | {"mock": True}, _near(place) | {"age_s": 3600}):
        answer = step(
            worker, made, "feed_back", note="done", presence_reason="x", **({"fix": fix} if fix else {})
        )
        assert (answer.status_code, answer.json["code"]) == (409, "presence_not_shown")
        assert answer.json["doubts"]
    assert step(worker, made, "feed_back", note="done", fix=_near(place, 60)).status_code == 200
    assert presence_of(city.supervisor(), made, "feed_back")["doubts"] == []


def test_presence_policy_applies_per_category(city, policy, case, step):
    policy("block", category="E0102")
    worker, made = case()
    assert step(worker, made, "feed_back", note="done").json["code"] == "presence_not_shown"


def test_check_step_compares_presence_of_checker(city, policy, case, step, accept):
    policy("warn")
    worker, made = case()
    checker = city.worker("g2")
    place = city.in_grid("g1")
    fed = step(worker, made, "feed_back", note="done", fix=_near(place)).json
    assert accept(checker, fed).status_code == 200
    assert step(checker, fed, "check", result="pass", fix=_near(place, 2000)).status_code == 200
    assert presence_of(city.supervisor(), made, "check_pass")["doubts"] == ["away"]


def test_report_is_accepted_under_blocking_presence_policy(city, policy, report):
    policy("block")
    reporter, place = city.worker("g3"), city.in_grid("g1")
    made = report(reporter, place, fix=_near(place, 900), presence_reason="seen from the train")
    presence = presence_of(city.supervisor(), made, "report")
    assert (presence["doubts"], presence["reason"]) == (["away"], "seen from the train")
    assert presence_of(city.supervisor(), report(reporter, place), "report") is None


def test_fix_is_refused_for_steps_not_on_the_spot(city, policy, case, step):
    policy("warn")
    worker, made = case()
    assert step(worker, made, "note", note="x", fix=_near(city.in_grid("g1"))).status_code == 422
    assert step(worker, made, "start", presence_reason="x").status_code == 422
