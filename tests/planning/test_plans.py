"""Plans over HTTP: what stands in them, who sees them, what people decide, and what a changed day keeps."""

from datetime import datetime, timedelta

import pytest

from app.core.actor import SYSTEM, Role
from app.core.db import transaction
from app.workforce import service as workforce
from tests.planning.worlds import (
    TOMORROW,
    at,
    hire,
    homes,
    ids,
    made_at,
    plan_of,
    plan_shift,
    reasons,
    replan,
    report,
    visit,
)


def begins(plan, stop_id):
    return next(datetime.fromisoformat(s["begin"]) for s in plan["stops"] if s["id"] == stop_id)


def pin(person, worker, stop_id, **fields):
    return person.post(f"/workers/{worker.id}/plan/stops/{stop_id}/pin", {"day": str(TOMORROW)} | fields)


def test_plan_orders_visits_and_cases_with_break(square_city, worker, supervisor):
    near, far, east = homes(square_city, (0.1, 0.1), (0.4, 0.9), (0.9, 0.9))
    case = report(worker, square_city, 0.2, 0.2)
    plan = replan(worker, worker)
    # A report by the worker is theirs to handle; the eastern grid is somebody else's.
    assert sorted(ids(plan)) == sorted([near, far, case["id"]])
    assert east not in reasons(plan)
    assert plan["solver"] == "vroom" and plan["solver_note"] is None and plan["travel_basis"] == "straight"
    assert [s["kind"] for s in plan["stops"]].count("break") == 1
    (handle,) = [s for s in plan["stops"] if s["kind"] == "handle"]
    assert handle["incident"]["case_no"] == case["case_no"]
    (first,) = [s for s in plan["stops"] if s["id"] == near]
    assert first["household"]["address"].startswith("幸福路")
    assert begins(plan, near) >= at(9)  # the hours in which doors are knocked at
    times = [(s["begin"], s["end"]) for s in plan["stops"]]
    assert times == sorted(times)
    again = supervisor.get(f"/workers/{worker.id}/plan", day=str(TOMORROW))
    assert again.json["stops"] == plan["stops"]


def test_visits_end_with_the_visiting_hours_when_the_shift_goes_on(square_city, person):
    evening = hire(person, Role.WORKER, square_city.ids["-g1"], grid=square_city.ids["-g1"])
    plan_shift(evening, 18, 23)
    doors = homes(square_city, *((0.1 + n / 100, 0.1) for n in range(12)))
    plan = replan(evening, evening)
    visits = [stop for stop in plan["stops"] if stop["kind"] == "visit"]
    assert visits and all(datetime.fromisoformat(stop["end"]) <= at(20) for stop in visits)
    # Three hours are left, and nobody is visited in them.
    assert set(reasons(plan)) == {*doors} - {stop["id"] for stop in visits}
    assert set(reasons(plan).values()) == {"window_missed"}


def test_plan_is_readable_by_worker_and_supervisor_only(square_city, worker, supervisor, person):
    homes(square_city, (0.1, 0.1))
    replan(worker, worker)
    path = f"/workers/{worker.id}/plan"
    chief = hire(person, Role.GRID_CHIEF, square_city.ids["-g1"])
    with transaction(SYSTEM) as session:
        workforce.set_responsibility(
            session, SYSTEM, worker_id=chief.id, area_id=square_city.ids["-g1"], role="chief"
        )
    colleague = hire(person, Role.WORKER, square_city.ids["-g1"], grid=square_city.ids["-g1"])
    seen = {
        "worker": worker,
        "supervisor": supervisor,
        "chief": chief,
        "a colleague": colleague,
        "somebody else": person((Role.GIS, square_city.ids["-s"])),
    }
    got = {name: who.get(path, day=str(TOMORROW)).status_code for name, who in seen.items()}
    assert got == {
        "worker": 200,
        "supervisor": 200,
        "chief": 403,
        "a colleague": 404,
        "somebody else": 404,
    }
    listed = {
        name: [p["worker"]["id"] for p in who.get("/plans", day=str(TOMORROW)).json["items"]]
        for name, who in seen.items()
    }
    assert listed == {
        "worker": [str(worker.id)],
        "supervisor": [str(worker.id)],
        "chief": [],
        "a colleague": [],
        "somebody else": [],
    }
    assert colleague.post(path, {}).status_code == 404


def test_plan_does_not_reveal_actual_visit_times(square_city, worker):
    """Of an actual visit a plan shows only that the stop is done."""
    (home,) = homes(square_city, (0.1, 0.1))
    before = replan(worker, worker)
    visit(worker, home, at=at(10.5))
    made_at(worker, at(16), TOMORROW)
    after = plan_of(worker, worker)
    (was,), (now,) = ([s for s in p["stops"] if s["id"] == home] for p in (before, after))
    assert now == was | {"state": "done"}


