"""Weekly load in dispatch cost, duty limits, and contests of a worker's figures."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.profiles.service import packaged_profile
from app.workforce import service as workforce
from tests.dispatch.acts import last_run, solve
from tests.factories import make_city

WEIGHTS = packaged_profile("generic")["dispatch_weights"] | {"fairness": 600}


@pytest.fixture
def city(app, settings):
    hours = {"span_hours_most": 12, "rest_hours_least": 11}
    return make_city(app, settings, profile={"dispatch_weights": WEIGHTS, "duty": hours})


def figures(person):
    answer = person.get("/me/figures")
    assert answer.status_code == 200, answer.json
    return {figure["name"]: figure for figure in answer.json["figures"]}


def members(person, name):
    return person.get(f"/me/figures/{name}/members").json["items"]


def contest_figure(person, name="load", **fields):
    answer = person.post(f"/me/figures/{name}/contest", {"words": "这不是我办的"} | fields)
    assert answer.status_code == 201, answer.json
    return answer.json


def resolve_contest(person, contest, outcome):
    body = {"outcome": outcome, "reason": "已核对"}
    return person.post(f"/supervision/contests/{contest['id']}/resolve", body)


@pytest.fixture
def workers_with_history(city, report):
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


def test_dispatch_prefers_worker_with_lower_weekly_load_and_is_replayable(city, workers_with_history, report):
    busy, idle, reporter = workers_with_history
    supervisor = city.supervisor()
    case = report(reporter, city.in_grid("g1"))
    assert case["assignment"]["worker"]["id"] == str(idle.id)
    run = last_run(supervisor, case)
    cost = {v["worker_id"]: v["cost"].get("fairness") for v in run["candidates"]}
    # Loads of 4, 0 and 0 (the reporter): the mean is 4/3, and 4 is more than two above it.
    assert (cost[str(busy.id)], cost[str(idle.id)]) == (1200.0, None)
    again = supervisor.post(f"/incidents/{case['id']}/dispatch/{run['id']}/replay", {}).json
    assert again["same"] is True
    seen = figures(busy)["load"]
    assert (seen["count"], seen["street_mean"]) == (4, 1.3)
    assert len(members(busy, "load")) == 4


def test_contested_figure_is_not_used_until_resolved_by_other_supervisor(
    city, workers_with_history, report, rows
):
    busy, idle, reporter = workers_with_history
    before = report(reporter, city.in_grid("g1"))
    assert idle.post(f"/assignments/{before['assignment']['id']}/accept", {}).status_code == 200
    supervisor, stranger = city.supervisor(), city.supervisor("c2")

    def week():
        page = supervisor.get("/supervision/workers?limit=500").json["items"]
        return next(w["week"] for w in page if w["id"] == str(busy.id))

    assert (week()["load"], week()["street_mean"]) == (4, 1.7)
    member = members(busy, "load")[0]["id"]
    contest = contest_figure(busy, member_id=member)
    assert figures(busy)["load"]["is_contested"] and figures(busy)["load"]["count"] == 4
    assert week()["load"] is None
    twice = busy.post("/me/figures/load/contest", {"words": "还是不对"})
    assert (twice.status_code, twice.json["code"]) == (409, "contest_open")
    case = report(reporter, city.in_grid("g1"))
    cost = {v["worker_id"]: v["cost"] for v in last_run(supervisor, case)["candidates"]}
    assert "fairness" not in cost[str(busy.id)] and "fairness" in cost[str(idle.id)]
    assert [c["id"] for c in supervisor.get("/supervision/contests").json["items"]] == [contest["id"]]
    assert stranger.get("/supervision/contests").json["items"] == []
    assert resolve_contest(stranger, contest, "upheld").status_code == 404
    assert resolve_contest(supervisor, contest, "upheld").json["outcome"] == "upheld"
    assert resolve_contest(supervisor, contest, "dismissed").json["code"] == "contest_resolved"
    # What was upheld counts no more, and the rest does again.
    assert (figures(busy)["load"]["count"], week()["load"]) == (3, 3)
    assert member not in {m["id"] for m in members(busy, "load")}
    whole = contest_figure(busy)
    assert resolve_contest(supervisor, whole, "dismissed").status_code == 200
    assert figures(busy)["load"]["count"] == 3
    whole = contest_figure(busy)
    resolve_contest(supervisor, whole, "upheld")
    assert (figures(busy)["load"]["count"], members(busy, "load")) == (0, [])
    acts = rows(
        "select action from audit_event where entity_id = :w and action like 'figure.%' order by id",
        w=busy.id,
    )
    assert [a.action for a in acts] == ["figure.contest", "figure.resolve"] * 3
    change_rows = rows(
        "select distinct bucket from change_log where entity = 'figure_contest' and row_id = :i",
        i=contest["id"],
    )
    assert [t.bucket for t in change_rows] == [f"worker:{busy.id}"]


def test_contest_resolution_returns_409_for_own_contest(city, workers_with_history):
    busy, _, _ = workers_with_history
    city.grant(busy, Role.SUPERVISOR, area="s")
    answer = resolve_contest(busy, contest_figure(busy), "upheld")
    assert (answer.status_code, answer.json["code"]) == (409, "own_contest")


def test_figures_exclude_undelivered_offers_and_conflicts_of_interest(city, report, rows):
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
    worker_figures = figures(worker)
    assert [worker_figures[name]["count"] for name in ("load", "declined", "expired")] == [0, 1, 1]
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


def test_dispatch_excludes_workers_on_duty_too_long_or_without_rest(city, report):
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    long, tired = (city.worker("g1", name=name, on_duty=False) for name in ("久", "倦"))
    _on_duty_since(long, 13)
    _on_duty_since(tired, 20, until=8)
    _on_duty_since(tired, 1)
    case = report(reporter, city.in_grid("g1"))
    assert case["waiting"]["reason"] == "nobody_eligible"
    verdicts = {v["name"]: v for v in last_run(supervisor, case)["candidates"]}
    assert (verdicts["久"]["reason"], verdicts["倦"]["reason"]) == ("duty_too_long", "too_little_rest")
    assert "as long as a day may be" in verdicts["久"]["sentence"]["en"]
    assert solve(city) == 0
    run = last_run(supervisor, case)
    assert (run["tier"], run["left_out"]["duty_too_long"], run["left_out"]["too_little_rest"]) == (1, 1, 1)
    body = {"action": "reassign", "worker_id": str(long.id), "note": "请办理"}
    refused = supervisor.post(f"/incidents/{case['id']}/transitions", body)
    assert (refused.status_code, refused.json["reason"]) == (409, "duty_too_long")
