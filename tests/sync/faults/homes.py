"""Households in the little city."""

from typing import Any
from uuid import UUID

from app.core import db
from app.core.actor import SYSTEM
from app.households import service as households


def homes(city: Any, grid: str, number: int) -> list[UUID]:
    """Add this number of households with a resident each, around the middle of a grid."""
    place = city.in_grid(grid)
    rows = [
        {
            "jurisdiction_id": city.jurisdiction_id,
            "kind": "dwelling",
            "address": f"幸福路{n}号",
            "lon": place["lon"] + 0.0001 * (n % 50),
            "lat": place["lat"],
            "residents": [{"name": "张三"}],
        }
        for n in range(number)
    ]
    with db.transaction(SYSTEM) as session:
        made = households.register_many(session, SYSTEM, rows=rows)
    assert {result.outcome for result in made} == {"inserted"}, made[:2]
    return [result.household_id for result in made if result.household_id]
