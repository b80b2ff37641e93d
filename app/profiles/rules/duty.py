"""Profile section on the longest time on duty. Without the section there is no limit."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.profiles.rules.value_checks import number, record

_HOURS = number(0, 168, is_exclusive=True)
DUTY = record({"span_hours_most": _HOURS, "rest_hours_least": _HOURS}, optional={"break_hours_most": _HOURS})


@dataclass(frozen=True, slots=True)
class DutyLimits:
    """`span_most`: from the first to the last minute of a day, breaks included. `rest_least`: between two such days.
    `break_most`: time off up to this is a break and no rest."""

    span_most: timedelta
    rest_least: timedelta
    break_most: timedelta


def parse_duty(data: dict[str, Any] | None) -> DutyLimits | None:
    if data is None:
        return None
    return DutyLimits(
        timedelta(hours=data["span_hours_most"]),
        timedelta(hours=data["rest_hours_least"]),
        timedelta(hours=data.get("break_hours_most", 4)),
    )
