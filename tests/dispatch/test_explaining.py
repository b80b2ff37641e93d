"""Why a case went to whom: everyone considered, for which price, in words; and the same answer again."""

from tests.dispatch.acts import on_duty, solve


def explained(person, case):
    answer = person.get(f"/incidents/{case['id']}/dispatch")
    assert answer.status_code == 200, answer.json
    return answer.json


def test_a_batch_explains_everyone_it_considered_and_whom_it_could_not_ask(city, report):
    reporter, supervisor = city.worker("g3", on_duty=False, name="报告人"), city.supervisor()
    own, near = city.worker("g1", on_duty=False, name="王芳"), city.worker("g2", on_duty=False, name="陈刚")
    city.worker("g1", on_duty=False, name="休假")
    case = report(reporter, city.in_grid("g1"))
    report(reporter, city.in_grid("g2"))
    on_duty(own, near)
    assert solve(city) == 2
    run = explained(supervisor, case)["runs"][-1]
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
        "已派给王芳。王芳负责本网格，正在岗，尚有余力（0/5）。与另外1件案卷一并统筹。本区人员中不能派的：2人未在岗。"
    )
    assert run["sentence"]["en"] == (
        "Offered to 王芳. 王芳 looks after this grid, is on duty and has room (0 of 5). "
        "Decided together with 1 other cases. Of the district's people could not be asked: 2 not on duty."
    )
    assert "excluded" not in run["demand"]


def test_whoever_does_not_direct_is_told_no_distances(city, report):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    on_duty(worker)
    solve(city)
    for verdict in explained(worker, case)["runs"][-1]["candidates"]:
        assert (verdict["distance_m"], verdict["position_age_s"], verdict["cost_total"]) == (None, None, None)
        assert not {"travel", "position_age"} & set(verdict["cost"])
