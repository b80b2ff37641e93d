"""Random rounding of counts for readers who may not see the cases: each cell of a month is rounded once and stored. Pure.

Random rounding to base 5 is Statistics Canada's practice for the census: a count becomes one of the two adjacent multiples of
the base, with probabilities that preserve its mean, so that sums of many cells are close to the true sums.

Readers could ask often and subtract answers (groupings, periods, two instants). Three rules prevent that they compute counts:
each case lies in exactly one cell (cases due in the month by all measures they count as, or cases reported in the month and
not filed), so no sum of cells is known to equal another sum; each cell is rounded once, by a draw of its own, and only the
rounded number is stored; every answer is a sum of stored cells. So any number of answers reveals no more than the cells, and
each cell leaves BASE or more counts possible, whatever is known of the others.

Deterministic rounding of each answer would not be enough: a period that grows by one day shows the day on which the third
case came. See Willenborg and de Waal, Elements of Statistical Disclosure Control, on rounding.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from app.profiles.rules.measures import DUE, MEASURES, RATES, base_of
from app.profiles.rules.validation import LEVELS

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
    """Return a multiple of BASE adjacent to `count`. `draw(n)` returns one of 0 to n - 1, all equally probable."""
    below, remainder = divmod(count, BASE)
    return BASE * (below + (draw(BASE) < remainder))


def cell_of(counts_as: Iterable[str]) -> list[str]:
    """Return the released measures among those that a case counts as, in order; empty for a case that lies in no cell."""
    names = set(counts_as)
    return [name for name in RELEASED_MEASURES if name in names]


def possible(rounded_count: int) -> range:
    """Return the counts that may have been rounded to this number."""
    return range(max(0, rounded_count - BASE + 1), rounded_count + BASE)


def months_to_release(first: date, today: date) -> list[date]:
    """Return the first days of the months from `first` on that ended at least RELEASED_AFTER ago."""
    months = []
    month = first.replace(day=1)
    while (following := (month + timedelta(days=32)).replace(day=1)) + RELEASED_AFTER <= today:
        months.append(month)
        month = following
    return months
