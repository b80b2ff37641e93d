"""What the parameters of a page of features say. Anything unknown, wrong or said twice is an error of its parameter."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.core.errors import invalid_field
from app.ogc.rules.collections import Collection, Kind, Property
from app.ogc.rules.crs import STORED, Crs, crs_of, in_order, is_usable

LIMIT_DEFAULT, LIMIT_MAX = 100, 1_000
# Who goes further takes the links `next`, which cost the same on every page.
OFFSET_MAX = 10_000
FORMS = ("json", "html")
# Of a dense city some tens of thousands of cases, which take some tens of milliseconds to look at.
_SMALL_DEGREES, _SMALL_M = 0.05, 5_000.0
FIXED = (
    *("f", "limit", "offset", "cursor", "bbox", "bbox-crs", "crs", "datetime", "properties", "sortby"),
    *("filter", "filter-lang", "filter-crs"),
)
Box = tuple[float, float, float, float]
Interval = tuple[datetime | None, datetime | None]
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Sort:
    """One step of an order: a property up or down, nulls last both ways."""

    prop: Property
    is_down: bool = False


@dataclass(slots=True)
class ItemsQuery:
    """A page that is asked for. `boxes`: west, south, east, north in units of `bbox_crs`; two across the antimeridian."""

    properties: list[Property]
    limit: int = LIMIT_DEFAULT
    offset: int = 0
    cursor: str | None = None
    boxes: list[Box] = field(default_factory=list)
    bbox_crs: Crs = STORED
    crs: Crs = STORED
    interval: Interval | None = None
    equal: list[tuple[Property, Any]] = field(default_factory=list)
    sort: list[Sort] = field(default_factory=list)
    filter: str | None = None
    filter_lang: str = "cql2-text"
    filter_crs: Crs = STORED

    @property
    def is_narrow(self) -> bool:
        """Whether it asks for boxes only that are small enough to be read whole: a few kilometres."""
        most = _SMALL_DEGREES if self.bbox_crs.is_geographic else _SMALL_M
        return bool(self.boxes) and all(
            east - west <= most and north - south <= most for west, south, east, north in self.boxes
        )


def once(
    args: Iterable[tuple[str, str]], known: Iterable[str], *, forms: Sequence[str] = FORMS
) -> dict[str, str]:
    """Parameters by name, each one known and said once."""
    found: dict[str, str] = {}
    allowed = set(known)
    for name, value in args:
        if name not in allowed:
            raise invalid_field(name[:100], "unknown_field")
        if name in found:
            raise invalid_field(name, "not_unique")
        if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise invalid_field(name, "invalid")
        found[name] = value
    if "f" in found and found["f"] not in forms:
        raise invalid_field("f", "not_one_of")
    return found


def items_query(
    collection: Collection, shown: Sequence[Property], args: Iterable[tuple[str, str]]
) -> ItemsQuery:
    """Read the parameters of a page of `collection`, of which the reader may know the properties `shown`."""
    filterable = {p.name: p for p in shown if p.is_filterable}
    said = once(args, (*FIXED, *filterable))
    query = ItemsQuery(properties=_properties(said, shown))
    if "limit" in said:
        query.limit = min(_whole("limit", said["limit"], lowest=1), LIMIT_MAX)
    if "offset" in said:
        query.offset = _whole("offset", said["offset"], lowest=0)
        if query.offset > OFFSET_MAX:
            raise invalid_field("offset", "offset_too_far", most=OFFSET_MAX)
    query.cursor = said.get("cursor")
    query.crs = crs_parameter("crs", said)
    query.bbox_crs = crs_parameter("bbox-crs", said)
    query.filter_crs = crs_parameter("filter-crs", said)
    if "bbox" in said:
        query.boxes = _boxes(said["bbox"], query.bbox_crs)
    if "datetime" in said:
        query.interval = interval_of(said["datetime"])
    query.equal = [(p, value_of(p, said[name])) for name, p in filterable.items() if name in said]
    if "sortby" in said:
        query.sort = _sort(said["sortby"], filterable)
    query.filter = said.get("filter")
    query.filter_lang = said.get("filter-lang", query.filter_lang)
    if query.filter_lang not in ("cql2-text", "cql2-json"):
        raise invalid_field("filter-lang", "not_one_of")
    return query


def crs_parameter(name: str, said: Mapping[str, str]) -> Crs:
    """The reference system that a parameter names, or CRS84."""
    if name not in said:
        return STORED
    found = crs_of(said[name])
    if found is None:
        raise invalid_field(name, "crs_unknown")
    return found


def value_of(prop: Property, given: str) -> Any:
    """A value as a property of its kind is compared with."""
    try:
        match prop.kind:
            case Kind.TEXT:
                return given
            case Kind.INTEGER:
                return _whole(prop.name, given, lowest=-(2**63))
            case Kind.BOOLEAN:
                return {"true": True, "false": False, "1": True, "0": False}[given.lower()]
            case Kind.DATE:
                return date.fromisoformat(given)
            case Kind.INSTANT:
                return instant_of(given)
            case Kind.UUID:
                return UUID(given)
    except (ValueError, KeyError):
        raise invalid_field(prop.name, "invalid") from None


def instant_of(given: str) -> datetime:
    """RFC 3339 with a zone, in UTC. Raises ValueError."""
    if len(given) > 40 or not re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d", given, re.ASCII):
        raise ValueError("not RFC 3339")
    found = datetime.fromisoformat(given.upper().replace("Z", "+00:00"))
    if found.tzinfo is None:
        raise ValueError("no zone")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError("out of range") from None


def interval_of(given: str) -> Interval:
    """`datetime`: an instant or a day, or two of them; `..` or nothing for an open end."""
    parts = given.split("/")
    try:
        if len(parts) == 1:
            return _bounds(parts[0])
        if len(parts) != 2:
            raise ValueError("not an interval")
        start = None if parts[0] in ("", "..") else _bounds(parts[0])[0]
        end = None if parts[1] in ("", "..") else _bounds(parts[1])[1]
        if start is not None and end is not None and start > end:
            raise ValueError("backwards")
        return start, end
    except (ValueError, OverflowError):
        raise invalid_field("datetime", "datetime_invalid") from None


def _bounds(given: str) -> tuple[datetime, datetime]:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", given, re.ASCII):
        day = datetime.combine(date.fromisoformat(given), time(), UTC)
        return day, day + timedelta(days=1) - timedelta(microseconds=1)
    at = instant_of(given)
    return at, at


def _whole(name: str, given: str, *, lowest: int) -> int:
    if not _INTEGER.fullmatch(given) or not lowest <= int(given) < 2**63:
        raise invalid_field(name, "out_of_range" if _INTEGER.fullmatch(given) else "invalid")
    return int(given)


def _properties(said: Mapping[str, str], shown: Sequence[Property]) -> list[Property]:
    if "properties" not in said:
        return list(shown)
    named = {p.name: p for p in shown}
    wanted = [name for name in said["properties"].split(",") if name]
    if any(name not in named for name in wanted):
        raise invalid_field("properties", "not_one_of")
    return [p for p in shown if p.name in wanted]


def _sort(given: str, filterable: Mapping[str, Property]) -> list[Sort]:
    found: list[Sort] = []
    for part in given.split(","):
        # A plus of an address is a space when it arrives.
        name = part.strip().removeprefix("+").removeprefix("-")
        if name not in filterable or any(s.prop.name == name for s in found):
            raise invalid_field("sortby", "not_one_of")
        found.append(Sort(filterable[name], part.strip().startswith("-")))
    if len(found) > 4:
        raise invalid_field("sortby", "wrong_length")
    return found


def _boxes(given: str, crs: Crs) -> list[Box]:
    """4 or 6 numbers, in the order of the axes of the CRS. Heights are read and leave out nothing: nothing here has one."""
    try:
        numbers = [float(part) for part in given.split(",")]
    except ValueError:
        raise invalid_field("bbox", "bbox_invalid") from None
    if len(numbers) not in (4, 6) or not all(map(math.isfinite, numbers)) or "_" in given:
        raise invalid_field("bbox", "bbox_invalid")
    if len(numbers) == 6:
        if numbers[2] > numbers[5]:
            raise invalid_field("bbox", "bbox_invalid")
        numbers = [*numbers[:2], *numbers[3:5]]
    west, south, east, north = in_order(crs, numbers)
    if south > north:
        raise invalid_field("bbox", "bbox_invalid")
    return boxes_of(crs, (west, south, east, north), "bbox")


def boxes_of(crs: Crs, box: Box, name: str) -> list[Box]:
    """A box as one, or as two if it goes over the antimeridian, which only degrees can say."""
    west, south, east, north = box
    if crs.is_geographic:
        clipped = [max(-180.0, min(180.0, v)) for v in (west, east)]
        low, high = max(-90.0, min(90.0, south)), max(-90.0, min(90.0, north))
        if west > east:
            return [(clipped[0], low, 180.0, high), (-180.0, low, clipped[1], high)]
        return [(clipped[0], low, clipped[1], high)]
    if west > east or not is_usable(crs, box):
        raise invalid_field(name, "bbox_invalid")
    return [box]
