"""Rounding of released counts: the mean is preserved, and several counts stay possible."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.profiles.rules.measures import MEASURES
from app.statistics.rules.rounding import BASE, cell_of, months_to_release, possible, rounded


@given(st.integers(0, 100_000))
def test_rounded_count_is_adjacent_multiple_with_same_mean(count):
    values = [rounded(count, lambda _, draw=draw: draw) for draw in range(BASE)]
    assert sum(values) == BASE * count
    assert all(value % BASE == 0 and abs(value - count) < BASE for value in values)


@given(st.integers(0, 200).map(lambda n: BASE * n))
def test_rounded_count_has_at_least_base_possible_counts(value):
    may_be = [
        n for n in range(value + 20) if value in {rounded(n, lambda _, d=draw: d) for draw in range(BASE)}
    ]
    assert may_be == list(possible(value))
    assert len(may_be) >= BASE


def test_case_is_counted_in_one_cell():
    due = [name for name, measure in MEASURES.items() if measure.base == "due"]
    assert cell_of(["accepted", "filed"]) == []
    assert cell_of(["accepted", "not_filed"]) == ["not_filed"]
    assert cell_of(["due", "closed"]) == cell_of(["closed", "due"]) == ["due", "closed"]
    assert set(cell_of(MEASURES)) == {"not_filed", *due} - {"timed", "extended"}


def test_month_is_released_ten_days_after_its_end():
    first = date(2026, 8, 31)
    assert months_to_release(first, date(2026, 9, 10)) == []
    assert months_to_release(first, date(2026, 9, 11)) == [date(2026, 8, 1)]
    assert months_to_release(first, date(2026, 11, 30)) == [date(2026, n, 1) for n in (8, 9, 10)]
