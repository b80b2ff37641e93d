"""The limit on the verification of a report: its clock, its notices, its figure."""

from datetime import timedelta

import pytest

from app.core import clock
from app.incidents import jobs
from tests.factories import make_city
from tests.incidents.test_verification import PUBLIC, is_sound

NOTICES = {"warn": {"hours": 1}, "escalate": [{"level": "street", "hours": 1}]}
VERIFY = {"sources": ["public"], "limit": {"unit": "urgent_hour", "amount": 4}}


@pytest.fixture(scope="module")
def app(app_alone):
    return app_alone


@pytest.fixture
def city(app, settings):
    made = make_city(app, settings, profile={"deadlines": NOTICES, "lifecycle": {"verify": VERIFY}})
    made.worker("g1"), made.worker("g2")
    return made


@pytest.fixture
def case(city, report):
    return report(city.worker("g3", on_duty=False), city.in_grid("g1"), **PUBLIC)


def limit(person, case):
    person.token = None  # the clock has moved
    listed = person.get(f"/incidents/{case['id']}").json["deadlines"]
    (verify_limit,) = [item for item in listed if item["stage"] == "verify"]
    return verify_limit


def notices(rows, case):
    sql = """select action, detail ->> 'stage' from incident_event
             where incident_id = :i and action in ('warn', 'overdue', 'escalate') order by seq"""
    return [tuple(row) for row in rows(sql, i=case["id"])]


def late_case_ids(person):
    """Return the members of the board's figure of late verifications."""
    person.token = None
    figure = person.get("/supervision/board").json["verify_overdue"]
    members = person.get(figure["members"].removeprefix("/api/v1")).json["items"]
    assert len(members) == figure["count"]
    return [item["id"] for item in members]


def test_verification_limit_warns_escalates_and_is_counted_until_filed(city, case, accept, step, rows):
    boss = city.supervisor()
    began = clock.now()
    shown = limit(boss, case)
    assert (shown["unit"], shown["amount"], shown["ends_with"]) == ("urgent_hour", 4, "filed")
    assert case["due_at"] is None
    is_sound(case, rows)
    for hours, expected in ((2.9, 0), (3.1, 1), (3.9, 1), (4.1, 2), (5.1, 3), (90, 3)):
        jobs.run_due(began + timedelta(hours=hours), limit=10_000)
        assert len(notices(rows, case)) == expected, hours
    assert notices(rows, case) == [(action, "verify") for action in ("warn", "overdue", "escalate")]
    assert late_case_ids(boss) == []
    with clock.at(began + timedelta(hours=5)):
        assert late_case_ids(boss) == [case["id"]]
        board = boss.get("/supervision/board").json
        assert (board["overdue"]["count"], board["stage_overdue"]["count"]) == (0, 0)
        filed = step(boss, case, "file", note="电话核实属实").json
        assert filed["status"] == "dispatched" and filed["due_at"]
        assert late_case_ids(boss) == []
        is_sound(filed, rows)
    ended = limit(boss, case)
    assert ended["stopped_at"] and ended["outcome"] == "overdue"
    with clock.at(began + timedelta(days=30)):
        assert late_case_ids(boss) == []
        jobs.run_due(clock.now(), limit=10_000)
    assert [notice for notice in notices(rows, case) if notice[1] == "verify"] == notices(rows, case)[:3]


@pytest.mark.parametrize("result", ["exists", "not_exist"])
def test_verification_in_time_is_never_overdue(app, settings, report, accept, step, rows, result):
    city = make_city(app, settings, profile={"deadlines": NOTICES, "lifecycle": {"verify": VERIFY}})
    verifier, boss = city.worker("g1"), city.supervisor()
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"), **PUBLIC)
    assert accept(verifier, case).status_code == 200
    done = step(verifier, case, "verify", result=result, note="看过了").json
    assert limit(boss, case)["outcome"] == "met"
    with clock.at(clock.now() + timedelta(hours=9)):
        assert late_case_ids(boss) == []
        jobs.run_due(clock.now(), limit=10_000)
    assert all(stage != "verify" for _, stage in notices(rows, case))
    is_sound(done, rows)


def test_verification_limit_pauses_during_merge(city, case, report, step, rows):
    boss, began = city.supervisor(), clock.now()
    target = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    merge = {"into_id": target["id"], "reason": "同一件"}
    with clock.at(began + timedelta(hours=1)):
        boss.token = None
        assert boss.post(f"/incidents/{case['id']}/merge", merge).status_code == 200
        assert limit(boss, case)["stopped_at"]
    with clock.at(began + timedelta(hours=10)):
        boss.token = None
        out = boss.post(f"/incidents/{case['id']}/unmerge", {"reason": "不是"}).json
        assert out["status"] in ("verifying", "collected")
        # Three of its four hours are left.
        assert late_case_ids(boss) == []
        is_sound(out, rows)
    with clock.at(began + timedelta(hours=13, minutes=1)):
        assert late_case_ids(boss) == [case["id"]]


def test_verification_limit_applies_to_verified_cases_in_any_category(city, case, report, rows):
    plain = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    stages = "select stage, outcome from deadline where incident_id = :i order by stage"
    assert [row.stage for row in rows(stages, i=plain["id"])] == ["handle"]
    boss = city.supervisor()
    fresh = boss.get(f"/incidents/{case['id']}").json
    answer = boss.patch(
        f"/incidents/{case['id']}", {"category": "E0201", "note": "看错了"}, version=fresh["version"]
    )
    assert answer.status_code == 200, answer.json
    assert [tuple(row) for row in rows(stages, i=case["id"])] == [("verify", None)]


def test_profile_rejects_stage_named_verify():
    from tests.unit.test_profile_limits import HERE, WHOLE, faults, stage, with_condition

    listed = [WHOLE, stage("verify", "reported", "filed")]
    assert faults(with_condition(limits=listed)) == [(f"{HERE}.limits.1.stage", "stage_of_verifying")]


def test_packaged_profiles_define_verification_limit():
    from app.profiles.rules.profile import parse_profile
    from app.profiles.service import packaged_profile

    limits = {
        name: parse_profile(packaged_profile(name)).lifecycle.verify.limit for name in ("xihu", "generic")
    }
    assert limits["generic"] is None
    assert (limits["xihu"].limit.unit, limits["xihu"].limit.amount) == ("work_hour", 2)
