"""Profile section on the maximum time on duty. Without the section there is no limit."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.profiles.rules.schema_fields import Number
from app.profiles.rules.schema_sections import Section


class DutySchema(Section):
    span_hours_most = Number(
        0,
        168,
        is_exclusive=True,
        required=True,
        title=("maximum hours from start to end", "起止时长上限（小时）"),
    )
    rest_hours_least = Number(
        0, 168, is_exclusive=True, required=True, title=("minimum hours of rest", "最少休息小时数")
    )
    break_hours_most = Number(
        0, 168, is_exclusive=True, title=("maximum hours of a break", "休息时长上限（小时）")
    )


@dataclass(frozen=True, slots=True)
class DutyLimits:
    """Limits of the time on duty.

    Args:
        span_most: Maximum time from the beginning of a working day to its end, breaks included.
        rest_least: Minimum time between two working days.
        break_most: Maximum length of a break within a working day. A longer time off duty is a rest between two working days.
    """

    span_most: timedelta
    rest_least: timedelta
    break_most: timedelta


def parse_duty(data: dict[str, Any] | None) -> DutyLimits | None:
    """Parse the section on time on duty, or return None if the profile has no such section.

    `break_most` is 4 hours if the section has no limit for it.
    """
    if data is None:
        return None
    return DutyLimits(
        timedelta(hours=data["span_hours_most"]),
        timedelta(hours=data["rest_hours_least"]),
        timedelta(hours=data.get("break_hours_most", 4)),
    )
