"""The days off and the worked weekends of a year that the State Council announces (国务院办公厅关于节假日安排的通知).

The dates come from the package `chinesecalendar`, which gets the dates of a year after the announcement, in November of the
year before.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import chinese_calendar

_SATURDAY = 6


class YearUnknown(ValueError):
    """Error: the package has no dates of this year."""


def announced_days(year: int) -> dict[str, list[str]]:
    """Return `holidays` and `workdays` of the calendar of a profile for one year.

    Raises:
        YearUnknown: The dates of the year are not announced, or newer than the installed package.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    try:
        holidays = [
            day
            for day in days
            if chinese_calendar.get_holiday_detail(day)[1] and chinese_calendar.is_holiday(day)
        ]
        workdays = [day for day in days if day.isoweekday() >= _SATURDAY and chinese_calendar.is_workday(day)]
    except NotImplementedError as error:
        raise YearUnknown(str(error)) from error
    return {
        "holidays": [day.isoformat() for day in holidays],
        "workdays": [day.isoformat() for day in workdays],
    }


def with_announced_days(calendar: Mapping[str, Any], year: int) -> dict[str, Any]:
    """Return the calendar of a profile with the days of one year replaced by the announced ones.

    Raises:
        YearUnknown: The dates of the year are not announced, or newer than the installed package.
    """
    announced = announced_days(year)
    other_years = {
        name: [day for day in calendar.get(name, []) if not day.startswith(f"{year:04d}-")]
        for name in announced
    }
    return {**calendar, **{name: sorted(other_years[name] + days) for name, days in announced.items()}}
