"""Profile section on the longest time on duty. Without the section there is no limit."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.profiles.rules.value_checks import number, record

_HOURS = number(0, 168, is_exclusive=True)
DUTY = record({"span_hours_most": _HOURS, "rest_hours_least": _HOURS}, optional={"break_hours_most": _HOURS})


@dataclass(frozen=True, slots=True)
class DutyLimits:
    """Limits of the time on duty.

    Args:
        span_most: Longest time from the beginning of a working day to its end, with breaks.
        rest_least: Shortest time between two working days.
        break_most: Time off duty up to this length is a break within a working day and no rest.
    """

    span_most: timedelta
    rest_least: timedelta
    break_most: timedelta


def parse_duty(data: dict[str, Any] | None) -> DutyLimits | None:
    """Parse the section; None without one.

    A break is 4 hours at most where the section has no limit of it.
    """
    if data is None:
        return None
    return DutyLimits(
        timedelta(hours=data["span_hours_most"]),
        timedelta(hours=data["rest_hours_least"]),
        timedelta(hours=data.get("break_hours_most", 4)),
    )
