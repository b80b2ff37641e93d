"""Explanation of dispatch runs, replay of a run, and what-if with other weights."""

from datetime import date, timedelta

from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.incidents import jobs
from tests.dispatch.acts import on_duty, solve
from tests.nonempty import nonempty


def dispatch_explanation(person, case):
    answer = person.get(f"/incidents/{case['id']}/dispatch")
    assert answer.status_code == 200, answer.json
    return answer.json


def test_batch_run_explains_candidates_and_workers_left_out(city, report):
    reporter, supervisor = city.worker("g3", on_duty=False, name="报告人"), city.supervisor()
    own, near = city.worker("g1", on_duty=False, name="王芳"), city.worker("g2", on_duty=False, name="陈刚")
    city.worker("g1", on_duty=False, name="休假")
    case = report(reporter, city.in_grid("g1"))
    report(reporter, city.in_grid("g2"))
    on_duty(own, near)
    assert solve(city) == 2
    run = dispatch_explanation(supervisor, case)["runs"][-1]
    assert (run["tier"], run["outcome"], run["worker_name"]) == (1, "offered", "王芳")
    assert run["batch"]["demands"] == 2
    assert run["input_hash"]
    assert run["left_out"] == {"off_duty": 2}
    verdicts = {v["name"]: v for v in run["candidates"]}
    assert set(verdicts) == {"王芳", "陈刚", "休假"}
    assert verdicts["王芳"]["chosen"] and verdicts["王芳"]["rank"] == 1
    assert verdicts["陈刚"]["cost"] == {
        "ring": 900.0,
        "not_owner": 600.0,
        "unknown_position": 900.0,
        "load": 300.0,
    }
    assert (verdicts["休假"]["eligible"], verdicts["休假"]["reason"]) == (False, "off_duty")
    assert run["sentence"]["zh"] == (
        "已派给王芳。王芳负责本网格，正在岗，尚有余力（0/5）。与另外1件案卷一并统筹。本区人员中不能派遣的：2人未在岗。"
    )
    assert run["sentence"]["en"] == (
        "Offer sent to 王芳. 王芳 is responsible for this grid, is on duty and has capacity (0 of 5). "
        "Decided together with 1 other case. Workers of the district who were excluded: 2 off duty."
    )
    assert "excluded" not in run["demand"]


def test_dispatch_runs_hide_distances_from_workers(city, report):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    on_duty(worker)
    solve(city)
    for verdict in nonempty(dispatch_explanation(worker, case)["runs"][-1]["candidates"]):
        assert (verdict["distance_m"], verdict["position_age_s"], verdict["cost_total"]) == (None, None, None)
        assert not {"travel", "position_age"} & set(verdict["cost"])


def test_dispatch_run_says_you_to_the_worker_and_names_them_to_others(city, report):
    worker = city.worker("g1", on_duty=False, name="王芳")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    on_duty(worker)
    solve(city)

    def own(person):
        run = dispatch_explanation(person, case)["runs"][-1]
        (verdict,) = (each for each in run["candidates"] if each["worker_id"] == str(worker.id))
        return run["sentence"]["en"], verdict["sentence"]

    whole, sentence = own(worker)
    assert sentence["en"].startswith(
        "You are responsible for this grid, are on duty and have capacity (0 of 5)"
    )
    assert sentence["zh"].startswith("您负责本网格")
    assert "王芳 is responsible" in whole
    assert own(city.supervisor())[1]["zh"].startswith("王芳负责本网格")


def replay(person, case, run):
    return person.post(f"/incidents/{case['id']}/dispatch/{run['id']}/replay", {})


def test_replay_returns_same_decision_for_both_tiers(city, report):
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    worker, other = city.worker("g1", on_duty=False, capacity=3), city.worker("g2", on_duty=False)
    cases = [report(reporter, city.in_grid(grid)) for grid in ("g1", "g1", "g2", "g4")]
    on_duty(worker, other)
    assert solve(city) == 4
    cases.append(report(reporter, city.in_grid("g1")))  # at once, ring by ring
    tiers = []
    for case in cases:
        for run in dispatch_explanation(supervisor, case)["runs"]:
            answer = replay(supervisor, case, run)
            assert answer.status_code == 200, answer.json
            again = answer.json
            assert again["same"] is True, again
            assert again["input_hash"] == again["input_hash_again"] == run["input_hash"]
            assert again["again"]["worker_id"] == run["worker_id"]
            tiers.append((run["tier"], run["outcome"]))
    assert set(tiers) == {(0, "waiting"), (0, "offered"), (1, "offered")}


