"""A worker's week beside her street's: weighed, bounded, shown to her first, and contested before it is used."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.areas.service import packaged_profile
from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.workforce import service as workforce
from tests.dispatch.acts import solve
from tests.factories import make_city

WEIGHTS = packaged_profile("generic")["dispatch_weights"] | {"fairness": 600}


@pytest.fixture
def city(app, settings):
    hours = {"span_hours_most": 12, "rest_hours_least": 11}
    return make_city(app, settings, profile={"dispatch_weights": WEIGHTS, "duty": hours})


def figures(person):
    answer = person.get("/me/figures")
    assert answer.status_code == 200, answer.json
    return {one["name"]: one for one in answer.json["figures"]}


def members(person, name):
    return person.get(f"/me/figures/{name}/members").json["items"]


def contested(person, name="load", **said):
    answer = person.post(f"/me/figures/{name}/contest", {"words": "这不是我办的"} | said)
    assert answer.status_code == 201, answer.json
    return answer.json


def resolved(person, contest, outcome):
    body = {"outcome": outcome, "reason": "已核对"}
    return person.post(f"/supervision/contests/{contest['id']}/resolve", body)


def last_run(person, case):
    return person.get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]


@pytest.fixture
def worked(city, report):
    """Two of one grid, of whom the first has had four of the last week's cases."""
    busy, idle = city.worker("g1", name="忙"), city.worker("g1", name="闲", on_duty=False)
    reporter = city.worker("g3", on_duty=False)
    for _ in range(4):
        case = report(reporter, city.in_grid("g1"))
        busy.post(f"/assignments/{case['assignment']['id']}/accept", {})
        busy.post(f"/incidents/{case['id']}/transitions", {"action": "return", "note": "不属本网格"})
    with db.transaction(SYSTEM) as session:
        workforce.start_duty(session, SYSTEM, worker_id=idle.id)
    return busy, idle, reporter


def test_who_has_had_more_is_asked_later_and_told_so_and_the_decision_can_be_made_again(city, worked, report):
    busy, idle, reporter = worked
    supervisor = city.supervisor()
    case = report(reporter, city.in_grid("g1"))
    assert case["assignment"]["worker"]["id"] == str(idle.id)
    run = last_run(supervisor, case)
    cost = {v["worker_id"]: v["cost"].get("fairness") for v in run["candidates"]}
    # Four, none, and none of whoever reported: a mean of 4/3, of which four are two more than it.
    assert (cost[str(busy.id)], cost[str(idle.id)]) == (1200.0, None)
    again = supervisor.post(f"/incidents/{case['id']}/dispatch/{run['id']}/replay", {}).json
    assert again["same"] is True
    seen = figures(busy)["load"]
    assert (seen["count"], seen["street_mean"]) == (4, 1.3)
    assert len(members(busy, "load")) == 4


def test_what_she_contests_is_neither_used_nor_seen_until_somebody_else_has_resolved_it(
    city, worked, report, rows
):
    busy, idle, reporter = worked
    before = report(reporter, city.in_grid("g1"))
    assert idle.post(f"/assignments/{before['assignment']['id']}/accept", {}).status_code == 200
    supervisor, stranger = city.supervisor(), city.supervisor("c2")

    def week():
        page = supervisor.get("/supervision/workers?limit=500").json["items"]
        return next(w["week"] for w in page if w["id"] == str(busy.id))

    assert (week()["load"], week()["street_mean"]) == (4, 1.7)
    member = members(busy, "load")[0]["id"]
    one = contested(busy, member_id=member)
    assert figures(busy)["load"]["is_contested"] and figures(busy)["load"]["count"] == 4
    assert week()["load"] is None
    twice = busy.post("/me/figures/load/contest", {"words": "还是不对"})
    assert (twice.status_code, twice.json["code"]) == (409, "contest_open")
    case = report(reporter, city.in_grid("g1"))
    cost = {v["worker_id"]: v["cost"] for v in last_run(supervisor, case)["candidates"]}
    assert "fairness" not in cost[str(busy.id)] and "fairness" in cost[str(idle.id)]
    assert [c["id"] for c in supervisor.get("/supervision/contests").json["items"]] == [one["id"]]
    assert stranger.get("/supervision/contests").json["items"] == []
    assert resolved(stranger, one, "upheld").status_code == 404
    assert resolved(supervisor, one, "upheld").json["outcome"] == "upheld"
    assert resolved(supervisor, one, "dismissed").json["code"] == "contest_resolved"
    # What was upheld counts no more, and the rest does again.
    assert (figures(busy)["load"]["count"], week()["load"]) == (3, 3)
    assert member not in {m["id"] for m in members(busy, "load")}
    whole = contested(busy)
    assert resolved(supervisor, whole, "dismissed").status_code == 200
    assert figures(busy)["load"]["count"] == 3
    whole = contested(busy)
    resolved(supervisor, whole, "upheld")
    assert (figures(busy)["load"]["count"], members(busy, "load")) == (0, [])
    acts = rows(
        "select action from audit_event where entity_id = :w and action like 'figure.%' order by id",
        w=busy.id,
    )
    assert [a.action for a in acts] == ["figure.contest", "figure.resolve"] * 3
    told = rows(
        "select distinct bucket from change_log where entity = 'figure_contest' and row_id = :i", i=one["id"]
    )
    assert [t.bucket for t in told] == [f"worker:{busy.id}"]


