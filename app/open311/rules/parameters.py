"""Parameters of Open311 requests: a parameter without a value counts as not sent.

Source: GeoReport v2, *Optional Arguments* and the tables of arguments.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.core.errors import Invalid, invalid_field

Args = Mapping[str, list[str]]

SPAN = timedelta(days=90)
# Instants are returned without parts of a second, so a whole second is in a range if its beginning is.
SECOND = timedelta(seconds=1)
ROWS_MAX = 1_000
PAGE_MAX = 1_000
IDS_MAX = 1_000
STATUSES = ("open", "closed")
# Every request may have them; `api_key` is read by the views that need one.
_ALWAYS = frozenset({"jurisdiction_id", "api_key"})
LIST = frozenset(
    {"service_request_id", "service_code", "start_date", "end_date", "status", "page", "page_size"}
)
UPDATES = frozenset({"service_request_id", "start_date", "end_date", "page", "page_size"})
# The W3C profile of ISO 8601 with a time and a zone.
_W3C = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Span:
    """A range of time: from `start` up to, but without, `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class RequestsQuery:
    """The parsed query of a list of requests.

    Attributes:
        ids: The requests to return. None: those that the other members describe.
        service_codes: None: of all services.
        statuses: Some of STATUSES.
        page: Number of the page, from 1.
    """

    ids: tuple[str, ...] | None = None
    service_codes: tuple[str, ...] | None = None
    span: Span | None = None
    statuses: tuple[str, ...] = STATUSES
    page: int = 1
    page_size: int = ROWS_MAX


def value_of(args: Args, name: str) -> str | None:
    """Return the value of a parameter, or None if it is missing or empty.

    Raises:
        Invalid: The parameter has several values, or characters that no text has.
    """
    values = [value for value in map(str.strip, args.get(name, ())) if value]
    if len(values) > 1:
        raise invalid_field(name, "not_unique")
    return _usable(name, values[0]) if values else None


def values_of(args: Args, name: str) -> tuple[str, ...] | None:
    """Return the values of a parameter that may be repeated or have commas. None: it has no value."""
    values = [part.strip() for value in args.get(name, ()) for part in value.split(",")]
    return tuple(dict.fromkeys(_usable(name, value) for value in values if value)) or None


def require_known(args: Args, names: Iterable[str] = ()) -> None:
    """Refuse parameters that an operation does not have, because it would ignore a filter of the client.

    Raises:
        Invalid: `unknown_field`.
    """
    unknown = sorted(set(args) - _ALWAYS - set(names))
    if unknown:
        raise Invalid(
            "validation_failed",
            extra={"errors": [{"field": name[:100], "code": "unknown_field"} for name in unknown[:5]]},
        )


def requests_query(args: Args, *, now: datetime) -> RequestsQuery:
    """Parse the query of a list of requests.

    Raises:
        Invalid: A parameter is unknown or has an invalid value. With `service_request_id` no other parameter is read.
    """
    ids = values_of(args, "service_request_id")
    if ids is not None:
        if len(ids) > IDS_MAX:
            raise invalid_field("service_request_id", "wrong_length")
        return RequestsQuery(ids=ids)
    require_known(args, LIST)
    statuses = values_of(args, "status") or STATUSES
    if not set(statuses) <= set(STATUSES):
        raise invalid_field("status", "not_one_of", allowed=list(STATUSES))
    page, page_size = page_of(args)
    return RequestsQuery(
        service_codes=values_of(args, "service_code"),
        span=span_of(args, now=now),
        statuses=statuses,
        page=page,
        page_size=page_size,
    )


def page_of(args: Args) -> tuple[int, int]:
    """Return number and size of the page. A size above the maximum is the maximum."""
    page = _number(args, "page", default=1)
    if page > PAGE_MAX:
        raise invalid_field("page", "out_of_range")
    return page, min(_number(args, "page_size", default=ROWS_MAX), ROWS_MAX)


def span_of(args: Args, *, now: datetime) -> Span:
    """Return the range of `start_date` and `end_date`.

    Both instants are in the range. A missing one is 90 days from the other, and without both the range is the last
    90 days.

    Raises:
        Invalid: An instant cannot be parsed or has no zone, or the range is longer than 90 days, or it ends before it
            begins.
    """
    start, end = instant_of(args, "start_date"), instant_of(args, "end_date")
    try:
        if end is None:
            end = now.replace(microsecond=0) if start is None else start + SPAN
        if start is None:
            start = end - SPAN
        span = end - start
        last = end.replace(microsecond=0) + SECOND
    except OverflowError:
        raise invalid_field("start_date", "invalid") from None
    if span < timedelta(0):
        raise invalid_field("end_date", "before_start")
    if span > SPAN:
        raise invalid_field("end_date", "span_too_long", days=SPAN.days)
    return Span(start, last)


def instant_of(args: Args, name: str) -> datetime | None:
    """Return the instant of a parameter in UTC, or None if it has no value.

    The plus of an offset is a space if a client does not encode it.

    Raises:
        Invalid: It is no instant in the W3C format with a zone.
    """
    value = value_of(args, name)
    if value is None:
        return None
    instant = _instant(value)
    if instant is None:
        raise invalid_field(name, "instant_invalid")
    return instant


def is_instant(value: str) -> bool:
    """Return True if a text is an instant in the W3C format with a zone."""
    return _instant(value) is not None


def _instant(value: str) -> datetime | None:
    value = value.replace(" ", "+")
    if not (_W3C.fullmatch(value) and value.isascii()):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _number(args: Args, name: str, *, default: int) -> int:
    value = value_of(args, name)
    if value is None:
        return default
    if not _NUMBER.fullmatch(value) or int(value) < 1:
        raise invalid_field(name, "invalid")
    return int(value)


def _usable(name: str, value: str) -> str:
    if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise invalid_field(name, "invalid")
    return value
