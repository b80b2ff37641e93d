"""Numbers of the pictures of figures: tiles, funnel, hours, months and the order of findings."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.core import clock
from tests.factories import make_city
from tests.statistics.conftest import EVENT
from tests.statistics.incident_rows import make_cases
from tests.statistics.test_evaluation import read_evaluation
from tests.statistics.test_figures import DECEMBER, counts, list_members, read_figures

ZONE = ZoneInfo("Asia/Shanghai")


def read_hours(person, query):
    answer = person.get(f"/figures/hours?{query}")
    assert answer.status_code == 200, answer.json
    return answer.json


def reported(city, instants, **fields):
    """Insert a case for each instant of report."""
    case = {"many": 1, "category": EVENT, "status": "closed", "outcome": "met", "handled": True}
    case |= {"area": city.areas["g1"], "unit": city.units["cleaning"]} | fields
    make_cases(
        [
            case
            | {
                "reported_at": at,
                "due_at": fields.get("due_at") or datetime.fromisoformat(at) + timedelta(days=5),
            }
            for at in instants
        ]
    )


def test_funnel_steps_count_parts_of_each_other_and_list_members(tianmen):
    supervisor = tianmen.supervisor("d")
    at = {"reported_at": "2016-12-06T10:00:00Z", "due_at": None, "area": tianmen.areas["g1"]}
    kinds = {
        "collected": 2,
        "filed": 3,
        "dispatched": 4,
        "deferred": 5,
        "fed_back": 6,
        "rework": 7,
        "force_closed": 8,
    }
    make_cases(
        [
            at
            | {"many": many, "category": EVENT, "status": status}
            | {"handled": status in ("fed_back", "rework"), "rework": int(status == "rework")}
            for status, many in kinds.items()
        ]
    )
    answer = read_figures(supervisor, DECEMBER)
    steps = [step["measure"] for step in answer["funnel"]]
    assert steps == ["accepted", "filed", "dispatched", "fed_back", "checked", "solved"]
    # 1,054 of Tianmen, of which 58 were not filed, 911 closed and 85 are being handled.
    assert [counts(answer)[step] for step in steps] == [
        1054 + sum(kinds.values()),
        996 + sum(kinds.values()) - 2,
        911 + 85 + 4 + 6 + 7,
        911 + 6 + 7,
        911 + 7,
        911,
    ]
    for step in steps:
        assert len(list_members(supervisor, answer["measures"][step])) == counts(answer)[step], step
    assert all(step["title"]["zh"] and step["title"]["en"] for step in answer["funnel"])


@pytest.mark.parametrize("moment", ["", "snapshot"])
def test_hours_are_local_and_their_links_list_what_was_counted(app, settings, moment):
    city = make_city(app, settings, profile={"timezone": "Asia/Shanghai"})
    instants = [
        "2016-12-04T16:30:00+00:00",  # Monday 00:30 in Shanghai, still Sunday in UTC
        "2016-12-05T00:10:00+00:00",  # Monday 08:10
        "2016-12-05T00:50:00+00:00",
        "2016-12-12T00:00:00+00:00",  # Monday 08:00, a week later
        "2016-12-11T15:59:59+00:00",  # Sunday 23:59
        "2016-11-30T16:00:00+00:00",  # the first instant of December in Shanghai: Thursday 00:00
        "2016-11-30T15:59:59+00:00",  # November
    ]
    reported(city, instants)
    supervisor = city.supervisor("d")
    query = f"{DECEMBER}&area_id={city.areas['d']}"
    if moment:
        query += f"&snapshot={read_figures(supervisor, query)['snapshot']}"
        reported(city, ["2016-12-05T00:20:00+00:00"])
    answer = read_hours(supervisor, query)
    expected = Counter(
        (local.isoweekday(), local.hour)
        for local in (datetime.fromisoformat(at).astimezone(ZONE) for at in instants)
        if local.month == 12
    )
    assert expected[1, 8] == 3 and expected[1, 0] == 1 and expected[7, 23] == 1 and expected[4, 0] == 1
    assert [len(day) for day in answer["counts"]] == [24] * 7
    assert {
        (weekday, hour): count
        for weekday, day in enumerate(answer["counts"], 1)
        for hour, count in enumerate(day)
        if count
    } == expected
    assert answer["period"]["timezone"] == "Asia/Shanghai"
    for (weekday, hour), count in expected.items():
        link = answer["members_template"].replace("{&weekday,hour}", f"&weekday={weekday}&hour={hour}")
        cases = list_members(supervisor, {"members": link})
        assert len(cases) == count
        locals_ = [datetime.fromisoformat(case["reported_at"]).astimezone(ZONE) for case in cases]
        assert {(local.isoweekday(), local.hour) for local in locals_} == {(weekday, hour)}


def test_figures_of_one_hour_count_only_its_cases(app, settings):
    city = make_city(app, settings, profile={"timezone": "Asia/Shanghai"})
    reported(city, ["2016-12-05T00:10:00+00:00", "2016-12-05T01:10:00+00:00", "2016-12-06T00:10:00+00:00"])
    supervisor = city.supervisor("d")
    for query, count in (("weekday=1", 2), ("hour=8", 2), ("weekday=1&hour=8", 1), ("hour=0", 0)):
        answer = read_figures(supervisor, f"{DECEMBER}&{query}")
        assert counts(answer)["accepted"] == count, query
        assert len(list_members(supervisor, answer["measures"]["accepted"])) == count
    for query in ("weekday=0", "weekday=8", "hour=24", "hour=x"):
        assert supervisor.get(f"/figures?{DECEMBER}&{query}").status_code == 422, query


def test_evaluation_has_the_hours_of_its_month(tianmen):
    supervisor = tianmen.supervisor("d")
    query = f"month=2016-12&area_id={tianmen.areas['d']}"
    answer = supervisor.get(f"/evaluation?{query}").json
    hours = read_hours(supervisor, f"{DECEMBER}&area_id={tianmen.areas['d']}")
    assert answer["hours"] == {"measure": "accepted", "counts": hours["counts"]}
    assert sum(map(sum, hours["counts"])) == answer["measures"]["accepted"][0]
    # By the template of the answer. 5 December 2016 was a Monday; this city has the clocks of UTC.
    variables = {**answer["members"]["now"], "measure": "accepted", "weekday": "1", "hour": "10"}
    path, _, names = answer["members_template"].partition("{&")
    link = path + "".join(f"&{name}={variables[name]}" for name in names[:-1].split(",") if name in variables)
    assert len(list_members(supervisor, {"members": link})) == hours["counts"][0][10] > 900


def test_tiles_have_change_only_against_comparable_periods(tianmen):
    supervisor = tianmen.supervisor("d")

    def changes():
        answer = read_evaluation(supervisor, tianmen)
        return answer, {tile["name"]: tile["change"] for tile in answer["tiles"]}

    answer, first = changes()
    assert [tile["name"] for tile in answer["tiles"]][:3] == ["accepted", "due", "overdue"]
    # The records begin in November: it is not compared with, nor is the year before.
    assert answer["period"]["previous"]["records"] == "part"
    assert {value for change in first.values() for value in change.values()} == {None}
    reported(tianmen, ["2015-10-05T10:00:00+00:00"])
    answer, change = changes()
    assert answer["period"]["previous"]["records"] == "whole"
    due, rate = answer["measures"]["due"], answer["rates"]["on_time_rate"]
    assert change["due"]["previous"] == round((due["count"] - 9) / 9, 6)
    assert change["on_time_rate"]["previous"] == round(rate["value"] - rate["previous"], 6) < 0
    # A year before there were no cases: no part of zero.
    assert change["due"]["year_before"] is None and change["on_time_rate"]["year_before"] is None
    directions = {tile["name"]: tile["is_good"] for tile in answer["tiles"]}
    assert (directions["on_time_rate"], directions["overdue"], directions["accepted"]) == (True, False, None)


def test_counts_of_unfinished_period_have_no_change(tianmen):
    supervisor = tianmen.supervisor("d")
    reported(tianmen, ["2015-10-05T10:00:00+00:00"])
    year = clock.now().year
    answer = read_figures(supervisor, f"from={year}-01-01&to={year}-12-31")
    assert answer["period"]["is_over"] is False and answer["period"]["previous"]["records"] == "whole"
    changes = {
        tile["name"]: tile["change"]["previous"] for tile in answer["tiles"] if tile["kind"] == "measure"
    }
    assert set(changes.values()) == {None}
    assert read_figures(supervisor, f"{DECEMBER}&compare=none")["tiles"][0]["change"]["previous"] is None


def test_evaluation_months_add_up_and_list_members(tianmen):
    supervisor = tianmen.supervisor("d")
    months = read_evaluation(supervisor, tianmen)["months"]["groups"]
    assert [month["group"]["value"] for month in months] == ["2016-11-01", "2016-12-01"]
    assert [month["measures"]["accepted"]["count"] for month in months] == [12, 1054]
    for month in months:
        for name in ("accepted", "due", "closed"):
            assert len(list_members(supervisor, month["measures"][name])) == month["measures"][name]["count"]


def test_findings_with_most_cases_come_first(tianmen):
    """Seven of 16 components fail, which is far from the whole; of 160 shops sixty are late, which are more cases."""
    for outcome, many in (("overdue", 60), ("met", 100)):
        reported(tianmen, ["2016-12-05T11:00:00+00:00"], category="E0501", outcome=outcome, many=many)
    findings = read_evaluation(tianmen.supervisor("d"), tianmen)["stands_out"]
    weights = [finding["weight"] for finding in findings]
    assert weights == sorted(weights, reverse=True) and len(set(weights)) > 1
    for finding in findings:
        assert finding["weight"] == max(
            round(rate["gap"] * rate["denominator"]["count"], 1) for rate in finding["rates"]
        )
    gaps = [finding["gap"] for finding in findings]
    assert gaps != sorted(gaps, reverse=True)
    assert (findings[0]["group"]["by"], findings[0]["group"]["value"]) == ("category", "E0501")


def test_colouring_names_the_grouping_of_the_parts(tianmen):
    supervisor = tianmen.supervisor("d")
    for area, grouping in (("d", "area:street"), ("c1", "area:grid"), ("g1", None)):
        colouring = read_evaluation(supervisor, tianmen, at=tianmen.areas[area])["colouring"]
        assert colouring["area_grouping"] == grouping
        assert colouring["bands"] == [0.7, 0.8, 0.9, 0.95] and colouring["rate"] == "on_time_rate"


def test_days_without_cases_are_groups_of_their_own(city):
    """A line over days would else hide that nothing was reported."""
    reported(city, ["2016-11-28T10:00:00+00:00", "2016-12-02T10:00:00+00:00"])
    supervisor = city.supervisor("d")

    def days(query):
        groups = read_figures(supervisor, f"{query}&group_by=day")["groups"]
        return {group["group"]["value"]: group["measures"]["accepted"]["count"] for group in groups}

    counts = days("from=2016-11-01&to=2016-12-31")
    assert list(counts)[:5] == ["2016-11-28", "2016-11-29", "2016-11-30", "2016-12-01", "2016-12-02"]
    assert list(counts.values())[:5] == [1, 0, 0, 0, 1]
    assert len(counts) == 34 and list(counts)[-1] == "2016-12-31"
    # More days than an answer has groups: those with cases.
    counts = days("from=2016-06-01&to=2018-05-31&compare=none")
    assert list(counts) == ["2016-11-28", "2016-12-02", "2016-12-03", "2016-12-07"]
