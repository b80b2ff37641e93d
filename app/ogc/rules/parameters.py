"""Parsing of the query parameters of a page of features.

An unknown, invalid or repeated parameter is an error.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.core.errors import invalid_field
from app.ogc.rules.collections import Collection, Kind, Property
from app.ogc.rules.crs import STORED, Crs, crs_of, is_usable, to_lon_lat_order

LIMIT_DEFAULT, LIMIT_MAX = 100, 1_000
# Later pages are reached by the links `next`, which cost the same on every page.
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
# Characters that PostgreSQL does not store.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort step of a page: a property, ascending or descending.

    NULL values come last in both directions.
    """

    prop: Property
    is_descending: bool = False


@dataclass(slots=True)
class ItemsQuery:
    """The parsed query of a page of features.

    `boxes` are west, south, east, north in units of `bbox_crs`; a box that crosses the antimeridian is stored as two boxes.
    """

    properties: tuple[Property, ...]
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
        """Return True if all boxes are small: at most a few kilometres wide and high.

        All features in such boxes can be read and then sorted.
        """
        limit = _SMALL_DEGREES if self.bbox_crs.is_geographic else _SMALL_M
        return bool(self.boxes) and all(
            east - west <= limit and north - south <= limit for west, south, east, north in self.boxes
        )


def unique_parameters(
    args: Iterable[tuple[str, str]], allowed_names: Iterable[str], *, forms: Sequence[str] = FORMS
) -> dict[str, str]:
    """Return the parameters by name.

    Raises:
        Invalid: A parameter is not allowed or occurs twice.
    """
    parameters: dict[str, str] = {}
    allowed = frozenset(allowed_names)
    for name, value in args:
        if name not in allowed:
            raise invalid_field(name[:100], "unknown_field")
        if name in parameters:
            raise invalid_field(name, "not_unique")
        if _UNSTORABLE.search(value):
            raise invalid_field(name, "invalid")
        parameters[name] = value
    if "f" in parameters and parameters["f"] not in forms:
        raise invalid_field("f", "not_one_of")
    return parameters


def items_query(
    collection: Collection, properties: tuple[Property, ...], args: Iterable[tuple[str, str]]
) -> ItemsQuery:
    """Parse the query parameters of a page of features.

    Args:
        properties: The properties that the reader may see. Parameters can name no other properties.
    """
    filterable, allowed = _filterable(properties)
    parameters = unique_parameters(args, allowed)
    query = ItemsQuery(properties=_chosen(properties, parameters.get("properties")))
    if "limit" in parameters:
        query.limit = min(_integer("limit", parameters["limit"], minimum=1), LIMIT_MAX)
    if "offset" in parameters:
        query.offset = _integer("offset", parameters["offset"], minimum=0)
        if query.offset > OFFSET_MAX:
            raise invalid_field("offset", "offset_too_far", most=OFFSET_MAX)
    query.cursor = parameters.get("cursor")
    query.crs = crs_parameter("crs", parameters)
    query.bbox_crs = crs_parameter("bbox-crs", parameters)
    query.filter_crs = crs_parameter("filter-crs", parameters)
    if "bbox" in parameters:
        query.boxes = _boxes(parameters["bbox"], query.bbox_crs)
    if "datetime" in parameters:
        query.interval = interval_of(parameters["datetime"])
    if not filterable.keys().isdisjoint(parameters):
        names = [name for name in filterable if name in parameters]
        query.equal = [(filterable[name], value_of(filterable[name], parameters[name])) for name in names]
    if "sortby" in parameters:
        query.sort = _sort(parameters["sortby"], filterable)
    query.filter = parameters.get("filter")
    query.filter_lang = parameters.get("filter-lang", query.filter_lang)
    if query.filter_lang not in ("cql2-text", "cql2-json"):
        raise invalid_field("filter-lang", "not_one_of")
    return query


def crs_parameter(name: str, parameters: Mapping[str, str]) -> Crs:
    """Return the CRS that a query parameter names, or CRS84 if the parameter is missing."""
    if name not in parameters:
        return STORED
    crs = crs_of(parameters[name])
    if crs is None:
        raise invalid_field(name, "crs_unknown")
    return crs


