"""Reading single values, whatever type the file gave them."""

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

# In a sheet of ours a text that a spreadsheet would take for a formula stands behind an apostrophe.
_FORMULA = tuple("=+-@\t\r")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


def guarded(text: str) -> str:
    """The text as a spreadsheet can open it safely; `plain` gives it back."""
    if text.lstrip("'").startswith(_FORMULA) and not _PLAIN_NUMBER.fullmatch(text):
        return "'" + text
    return text


def _unguarded(text: str) -> str:
    return text[1:] if text[:1] == "'" and text.lstrip("'").startswith(_FORMULA) else text


def plain(value: Any) -> str:
    """Any cell as text, without blanks around it: 3.0 is "3", nothing is ""."""
    match value:
        case None:
            return ""
        case str():
            return _unguarded(value).strip()
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
    """A text that PostgreSQL can store."""
    text = plain(value)
    if "\0" in text or (not text.isascii() and _HALF_PAIR.search(text)):
        raise Unreadable("text_invalid")
    if len(text) > limit:
        raise Unreadable("text_too_long", limit=limit)
    return text


def number_of(value: Any) -> float:
    """A finite number; full-width digits are read, thousands are not grouped."""
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
    """An instant in UTC; `note` says that a local clock left it in doubt, `later` is the other reading."""

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
    """A reader of dates and times that names no zone by the clock of `zone`."""

    def read(value: Any) -> Moment:
        moment = _moment(_datetime(value, day_first=day_first), zone)
        if not 2000 <= moment.at.year <= 2098:
            raise Unreadable("time_out_of_range")
        return moment

    return read


def own_id(value: Any) -> UUID | None:
    """An id of ours, as exports have it; None for what is no UUID."""
    try:
        return UUID(plain(value))
    except ValueError:
        return None


def read_day(value: Any) -> date:
    """A day, written with the year first or as a date of the file's format."""
    return _datetime(value, day_first=False).date()


def _moment(when: datetime, zone: ZoneInfo) -> Moment:
    try:
        if when.tzinfo is not None:
            return Moment(when.astimezone(UTC))
        first = when.replace(tzinfo=zone, fold=0).astimezone(UTC)
        second = when.replace(tzinfo=zone, fold=1).astimezone(UTC)
    except (OverflowError, ValueError):
        raise Unreadable("time_out_of_range") from None
    if first == second:
        return Moment(first)
    if first.astimezone(zone).replace(tzinfo=None, fold=0) != when.replace(fold=0):
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
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day, *clock = found.groups()
        return _with_clock(int(year), int(month), int(day), clock)
    if found := _YEAR_LAST.fullmatch(text):
        one, two, year, *clock = found.groups()
        month, day = (two, one) if day_first else (one, two)
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
