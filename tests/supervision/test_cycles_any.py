"""Whatever months came to: each number is as many as its members, the sum of its groups, and what it was then."""

from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import NAMESPACE_OID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.supervision.queries import cycles as queries
from app.supervision.rules.cycles import FACTS
from tests.factories import make_city
from tests.supervision.examples import examples

MONTHS = [date(2020, 12, 1), date(2021, 1, 1), date(2021, 2, 1)]
GRIDS = {"g1": "c1", "g2": "c1", "g3": "c2"}
# One grid lies in no community, so that it is of no grid's level either.
PATHS = {"g1": ("d", "s", "c1", "g1"), "g2": ("d", "s", "c1", "g2"), "g3": ("d", "s", "g3")}
GROUPINGS = ["area:district", "area:street", "area:community", "area:grid", "unit", "month"]
OF_HOMES = [name for name, fact in FACTS.items() if fact.of != "incident"]
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
            "path": ".".join(city.areas[name].hex for name in PATHS[grid]),
            "measure": measure,
            "unit_id": city.units.get(unit),
            "members": [member(measure, grid, month, unit, n) for n in range(many)],
            "is_whole": is_whole,
        }
        with db.transaction(SYSTEM) as session:
            queries.keep(
                session, at=clock.now(), month=month, jurisdiction_id=city.jurisdiction_id, facts=[fact]
            )
    return clock.now()


def member(*facts):
    """Cases are members by id."""
    return str(uuid5(NAMESPACE_OID, "-".join(map(str, facts))))


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
    max_examples=examples(5),
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
    before_more = clock.now().isoformat().replace("+00:00", "Z")
    partial = sorted({f"{month:%Y-%m}" for (_, month, *_), (_, is_whole) in meant.items() if not is_whole})
    assert answer["period"]["partial_months"] == ([] if grouping == "unit" else partial)
    assert answer["period"]["unfinished_months"] == [], "no grid stood then"
    assert answer["period"]["is_kept"] == bool(meant)
    # What is kept from now on is in none of its links.
    keep(city, {(grid, month, "open_cases", "cleaning"): (1, True) for grid in GRIDS for month in MONTHS})
    if grouping == "unit":
        assert {n for n in FACTS if all(g["measures"][n] is None for g in answer["groups"])} >= set(OF_HOMES)
        answer = ask(supervisor, group_by=grouping, as_of=before_more, **query)
        meant = {key: told for key, told in meant.items() if key[2] == "open_cases"}
    for name in FACTS:
        figure = answer["measures"][name]
        if figure is None:
            assert grouping == "unit" and name in OF_HOMES
            continue
        expected = [
            member(name, grid, month, unit, n)
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


def test_months_by_unit_tell_what_units_have_and_beside_each_group_and_rate_what_it_is_made_of(asking):
    city = asking()
    supervisor = city.supervisor("d")
    january, february = MONTHS[1], MONTHS[2]
    keep(
        city,
        {("g1", january, "cells", None): (3, True), ("g1", january, "cells_missed", None): (2, True)}
        | {("g1", february, "cells", None): (3, True), ("g1", february, "cells_missed", None): (1, True)}
        | {("g1", february, "open_cases", "roads"): (2, True)}
        | {("g1", MONTHS[0], "homes", None): (1, True), ("g3", MONTHS[0], "homes", None): (2, True)},
    )
    of_grids = ask(supervisor, group_by="area:grid", **{"from": "2020-12", "to": "2020-12"})["groups"]
    counted = [(g["group"]["value"], len(members(supervisor, g["measures"]["homes"]))) for g in of_grids]
    assert counted == [(str(city.areas["g1"]), 1), (None, 2)]
    query = {"from": "2021-02", "to": "2021-02"}
    for grouping in ("area:grid", "month"):
        answer = ask(supervisor, group_by=grouping, **query)
        (group,) = answer["groups"]
        for told in (answer, group):
            assert told["measures"]["cells"]["previous"]["count"] == 3
            assert told["measures"]["cells"]["year_before"] is None
            rate = told["rates"]["patrol_coverage"]
            assert (rate["value"], rate["previous"]["value"]) == (0.666667, 0.333333)
            assert [rate[part]["count"] for part in ("numerator", "denominator")] == [2, 3]
            assert len(members(supervisor, rate["denominator"])) == 3
    of_unit = ask(supervisor, unit=city.units["roads"], **query)
    assert (of_unit["measures"]["open_cases"]["count"], of_unit["measures"]["cells"]) == (2, None)
    assert of_unit["rates"]["patrol_coverage"]["value"] is None
    idle = ask(supervisor, unit=city.units["cleaning"], **query)
    assert (idle["measures"]["open_cases"]["count"], idle["period"]["is_kept"]) == (0, True)
    refused = supervisor.get("/figures/cycles/members?from=2021-02&to=2021-02&measure=cells&unowned=true")
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "measure")


def test_an_open_case_that_has_come_to_be_about_somebody_is_in_no_month_of_hers(city, report):
    case = report(city.worker("g3", name="丙"), city.in_grid("g1"))
    subject, other = city.supervisor("d"), city.supervisor("d")
    fact = {
        **{"grid_id": city.areas["g1"], "measure": "open_cases", "unit_id": None, "is_whole": True},
        **{"path": ".".join(city.areas[name].hex for name in PATHS["g1"]), "members": [case["id"]]},
    }
    with db.transaction(SYSTEM) as session:
        of_city = {"jurisdiction_id": city.jurisdiction_id, "facts": [fact]}
        queries.keep(session, at=clock.now(), month=MONTHS[0], **of_city)
    query = {"from": "2020-12", "to": "2020-12"}
    told = ask(subject, **query)["measures"]["open_cases"]
    assert (told["count"], members(subject, told)) == (1, [case["id"]])
    with db.transaction(SYSTEM) as session:
        about = "update incident set about_kind = 'worker', about_id = :about where id = :id"
        session.execute(text(about), {"about": subject.id, "id": case["id"]})
    assert (ask(subject, **query)["measures"]["open_cases"]["count"], members(subject, told)) == (0, [])
    assert (ask(other, **query)["measures"]["open_cases"]["count"], members(other, told)) == (1, [case["id"]])
