"""A city with addresses, compounds and landmarks in two of its grids."""

import math
from typing import Any

import pytest

from app.core import db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.households import service as households
from tests.factories import City, make_city


@pytest.fixture
def city(app, settings) -> City:
    return make_city(app, settings)


def moved(point: dict[str, float], dx: float, dy: float) -> dict[str, float]:
    """Return the point `dx` metres to the east and `dy` metres to the north."""
    east = dx / (111_320 * math.cos(math.radians(point["lat"])))
    return {"lon": point["lon"] + east, "lat": point["lat"] + dy / 110_700}


def register(city: City, grid: str = "g1", *, dx: float = 0.0, dy: float = 0.0, **columns: Any) -> str:
    """Register premises in a grid, `dx` and `dy` metres from its middle, and return their id.

    Args:
        columns: Columns of the row, such as `address`, or its parts.
    """
    point = city.in_grid(grid)
    row: dict[str, Any] = {
        "id": uuid7(),
        "jurisdiction_id": city.jurisdiction_id,
        "kind": "dwelling",
        **moved(point, dx, dy),
    }
    with db.transaction(SYSTEM) as session:
        (stored,) = households.register_many(session, SYSTEM, rows=[row | columns])
    return str(stored.premises_id)


def search(person: Any, q: str, **options: Any) -> list[dict[str, Any]]:
    """Return the places that a search by words returns."""
    answer = person.get("/places/search", query_string={"q": q, "limit": 50} | options)
    assert answer.status_code == 200, answer.json
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def names(items: list[dict[str, Any]], kind: str | None = None) -> list[str]:
    return [item["name"]["zh"] for item in items if kind in (None, item["kind"])]
