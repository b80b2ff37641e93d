"""Street travel times in batches, ranking and day plans."""

import pytest

from app.core import streets
from app.core.streets import Limits, Router, TimeLimits
from app.core.travel import Mode
from tests.dispatch.acts import last_run, on_duty, solve, stand
from tests.dispatch.streets import CASE, NEAR_BY_LINE, NEAR_BY_STREET, osrm, server, tells
from tests.factories import make_city


def place(spot):
    return {"lon": spot[0], "lat": spot[1]}


@pytest.fixture
def configured(monkeypatch):
    def use(url):
        router = Router({Mode.WALK: url}, Limits(request_seconds=1)) if url else None
        monkeypatch.setattr(streets, "_configured", lambda: (router, TimeLimits(5, 1)))

    return use


def replay(person, case, run):
    return person.post(f"/incidents/{case['id']}/dispatch/{run['id']}/replay", {}).json


def verdict(run, person):
    return next(v for v in run["candidates"] if v["worker_id"] == str(person.id))


def test_dispatch_uses_street_times_and_straight_line_when_router_is_gone(
    app, settings, configured, tmp_path, report, rows
):
    city = make_city(app, settings, at=(26.93, 60.52))  # where the streets are
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    line_worker, street_worker = (
        city.worker("g2", name=name, on_duty=False) for name in ("直线近", "沿路近")
    )
    waiting = report(reporter, place(CASE))
    on_duty(line_worker, street_worker)
    stand(line_worker, *NEAR_BY_LINE)
    stand(street_worker, *NEAR_BY_STREET)

    plain = report(reporter, place(CASE))
    assert plain["assignment"]["worker"]["id"] == str(line_worker.id)
    assert last_run(supervisor, plain)["travel"] is None
    for person in (line_worker, street_worker):  # nobody's load is to decide
        assignment_id = supervisor.get(f"/incidents/{plain['id']}").json["assignment"]["id"]
        assert person.post(f"/assignments/{assignment_id}/decline", {"reason": "试"}).status_code == 200

    with osrm(tmp_path) as url:
        configured(url)
        ranked = report(reporter, place(CASE))
        run = last_run(supervisor, ranked)
        assert (run["tier"], run["worker_id"]) == (0, str(street_worker.id))
        assert (run["travel"]["basis"], run["travel"]["network"]) == ("network", 2)
        assert verdict(run, line_worker)["travel_s"] > 2 * verdict(run, street_worker)["travel_s"] > 0
        assert verdict(run, line_worker)["distance_m"] < verdict(run, street_worker)["distance_m"]
        assert "7 min by street" in verdict(run, street_worker)["sentence"]["en"]
        assert "沿路约7分钟" in verdict(run, street_worker)["sentence"]["zh"]
        assert (
            verdict(last_run(reporter, ranked), street_worker)["travel_s"] is None
        )  # whereabouts are for those who direct
        street_worker.post(f"/assignments/{ranked['assignment']['id']}/accept")

        assert solve(city) == 1
        batched = last_run(supervisor, waiting)
        assert (batched["tier"], batched["worker_id"]) == (1, str(street_worker.id))
        assert batched["travel"]["basis"] == "network" and batched["travel"]["seconds_per_m"] == 0.93
        assert verdict(batched, line_worker)["travel_s"] == verdict(run, line_worker)["travel_s"]
        batch_input = rows(
            "select input from dispatch_batch b join dispatch_run r on r.batch_id = b.id where r.id = :r",
            r=batched["id"],
        )[0].input
        assert sorted(batch_input["pairs"]["seconds"]) == sorted(
            v["travel_s"] for v in batched["candidates"][:2]
        )

        plan = supervisor.post(f"/workers/{street_worker.id}/plan", {}).json
        assert plan["travel_basis"] == "mixed"  # the middle of the worker's grid lies off every street

    # Gone: the times that were kept decide the same again, and new questions go by the line.
    assert replay(supervisor, ranked, run)["same"] is replay(supervisor, waiting, batched)["same"] is True
    configured(url)
    after = report(reporter, place(CASE))
    run = last_run(supervisor, after)
    assert (run["travel"]["basis"], run["travel"]["why"]) == ("straight", {"unreachable": 2})
    assert run["worker_id"] == str(line_worker.id) and verdict(run, line_worker)["travel_s"] is None
    assert replay(supervisor, after, run)["same"] is True
    assert supervisor.post(f"/workers/{street_worker.id}/plan", {}).json["travel_basis"] == "straight"
    metrics = app.test_client().get("/metrics").text
    assert 'gridward_travel_pairs_total{basis="straight",reason="unreachable"}' in metrics


def test_dispatch_sends_no_router_request_while_case_is_locked(city, configured, report):
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    people = [city.worker("g1", name=f"甲{n}") for n in range(3)]
    spot = city.in_grid("g1")
    for n, person in enumerate(people):
        stand(person, spot["lon"] + 0.001 * (n + 1), spot["lat"])
    with server(tells) as (url, requests):
        configured(url)
        case = report(reporter, spot)
        assert len(requests) == 1 and last_run(supervisor, case)["travel"]["network"] == 3
        configured(url)  # as another process, that remembers nothing
        first = next(p for p in people if str(p.id) == case["assignment"]["worker"]["id"])
        first.post(f"/assignments/{case['assignment']['id']}/decline", {"reason": "试"})
        run = last_run(supervisor, case)
        assert (run["outcome"], run["travel"]["why"]) == ("offered", {"not_asked": 2})
        assert len(requests) == 1
