"""Monthly statistics of a grid: measures stored as facts, and rates of them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.statistics.rules.rates import Portion


@dataclass(frozen=True, slots=True)
class Fact:
    """A measure of a grid and month. `of`: what its members are."""

    name: str
    zh: str
    en: str
    of: str
    means: str


# A job that did not run makes up for so many months.
MAX_MONTHS_BACK = 12
# Homes, cells and visits are those of when the month is counted; so much later they are still told as the month's.
COUNTED_IN_TIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`; or, `is_rest`, what `part` leaves of it. `is_good`: more of it is better."""

    name: str
    zh: str
    en: str
    part: str
    whole: str
    is_rest: bool = False
    is_good: bool = True

    @property
    def of(self) -> str:
        """What is counted by it."""
        return FACTS[self.whole].of

    @property
    def is_part_bad(self) -> bool:
        """Whether `part` is what ought not to be; else what it leaves of the whole is."""
        return self.is_rest == self.is_good


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
SHARES = {
    s.name: s
    for s in (
        Share("visit_rate", "走访率", "Visit rate", "visits_made", "visits_due"),
        Share("visit_on_time_rate", "按期走访率", "On-time visit rate", "visits_on_time", "visits_due"),
        Share("patrol_coverage", "巡查覆盖率", "Patrol coverage", "cells_missed", "cells", is_rest=True),
        Share("home_coverage", "入户覆盖率", "Household coverage", "homes_missed", "homes", is_rest=True),
        Share(
            "open_overdue_rate", "月末超期率", "Overdue share", "open_overdue", "open_cases", is_good=False
        ),
    )
}


# What is kept; which of the open cases were late at the end is told by their history.
STORED_FACTS = tuple(name for name in FACTS if name != "open_overdue")


def portion_of(share: Share, counts: Mapping[str, int]) -> Portion:
    """What a share is made of."""
    whole, part = counts[share.whole], counts[share.part]
    return Portion(whole - part if share.is_rest else part, whole)


def is_whole(measure: str, *, since: datetime, until: datetime, now: datetime, track_days: int) -> bool:
    """Whether what a measure of a month [since, until) counts was all still there `now`, when it is counted.

    Open cases are told from their history, and what is due from that of the homes that are still there, whenever that is.
    Homes and cells are those of now, and who called may have been forgotten. Lines of duties are kept for `track_days` days.
    """
    if measure == "open_cases":
        return True
    if measure in ("cells_missed", "patrol_days") and now >= since + timedelta(days=track_days):
        return False
    return now <= until + COUNTED_IN_TIME
