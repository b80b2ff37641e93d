"""Rules of fairness: compare a worker's week with the mean, and limit duty and rest. Pure.

The *surplus* is the share by which a worker's accepted assignments of the week exceed the mean of the street.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.enumerations import Enumeration
from app.profiles.rules.duty import DutyLimits

WEEK = timedelta(days=7)

LOAD = "load"
DECLINED = "declined"
EXPIRED = "expired"
# Figures of a worker's last seven days. Only the load is used by dispatch.
FIGURES = Enumeration(
    "FairnessFigure",
    {
        LOAD: "assignments accepted in the last seven days; the only one that dispatch uses",
        DECLINED: "offers declined in the last seven days, without those for a conflict of interest",
        EXPIRED: "offers of the last seven days that were delivered and not answered in time",
    },
)

TOO_LONG = "duty_too_long"
TOO_LITTLE_REST = "too_little_rest"


@dataclass(frozen=True, slots=True)
class Duty:
    """A period on duty of a worker. `until` is None while the worker is still on duty."""

    since: datetime
    until: datetime | None


def surplus(load: int, mean: float | None) -> float:
    """Return the share by which a worker's assignments of a week exceed the mean of the street.

    The share is 0 below the mean. Few assignments give no advantage, because a worker with few cases often had other work.

    Args:
        load: Number of the worker's assignments.
        mean: Mean number of the workers of the street. None or 0: the result is 0.
    """
    return round(max(0.0, load / mean - 1), 2) if mean else 0.0


def hours_exclusion(duties: Sequence[Duty], now: datetime, limits: DutyLimits) -> str | None:
    """Return the rule (too long on duty, too little rest) that excludes a worker, or None.

    A worker who is off duty is not excluded by these rules. Two duties with only a short break between them count as one
    duty. A longer time between them counts as rest.

    Args:
        duties: Duties of the worker in order.
    """
    started = [duty for duty in duties if duty.since <= now]
    if not started or (started[-1].until is not None and started[-1].until <= now):
        return None
    since = started[-1].since
    for earlier in reversed(started[:-1]):
        time_off = since - (earlier.until or since)
        if time_off > limits.break_most:
            if time_off < limits.rest_least:
                return TOO_LITTLE_REST
            break
        since = earlier.since
    return TOO_LONG if now - since >= limits.span_most else None
