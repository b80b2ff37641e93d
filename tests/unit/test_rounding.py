"""What is told of a cell keeps its mean, and leaves several counts possible, whatever else is told."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.statistics.rules.measures import MEASURES
from app.statistics.rules.rounding import BASE, cell_of, months_to_release, possible, rounded


@given(st.integers(0, 100_000))
def test_a_count_goes_to_a_multiple_beside_it_and_keeps_its_mean(count):
    told = [rounded(count, lambda _, draw=draw: draw) for draw in range(BASE)]
    assert sum(told) == BASE * count
    assert all(one % BASE == 0 and abs(one - count) < BASE for one in told)


@given(st.integers(0, 200).map(lambda n: BASE * n))
def test_as_many_counts_as_the_base_has_may_be_told_as_this(told):
    may_be = [
        n for n in range(told + 20) if told in {rounded(n, lambda _, d=draw: d) for draw in range(BASE)}
    ]
    assert may_be == list(possible(told))
    assert len(may_be) >= BASE


def test_a_case_is_told_of_in_one_cell():
    due = [name for name, measure in MEASURES.items() if measure.base == "due"]
    assert cell_of(["accepted", "filed"]) == []
    assert cell_of(["accepted", "not_filed"]) == ["not_filed"]
    assert cell_of(["due", "closed"]) == cell_of(["closed", "due"]) == ["due", "closed"]
    assert set(cell_of(MEASURES)) == {"not_filed", *due} - {"timed", "extended"}


def test_a_month_is_told_when_it_has_been_over_for_ten_days():
    first = date(2026, 8, 31)
    assert months_to_release(first, date(2026, 9, 10)) == []
    assert months_to_release(first, date(2026, 9, 11)) == [date(2026, 8, 1)]
    assert months_to_release(first, date(2026, 11, 30)) == [date(2026, n, 1) for n in (8, 9, 10)]