def test_nobody_resolves_her_own(city, worked):
    busy, _, _ = worked
    city.grant(busy, Role.SUPERVISOR, area="s")
    answer = resolved(busy, contested(busy), "upheld")
    assert (answer.status_code, answer.json["code"]) == (409, "own_contest")


def test_only_what_reached_her_and_what_she_was_free_to_take_counts(city, report, rows):
    worker, reporter = city.worker("g1", name="甲"), city.worker("g3", on_duty=False)
    for because in ("conflict_of_interest", "other"):
        case = report(reporter, city.in_grid("g1"))
        body = {"reason": "不便", "because": because}
        assert worker.post(f"/assignments/{case['assignment']['id']}/decline", body).status_code == 200
    for state in ("undelivered", "expired"):
        case = report(reporter, city.in_grid("g1"))
        with db.transaction(SYSTEM) as session:
            session.execute(
                text("update offer set state = :s, answered_at = :now where incident_id = :i"),
                {"s": state, "i": case["id"], "now": clock.now()},
            )
            session.execute(
                text("update assignment set state = 'failed', ended_at = :now where incident_id = :i"),
                {"i": case["id"], "now": clock.now()},
            )
    found = figures(worker)
    assert [found[name]["count"] for name in ("load", "declined", "expired")] == [0, 1, 1]
    assert [m["reason"] for m in members(worker, "declined")] == ["不便"]
    assert worker.get("/me/figures/anything/members").status_code == 404


def _on_duty_since(person, hours, until=None):
    now = clock.now()
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("insert into duty (id, worker_id, during) values (:id, :w, tstzrange(:a, :b))"),
            {
                "id": uuid7(),
                "w": person.id,
                "a": now - timedelta(hours=hours),
                "b": None if until is None else now - timedelta(hours=until),
            },
        )


def test_a_day_that_is_too_long_takes_nothing_new_in_any_tier_nor_by_order(city, report):
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    long, tired = (city.worker("g1", name=name, on_duty=False) for name in ("久", "倦"))
    _on_duty_since(long, 13)
    _on_duty_since(tired, 20, until=8)
    _on_duty_since(tired, 1)
    case = report(reporter, city.in_grid("g1"))
    assert case["waiting"]["reason"] == "nobody_eligible"
    verdicts = {v["name"]: v for v in last_run(supervisor, case)["candidates"]}
    assert (verdicts["久"]["reason"], verdicts["倦"]["reason"]) == ("duty_too_long", "too_little_rest")
    assert "maximum time on duty" in verdicts["久"]["sentence"]["en"]
    assert solve(city) == 0
    run = last_run(supervisor, case)
    assert (run["tier"], run["left_out"]["duty_too_long"], run["left_out"]["too_little_rest"]) == (1, 1, 1)
    body = {"action": "reassign", "worker_id": str(long.id), "note": "请办理"}
    refused = supervisor.post(f"/incidents/{case['id']}/transitions", body)
    assert (refused.status_code, refused.json["reason"]) == (409, "duty_too_long")
