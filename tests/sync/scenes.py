"""Events in the city while phones are offline."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from shapely.geometry import box, mapping
from sqlalchemy import text

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.households import service as households
from app.workforce import service as workforce
from tests.factories import City, Person

NAMES = {"name": {"zh": "新", "en": "New"}}


def settle(city: City, place: dict[str, float], *, residents: int = 1) -> Any:
    """A flat with people in it; what the register answered (`id` of the premises, `household_id`)."""
    row = {
        "jurisdiction_id": city.jurisdiction_id,
        "kind": "dwelling",
        "address": "幸福路12号3单元501",
        **place,
        "residents": [{"name": f"张三{n}", "phone": "13812345678"} for n in range(residents)],
    }
    with db.transaction(SYSTEM) as session:
        (made,) = households.register_many(session, SYSTEM, rows=[row])
    assert made.outcome == "inserted", made
    return made


def move_premises(person: Person, premises_id: Any, place: dict[str, float]) -> None:
    version = person.get(f"/premises/{premises_id}").json["version"]
    answer = person.patch(f"/premises/{premises_id}", place, version)
    assert answer.status_code == 200, answer.json


def give(city: City, person: Person, grid: str, role: str = "worker") -> UUID:
    """Let somebody look after one more grid; the id of the responsibility."""
    with db.transaction(SYSTEM) as session:
        return workforce.set_responsibility(
            session, SYSTEM, worker_id=person.id, area_id=city.areas[grid], role=role
        )


def take(city: City, person: Person, grid: str) -> None:
    """Let somebody look after a grid no more, from now on."""
    with db.transaction(SYSTEM) as session:
        rows = session.execute(
            text("""select id from responsibility where worker_id = :worker and area_id = :area
                    and deleted_at is null and valid @> cast(:at as timestamptz)"""),
            {"worker": person.id, "area": city.areas[grid], "at": clock.now()},
        ).all()
        for row in rows:
            workforce.end_responsibility(session, SYSTEM, responsibility_id=row.id)


def revoke(person: Person, role: str) -> None:
    with db.transaction(SYSTEM) as session:
        sql = "select id from account_grant where account_id = :id and role = :role and revoked_at is null"
        for row in session.execute(text(sql), {"id": person.id, "role": role}).all():
            accounts.revoke_grant(session, SYSTEM, account_id=person.id, grant_id=row.id)


def redraw(boss: Person, city: City, *, replaces: list[str], parts: list[dict[str, Any]], parent: str) -> Any:
    answer = boss.post(
        "/areas/redraw",
        {
            "parent_id": str(city.areas[parent]),
            "replaces": [str(city.areas[name]) for name in replaces],
            "areas": [part | NAMES for part in parts],
            "reason": "too many households",
        },
    )
    assert answer.status_code == 200, answer.json
    return answer.json


def part(city: City, name: str, x0: float, y0: float, x1: float, y1: float, id: Any = None) -> dict[str, Any]:
    west, south = city.at(x0, y0).values()
    east, north = city.at(x1, y1).values()
    area = {"code": f"{city.code}-{name}", "geometry": mapping(box(west, south, east, north))}
    return area | ({"id": str(id)} if id else {})


def visit(person: Person, home: Any, outcome: str = "done", **fields: Any) -> dict[str, Any]:
    body = {"id": str(uuid7()), "outcome": outcome, **fields}
    answer = person.post(f"/households/{home.household_id}/visits", body)
    assert answer.status_code == 201, answer.json
    created: dict[str, Any] = answer.json
    return created


def tag(person: Person, resident_id: str, **fields: Any) -> dict[str, Any]:
    day = (clock.now() + timedelta(days=90)).date()
    body = {
        "id": str(uuid7()),
        "kind": "mobility",
        "purpose": "下楼需要帮助",
        "ends_on": str(day),
        "cycle_days": 7,
    }
    answer = person.post(f"/residents/{resident_id}/care-tags", body | fields)
    assert answer.status_code == 201, answer.json
    created: dict[str, Any] = answer.json
    return created
