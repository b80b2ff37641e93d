"""Parsers for the value of one cell, of any type that a file format can give."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from math import isfinite
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.exchange.rules.faults import Unreadable

# Exported sheets put an apostrophe before a text that a spreadsheet would read as a formula.
_FORMULA = tuple("=+-@\t\r")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


def escape_formula(text: str) -> str:
    """Return the text, escaped so that spreadsheets do not read it as a formula.

    `plain` removes the escape.
    """
    if text.lstrip("'").startswith(_FORMULA) and not _PLAIN_NUMBER.fullmatch(text):
        return "'" + text
    return text


def _unescape_formula(text: str) -> str:
    return text[1:] if text[:1] == "'" and text.lstrip("'").startswith(_FORMULA) else text


def plain(value: Any) -> str:
    """Return a cell value as stripped text, for example "3" for 3.0 and "" for None."""
    match value:
        case None:
            return ""
        case str():
            return _unescape_formula(value).strip()
        case bool():
            return "true" if value else "false"
        case float():
            if not isfinite(value):
                return ""
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
    return str(value).strip()


def text_of(value: Any, limit: int) -> str:
    """Return the text of a cell.

    Raises:
        Unreadable: PostgreSQL cannot store the text, or the text is longer than `limit` characters.
    """
    text = plain(value)
    if "\0" in text or (not text.isascii() and _HALF_PAIR.search(text)):
        raise Unreadable("text_invalid")
    if len(text) > limit:
        raise Unreadable("text_too_long", limit=limit)
    return text


def number_of(value: Any) -> float:
    """Return the value of a cell as a finite number.

    Full-width digits are accepted. Group separators, as in 1,000, are not.

    Raises:
        Unreadable: The value is not a finite number.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value) if abs(value) < 1e300 else float("inf")
    else:
        text = unicodedata.normalize("NFKC", plain(value))
        try:
            number = float(text) if "_" not in text else float("nan")
        except ValueError:
            raise Unreadable("number_unreadable") from None
    if not isfinite(number):
        raise Unreadable("number_unreadable")
    return number


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant (`at`, UTC) that was read from a cell.

    Attributes:
        note: The code of a warning, if the local time was ambiguous or nonexistent (change of daylight saving time).
        later: The second possible instant of an ambiguous time.
    """

    at: datetime
    note: str | None = None
    later: datetime | None = None


_CLOCK = (
    r"(?:[ T]+(\d{1,2})[:时点](\d{1,2})(?:[:分](\d{1,2})(?:[.,](\d{1,9}))?秒?|分)?)?\s*([AaPp]\.?[Mm]\.?)?"
)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?" + _CLOCK, re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})" + _CLOCK, re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?", re.ASCII)


def time_reader(zone: ZoneInfo, *, day_first: bool) -> Callable[[Any], Moment]:
    """Return a parser of dates and times.

    Args:
        zone: The time zone of values that do not have one.
        day_first: In dates with the year last, the day is before the month.
    """

    def read(value: Any) -> Moment:
        moment = _moment(_datetime(value, day_first=day_first), zone)
        if not 2000 <= moment.at.year <= 2098:
            raise Unreadable("time_out_of_range")
        return moment

    return read


def uuid_or_none(value: Any) -> UUID | None:
    """Return the UUID in a cell, or None if the cell has no UUID."""
    try:
        return UUID(plain(value))
    except ValueError:
        return None


def read_day(value: Any) -> date:
    """Return the value of a cell as a date.

    The value is text with the year first, or has the date type of the file format.
    """
    return _datetime(value, day_first=False).date()


def _moment(local_time: datetime, zone: ZoneInfo) -> Moment:
    try:
        if local_time.tzinfo is not None:
            return Moment(local_time.astimezone(UTC))
        first = local_time.replace(tzinfo=zone, fold=0).astimezone(UTC)
        second = local_time.replace(tzinfo=zone, fold=1).astimezone(UTC)
    except (OverflowError, ValueError):
        raise Unreadable("time_out_of_range") from None
    if first == second:
        return Moment(first)
    if first.astimezone(zone).replace(tzinfo=None, fold=0) != local_time.replace(fold=0):
        return Moment(first, "time_nonexistent")
    return Moment(first, "time_ambiguous", later=second)


def _datetime(value: Any, *, day_first: bool) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    text = unicodedata.normalize("NFKC", plain(value))
    try:
        return _from_text(text, day_first=day_first)
    except ValueError:
        raise Unreadable("time_unreadable") from None


def _from_text(text: str, *, day_first: bool) -> datetime:
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day, *clock = match.groups()
        return _with_clock(int(year), int(month), int(day), clock)
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year, *clock = match.groups()
        month, day = (second, first) if day_first else (first, second)
        return _with_clock(int(year), int(month), int(day), clock)
    if _COMPACT.fullmatch(text):
        return datetime.strptime(text, "%Y%m%d%H%M%S" if len(text) == 14 else "%Y%m%d")
    return datetime.fromisoformat(text)


def _with_clock(year: int, month: int, day: int, clock: list[str | None]) -> datetime:
    hour, minute, second, fraction, half = clock
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError(f"no such hour: {hour} {half}")
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    micros = int((fraction or "0").ljust(6, "0")[:6])
    return datetime(year, month, day, hours, int(minute or 0), int(second or 0), micros)
