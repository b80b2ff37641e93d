"""Dates of the recorded days: which Monday they end at, and how they are shifted to it. Pure."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.incidents.cases.rules.case_number import case_number

_DATE = re.compile(rb"(?<![0-9A-Za-z-])(20[0-9]{2})-([01][0-9])-([0-3][0-9])(?![0-9-])")
_CASE_NUMBER = re.compile(
    rb"(?<![0-9A-Za-z-])([0-9]{2})([01][0-9])([0-3][0-9])-([0-9]{6,})-[0-9](?![0-9A-Za-z-])"
)
_EPOCH = re.compile(rb"(?<= )(1[0-9]{9})(?=[,)])")


def monday_before(now: datetime, zone: ZoneInfo) -> date:
    """Return the Monday with which the days begin that a load lives itself: three to nine days ago."""
    day = now.astimezone(zone).date() - timedelta(days=3)
    return day - timedelta(days=day.weekday())


class Dates:
    """Shifter of the dates in a copy of a table, by whole days.

    Args:
        first, last: First and last recorded day.
    """

    def __init__(self, first: date, last: date, days: int) -> None:
        self._days = timedelta(days=days)
        # Other dates, such as years of birth, are not those of the simulated time.
        self._first = first - timedelta(days=60)
        self._last = last + timedelta(days=800)
        self._shifted: dict[bytes, bytes] = {}

    def shifted(self, table: str, content: bytes) -> bytes:
        """Return the rows of a table with all dates shifted."""
        if not self._days:
            return content
        content = _DATE.sub(self._date, content)
        if table == "duty_track":
            seconds = int(self._days.total_seconds())
            content = _EPOCH.sub(lambda match: str(int(match[1]) + seconds).encode(), content)
        return _CASE_NUMBER.sub(self._number, content)

    def _date(self, match: re.Match[bytes]) -> bytes:
        text = match[0]
        shifted = self._shifted.get(text)
        if shifted is None:
            day = _day(int(match[1]), int(match[2]), int(match[3]))
            is_ours = day is not None and self._first <= day <= self._last
            shifted = str(day + self._days).encode() if day is not None and is_ours else text
            self._shifted[text] = shifted
        return shifted

    def _number(self, match: re.Match[bytes]) -> bytes:
        day = _day(2000 + int(match[1]), int(match[2]), int(match[3]))
        serial = int(match[4])
        if (
            day is None
            or not self._first <= day <= self._last
            or match[0] != case_number(day, serial).encode()
        ):
            return match[0]
        return case_number(day + self._days, serial).encode()


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
