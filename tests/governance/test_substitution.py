"""Substitution of an absent worker: grids, offers and accepted cases, without the reason."""

from datetime import timedelta

import pytest

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.workforce import service as workforce
from tests.factories import in_days


def at(**ahead) -> str:
    return (clock.now() + timedelta(**ahead)).isoformat()


def create_substitution(boss, absent, other, **fields):
    body = {"substitute_id": str(other.id), "until": at(days=3), **fields}
    return boss.post(f"/workers/{absent.id}/substitute", body)


def holder(case):
    return case["assignment"]["worker"]["id"]


def test_report_in_grid_of_absent_worker_is_assigned_to_substitute(city, report):
    absent, other = city.worker("g1", name="甲"), city.worker("g4", name="丁")
    nearer = city.worker("g2", name="近")  # of the same community, and would be next in the ring
    boss, reporter = city.supervisor(), city.worker("g3", name="丙")
    answer = create_substitution(boss, absent, other)
    assert answer.status_code == 200, answer.json
    case = report(reporter, city.in_grid("g1"))
    assert holder(case) == str(other.id) != str(nearer.id)
    run = boss.get(f"/incidents/{case['id']}/dispatch").json["runs"][0]
    verdicts = {v["worker_id"]: (v["reason"], v["relation"]) for v in run["candidates"]}
    assert verdicts[str(absent.id)] == ("off_duty", "worker")
    assert verdicts[str(other.id)] == ("responsible", "substitute")


def test_open_offers_of_absent_worker_move_to_substitute(city, report):
    absent, other = city.worker("g1"), city.worker("g4")
    city.worker("g2")
    case = report(city.worker("g3"), city.in_grid("g1"))
    assert holder(case) == str(absent.id)
    answer = create_substitution(city.supervisor(), absent, other)
    assert answer.json["offers_passed_on"] == 1
    assert holder(other.get(f"/incidents/{case['id']}").json) == str(other.id)


@pytest.mark.parametrize("hand_over", [False, True])
def test_accepted_cases_of_absent_worker_are_listed_and_handed_over_on_request(
    city, report, accept, step, rows, hand_over
):
    absent, other = city.worker("g1"), city.worker("g4")
    reporter, boss = city.worker("g3"), city.supervisor()
    case, waiting = report(reporter, city.in_grid("g1")), report(reporter, city.in_grid("g1"))
    for taken in (case, waiting):
        assert accept(absent, taken).status_code == 200
    assert step(boss, waiting, "defer", until=in_days(9), note="parts").status_code == 200
    answer = create_substitution(boss, absent, other, hand_over=hand_over).json
    remaining = {item["id"]: item["reason"] for item in answer["kept"]}
    now = boss.get(f"/incidents/{case['id']}").json
    if hand_over:
        assert [item["id"] for item in answer["handed_over"]] == [case["id"]]
        assert remaining == {waiting["id"]: "transition_illegal"}
        assert (holder(now), now["assignment"]["state"]) == (str(other.id), "offered")
        assert accept(other, now).status_code == 200
    else:
        assert answer["handed_over"] == []
        assert remaining == {case["id"]: None, waiting["id"]: None}
        assert holder(now) == str(absent.id)
    loads = dict(
        rows(
            "select worker_id, open_work from worker_load where worker_id in (:a, :b)",
            a=absent.id,
            b=other.id,
        )
    )
    assert loads == ({absent.id: 1, other.id: 1} if hand_over else {absent.id: 2, other.id: 0})


def test_check_is_handed_over_to_substitute_other_than_handler(city, report, accept, step):
    handler, absent, other = city.worker("g1"), city.worker("g2"), city.worker("g4")
    boss, reporter = city.supervisor(), city.worker("g3", on_duty=False)
    case_ids = []
    for _ in range(2):
        case = report(reporter, city.in_grid("g1"))
        assert accept(handler, case).status_code == 200
        case = step(handler, case, "feed_back", note="done").json
        assert holder(case) == str(absent.id)
        assert accept(absent, case).status_code == 200
        case_ids.append(case["id"])
    to_handler = create_substitution(boss, absent, handler, until=at(hours=1), hand_over=True).json
    assert to_handler["handed_over"] == []
    assert {item["id"]: item["reason"] for item in to_handler["kept"]} == dict.fromkeys(
        case_ids, "own_work_check"
    )
    assert boss.post(f"/substitutions/{to_handler['substitution']['id']}/end", {}).status_code == 200
    handed = create_substitution(boss, absent, other, hand_over=True).json
    assert sorted(item["id"] for item in handed["handed_over"]) == sorted(case_ids)
    assert all(item["role"] == "check" for item in handed["handed_over"])