def test_plan_leaves_out_all_stops_when_day_has_no_shift(square_city, worker):
    case = report(worker, square_city, 0.2, 0.2)
    day = TOMORROW + timedelta(days=3)
    plan = replan(worker, worker, day)
    assert (ids(plan), reasons(plan), plan["solver"]) == ([], {case["id"]: "no_shift"}, "none")
    assert plan["left_out"][0]["reason_text"]["zh"] == "当日未排班。"


def test_substitute_gets_visits_of_absent_worker(square_city, worker, supervisor, person):
    (home,) = homes(square_city, (0.1, 0.1))
    other = hire(person, Role.WORKER, square_city.ids["-g2"], grid=square_city.ids["-g2"])
    plan_shift(other)
    assert ids(replan(other, other)) == []
    answer = supervisor.post(
        f"/workers/{worker.id}/substitute",
        {
            "substitute_id": str(other.id),
            "since": at(0).isoformat(),
            "until": at(24).isoformat(),
            "reason": "sick",
        },
    )
    assert answer.status_code in (200, 201), answer.json
    assert ids(replan(worker, worker)) == []
    assert ids(replan(other, other)) == [home]


def test_workers_of_one_grid_share_its_visits(square_city, worker, person):
    household_ids = homes(square_city, *((0.05 * n, 0.3) for n in range(1, 9)))
    other = hire(person, Role.WORKER, square_city.ids["-g1"], grid=square_city.ids["-g1"])
    assert sorted(ids(replan(worker, worker))) == sorted(household_ids)  # the other one does not work
    plan_shift(other)
    own, theirs = ids(replan(worker, worker)), ids(replan(other, other))
    assert sorted(own + theirs) == sorted(household_ids)
    assert own and theirs


def test_pinned_stop_begins_at_pinned_time_until_unpinned(square_city, worker, supervisor):
    household_ids = homes(square_city, (0.1, 0.1), (0.2, 0.1), (0.4, 0.9))
    replan(worker, worker)
    answer = pin(supervisor, worker, household_ids[1], at=at(15).isoformat())
    assert answer.status_code == 200, answer.json
    assert begins(answer.json, household_ids[1]) == at(15)
    assert begins(replan(worker, worker), household_ids[1]) == at(15)
    # Another one at the same time cannot be, and says so; both decisions stay.
    both = pin(worker, worker, household_ids[2], at=at(15).isoformat()).json
    assert begins(both, household_ids[1] if household_ids[2] in reasons(both) else household_ids[2]) == at(15)
    assert list(reasons(both).values()) == ["pin_conflict"]
    for stop in household_ids[1:]:
        answer = worker.call(
            "DELETE", f"/workers/{worker.id}/plan/stops/{stop}/pin", query_string={"day": str(TOMORROW)}
        )
        assert answer.status_code == 200, answer.json
    assert begins(answer.json, household_ids[1]) < at(15) and not reasons(answer.json)
    # Left out, the time is the one it has now.
    stays = pin(worker, worker, household_ids[0]).json
    assert begins(stays, household_ids[0]) == begins(answer.json, household_ids[0])
    assert pin(worker, worker, square_city.ids["-g1"]).status_code == 404


def test_plan_starts_at_given_position_without_storing_it(square_city, worker, supervisor):
    near, far = homes(square_city, (0.1, 0.1), (0.4, 0.9))

    def beginning(x, y, **fields):
        lon, lat = square_city.at(x, y)
        body = {"day": str(TOMORROW), "lon": lon, "lat": lat} | fields
        answer = worker.post(f"/workers/{worker.id}/plan", body)
        assert answer.status_code == 200, answer.json
        return answer.json

    there = beginning(0.41, 0.92)
    assert ids(there) == [far, near]
    from_near = beginning(0.1, 0.12)
    assert ids(from_near) == [near, far]
    # The plan does not show the distance from the given position; distances between stops are shown.
    # Where the city lies decides whether a patrol is before the first visit.
    ways = [s["travel_m"] for s in from_near["stops"] if s["kind"] != "break"]
    assert ways[0] is None and all(way > 0 for way in ways[1:])
    # A change that does not concern the day keeps the given starting position.
    made_at(worker, at(8), TOMORROW, cause="change")
    assert plan_of(worker, worker)["made_at"] == from_near["made_at"]
    half = worker.post(f"/workers/{worker.id}/plan", {"day": str(TOMORROW), "lon": 120.1})
    assert half.status_code == 422 and half.json["code"] == "validation_failed"


