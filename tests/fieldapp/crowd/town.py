"""The city of the crowd: six pairs of grids side by side whose common border moves, and people in them."""

import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shapely.geometry import box
from sqlalchemy import text

from app.accounts import service as accounts
from app.core import db
from app.core.actor import SYSTEM
from app.grids import service
from app.households import service as households
from app.settings import Settings
from app.workforce import service as workforce
from tests.factories import City, Person, create_town

PAIRS = 6
HOMES = 20  # in each grid
WEST, SOUTH, SIDE = 120.1, 30.2, 0.01
GIVEN = text(
    """select id from responsibility
       where worker_id = :worker and area_id = :area and deleted_at is null and upper_inf(valid)"""
)


def cells(x0: float, y0: float, x1: float, y1: float) -> Any:
    return box(WEST + SIDE * x0, SOUTH + SIDE * y0, WEST + SIDE * x1, SOUTH + SIDE * y1)


@dataclass
class Town:
    city: City
    homes: list[UUID] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    responsibilities: dict[UUID, list[tuple[UUID, UUID]]] = field(
        default_factory=dict
    )  # worker -> (id, grid)

    @property
    def grids(self) -> list[str]:
        return [f"g{pair}{side}" for pair in range(PAIRS) for side in "ab"]

    def hire(self, dice: Any) -> Person:
        """A worker who looks after two grids."""
        person = self.city.worker(None, capacity=50)
        self.people.append(person)
        for grid in dice.sample(self.grids, 2):
            self.give(person, grid)
        return person

    def give(self, person: Person, grid: str) -> None:
        area = self.city.areas[grid]
        mine = self.responsibilities.setdefault(person.id, [])
        if any(held == area for _, held in mine):
            return
        with db.transaction(SYSTEM) as session:
            # Given before, by a transaction of which nobody heard that it was committed?
            existing = session.execute(GIVEN, {"worker": person.id, "area": area}).scalar()
            made = existing or workforce.set_responsibility(
                session, SYSTEM, worker_id=person.id, area_id=area, role="worker"
            )
        mine.append((made, area))

    def take(self, person: Person, number: int) -> None:
        mine = self.responsibilities[person.id]
        if mine:
            responsibility = mine[number % len(mine)]
            with db.transaction(SYSTEM) as session:
                workforce.end_responsibility(session, SYSTEM, responsibility_id=responsibility[0])
            mine.remove(responsibility)

    def redraw(self, pair: int, border: float) -> None:
        """Move the border within a pair: those who live between the old one and the new change grids."""
        sides = {"a": (0.0, border), "b": (border, 2.0)}
        parts = [
            {
                "id": self.city.areas[f"g{pair}{side}"],
                "code": f"{self.city.code}-g{pair}{side}",
                "name": {"zh": "格", "en": "Grid"},
                "geometry": cells(x0, pair, x1, pair + 1),
            }
            for side, (x0, x1) in sides.items()
        ]
        with db.transaction(SYSTEM) as session:
            service.redraw(
                session,
                SYSTEM,
                parent_id=self.city.areas[f"c{pair}"],
                replaces=[part["id"] for part in parts],
                parts=parts,
                reason="the border moves",
            )

    def disable(self, person: Person) -> None:
        with db.transaction(SYSTEM) as session:
            accounts.disable_account(session, SYSTEM, account_id=person.id)

    def enable(self, person: Person) -> None:
        with db.transaction(SYSTEM) as session:
            accounts.enable_account(session, SYSTEM, account_id=person.id)


def make_town(app: Any, settings: Settings) -> Town:
    code = secrets.token_hex(4)
    city = City(app, settings, code, WEST, SOUTH)
    shapes: dict[str, tuple[str, str | None, Any]] = {
        "d": ("district", None, cells(0, 0, 2, PAIRS)),
        "s": ("street", "d", cells(0, 0, 2, PAIRS)),
    }
    for pair in range(PAIRS):
        shapes[f"c{pair}"] = ("community", "s", cells(0, pair, 2, pair + 1))
        shapes[f"g{pair}a"] = ("grid", f"c{pair}", cells(0, pair, 1, pair + 1))
        shapes[f"g{pair}b"] = ("grid", f"c{pair}", cells(1, pair, 2, pair + 1))
    create_town(city, shapes)
    town = Town(city)
    rows = []
    for pair in range(PAIRS):
        for n in range(2 * HOMES):
            rows.append(
                {
                    "jurisdiction_id": city.jurisdiction_id,
                    "kind": "dwelling",
                    "address": f"幸福路{pair}号{n}室",
                    "lon": WEST + SIDE * (2 * (n + 0.5) / (2 * HOMES)),
                    "lat": SOUTH + SIDE * (pair + 0.5),
                    "residents": [{"name": "张三"}],
                }
            )
    with db.transaction(SYSTEM) as session:
        registered = households.register_many(session, SYSTEM, rows=rows)
    assert {r.outcome for r in registered} == {"inserted"}, registered[:3]
    town.homes = [r.household_id for r in registered if r.household_id]
    return town