def test_replay_detects_changed_input_and_returns_409_when_input_is_erased(city, report):
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    near, far = city.worker("g1", on_duty=False), city.worker("g2", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    on_duty(near, far)
    solve(city)
    run = dispatch_explanation(supervisor, case)["runs"][-1]
    change = """
      update dispatch_batch set input = jsonb_set(input, '{workers,open_work}', '[4, 4, 4]'::jsonb) where id = :b
    """
    with db.transaction(SYSTEM) as session:
        session.execute(text(change), {"b": run["batch"]["id"]})
    assert replay(supervisor, case, run).json["same"] is False
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update dispatch_batch set input = null where id = :b"), {"b": run["batch"]["id"]}
        )
    gone = replay(supervisor, case, run)
    assert (gone.status_code, gone.json["code"], gone.json["reason"]) == (
        409,
        "run_not_replayable",
        "input_erased",
    )


def test_replay_returns_409_for_run_without_ranking(city, report):
    worker, supervisor = city.worker("g1"), city.supervisor()
    own = report(worker, city.in_grid("g1"))
    run = dispatch_explanation(supervisor, own)["runs"][0]
    answer = replay(supervisor, own, run)
    assert (answer.status_code, answer.json["reason"]) == (409, "not_ranked")


def test_replay_returns_404_for_run_of_another_case(city, report):
    worker, supervisor = city.worker("g1"), city.supervisor()
    reporter = city.worker("g3", on_duty=False)
    case, other = report(reporter, city.in_grid("g1")), report(reporter, city.in_grid("g1"))
    assert worker
    run = dispatch_explanation(supervisor, other)["runs"][0]
    assert replay(supervisor, case, run).status_code == 404
    stranger = city.supervisor("c2")
    assert replay(stranger, other, run).status_code == 404


def test_batch_inputs_are_erased_after_retention_period(city, report, rows):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    on_duty(worker)
    solve(city)
    batch_id = dispatch_explanation(city.supervisor(), case)["runs"][-1]["batch"]["id"]
    has_input = "select input is not null from dispatch_batch where id = :b"
    jobs.erase_batch_inputs(clock.now() + timedelta(days=9), days=10)
    assert rows(has_input, b=batch_id)[0][0]
    jobs.erase_batch_inputs(clock.now() + timedelta(days=11), days=10)
    assert not rows(has_input, b=batch_id)[0][0]
    assert dispatch_explanation(city.supervisor(), case)["runs"][-1]["candidates"]


def dispatch_state(rows, city):
    """Everything of dispatch about the city, and how much is in the change log."""
    return rows(
        "select (select count(*) from dispatch_run), (select count(*) from dispatch_batch), (select count(*) from offer), "
        "(select md5(string_agg(cast(a as text), '' order by a.id)) from assignment a), (select count(*) from change_log)"
    )[0]


def test_dispatch_what_if_returns_changed_decisions_and_writes_nothing(city, report, rows):
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    own, neighbour = (
        city.worker("g1", on_duty=False, name="王芳"),
        city.worker("g2", on_duty=False, name="陈刚"),
    )
    waited = [report(reporter, city.in_grid("g1")) for _ in range(2)]
    on_duty(own, neighbour)
    solve(city)
    at_once = report(reporter, city.in_grid("g1"))
    day = clock.now().date().isoformat()
    body = {"area_id": str(city.areas["d"]), "day": day, "weights": {}}
    assert supervisor.get("/me").status_code == 200  # signed in
    before = dispatch_state(rows, city)
    same = supervisor.post("/incidents/dispatch/what-if", body)
    assert same.status_code == 200, same.json
    assert (same.json["changed"], same.json["items"]) == (0, [])
    assert same.json["compared"] >= 4

    flat = {"not_owner_penalty": 0, "ring_penalty": 0, "load": 100_000}
    answer = supervisor.post("/incidents/dispatch/what-if", body | {"weights": flat}).json
    changed = {item["incident_id"]: item for item in answer["items"]}
    assert answer["changed"] == len(changed) == 1
    [item] = changed.values()
    assert item["incident_id"] in {c["id"] for c in waited}
    assert (item["then"]["worker_name"], item["would"]["worker_name"]) == ("王芳", "陈刚")
    assert item["sentence"]["zh"] == "原派给王芳，改派陈刚。"
    assert "1" in answer["sentence"]["en"]
    assert at_once["assignment"]
    assert dispatch_state(rows, city) == before
    yesterday = body | {"day": (date.fromisoformat(day) - timedelta(days=1)).isoformat()}
    assert supervisor.post("/incidents/dispatch/what-if", yesterday).json["runs"] == 0
    assert city.supervisor("c2").post("/incidents/dispatch/what-if", body).json["runs"] == 0
