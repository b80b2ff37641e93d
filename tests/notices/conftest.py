"""A city with homes in its grids, and its supervisors."""

import pytest

from tests.factories import City, make_city
from tests.notices.world import NoticeWorld

DOOR = {"public": {"is_open": True, "contact": "privacy@city.example"}}


@pytest.fixture
def city(app, settings) -> City:
    return make_city(app, settings, profile=DOOR)


@pytest.fixture
def world(city) -> NoticeWorld:
    return NoticeWorld(city)