def test_accepted_case_stays_with_absent_worker_when_substitute_is_full(city, report, accept):
    absent, full = city.worker("g1"), city.worker("g4", capacity=0)
    boss = city.supervisor()
    case = report(city.worker("g3"), city.in_grid("g1"))
    assert accept(absent, case).status_code == 200
    answer = create_substitution(boss, absent, full, hand_over=True).json
    assert [(item["id"], item["reason"]) for item in answer["kept"]] == [(case["id"], "full")]
    now = boss.get(f"/incidents/{case['id']}").json
    assert (holder(now), now["status"]) == (str(absent.id), "accepted")


def test_substitution_ends_at_its_end_time(city, report):
    absent, other = city.worker("g1"), city.worker("g4")
    reporter, boss = city.worker("g3"), city.supervisor()
    create_substitution(boss, absent, other)

    def days_on(days: float):
        for person in (absent, reporter, boss):
            person.token = None  # signed in anew, by the clock of that day
        return clock.at(clock.now() + timedelta(days=days))

    with days_on(2.9):
        assert holder(report(reporter, city.in_grid("g1"))) == str(other.id)
    with days_on(3.1):
        assert absent.post(f"/workers/{absent.id}/duty", {"on_duty": True}).status_code == 200
        assert boss.get("/substitutions").json["items"] == []
        case = report(reporter, city.in_grid("g1"))
        assert holder(case) == str(absent.id)
        run = boss.get(f"/incidents/{case['id']}/dispatch").json["runs"][0]
        assert str(other.id) not in {
            v["worker_id"] for v in run["candidates"] if v["relation"] == "substitute"
        }


def test_substitution_can_be_ended_early_and_started_again(city, rows):
    absent, other, boss = city.worker("g1"), city.worker("g4"), city.supervisor()
    made = create_substitution(boss, absent, other).json["substitution"]
    grids = (
        "select count(*) from responsibility where worker_id = :id and role = 'substitute' and valid @> :now"
    )
    assert rows(grids, id=other.id, now=clock.now())[0][0] == 1
    path = f"/substitutions/{made['id']}/end"
    ended = boss.post(path, {})
    assert ended.status_code == 200 and ended.json["until"] < made["until"]
    assert rows(grids, id=other.id, now=clock.now())[0][0] == 0
    assert boss.post(path, {}).json == ended.json
    assert create_substitution(boss, absent, other).status_code == 200
    later = create_substitution(boss, absent, other, since=at(days=4), until=at(days=5)).json["substitution"]
    assert boss.post(f"/substitutions/{later['id']}/end", {}).status_code == 200
    assert create_substitution(boss, absent, other, since=at(days=4), until=at(days=5)).status_code == 200
    events = rows(
        "select action from audit_event where entity_id = :id and action like 'substitution.%' order by id",
        id=absent.id,
    )
    assert [a for (a,) in events] == [
        f"substitution.{step}" for step in ("begin", "end", "begin", "begin", "end", "begin")
    ]


def test_future_substitution_has_no_effect_yet(city, report):
    absent, other, boss = city.worker("g1"), city.worker("g4"), city.supervisor()
    refused = create_substitution(boss, absent, other, since=at(days=1), hand_over=True)
    assert refused.json["errors"] == [
        {"field": "hand_over", "code": "not_yet", "message": refused.json["errors"][0]["message"]}
    ]
    assert create_substitution(boss, absent, other, since=at(days=1)).status_code == 200
    assert holder(report(city.worker("g3"), city.in_grid("g1"))) == str(absent.id)
    assert boss.get(f"/workers/{absent.id}").json["on_duty"] is True


