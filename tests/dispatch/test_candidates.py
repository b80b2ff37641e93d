"""Candidates for a case, computed now, over HTTP: they agree with what assigning answers, and tell no positions."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core import clock
from tests.dispatch.acts import call_for_help, last_run, off_duty, stand
from tests.incidents.cases import read_case
from tests.nonempty import nonempty


def candidates(person, case, query=""):
    answer = person.get(f"/incidents/{case['id']}/candidates{query}")
    assert answer.status_code == 200, answer.json
    return answer.json


def by_name(body):
    return {item["name"]: item for item in body["items"]}


@pytest.fixture
def workers(city):
    """Workers of whom one can take the case, and one each is off duty, full, in need and without a position."""
    people = {
        "甲": city.worker("g1", name="甲"),
        "乙": city.worker("g2", name="乙"),
        "丙": city.worker("g3", name="丙", capacity=1),
        "丁": city.worker("g4", name="丁"),
        "戊": city.worker("g2", name="戊"),
    }
    for name, (x, y) in {"甲": (0.5, 1.5), "乙": (0.5, 0.5), "丙": (1.5, 1.5), "丁": (1.2, 0.5)}.items():
        stand(people[name], *city.at(x, y).values())
    return people


@pytest.fixture
def case(city, workers, boss, report):
    report(boss, city.in_grid("g3"))  # fills 丙
    off_duty(workers["丁"])
    call_for_help(workers["戊"])
    return report(boss, city.in_grid("g1"))


def test_candidates_say_who_could_take_the_case_now_and_why_not(case, boss, workers, city):
    body = candidates(boss, case)
    items = by_name(body)
    assert (body["role"], body["is_admitted"]) == ("handle", True)
    reasons = {name: item["reason"] for name, item in items.items()}
    assert reasons == {
        "甲": "responsible",
        "乙": "nearest_community",
        "丙": "full",
        "丁": "off_duty",
        "戊": "unavailable",
    }
    ranked = [item["name"] for item in body["items"] if item["rank"]]
    assert ranked == ["甲", "乙"] and [items[name]["rank"] for name in ranked] == [1, 2]
    assert (items["丙"]["open_work"], items["丙"]["capacity"], items["丙"]["may_override"]) == (1, 1, True)
    assert not items["丁"]["may_override"] and items["丁"]["reasons"] == ["off_duty"]
    assert items["丙"]["sentence"]["zh"] == "丙已满负荷：1/1。"
    # 0.02 degrees of latitude are 2.2 km.
    assert 2_100 <= items["乙"]["distance_m"] <= 2_300


def test_candidates_tell_rounded_distances_of_people_on_duty_only(case, boss):
    items = by_name(candidates(boss, case))
    assert (items["丁"]["distance_m"], items["丁"]["position_age_s"]) == (None, None)
    located = [item for item in items.values() if item["distance_m"] is not None]
    for item in nonempty(located):
        assert item["distance_m"] % 50 == 0 and item["position_age_s"] % 60 == 0
        assert item["position_age_s"] >= 60
    names = {name for item in items.values() for name in item}
    assert not names & {"lon", "lat", "location", "position", "cost", "cost_total"}
    assert {item["way_s"] for item in items.values()} == {None}


def test_eligible_means_that_assigning_succeeds(case, boss, workers, step):
    """Each verdict is the answer of assigning: 200, or 409 with the same reason."""
    for item in nonempty(candidates(boss, case)["items"]):
        if item["worker_id"] == read_case(boss, case)["assignment"]["worker"]["id"]:
            continue
        again = by_name(candidates(boss, case))[item["name"]]
        answer = step(boss, case, "reassign", worker_id=item["worker_id"], note="请办理")
        assert (answer.status_code == 200) == again["eligible"], (item, answer.json)
        if not again["eligible"]:
            assert (answer.json["reason"], answer.json["reasons"]) == (again["reason"], again["reasons"])
            assert answer.json["may_override"] == again["may_override"]


def test_earlier_refusal_is_told_and_does_not_exclude(case, boss, workers):
    declined = workers["甲"].post(f"/assignments/{case['assignment']['id']}/decline", {"reason": "远"})
    assert declined.status_code == 200
    item = by_name(candidates(boss, case))["甲"]
    assert (item["eligible"], item["earlier"]) == (True, "declined")
    assert item["sentence"]["en"].endswith("甲 declined this case.")
    by_rules = {verdict["name"]: verdict["reason"] for verdict in last_run(boss, case)["candidates"]}
    assert by_rules["甲"] == "declined"


def test_subject_of_a_case_is_no_candidate(city, boss, workers, report):
    about = {"kind": "worker", "id": str(workers["乙"].id)}
    case = report(city.supervisor("d"), city.in_grid("g1"), category="E0690", about=about)
    assert "乙" not in by_name(candidates(city.supervisor("d"), case))


def test_reading_candidates_changes_nothing(case, boss, rows):
    def state():
        return rows(
            """select (select count(*) from dispatch_run where incident_id = :i), (select count(*) from offer),
                 (select count(*) from incident_event where incident_id = :i), (select version from incident where id = :i)""",
            i=case["id"],
        )

    before = state()
    candidates(boss, case)
    candidates(boss, case, "?role=check")
    assert state() == before


def test_candidates_are_for_those_who_direct_the_case(case, city, boss, workers, step):
    path = f"/incidents/{case['id']}/candidates"
    assert workers["甲"].get(path).status_code == 403
    assert boss.get(f"{path}?role=joint").status_code == 422
    assert step(boss, case, "force_close", note="重复", reason="other").status_code == 200
    assert (boss.get(path).status_code, boss.get(path).json["code"]) == (409, "transition_illegal")


def test_workers_beyond_the_area_of_the_supervisor_are_left_out(case, city):
    narrow = city.supervisor("c1")
    assert set(by_name(candidates(narrow, case))) == {"甲", "乙", "戊"}


def test_workers_with_a_distance_see_who_compared_them_and_others_do_not(case, boss, workers, rows):
    """Seen red without the record, and with all candidates in it."""
    items = by_name(candidates(boss, case))
    compared = {name for name, item in items.items() if item["distance_m"] is not None}
    assert {"甲", "乙", "丙"} == compared
    (event,) = rows("select * from audit_event where action = 'worker.compare' and actor_id = :a", a=boss.id)
    assert (event.entity, event.entity_id) == ("worker", None)
    assert event.detail["incident_id"] == case["id"] and event.detail["purpose"] == "dispatch"
    assert set(event.detail["worker_ids"]) == {str(workers[name].id) for name in compared}
    for name, worker in nonempty(workers.items()):
        acts = [act for act in worker.get("/me/audit").json["items"] if act["action"] == "worker.compare"]
        assert len(acts) == (name in compared)
    sentence = workers["甲"].get("/me/audit").json["items"][0]["sentence"]
    assert sentence["zh"].endswith("为派遣案卷比较了外勤人员的距离。")
    assert case["case_no"] not in str(workers["甲"].get("/me/audit").json)


def test_comparing_candidates_is_rate_limited(case, boss, app, monkeypatch):
    """Seen red without the check. Locating has a limit of its own."""
    settings = replace(app.extensions["settings"], candidates_per_window=2)
    monkeypatch.setitem(app.extensions, "settings", settings)
    candidates(boss, case)
    candidates(boss, case)
    refused = boss.get(f"/incidents/{case['id']}/candidates")
    assert (refused.status_code, refused.json["code"]) == (429, "locate_throttled")
    assert 0 < int(refused.headers["Retry-After"]) <= 3601
    boss.token = None  # it ends before the window
    with clock.at(clock.now() + timedelta(minutes=61)):
        candidates(boss, case)
