"""Whatever months came to: each number is as many as its members, the sum of its groups, and what it was then."""

from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import clock, db
from app.core.actor import SYSTEM
from app.supervision.queries import cycles as queries
from app.supervision.rules.cycles import FACTS
from tests.factories import make_city

MONTHS = [date(2020, 12, 1), date(2021, 1, 1), date(2021, 2, 1)]
GRIDS = {"g1": "c1", "g2": "c1", "g3": "c2"}
GROUPINGS = ["area:district", "area:street", "area:community", "area:grid", "unit", "month"]
MEASURES = ["visits_due", "cells_missed", "open_cases"]

facts = st.dictionaries(
    st.tuples(
        st.sampled_from(sorted(GRIDS)),
        st.sampled_from(MONTHS),
        st.sampled_from(MEASURES),
        st.sampled_from([None, "roads"]),
    ),
    st.tuples(st.integers(0, 3), st.booleans()),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def asking(app, settings):
    """A city of its own for each example."""
    return lambda: make_city(app, settings)


def keep(city, drawn):
    """Store facts as the job does; returns when the last of them was."""
    for (grid, month, measure, unit), (many, is_whole) in drawn.items():
        fact = {
            "grid_id": city.areas[grid],
            "path": ".".join(city.areas[name].hex for name in ("d", "s", GRIDS[grid], grid)),
            "measure": measure,
            "unit_id": city.units.get(unit),
            "members": [f"{measure}-{grid}-{month}-{unit}-{n}" for n in range(many)],
            "is_whole": is_whole,
        }
        with db.transaction(SYSTEM) as session:
            queries.keep(
                session, at=clock.now(), month=month, jurisdiction_id=city.jurisdiction_id, facts=[fact]
            )
    return clock.now()


def ask(person, **query):
    answer = person.get("/figures/cycles?" + urlencode(query))
    assert answer.status_code == 200, answer.json
    return answer.json


def members(person, figure):
    parts = urlsplit(figure["members"])
    asked, found, cursor = dict(parse_qsl(parts.query)), [], {}
    while True:
        page = person.get(f"{parts.path.removeprefix('/api/v1')}?{urlencode(asked | {'limit': 2} | cursor)}")
        assert page.status_code == 200, page.json
        found += [item["id"] for item in page.json["items"]]
        if page.json["next"] is None:
            return sorted(found)
        cursor = {"cursor": page.json["next"]}


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    print_blob=True,
)
@given(
    facts,
    st.sampled_from(["d", "c1"]),
    st.sampled_from([None, "c1", "g2"]),
    st.sampled_from([(0, 0), (0, 1), (1, 2), (0, 2)]),
    st.sampled_from(GROUPINGS),
)
def test_a_number_of_months_is_its_members_and_the_sum_of_its_groups(
    asking, drawn, scope, area, period, grouping
):
    city = asking()
    supervisor = city.supervisor(scope)
    before = (clock.now() - timedelta(microseconds=1)).isoformat().replace("+00:00", "Z")
    keep(city, drawn)
    first, last = MONTHS[period[0]], MONTHS[period[1]]
    query = {"from": f"{first:%Y-%m}", "to": f"{last:%Y-%m}"} | ({"area": city.areas[area]} if area else {})
    meant = {
        key: told
        for key, told in drawn.items()
        if first <= key[1] <= last
        and all(place in (None, "d", GRIDS[key[0]], key[0]) for place in (scope, area))
    }
    answer = ask(supervisor, group_by=grouping, **query)
    partial = sorted({f"{month:%Y-%m}" for (_, month, *_), (_, is_whole) in meant.items() if not is_whole})
    assert answer["period"]["partial_months"] == partial
    assert answer["period"]["is_kept"] == bool(meant)
    for name in FACTS:
        figure = answer["measures"][name]
        expected = [
            f"{name}-{grid}-{month}-{unit}-{n}"
            for (grid, month, measure, unit), (many, _) in meant.items()
            if measure == name
            for n in range(many)
        ]
        assert figure["count"] == len(expected)
        assert sum(group["measures"][name]["count"] for group in answer["groups"]) == len(expected)
        if name not in MEASURES:
            continue
        assert members(supervisor, figure) == sorted(expected)
        grouped = [members(supervisor, group["measures"][name]) for group in answer["groups"]]
        assert sorted(member for group in grouped for member in group) == sorted(expected)
    assert not ask(supervisor, as_of=before, **query)["period"]["is_kept"]
