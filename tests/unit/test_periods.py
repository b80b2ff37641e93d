"""Comparison periods: the previous period and the year before, by the calendar for months and weeks."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.statistics.rules.periods import PARTS, Days, part, parts, previous, year_before

DAY = timedelta(days=1)


def days(text):
    first, last = text.split("/")
    return Days(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("period", "before", "a_year_before"),
    [
        ("2026-03-01/2026-03-31", "2026-02-01/2026-02-28", "2025-03-01/2025-03-31"),
        ("2024-03-01/2024-03-31", "2024-02-01/2024-02-29", "2023-03-01/2023-03-31"),
        ("2024-02-01/2024-02-29", "2024-01-01/2024-01-31", "2023-02-01/2023-02-28"),
        ("2025-02-01/2025-02-28", "2025-01-01/2025-01-31", "2024-02-01/2024-02-29"),
        ("2026-01-01/2026-03-31", "2025-10-01/2025-12-31", "2025-01-01/2025-03-31"),
        ("2024-01-01/2024-12-31", "2023-01-01/2023-12-31", "2023-01-01/2023-12-31"),
        ("2024-02-29/2024-02-29", "2024-02-28/2024-02-28", "2023-02-28/2023-02-28"),
        ("2024-02-20/2024-03-05", "2024-02-05/2024-02-19", "2023-02-20/2023-03-05"),
        ("2026-11-16/2026-11-22", "2026-11-09/2026-11-15", "2025-11-17/2025-11-23"),
        ("2026-11-10/2026-11-12", "2026-11-07/2026-11-09", "2025-11-10/2025-11-12"),
    ],
)
def test_previous_period_and_year_before_follow_calendar(period, before, a_year_before):
    assert previous(days(period)) == days(before)
    assert year_before(days(period)) == days(a_year_before)


some_days = st.builds(
    lambda first, length: Days(first, first + timedelta(days=length)),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.integers(0, 800),
)


@given(some_days, st.sampled_from(PARTS))
def test_previous_period_is_adjacent_and_parts_cover_period(period, kind):
    before = previous(period)
    assert before.last + DAY == period.first
    if period.months is None:
        assert before.last - before.first == period.last - period.first
    else:
        assert before.months == period.months
    assert year_before(period).months == period.months or period.months is None
    spans = [own for _, own in parts(kind, period)]
    assert (spans[0].first, spans[-1].last) == (period.first, period.last)
    assert all(later.first == own.last + DAY for own, later in pairwise(spans))
    assert [own for first, own in parts(kind, period) if own != part(kind, first, period)] == []
