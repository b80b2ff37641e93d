"""A worker with a grid, a shift, homes that are due, and cases; and calls that many tests make."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import text

from app.core.actor import SYSTEM
from app.core.db import snapshot_session, transaction
from app.core.ids import uuid7
from app.planning import service as planning
from app.workforce import service as workforce
from tests.households.homes import settle_people

# The generic profile's days are those of UTC.
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).date()


DOORS = ("visit", "handle", "check")


def at(hour: float, day: date = TOMORROW) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(hours=hour)


def hire(person: Any, role: Any, area_id: Any, *, grid: Any = None, name: str = "王芳") -> Any:
    """Create an account with a worker and, if given, the responsibility for a grid."""
    made = person((role, area_id))
    with transaction(SYSTEM) as session:
        workforce.create_worker(session, SYSTEM, account_id=made.id, name=name, capacity=20)
        if grid is not None:
            workforce.set_responsibility(session, SYSTEM, worker_id=made.id, area_id=grid, role="worker")
    return made


def plan_shift(worker: Any, since: float = 8, until: float = 17, day: date = TOMORROW) -> None:
    with transaction(SYSTEM) as session:
        workforce.plan_shift(
            session, SYSTEM, worker_id=worker.id, since=at(since, day), until=at(until, day), note=None
        )


def homes(city: Any, *places: tuple[float, float]) -> list[str]:
    """Households that nobody ever visited, so that they are due."""
    return [
        str(settle_people(city, {"name": "张三"}, at=place, address=f"幸福路{n + 1}号{place}").household_id)
        for n, place in enumerate(places)
    ]


def replan(person: Any, worker: Any, day: date = TOMORROW) -> Any:
    answer = person.post(f"/workers/{worker.id}/plan", {"day": str(day)})
    assert answer.status_code == 200, answer.json
    return answer.json


def ids(plan: Any) -> list[str]:
    """Visits and cases, in order."""
    return [stop["id"] for stop in plan["stops"] if stop["kind"] in DOORS]


def reasons(plan: Any) -> dict[str, str]:
    return {stop["id"]: stop["reason"] for stop in plan["left_out"] if stop["kind"] in DOORS}


def visit(person: Any, household_id: str, outcome: str = "done", *, at: datetime | None = None) -> None:
    """Somebody calls there; `at` may lie ahead, which no phone may say."""
    answer = person.post(f"/households/{household_id}/visits", {"id": str(uuid7()), "outcome": outcome})
    assert answer.status_code == 201, answer.json
    if at is not None:
        with transaction(SYSTEM) as session:
            session.execute(
                text("update visit set visited_at = :at where id = :id"), {"at": at, "id": answer.json["id"]}
            )


def report(person: Any, city: Any, x: float, y: float, category: str = "E0102") -> Any:
    lon, lat = city.at(x, y)
    answer = person.post(
        "/incidents",
        {"id": str(uuid7()), "lon": lon, "lat": lat, "category": category, "description": "垃圾堆积"},
    )
    assert answer.status_code == 201, answer.json
    return answer.json


def made_at(worker: Any, moment: datetime, day: date, cause: str = "asked") -> bool:
    """The day planned as if it were that moment; whether there is a new plan."""
    with snapshot_session() as session:
        gathered = planning.gather_day(session, worker_id=worker.id, day=day, now=moment)
    (route,) = planning.solve_days([gathered])
    with transaction(SYSTEM) as session:
        return planning.store_plan(session, gathered, route, cause=cause)


def plan_of(person: Any, worker: Any, day: date = TOMORROW) -> Any:
    answer = person.get(f"/workers/{worker.id}/plan", day=str(day))
    assert answer.status_code == 200, answer.json
    return answer.json
