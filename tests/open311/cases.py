"""Cases behind service requests: what the desk does with them, and many rows at once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from tests.factories import City
from tests.statistics.incident_rows import make_cases


def publish(city: City, case_id: str, **decision: Any) -> None:
    """Release words or photos of a case to the public, or hide the case."""
    answer = city.supervisor().call("PUT", f"/incidents/{case_id}/publication", decision)
    assert answer.status_code == 200, answer.json


def end(city: City, case_id: str) -> None:
    """Force-close a case."""
    body = {"action": "force_close", "note": "重复"}
    answer = city.supervisor().post(f"/incidents/{case_id}/transitions", body)
    assert answer.status_code == 200, answer.json


def age(case_id: str, *, days: int) -> None:
    """Move the time of a report into the past."""
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update incident set reported_at = :at where id = :id"),
            {"at": clock.now() - timedelta(days=days), "id": UUID(case_id)},
        )


def store_cases(city: City, many: int) -> None:
    """Store open cases of one category, reported an hour ago."""
    kind = {
        "many": many,
        "category": "E0102",
        "status": "filed",
        "reported_at": clock.now() - timedelta(hours=1),
        "area": city.areas["g1"],
    }
    make_cases([kind])
