"""Figures of months, property-based: each number equals its members, the sum of its groups and its stored value."""

from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import NAMESPACE_OID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.statistics import service as statistics
from app.statistics.queries import monthly as queries
from app.statistics.rules.monthly import FACTS
from tests.sample_sizes import examples
from tests.statistics.conftest import COMPONENT, EVENT
from tests.statistics.incident_rows import make_cases

MONTHS = [date(2020, 12, 1), date(2021, 1, 1), date(2021, 2, 1)]
GRIDS = {"g1": "c1", "g2": "c1", "g3": "c2"}
# One grid lies in no community.
PATHS = {"g1": ("d", "s", "c1", "g1"), "g2": ("d", "s", "c1", "g2"), "g3": ("d", "s", "g3")}
GROUPINGS = ["area:district", "area:street", "area:community", "area:grid", "unit", "category", "month"]
OF_HOMES = [name for name, fact in FACTS.items() if fact.of != "incident"]
MEASURES = ["visits_due", "visits_made", "cells_missed", "open_cases"]
OF_CASES = ["unit", "category"]

facts = st.dictionaries(
    st.tuples(
        st.sampled_from(sorted(GRIDS)),
        st.sampled_from(MONTHS),
        st.sampled_from(MEASURES),
        st.sampled_from([None, "roads"]),
    ),
    st.tuples(st.integers(0, 4), st.booleans()),
    min_size=1,
    max_size=14,
)


def store_facts(city, drawn):
    """Store facts as the month-end job does. Return the instant after the last one."""
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
            queries.store_facts(
                session, at=clock.now(), month=month, jurisdiction_id=city.jurisdiction_id, facts=[fact]
            )
    return clock.now()


def member(*facts):
    """Return a member: an id, as cases have."""
    return str(uuid5(NAMESPACE_OID, "-".join(map(str, facts))))


def read_cycle_figures(person, **query):
    answer = person.get("/figures/cycles?" + urlencode(query))
    assert answer.status_code == 200, answer.json
    return answer.json


def members(person, figure):
    parts = urlsplit(figure["members"])
    query, ids, cursor = dict(parse_qsl(parts.query)), [], {}
    while True:
        page = person.get(f"{parts.path.removeprefix('/api/v1')}?{urlencode(query | {'limit': 2} | cursor)}")
        assert page.status_code == 200, page.json
        ids += [item["id"] for item in page.json["items"]]
        if page.json["next"] is None:
            return sorted(ids)
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
def test_cycle_figure_equals_its_members_and_sum_of_groups(new_city, drawn, scope, area, period, grouping):
    city = new_city()
    supervisor = city.supervisor(scope)
    before = (clock.now() - timedelta(microseconds=1)).isoformat().replace("+00:00", "Z")
    store_facts(city, drawn)
    first, last = MONTHS[period[0]], MONTHS[period[1]]
    query = {"from": f"{first:%Y-%m}", "to": f"{last:%Y-%m}"} | (
        {"area_id": city.areas[area]} if area else {}
    )
    meant = {
        key: fact
        for key, fact in drawn.items()
        if first <= key[1] <= last
        and all(place in (None, "d", GRIDS[key[0]], key[0]) for place in (scope, area))
    }
    answer = read_cycle_figures(supervisor, group_by=grouping, **query)
    before_more = clock.now().isoformat().replace("+00:00", "Z")
    partial = sorted({f"{month:%Y-%m}" for (_, month, *_), (_, is_whole) in meant.items() if not is_whole})
    assert answer["period"]["partial_months"] == ([] if grouping in OF_CASES else partial)
    assert answer["period"]["unfinished_months"] == [], "no grid stood then"
    assert answer["period"]["is_kept"] == bool(meant)
    # Facts that are stored from now on are in none of the links of the answer.
    store_facts(
        city, {(grid, month, "open_cases", "cleaning"): (1, True) for grid in GRIDS for month in MONTHS}
    )
    below = {"d": "street", "c1": "grid", "g2": None}[area or scope]
    due = beside_each(meant, city)
    if grouping not in OF_CASES:
        worst_and_tail(supervisor, answer, due, below if grouping != f"area:{below}" else None)
    if grouping in OF_CASES:
        assert answer["worst"]["visit_rate"] == answer["tail"]["grids"]["visit_rate"] == []
        assert {n for n in FACTS if all(g["measures"][n] is None for g in answer["groups"])} >= set(OF_HOMES)
        answer = read_cycle_figures(supervisor, group_by=grouping, as_of=before_more, **query)
        meant = {key: fact for key, fact in meant.items() if key[2] == "open_cases"}
    for name in FACTS:
        figure = answer["measures"][name]
        if figure is None:
            assert grouping in OF_CASES and name in OF_HOMES
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
    assert not read_cycle_figures(supervisor, as_of=before, **query)["period"]["is_kept"]


