"""Fixtures of statistics: a city with one month of cases."""

import pytest

from tests.factories import make_city
from tests.statistics.incident_rows import make_cases

EVENT, COMPONENT = "E0102", "0101"


@pytest.fixture
def tianmen(city):
    """A city with the cases that Tianmen published for December 2016, and cases of other months."""
    make_cases_of_tianmen(city)
    return city


def make_cases_of_tianmen(city):
    """Insert the cases that Tianmen published for December 2016, and cases of other months."""
    at, due = "2016-12-05T10:00:00Z", "2016-12-20T10:00:00Z"

    def some(many, category, status, outcome=None, *, due=due, reported=at, **fields):
        return {
            "many": many,
            "category": category,
            "status": status,
            "outcome": outcome,
            "reported_at": reported,
            "due_at": due,
            "handled": status == "closed",
            "area": city.areas["g1"],
            "unit": city.units["roads" if category == COMPONENT else "cleaning"],
        } | fields

    later = "2017-01-10T10:00:00Z"
    make_cases(
        [
            some(58, EVENT, "not_filed", due=None),
            some(731, EVENT, "closed", "met"),
            some(171, EVENT, "closed", "overdue"),
            some(54, EVENT, "handling", area=city.areas["g2"]),
            some(6, COMPONENT, "closed", "met"),
            some(3, COMPONENT, "closed", "overdue"),
            some(7, COMPONENT, "handling"),
            some(24, EVENT, "handling", due=later),
            some(3, EVENT, "deferred", reported="2016-11-29T10:00:00Z"),  # due in December, deferred
            some(9, EVENT, "closed", "met", reported="2016-11-03T10:00:00Z", due="2016-11-20T10:00:00Z"),
        ]
    )


@pytest.fixture(scope="module")
def new_city(app, settings):
    """Return a function that creates a city: property-based tests need a city for each example."""
    return lambda: make_city(app, settings)
