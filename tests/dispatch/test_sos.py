"""Workers with an open SOS are excluded from dispatch."""

from app.core import clock
from app.incidents import jobs
from tests.dispatch.acts import call_for_help, on_duty, solve


def test_dispatch_withdraws_offer_and_excludes_worker_with_open_sos(city, report, rows):
    first, second = city.worker("g1"), city.worker("g2")
    reporter = city.worker("g3", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    assert case["assignment"]["worker"]["id"] == str(first.id)
    call_for_help(first)
    jobs.run_due(clock.now(), limit=10_000)
    held = rows(
        "select worker_id, state from assignment where incident_id = :i order by created_at", i=case["id"]
    )
    assert [tuple(h) for h in held] == [(first.id, "withdrawn"), (second.id, "offered")]
    another = report(reporter, city.in_grid("g1"))
    assert another["assignment"]["worker"]["id"] == str(second.id)
    verdicts = reporter.get(f"/incidents/{another['id']}/dispatch").json["runs"][0]["candidates"]
    verdict = next(v for v in verdicts if v["worker_id"] == str(first.id))
    assert (verdict["eligible"], verdict["reason"], verdict["sentence"]["zh"]) == (
        False,
        "unavailable",
        "王芳此刻不便派遣。",
    )
    assert "is_in_need" not in verdict


def test_batch_excludes_worker_until_sos_is_closed(city, report):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    on_duty(worker)
    boss = city.supervisor()
    sos = call_for_help(worker)
    assert solve(city) == 0
    closed = boss.post(f"/sos/{sos['id']}/close", {"outcome": "false_alarm"})
    assert closed.status_code == 200, closed.json
    assert solve(city) == 1
    assert reporter.get(f"/incidents/{case['id']}").json["assignment"]["worker"]["id"] == str(worker.id)
