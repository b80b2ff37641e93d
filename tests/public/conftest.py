"""A city whose public door is open."""

from typing import Any

import pytest

from app.core import db
from app.core.actor import SYSTEM
from app.public import service as public
from tests.factories import City, make_city

DOOR = {"public": {"is_open": True, "contact": "privacy@city.example"}}


@pytest.fixture
def city(app, settings) -> City:
    return make_city(app, settings, profile=DOOR)


def file_report(city: City, grid: str = "g1", *, caller: Any = None, **fields: Any) -> public.PublicReceipt:
    """Report through the service, in a transaction of its own."""
    point = {} if "place_id" in fields else city.in_grid(grid)
    given: dict[str, Any] = {"category": "E0102", "words": "垃圾堆积", "channel": "page", "language": "zh"}
    report = public.NewPublicReport(**given | point | fields)
    with db.transaction(SYSTEM) as session:
        door = public.open_city(session, city.code)
        return public.file_public_report(session, door, report, settings=city.settings, caller=caller)


def list_cases(city: City, **filters: Any) -> list[public.PublicCase]:
    """Return all public cases of the city that match the filters."""
    with db.read_session() as session:
        door = public.open_city(session, city.code)
        return public.public_cases(session, door, public.CaseFilter(**filters), limit=1000).cases
