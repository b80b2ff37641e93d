"""Limits of reports without an account, by network address, by place and by similar words. Pure.

The limits are high enough for a family behind one address and for a street after a storm. Nobody is asked to solve a riddle,
and no third party is called.
"""

from collections.abc import Mapping
from dataclasses import dataclass

HOUR_S, DAY_S = 3_600, 86_400
# Two texts with at least this share of letter pairs in common (Dice) are alike.
ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class Limit:
    """The largest number of earlier reports with which one more report is accepted.

    Attributes:
        count: Name of the count.
        code: Error code if it is reached.
        retry_after_s: Seconds until another attempt makes sense.
    """

    count: str
    most: int
    code: str
    retry_after_s: int


LIMITS = (
    Limit("same_source_alike", 3, "public_reports_alike", HOUR_S),
    Limit("same_source_hour", 10, "public_reports_of_address", HOUR_S),
    Limit("same_source_day", 40, "public_reports_of_address", DAY_S),
    Limit("same_cell_alike", 10, "public_reports_alike", HOUR_S),
    Limit("same_cell_hour", 60, "public_reports_of_place", HOUR_S),
)


def reached_limit(counts: Mapping[str, int]) -> Limit | None:
    """Return the first limit that is reached, or None."""
    return next((limit for limit in LIMITS if counts[limit.count] >= limit.most), None)
