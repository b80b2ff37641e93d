"""The measures that are stored each month for each grid, and their rates. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.profiles.rules.measures import Rate, Selection


@dataclass(frozen=True, slots=True)
class Fact:
    """A measure counted each month in each grid, such as the households that were visited.

    `of`: the kind of things that it counts (household, day, cell or incident).
    """

    name: str
    zh: str
    en: str
    of: str
    means: str


# A month is still counted up to so many months after the last one, if the job did not run in time.
MAX_MONTHS_BACK = 12
# Homes, cells and visits are read as they are when a month is counted. Up to this delay the month still counts as complete.
COUNTED_IN_TIME = timedelta(days=7)


FACTS = {
    f.name: f
    for f in (
        Fact(
            "visits_due",
            "应走访户数",
            "Households due",
            "household",
            "households that were visited in the month, or whose visit was due before its end",
        ),
        Fact("visits_made", "已走访户数", "Households visited", "household", "of the due: a visit was made"),
        Fact(
            "visits_on_time",
            "按期走访户数",
            "Visited on time",
            "household",
            "of the visited: by the day it was due",
        ),
        Fact(
            "visits_unanswered",
            "走访未遇户数",
            "Nobody at home",
            "household",
            "of the due: every visit found nobody at home",
        ),
        Fact(
            "patrol_days", "巡查天数", "Patrol days", "day", "days on which a worker on duty was in the grid"
        ),
        Fact("cells", "网格单元数", "Cells", "cell", "cells of about 30 m in the grid"),
        Fact("cells_missed", "未巡查单元数", "Cells missed", "cell", "of the cells: no worker came there"),
        Fact("homes", "住户数", "Households", "household", "households that may be visited"),
        Fact(
            "homes_missed",
            "未走访住户数",
            "Households missed",
            "household",
            "of the households: no worker visited them",
        ),
        Fact(
            "open_cases",
            "月末未结数",
            "Open at the end",
            "incident",
            "cases that were open when the month ended",
        ),
        Fact(
            "open_overdue",
            "月末超期未结数",
            "Overdue at the end",
            "incident",
            "of these: with a running clock and past the deadline, as recorded then",
        ),
    )
}
_PRACTICE = "inferred from practice"
# fmt: off
MONTHLY_RATES = {
    rate.name: rate
    for rate in (
        Rate("visit_rate", "走访率", "Visit rate",
             Selection("visits_made"), Selection("visits_due"), is_good=True, source=_PRACTICE),
        Rate("visit_on_time_rate", "按期走访率", "On-time visit rate",
             Selection("visits_on_time"), Selection("visits_due"), is_good=True, source=_PRACTICE),
        Rate("patrol_coverage", "巡查覆盖率", "Patrol coverage",
             Selection("cells", ("cells_missed",)), Selection("cells"), is_good=True, source=_PRACTICE),
        Rate("home_coverage", "入户覆盖率", "Household coverage",
             Selection("homes", ("homes_missed",)), Selection("homes"), is_good=True, source=_PRACTICE),
        Rate("open_overdue_rate", "月末超期率", "Overdue share",
             Selection("open_overdue"), Selection("open_cases"), is_good=False, source=_PRACTICE),
    )
}
# fmt: on

# `open_overdue` is not stored: the history of the open cases has which of them were overdue at the end of the month.
STORED_FACTS = tuple(name for name in FACTS if name != "open_overdue")


def members_are(rate: Rate) -> str:
    """Return the kind of members that a rate counts: household, day, cell or incident."""
    return FACTS[rate.denominator.of].of


def stored_part(rate: Rate) -> str:
    """Return the stored measure that counts a part of the denominator of a rate.

    It is the numerator, or the measure that is subtracted from the denominator to get the numerator.
    """
    return rate.numerator.less[0] if rate.numerator.less else rate.numerator.of


def is_stored_part_bad(rate: Rate) -> bool:
    """Return True if the measure `stored_part` counts undone work.

    Returns False if it counts done work.
    """
    return bool(rate.numerator.less) == rate.is_good


def is_whole(measure: str, *, since: datetime, until: datetime, now: datetime, track_days: int) -> bool:
    """Return True if a count for the month [since, until) that is made `now` is complete.

    Counts of open cases are always complete, because they come from the history of cases. Households and cells (about 30 m,
    to measure patrols) have no history, and visits may be deleted, so they have to be counted soon after the month
    (COUNTED_IN_TIME). Tracks of duties are deleted after `track_days` days.
    """
    if measure == "open_cases":
        return True
    if measure in ("cells_missed", "patrol_days") and now >= since + timedelta(days=track_days):
        return False
    return now <= until + COUNTED_IN_TIME
