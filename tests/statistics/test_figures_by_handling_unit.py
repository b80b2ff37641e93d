"""Figures grouped by handling unit, which is stored with a case beside its owning unit."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.actor import Role
from tests.statistics.incident_rows import make_cases
from tests.statistics.test_figure_snapshots import period, untimed
from tests.statistics.test_figures import counts, list_members, read_figures

QUERY = "group_by=handling_unit"


@pytest.fixture
def handed_in(city, report, accept, step):
    """Handle a case each: worker without unit, member of cleaning, queue of roads, and joint handling led by cleaning."""
    alone = city.worker("g1", name="甲", capacity=20)
    cleaner = city.worker("g2", name="乙", capacity=20)
    city.grant(cleaner, Role.HANDLER, unit="cleaning")
    reporter = city.worker("g3", name="丙", capacity=20)
    roads, cleaners, supervisor = city.handler("roads"), city.handler("cleaning"), city.supervisor("d")
    # Feedback of a member of several units counts for the unit whose queue had the case, whichever unit owns it.
    city.grant(cleaners, Role.HANDLER, unit="roads")
    cases = {
        "alone": report(reporter, city.in_grid("g1")),
        "cleaner": report(reporter, city.in_grid("g2")),
        "spot": report(cleaner, city.in_grid("g2"), handled_on_the_spot={"note": "捡起来了"}),
        **{name: report(reporter, city.in_grid("g3"), category="0102") for name in ("queued", "joint")},
        "open": report(reporter, city.in_grid("g1")),
    }
    for name, person in (("alone", alone), ("cleaner", cleaner), ("queued", roads)):
        assert accept(person, cases[name]).status_code == 200
        assert step(person, cases[name], "feed_back", note="done").status_code == 200
    for act in ("add_unit", "make_lead"):
        done = step(supervisor, cases["joint"], act, unit_id=str(city.units["cleaning"]), note="路面与积水")
        assert done.status_code == 200, done.json
    assert step(supervisor, cases["joint"], "waive_parts", note="done before").status_code == 200
    (item,) = [i for i in cleaners.get("/assignments").json["items"] if i["role"] == "handle"]
    assert accept(cleaners, {"assignment": item}).status_code == 200
    assert step(cleaners, cases["joint"], "feed_back", note="done").status_code == 200
    return city, cases, supervisor


def by_unit(city, answer):
    """Return the handled cases of each group, by the name of the unit."""
    names = {str(id): name for name, id in city.units.items()}
    return {
        names.get(group["group"]["value"]): counts(group)["handled"]
        for group in answer["groups"]
        if counts(group)["accepted"]
    }


def handling_units(rows, cases):
    sql = "select id, handling_unit_id from incident where id = any(cast(:ids as uuid[]))"
    by_case = dict(rows(sql, ids=[case["id"] for case in cases.values()]))
    return {
        name: next(unit for id, unit in by_case.items() if str(id) == case["id"])
        for name, case in cases.items()
    }


def test_figures_group_by_unit_that_handed_case_in(handed_in, rows):
    city, cases, supervisor = handed_in
    cleaning, roads = city.units["cleaning"], city.units["roads"]
    units = {"cleaner": cleaning, "spot": cleaning, "queued": roads, "joint": cleaning}
    assert handling_units(rows, cases) == {"alone": None, "open": None} | units
    answer = read_figures(supervisor, f"{period()}&{QUERY}")
    assert by_unit(city, answer) == {"cleaning": 3, "roads": 1, None: 1}
    # The owning unit of the jointly handled case is another one.
    assert by_unit(city, read_figures(supervisor, f"{period()}&group_by=unit")) != by_unit(city, answer)
    for group in answer["groups"]:
        listed = {case["id"] for case in list_members(supervisor, group["measures"]["accepted"])}
        unit = group["group"]["value"]
        assert listed == {case["id"] for name, case in cases.items() if str(units.get(name)) == str(unit)}
        if unit is not None:
            assert group["group"]["name"]["en"] and group["group"]["code"]
            of_it = read_figures(supervisor, f"{period()}&handling_unit_id={unit}")
            assert counts(of_it) == counts(group)
    assert {"previous", "year_before"} <= set(answer["groups"][0]["measures"]["due"])


def test_handling_unit_changes_after_rework_and_old_figures_stay(handed_in, accept, step):
    city, cases, supervisor = handed_in
    case, checker, roads = cases["alone"], city.worker("g4", name="丁"), city.handler("roads")
    before = read_figures(supervisor, f"{period()}&{QUERY}")
    acts = (
        lambda: step(supervisor, case, "assign_check", worker_id=str(checker.id), note="look"),
        lambda: accept(checker, supervisor.get(f"/incidents/{case['id']}").json),
        lambda: step(checker, case, "check", result="not_pass", note="half of it is still there"),
        lambda: step(supervisor, case, "reassign", unit_id=str(city.units["roads"]), note="theirs"),
        lambda: accept(roads, supervisor.get(f"/incidents/{case['id']}").json),
        lambda: step(roads, case, "feed_back", note="done"),
    )
    for act in acts:
        done = act()
        assert done.status_code == 200, done.json
    now = read_figures(supervisor, f"{period()}&{QUERY}")
    assert by_unit(city, now) == {"cleaning": 3, "roads": 2, None: 0}
    assert read_figures(supervisor, f"{period()}&{QUERY}&snapshot={before['snapshot']}") == before
    instant = before["at"].replace("+00:00", "Z")
    assert untimed(read_figures(supervisor, f"{period()}&{QUERY}&as_of={instant}")) == untimed(before)
    now_is = clock.now().isoformat().replace("+00:00", "Z")
    assert untimed(read_figures(supervisor, f"{period()}&{QUERY}&as_of={now_is}")) == untimed(now)


def test_worst_subgroups_list_late_unit_and_no_unhandled_cases(city):
    at, due = clock.now() - timedelta(days=9), clock.now() - timedelta(days=2)
    case = {
        "category": "E0102",
        "status": "closed",
        "reported_at": at,
        "due_at": due,
        "area": city.areas["g1"],
    }
    roads, cleaning = city.units["roads"], city.units["cleaning"]
    make_cases(
        [
            case | {"many": 6, "handled": True, "outcome": "overdue", "unit": cleaning, "handling": roads},
            case | {"many": 20, "handled": True, "outcome": "met", "unit": cleaning, "handling": cleaning},
            case | {"many": 6, "handled": False, "status": "handling", "unit": cleaning},
        ]
    )
    worst = read_figures(city.supervisor("d"), period())["worst"]
    late, undone = (
        [g["group"]["value"] for part in worst[rate] for g in part["groups"] if part["by"] == "handling_unit"]
        for rate in ("on_time_rate", "disposal_rate")
    )
    assert (late, undone) == ([str(roads)], [])