def beside_each(meant, city):
    """Return the visits made and due of each grid, by the id of the grid."""
    groups_by_kind = {}
    for (grid, _, measure, _), (many, _) in meant.items():
        if measure.startswith("visits_"):
            own = groups_by_kind.setdefault(str(city.areas[grid]), {"visits_due": 0, "visits_made": 0})
            own[measure] += many
    return {
        grid: (own["visits_made"], own["visits_due"])
        for grid, own in groups_by_kind.items()
        if own["visits_due"]
    }


def worst_and_tail(person, answer, due, below):
    """Assert that the worst groups and the tail of visits follow from the numbers of the grids, and have these numbers."""
    rate = answer["rates"]["visit_rate"]
    worse = {
        grid: made / of
        for grid, (made, of) in due.items()
        if of >= 5 and made / of < (rate["value"] or 0) - 1e-6
    }
    worst = {by["by"]: by["groups"] for by in answer["worst"]["visit_rate"]}
    assert [*worst] == ([f"area:{below}"] if below else [])
    if below == "grid":
        assert {group["group"]["value"]: group["value"] for group in worst["area:grid"]} == pytest.approx(
            worse, abs=1e-6
        )
    tail = answer["tail"]["grids"]["visit_rate"]
    left = {grid: (made / of, made - of, grid) for grid, (made, of) in due.items() if made < of}
    assert [group["group"]["value"] for group in tail] == sorted(left, key=left.__getitem__)
    for subgroup in [*tail, *(group for groups in worst.values() for group in groups)]:
        fraction = subgroup["numerator"]["count"], subgroup["denominator"]["count"]
        assert fraction == due.get(subgroup["group"]["value"], fraction)
        assert fraction == (
            len(members(person, subgroup["numerator"])),
            len(members(person, subgroup["denominator"])),
        )