def value_of(prop: Property, text: str) -> Any:
    """Parse the text of a query parameter as a value of the property's type."""
    try:
        match prop.kind:
            case Kind.TEXT:
                return text
            case Kind.INTEGER:
                return _integer(prop.name, text, minimum=-(2**63))
            case Kind.BOOLEAN:
                return {"true": True, "false": False, "1": True, "0": False}[text.lower()]
            case Kind.DATE:
                return date.fromisoformat(text)
            case Kind.INSTANT:
                return instant_of(text)
            case Kind.UUID:
                return UUID(text)
    except (ValueError, KeyError):
        raise invalid_field(prop.name, "invalid") from None


def instant_of(text: str) -> datetime:
    """Parse an RFC 3339 instant with a zone, as UTC. Raises ValueError."""
    if len(text) > 40 or not re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d", text, re.ASCII):
        raise ValueError("not RFC 3339")
    instant = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    if instant.tzinfo is None:
        raise ValueError("no zone")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("out of range") from None


def interval_of(text: str) -> Interval:
    """Parse the parameter `datetime`: an instant or day, or an interval of two of them.

    `..` or an empty end is an open end of the interval.
    """
    parts = text.split("/")
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


def _bounds(text: str) -> tuple[datetime, datetime]:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        day = datetime.combine(date.fromisoformat(text), time(), UTC)
        return day, day + timedelta(days=1) - timedelta(microseconds=1)
    instant = instant_of(text)
    return instant, instant


def _integer(name: str, text: str, *, minimum: int) -> int:
    if not _INTEGER.fullmatch(text) or not minimum <= int(text) < 2**63:
        raise invalid_field(name, "out_of_range" if _INTEGER.fullmatch(text) else "invalid")
    return int(text)


@lru_cache(maxsize=100)
def _filterable(properties: tuple[Property, ...]) -> tuple[Mapping[str, Property], frozenset[str]]:
    """Return the properties that filters may name, by name, and the names of all parameters of a page."""
    filterable = {p.name: p for p in properties if p.is_filterable}
    return filterable, frozenset((*FIXED, *filterable))


@lru_cache(maxsize=500)
def _chosen(properties: tuple[Property, ...], text: str | None) -> tuple[Property, ...]:
    """Return the properties that the parameter `properties` names; None: all. A map sends the same one for all its boxes."""
    if text is None:
        return properties
    names = {name for name in text.split(",") if name}
    chosen = tuple(p for p in properties if p.name in names)
    if len(chosen) < len(names):
        raise invalid_field("properties", "not_one_of")
    return chosen


def _sort(text: str, filterable: Mapping[str, Property]) -> list[Sort]:
    steps: list[Sort] = []
    for part in text.split(","):
        # A plus of an address is a space when it arrives.
        name = part.strip().removeprefix("+").removeprefix("-")
        if name not in filterable or any(s.prop.name == name for s in steps):
            raise invalid_field("sortby", "not_one_of")
        steps.append(Sort(filterable[name], part.strip().startswith("-")))
    if len(steps) > 4:
        raise invalid_field("sortby", "wrong_length")
    return steps


def _boxes(text: str, crs: Crs) -> list[Box]:
    """Parse the parameter `bbox`: 4 or 6 numbers in the axis order of the CRS.

    Heights are ignored.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise invalid_field("bbox", "bbox_invalid") from None
    if len(numbers) not in (4, 6) or not all(map(math.isfinite, numbers)) or "_" in text:
        raise invalid_field("bbox", "bbox_invalid")
    if len(numbers) == 6:
        if numbers[2] > numbers[5]:
            raise invalid_field("bbox", "bbox_invalid")
        numbers = [*numbers[:2], *numbers[3:5]]
    west, south, east, north = to_lon_lat_order(crs, numbers)
    if south > north:
        raise invalid_field("bbox", "bbox_invalid")
    return boxes_of(crs, (west, south, east, north), "bbox")


def boxes_of(crs: Crs, box: Box, name: str) -> list[Box]:
    """Return a box as one box, or as two if it crosses the antimeridian (geographic CRS only)."""
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
