"""Comparison of figures with the previous period and the year before, with members; null before the first record."""

from datetime import timedelta

import pytest

from app.core import clock
from tests.statistics.incident_rows import make_cases
from tests.statistics.test_figure_snapshots import untimed
from tests.statistics.test_figures import counts, figures_in, list_members, read_figures

FEBRUARY = "from=2024-02-01&to=2024-02-29"


@pytest.fixture
def three_years(city):
    """Insert the first case in May 2022, and cases around February 2024, in other Februaries, and at month boundaries."""

    def some(many, reported, status="closed", **fields):
        case = {
            "many": many,
            "category": "E0102",
            "status": status,
            "outcome": "met" if status == "closed" else None,
            "reported_at": f"{reported}T10:00:00Z",
            "due_at": f"{reported}T15:00:00Z",
            "handled": True,
            "area": city.areas["g1"],
            "unit": city.units["cleaning"],
        }
        return case | fields

    make_cases(
        [
            some(1, "2022-05-03"),
            some(2, "2023-02-28"),
            some(16, "2023-03-01"),
            some(3, "2024-01-01", area=city.areas["g2"]),
            some(1, "2024-01-31", status="handling", area=city.areas["g2"]),
            some(32, "2023-12-31"),
            some(5, "2024-02-29"),
            some(1, "2024-02-01", status="handling"),
        ]
    )
    return city


def with_comparison(figure):
    return tuple(
        None if part is None else part["count"]
        for part in (figure, figure["previous"], figure["year_before"])
    )


def test_figures_compare_month_with_previous_month_and_year(three_years):
    supervisor = three_years.supervisor("d")
    answer = read_figures(supervisor, FEBRUARY)
    assert with_comparison(answer["measures"]["accepted"]) == (6, 4, 2)
    assert with_comparison(answer["measures"]["closed"]) == (5, 3, 2)
    closure = answer["rates"]["closure_rate"]
    assert (closure["value"], closure["previous"], closure["year_before"]) == (0.833333, 0.75, 1)
    assert answer["period"]["year_before"] == {"from": "2023-02-01", "to": "2023-02-28", "records": "whole"}
    assert answer["period"]["is_over"]
    cases = list_members(supervisor, answer["measures"]["closed"]["previous"])
    assert sorted({case["reported_at"][:10] for case in cases}) == ["2024-01-01"]
    figures = list(figures_in(answer))
    assert {
        path: count for path, f in figures if len(list_members(supervisor, f)) != (count := f["count"])
    } == {}


def test_figure_group_is_listed_when_only_past_periods_have_cases(three_years):
    supervisor = three_years.supervisor("d")
    groups = read_figures(supervisor, f"{FEBRUARY}&group_by=area:grid")["groups"]
    by_grid = {
        group["group"]["name"]["en"]: with_comparison(group["measures"]["accepted"]) for group in groups
    }
    assert by_grid == {"Area g1": (6, 0, 2), "Area g2": (0, 4, 0)}


@pytest.mark.parametrize(
    ("grouping", "expected"),
    [
        ("month", {"2023-12-01": (32, 0, 0), "2024-01-01": (4, 32, 0), "2024-02-01": (6, 4, 2)}),
        # The last week is cut and compared with four days; whole weeks are compared with those 52 weeks before.
        (
            "week",
            {
                "2023-12-25": (32, 0, 0),
                "2024-01-01": (3, 32, 0),
                "2024-01-29": (2, 0, 0),
                "2024-02-26": (5, 0, 2),
            },
        ),
    ],
)
def test_figures_compare_each_part_with_its_own_past_period(three_years, grouping, expected):
    supervisor = three_years.supervisor("d")
    groups = read_figures(supervisor, f"from=2023-12-01&to=2024-02-29&group_by={grouping}")["groups"]
    by_part = {group["group"]["value"]: group["measures"]["accepted"] for group in groups}
    assert {
        value: with_comparison(figure) for value, figure in by_part.items() if figure["count"]
    } == expected
    for figure in by_part.values():
        for part in (figure, figure["previous"], figure["year_before"]):
            assert len(list_members(supervisor, part)) == part["count"]


def test_figures_before_first_record_are_null(three_years):
    supervisor = three_years.supervisor("d")
    first = read_figures(supervisor, "from=2022-05-01&to=2022-05-31")
    assert with_comparison(first["measures"]["accepted"]) == (1, None, None)
    assert (first["rates"]["closure_rate"]["previous"], first["period"]["previous"]["records"]) == (
        None,
        "none",
    )
    # June is compared with a month of which there are records from its third day on.
    june = read_figures(supervisor, "from=2022-06-01&to=2022-06-30&category=0101")
    assert with_comparison(june["measures"]["accepted"]) == (0, 0, None)
    assert june["period"]["previous"]["records"] == "part"


def test_figures_as_of_instant_apply_to_all_periods(three_years):
    supervisor = three_years.supervisor("d")
    before = read_figures(supervisor, f"{FEBRUARY}&group_by=unit")
    instant = before["at"].replace("+00:00", "Z")
    make_cases(
        [
            {
                "many": 7,
                "category": "E0102",
                "status": "filed",
                "reported_at": f"{month}-11T10:00:00Z",
                "handled": False,
                "area": three_years.areas["g1"],
            }
            for month in ("2020-04", "2023-02", "2024-01", "2024-02")
        ]
    )
    assert with_comparison(read_figures(supervisor, FEBRUARY)["measures"]["accepted"]) == (13, 11, 9)
    assert untimed(read_figures(supervisor, f"{FEBRUARY}&group_by=unit&as_of={instant}")) == untimed(before)
    assert read_figures(supervisor, f"{FEBRUARY}&group_by=unit&snapshot={before['snapshot']}") == before
    # A case that was imported later is no record of the time before.
    first = "from=2022-05-01&to=2022-05-31"
    assert with_comparison(read_figures(supervisor, first)["measures"]["accepted"]) == (1, 0, 0)
    assert with_comparison(read_figures(supervisor, f"{first}&as_of={instant}")["measures"]["accepted"]) == (
        1,
        None,
        None,
    )


def test_figures_compare_only_requested_periods(three_years):
    supervisor = three_years.supervisor("d")
    today = clock.now().date()
    answer = read_figures(
        supervisor, f"from={today - timedelta(days=2)}&to={today + timedelta(days=2)}&compare=previous"
    )
    assert not answer["period"]["is_over"]
    assert answer["period"]["year_before"] is None
    assert set(answer["measures"]["due"]) == {"count", "members", "previous"}
    bare = read_figures(supervisor, f"{FEBRUARY}&compare=none")
    assert set(bare["measures"]["due"]) == {"count", "members"}
    assert counts(bare) == counts(read_figures(supervisor, FEBRUARY))