def test_substitution_is_refused_for_invalid_substitute(city):
    absent, other, third = (city.worker(grid) for grid in ("g1", "g4", "g3"))
    boss = city.supervisor()
    self_substitution = create_substitution(boss, absent, absent)
    assert (self_substitution.status_code, self_substitution.json["errors"][0]["code"]) == (
        422,
        "substitute_is_herself",
    )
    assert create_substitution(boss, absent, other).status_code == 200
    for who, by, code in (
        (absent, third, "substitution_overlaps"),
        (third, absent, "substitute_is_absent"),
    ):
        answer = create_substitution(boss, who, by)
        assert (answer.status_code, answer.json["code"]) == (409, code)
    homeless = city.worker(None)
    city.grant(homeless, Role.WORKER, area="s")
    assert create_substitution(boss, homeless, other).json["code"] == "nothing_to_stand_in_for"
    assert city.person(Role.ADMIN).post(f"/accounts/{other.id}/disable").status_code == 200
    assert create_substitution(boss, third, other).json["code"] == "substitute_unavailable"
    for until in (at(days=-1), at(days=400)):
        assert create_substitution(boss, third, other, until=until).status_code == 422


def test_substitution_returns_422_for_grids_of_other_worker(city, rows):
    absent, other, boss = city.worker("g1"), city.worker("g4"), city.supervisor()
    refused = create_substitution(boss, absent, other, grid_ids=[str(city.areas["g2"])])
    assert refused.json["errors"][0]["field"] == "grid_ids"
    assert create_substitution(boss, absent, other, grid_ids=[str(city.areas["g1"])]).status_code == 200


def test_substitution_returns_404_for_worker_outside_own_areas(city):
    absent, other = city.worker("g1"), city.worker("g3")
    boss = city.supervisor("c1")
    assert create_substitution(boss, absent, other).status_code == 404
    assert create_substitution(boss, other, absent).status_code == 404


def test_substitution_excludes_grids_outside_own_areas(city, rows):
    absent, other, boss = city.worker("g1"), city.worker("g2"), city.supervisor("c1")
    with db.transaction(SYSTEM) as session:
        workforce.set_responsibility(
            session, SYSTEM, worker_id=absent.id, area_id=city.areas["g3"], role="worker"
        )
    assert create_substitution(boss, absent, other).status_code == 200
    lent = rows(
        "select area_id from responsibility where worker_id = :id and role = 'substitute'", id=other.id
    )
    assert [row.area_id for row in lent] == [city.areas["g1"]]


def test_substitution_returns_remaining_coverage_gaps(city):
    absent, other, boss = city.worker("g1"), city.worker("g4"), city.supervisor()
    for who in (absent, other):
        body = {"worker_id": str(who.id), "since": at(hours=1), "until": at(hours=2 if who is other else 8)}
        assert boss.post("/shifts", body).status_code == 201
    [coverage] = create_substitution(boss, absent, other, until=at(hours=5)).json["gaps"]
    assert coverage["grid"]["id"] == str(city.areas["g1"])
    assert [gap["reason"] for gap in coverage["gaps"]] == ["nobody_planned", "nobody_planned"]


def test_substitution_reason_is_visible_to_its_author_and_absent_worker_only(city, rows):
    absent, other, boss = city.worker("g1"), city.worker("g4"), city.supervisor()
    why = f"sick leave {uuid7()}"
    made = create_substitution(boss, absent, other, reason=why).json["substitution"]
    assert (made["kind"], made["reason"]) == ("absent", why)
    chief = city.worker("c1", role="chief", name="网格长")
    for who, reason in (
        (boss, why),
        (absent, why),
        (other, None),
        (chief, None),
        (city.supervisor(), None),
        (city.person(Role.ADMIN), None),
    ):
        listed = who.get(f"/substitutions?worker_id={absent.id}").json["items"]
        assert [(s["id"], s["reason"]) for s in listed] == [(made["id"], reason)]
    assert city.worker("g2").get("/substitutions").json["items"] == []
    for table in ("audit_event", "fact_history", "incident_event", "change_log"):
        assert not rows(f"select 1 from {table} t where t::text like :why", why=f"%{why}%"), table


def test_on_duty_list_returns_substitute_of_absent_worker(city):
    absent, other, boss = city.worker("g1", name="缺"), city.worker("g4", name="替"), city.supervisor()
    assert create_substitution(boss, absent, other, reason="flu").status_code == 200
    workers_by_name = {item["name"]: item for item in boss.get("/workers/on-duty").json["items"]}
    assert workers_by_name["缺"]["state"] == "absent" and workers_by_name["缺"]["on_duty"] is False
    assert workers_by_name["缺"]["substituted_by"]["id"] == str(other.id)
    assert [p["name"] for p in workers_by_name["缺"]["grids"][0]["covered_by"]] == ["替"]
    assert workers_by_name["替"]["substituted_by"] is None
