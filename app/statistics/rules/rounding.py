"""Numbers for those who may not see the cases: rounded at random to a base, once, in cells that add up to everything. Pure.

Random rounding to base 5 is Statistics Canada's practice for the census: a count goes to one of the two multiples beside it,
with chances that keep its mean, so that many of them add up to about the truth. What makes it hold against asking often and
subtracting (groupings, periods, two instants) is where it is done. Each case lies in one cell: among those due in the month,
by all that it counts as, or among those reported in it that were turned down; so no sum of some cells is known to equal
another one. Cells are rounded once, each by a draw of its own, and what was drawn is stored in place of the count. All that
is told later is a sum of stored cells: nobody learns more from any number of answers than from these, and each of these
leaves BASE or more counts possible, whatever is known of the others. (Deterministic rounding of each answer would not do: a
period that grows by a day shows the very day on which its third case came. See Willenborg and de Waal, Elements of
Statistical Disclosure Control, on rounding.)
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from app.profiles.rules.measures import DUE, MEASURES, RATES, base_of
from app.profiles.rules.validation import LEVELS

BASE = 5
# A month is told once, so many days after its end; what changes later is told to nobody.
RELEASED_AFTER = timedelta(days=10)
# Areas of these levels are told of, and none that is smaller.
LEVELS_TOLD = LEVELS[:2]
MEASURES_TOLD = tuple(name for name, measure in MEASURES.items() if measure.is_released)
RATES_TOLD = tuple(
    name for name, rate in RATES.items() if base_of(rate) == DUE and MEASURES[rate.numerator.of].is_released
)


def rounded(count: int, draw: Callable[[int], int]) -> int:
    """A multiple of BASE beside `count`; `draw(n)` gives one of 0 to n - 1, each as likely."""
    below, remainder = divmod(count, BASE)
    return BASE * (below + (draw(BASE) < remainder))


def cell_of(counts_as: Iterable[str]) -> list[str]:
    """What is told of cases that count as these, in order; nothing if they are told of in another cell, or in none."""
    names = set(counts_as)
    return [name for name in MEASURES_TOLD if name in names]


def possible(rounded_count: int) -> range:
    """The counts that may have been told as this."""
    return range(max(0, rounded_count - BASE + 1), rounded_count + BASE)


def months_to_release(first: date, today: date) -> list[date]:
    """The months, by their first days, from that of `first` on, which have been over for long enough."""
    months = []
    month = first.replace(day=1)
    while (following := (month + timedelta(days=32)).replace(day=1)) + RELEASED_AFTER <= today:
        months.append(month)
        month = following
    return months
