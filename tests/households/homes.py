"""Homes in the square city, and calls that many tests make."""

from datetime import timedelta
from typing import Any

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import transaction
from app.core.ids import uuid7
from app.households import service as households


def settle_people(
    city: Any, *people: dict[str, Any], at: tuple[float, float] = (0.1, 0.1), **fields: Any
) -> Any:
    """Register a flat with these residents, and return the result."""
    lon, lat = city.at(*at)
    row = {
        "jurisdiction_id": city.jurisdiction_id,
        "kind": "dwelling",
        "address": "幸福路12号3单元501",
        "lon": lon,
        "lat": lat,
        "residents": people,
        **fields,
    }
    with transaction(SYSTEM) as session:
        (made,) = households.register_many(session, SYSTEM, rows=[row])
    assert made.outcome == "inserted", made
    return made


def members(person: Any, home: Any) -> list[dict[str, Any]]:
    answer = person.get(f"/households/{home.household_id}")
    assert answer.status_code == 200, answer.json
    residents: list[dict[str, Any]] = answer.json["members"]
    return residents


def in_days(days: int) -> str:
    # The generic profile's days are those of UTC.
    return str((clock.now() + timedelta(days=days)).date())


def tag(person: Any, resident_id: str, **fields: Any) -> Any:
    body = {"id": str(uuid7()), "kind": "mobility", "purpose": "下楼需要帮助", "ends_on": in_days(90)}
    return person.post(f"/residents/{resident_id}/care-tags", body | fields)


def visit(person: Any, home: Any, outcome: str = "done", **fields: Any) -> Any:
    return person.post(
        f"/households/{home.household_id}/visits", {"id": str(uuid7()), "outcome": outcome} | fields
    )