def test_cycle_open_cases_are_grouped_as_of_month_end(new_city):
    city = new_city()
    subject, other = city.supervisor("c1"), city.supervisor("c1")
    now = clock.now()
    month, after = now.date().replace(day=1), (now.replace(day=1) + timedelta(days=32)).replace(day=4)
    some = {"status": "handling", "reported_at": now - timedelta(days=9), "due_at": now - timedelta(days=2)}
    late = some | {"category": EVENT, "area": city.areas["g1"], "unit": city.units["roads"]}
    early = some | {"area": city.areas["g2"], "unit": city.units["cleaning"], "due_at": after}
    put_off = early | {"category": EVENT, "status": "deferred", "due_at": some["due_at"]}
    open_then = [late | {"many": 5}, early | {"many": 6, "category": COMPONENT}]
    make_cases([*open_then, early | {"many": 2, "category": EVENT}, put_off | {"many": 1}])
    for name in ("g1", "g2"):
        grid = {
            "id": city.areas[name],
            "path": ".".join(city.areas[area_name].hex for area_name in PATHS[name]),
        }
        with db.transaction(SYSTEM) as session:
            statistics.close(session, city.jurisdiction_id, month, grid, after, track_days=180)
    ids = """select id from incident where jurisdiction_id = :j and category = :event and status = 'handling'
             order by due_at, id limit 1"""
    with db.transaction(SYSTEM) as session:
        # This change is made after the end of the month.
        session.execute(text("select set_config('app.now', :at, true)"), {"at": after.isoformat()})
        about = session.scalar(text(ids), {"j": city.jurisdiction_id, "event": EVENT})
        changed = "update incident set category = :component, status = 'closed' where jurisdiction_id = :j"
        session.execute(text(changed), {"j": city.jurisdiction_id, "component": COMPONENT})
    query = {"from": f"{month:%Y-%m}", "to": f"{month:%Y-%m}", "area_id": city.areas["c1"]}
    by_category = read_cycle_figures(other, group_by="category", **query)
    counts = {}
    for group in by_category["groups"]:
        figures = [group["measures"][name] for name in ("open_cases", "open_overdue")]
        counts[group["group"]["value"]] = [figure["count"] for figure in figures]
        assert [len(members(other, figure)) for figure in figures] == counts[group["group"]["value"]]
        only = read_cycle_figures(other, category=group["group"]["value"], **query)
        assert [only["measures"][name]["count"] for name in ("open_cases", "open_overdue")] == [
            figure["count"] for figure in figures
        ]
        assert only["measures"]["homes"] is only["rates"]["visit_rate"]["value"] is None
    assert counts == {EVENT: [8, 5], COMPONENT: [6, 0]}
    answered = read_cycle_figures(other, **query)
    assert answered["rates"]["open_overdue_rate"]["value"] == pytest.approx(5 / 14, abs=1e-6)
    worst = {kind["by"]: kind for kind in answered["worst"]["open_overdue_rate"]}
    worst_values = {
        by: [(g["group"]["value"], g["value"]) for g in kind_groups["groups"]]
        for by, kind_groups in worst.items()
    }
    assert worst_values == {
        "area:grid": [(str(city.areas["g1"]), 1)],
        "unit": [(str(city.units["roads"]), 1)],
        "category": [(EVENT, 0.625)],
    }
    assert [(g["group"]["value"], g["count"]) for g in answered["tail"]["most_open"]] == [
        (str(city.areas["g2"]), 9),
        (str(city.areas["g1"]), 5),
    ]
    overdue = answered["measures"]["open_overdue"]
    cases = answered["tail"]["cases"]
    assert sorted(case["id"] for case in cases) == members(other, overdue)
    assert {case["category"] for case in cases} == {EVENT} and cases[0]["id"] == str(about)
    without = overdue | {"members": answered["measures"]["open_cases"]["members"] + "&less=open_overdue"}
    assert (
        not set(members(other, without)) & {case["id"] for case in cases}
        and len(members(other, without)) == 9
    )
    with db.transaction(SYSTEM) as session:
        own_case = "update incident set about_kind = 'worker', about_id = :about where id = :id"
        session.execute(text(own_case), {"about": subject.id, "id": about})
    less = read_cycle_figures(subject, **query)
    assert str(about) not in str(less) and len(less["tail"]["cases"]) == 4
    assert len(members(subject, overdue)) == less["measures"]["open_overdue"]["count"] == 4
    assert less["tail"]["grids"]["open_overdue_rate"][0]["denominator"]["count"] == 4
    # A group that became too small is no longer among the worst.
    assert [by["groups"] for by in less["worst"]["open_overdue_rate"]][:2] == [[], []]
    refused = other.get(f"/figures/cycles/members?from=2021-02&to=2021-02&measure=cells&category={EVENT}")
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "measure")