def test_manual_order_comes_first_in_plan(square_city, worker):
    household_ids = homes(square_city, (0.1, 0.1), (0.2, 0.1), (0.3, 0.1), (0.4, 0.1))
    replan(worker, worker)
    wanted = [household_ids[3], household_ids[0], household_ids[2]]
    body = {"day": str(TOMORROW), "stops": wanted}
    answer = worker.post(f"/workers/{worker.id}/plan/order", body)
    assert answer.status_code == 200, answer.json
    assert ids(answer.json) == [*wanted, household_ids[1]]
    assert ids(replan(worker, worker)) == [*wanted, household_ids[1]]
    twice = worker.post(
        f"/workers/{worker.id}/plan/order", body | {"stops": [household_ids[0], household_ids[0]]}
    )
    assert twice.status_code == 422
    free = worker.post(f"/workers/{worker.id}/plan/order", body | {"stops": []}).json
    assert sorted(ids(free)) == sorted(household_ids) and ids(free) != [*wanted, household_ids[1]]


def test_replan_keeps_done_stops_unchanged(square_city, worker):
    household_ids = homes(square_city, (0.1, 0.1), (0.2, 0.5), (0.4, 0.9), (0.1, 0.9))
    made_at(worker, at(7), TOMORROW)
    before = plan_of(worker, worker)
    order = ids(before)
    assert sorted(order) == sorted(household_ids)
    for home in order[:2]:
        visit(worker, home, at=at(10))
    (new,) = homes(square_city, (0.3, 0.3))
    noon = at(12)
    made_at(worker, noon, TOMORROW)
    after = plan_of(worker, worker)
    done = [s for s in after["stops"] if s["state"] == "done"]
    assert done == [s | {"state": "done"} for s in before["stops"] if s["id"] in order[:2]]
    assert ids(after)[:2] == order[:2]
    assert set(ids(after)) == {*household_ids, new}
    left = [s for s in after["stops"] if s["state"] == "planned" and s["kind"] != "break"]
    assert all(datetime.fromisoformat(s["begin"]) >= noon for s in left)
    # The route continues from the place of the last completed stop.
    assert left[0]["travel_m"] > 0


def test_plan_geojson_has_route_line_and_ordered_stops(square_city, worker):
    homes(square_city, (0.1, 0.1), (0.2, 0.5))
    plan = replan(worker, worker)
    answer = worker.get(f"/workers/{worker.id}/plan", {"Accept": "application/geo+json"}, day=str(TOMORROW))
    assert answer.content_type == "application/geo+json"
    route, *stops = answer.json["features"]
    placed = [[s["lon"], s["lat"]] for s in plan["stops"] if s["lon"] is not None]
    assert route["geometry"] == {"type": "LineString", "coordinates": placed}
    assert [f["properties"]["id"] for f in stops] == [s["id"] for s in plan["stops"]]


def test_plan_hides_case_about_its_reader(square_city, worker, supervisor, sql):
    case = report(worker, square_city, 0.2, 0.2)
    assert ids(replan(worker, worker)) == [case["id"]]
    sql(
        "update incident set about_kind = 'worker', about_id = :who where id = :id",
        who=supervisor.id,
        id=case["id"],
    )
    shown = supervisor.get(f"/workers/{worker.id}/plan", day=str(TOMORROW)).json
    assert ids(shown) == []
    (listed,) = supervisor.get("/plans", day=str(TOMORROW)).json["items"]
    assert listed["stops"] == sum(stop["kind"] == "patrol" for stop in shown["stops"])
    assert ids(worker.get(f"/workers/{worker.id}/plan", day=str(TOMORROW)).json) == [case["id"]]


@pytest.mark.parametrize(("day", "status"), [(-3, 422), (-1, 200), (31, 200), (33, 422)])
def test_plan_accepts_only_days_in_range(worker, day, status):
    answer = worker.post(f"/workers/{worker.id}/plan", {"day": str(TOMORROW + timedelta(days=day - 1))})
    assert answer.status_code == status, answer.json


@pytest.mark.parametrize("path", ["", "/order", "/stops/{}/pin"])
def test_plan_returns_404_when_not_yet_made(worker, path):
    body = {"day": str(TOMORROW), "stops": []} if path == "/order" else {"day": str(TOMORROW)}
    method = "GET" if not path else "POST"
    options = {"query_string": body} if method == "GET" else {"json": body}
    answer = worker.call(method, f"/workers/{worker.id}/plan{path.format(worker.id)}", **options)
    assert (answer.status_code, answer.json["code"]) == (404, "plan_missing")
