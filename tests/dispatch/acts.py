"""What tests of dispatch do besides the city's own."""

from datetime import datetime, timedelta
from typing import Any

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.incidents import service
from app.profiles import service as profiles
from app.workforce import service as workforce
from tests.factories import City, Person


def held(minutes: float = 2) -> datetime:
    """When a batch takes in what has just begun to wait."""
    return clock.now() + timedelta(minutes=minutes)


def solve(city: City, now: datetime | None = None) -> int | None:
    """Solve the city's district if it is due. Returns how many were placed, None if it was not due."""
    now = now or held()
    with db.transaction(SYSTEM) as session:
        due = {d.area_id: d for d in service.due_districts(session, now=now, limit=10_000)}
        if city.areas["d"] not in due:
            return None
        return service.solve_district(session, due[city.areas["d"]], now=now)


def on_duty(*people: Person) -> None:
    with db.transaction(SYSTEM) as session:
        for person in people:
            workforce.start_duty(session, SYSTEM, worker_id=person.id)


def off_duty(*people: Person) -> None:
    with db.transaction(SYSTEM) as session:
        for person in people:
            workforce.end_duty(session, SYSTEM, worker_id=person.id)


def publish(city: City, **normal: Any) -> None:
    """Put rules of the city in force, with these parts of its ordinary mode."""
    data = profiles.packaged_profile("generic") | {"taxonomy": profiles.packaged_profile("xihu")["taxonomy"]}
    data["modes"]["normal"] |= normal
    with db.transaction(SYSTEM) as session:
        profiles.publish_profile(session, SYSTEM, code=city.code, data=data)


def call_for_help(person: Person) -> dict[str, Any]:
    answer = person.post("/sos", {"id": str(uuid7()), "at": clock.now().isoformat()})
    assert answer.status_code in (200, 201), answer.json
    sos: dict[str, Any] = answer.json
    return sos


def stand(person: Person, lon: float, lat: float) -> None:
    """Send a position of the worker."""
    now = clock.now().isoformat()
    fix: dict[str, Any] = {"lon": lon, "lat": lat, "at": now, "accuracy_m": 8}
    answer = person.post("/positions", {"sent_at": now, "positions": [fix]})
    assert answer.status_code == 202, answer.json
    # A stationary fix only refreshes the time of the position.
    assert answer.json["accepted"] + answer.json["filtered"].get("stationary", 0) == 1, answer.json


def last_run(person: Person, case: dict[str, Any]) -> Any:
    """Return the latest dispatch run of a case, as the person reads it."""
    return person.get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]