def test_cycle_figures_by_unit_list_measures_and_rate_parts(new_city):
    city = new_city()
    supervisor = city.supervisor("d")
    january, february = MONTHS[1], MONTHS[2]
    store_facts(
        city,
        {("g1", january, "cells", None): (3, True), ("g1", january, "cells_missed", None): (2, True)}
        | {("g1", february, "cells", None): (3, True), ("g1", february, "cells_missed", None): (1, True)}
        | {("g1", february, "open_cases", "roads"): (2, True)}
        | {("g1", MONTHS[0], "homes", None): (1, True), ("g3", MONTHS[0], "homes", None): (2, True)},
    )
    of_grids = read_cycle_figures(supervisor, group_by="area:grid", **{"from": "2020-12", "to": "2020-12"})[
        "groups"
    ]
    counted = [(g["group"]["value"], len(members(supervisor, g["measures"]["homes"]))) for g in of_grids]
    assert counted == [(str(city.areas["g1"]), 1), (None, 2)]
    query = {"from": "2021-02", "to": "2021-02"}
    for grouping in ("area:grid", "month"):
        answer = read_cycle_figures(supervisor, group_by=grouping, **query)
        (group,) = answer["groups"]
        for figures_of in (answer, group):
            assert figures_of["measures"]["cells"]["previous"]["count"] == 3
            assert figures_of["measures"]["cells"]["year_before"] is None
            rate = figures_of["rates"]["patrol_coverage"]
            assert (rate["value"], rate["previous"]["value"]) == (0.666667, 0.333333)
            assert [rate[part]["count"] for part in ("numerator", "denominator")] == [2, 3]
            assert len(members(supervisor, rate["denominator"])) == 3
    of_unit = read_cycle_figures(supervisor, owner_unit_id=city.units["roads"], **query)
    assert (of_unit["measures"]["open_cases"]["count"], of_unit["measures"]["cells"]) == (2, None)
    assert of_unit["rates"]["patrol_coverage"]["value"] is None
    idle = read_cycle_figures(supervisor, owner_unit_id=city.units["cleaning"], **query)
    assert (idle["measures"]["open_cases"]["count"], idle["period"]["is_kept"]) == (0, True)
    refused = supervisor.get("/figures/cycles/members?from=2021-02&to=2021-02&measure=cells&unowned=true")
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "measure")


def test_cycle_figures_exclude_case_about_the_reader(city, report):
    case = report(city.worker("g3", name="丙"), city.in_grid("g1"))
    subject, other = city.supervisor("d"), city.person(Role.SUPERVISOR)
    fact = {
        **{"grid_id": city.areas["g1"], "measure": "open_cases", "unit_id": None, "is_whole": True},
        **{"path": ".".join(city.areas[name].hex for name in PATHS["g1"]), "members": [case["id"]]},
    }
    with db.transaction(SYSTEM) as session:
        of_city = {"jurisdiction_id": city.jurisdiction_id, "facts": [fact]}
        queries.store_facts(session, at=clock.now(), month=MONTHS[0], **of_city)
    query = {"from": "2020-12", "to": "2020-12", "area_id": city.areas["d"]}
    figure = read_cycle_figures(subject, **query)["measures"]["open_cases"]
    assert (figure["count"], members(subject, figure)) == (1, [case["id"]])
    with db.transaction(SYSTEM) as session:
        about = "update incident set about_kind = 'worker', about_id = :about where id = :id"
        session.execute(text(about), {"about": subject.id, "id": case["id"]})
    assert (
        read_cycle_figures(subject, **query)["measures"]["open_cases"]["count"],
        members(subject, figure),
    ) == (0, [])
    assert (
        read_cycle_figures(other, **query)["measures"]["open_cases"]["count"],
        members(other, figure),
    ) == (
        1,
        [case["id"]],
    )


def test_cycle_figures_return_422_for_too_many_groups(new_city, monkeypatch):
    city = new_city()
    store_facts(city, {(grid, MONTHS[0], "visits_due", None): (1, True) for grid in GRIDS})
    monkeypatch.setattr("app.statistics.rules.linked_counts.GROUPS_MOST", 2)
    query = {"from": "2020-12", "to": "2020-12", "group_by": "area:grid"}
    refused = city.supervisor("d").get("/figures/cycles?" + urlencode(query))
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "too_many_groups")
    assert len(read_cycle_figures(city.supervisor("c1"), **query)["groups"]) == 2
