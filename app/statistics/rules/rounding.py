"""Random rounding of monthly counts, for readers who may not see the cases. Pure.

Random rounding to base 5 is Statistics Canada's practice for the census. A count becomes one of the two adjacent multiples
of 5. The probabilities preserve its mean, so that sums of many counts are close to the true sums.

A reader could request counts by different groupings, periods or instants, and subtract them to compute an exact count.
Three rules prevent this. First, each case belongs to exactly one cell: a month, area, category, class and set of measures.
The month is the one in which the case is due; for a case that was not filed it is the month of the report. So no sum of
cells is known to equal another sum. Second, each cell is rounded once, independently, and only the rounded number is
stored. Third, every answer is a sum of stored cells. So any number of answers reveals no more than the cells. A rounded
cell leaves BASE or more exact counts possible, even for a reader who knows all other cells.

Deterministic rounding of each answer would not be enough: if a reader requests a period that grows by one day, the answer
changes from 0 to 5 on the day on which the third case was reported. See Willenborg and de Waal, Elements of Statistical
Disclosure Control, on rounding.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from app.profiles.rules.levels import LEVELS
from app.profiles.rules.measures import DUE, MEASURES, RATES, base_of

BASE = 5
# A month is released once, so many days after its end; later changes are not released.
RELEASED_AFTER = timedelta(days=10)
# Only areas of these levels have released figures, no smaller ones.
RELEASED_LEVELS = LEVELS[:2]
RELEASED_MEASURES = tuple(name for name, measure in MEASURES.items() if measure.is_released)
RELEASED_RATES = tuple(
    name for name, rate in RATES.items() if base_of(rate) == DUE and MEASURES[rate.numerator.of].is_released
)


def rounded(count: int, draw: Callable[[int], int]) -> int:
    """Round `count` at random to one of the two adjacent multiples of BASE.

    `draw(n)` returns a random integer from 0 to n - 1, all equally probable.
    """
    below, remainder = divmod(count, BASE)
    return BASE * (below + (draw(BASE) < remainder))


def cell_of(counts_as: Iterable[str]) -> list[str]:
    """Return which of the measures `counts_as` of a case are released, in a fixed order.

    A case without a released measure belongs to no cell.
    """
    names = set(counts_as)
    return [name for name in RELEASED_MEASURES if name in names]


def possible(rounded_count: int) -> range:
    """Return the range of exact counts that can be rounded to this number."""
    return range(max(0, rounded_count - BASE + 1), rounded_count + BASE)


def months_to_release(first: date, today: date) -> list[date]:
    """Return the months since `first` that are due for release, each as its first day.

    A month is due if it ended at least RELEASED_AFTER ago.
    """
    months = []
    month = first.replace(day=1)
    while (following := (month + timedelta(days=32)).replace(day=1)) + RELEASED_AFTER <= today:
        months.append(month)
        month = following
    return months
