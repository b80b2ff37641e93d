"""Components, registered as imports do."""

import pytest

from app.components import service as components
from app.core import db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from tests.endpoints import component_number


@pytest.fixture
def put(app):
    """Return a function that registers a component at a place of a city and returns its id."""

    def make(city, place, category="0101", *, unit=None, **facts):
        row = {
            "id": uuid7(),
            "jurisdiction_id": city.jurisdiction_id,
            "code": component_number(category),
            "name": {"zh": "井盖", "en": "Cover"},
            "owning_unit_id": city.units[unit] if unit else None,
        }
        with db.transaction(SYSTEM) as session:
            did = components.register_many(session, SYSTEM, rows=[row | place | facts])
        assert did.made == 1
        return str(row["id"])

    return make
