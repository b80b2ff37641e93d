"""Parsers of messages of OwnTracks, Overland and Traccar Client (OsmAnd's protocol). Pure.

A point that cannot be read is counted and left out. The message is not refused, because these apps send a refused
message again without end.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from app.workforce.rules.fixes import Fix

KMH_TO_MPS = 1 / 3.6
KNOTS_TO_MPS = 1852 / 3600
# Traccar: a number from this on is in milliseconds.
FIRST_MILLISECOND = 2**31 - 1
BATCH = 500


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """The positions in a message, and the number of points that could not be read."""

    fixes: tuple[Fix, ...] = ()
    unreadable: int = 0

    def batches(self) -> Iterable[tuple[Fix, ...]]:
        """Return the positions in batches of at most BATCH, the oldest first."""
        ordered = sorted(self.fixes, key=lambda fix: fix.at)
        return (tuple(ordered[i : i + BATCH]) for i in range(0, len(ordered), BATCH))


def owntracks(message: Any) -> ParsedMessage:
    """Parse a message of OwnTracks: one object or a list of objects.

    Only objects of the type `location` are used. Others (waypoints, lwt...) are ignored.
    """
    objects = message if isinstance(message, list) else [message]
    located = [o for o in objects if isinstance(o, dict) and o.get("_type") == "location"]
    return _parsed(_owntracks_fix(o) for o in located)


def overland(message: Any) -> ParsedMessage:
    """Parse a message of Overland: `{"locations": [GeoJSON Feature, ...]}`.

    The members `current` and `trip` are ignored.
    """
    points = message.get("locations") if isinstance(message, dict) else None
    return _parsed(_overland_fix(p) for p in points) if isinstance(points, list) else ParsedMessage()


def osmand(values: Mapping[str, str], *, received_at: datetime) -> ParsedMessage:
    """Parse one point from a query or form of Traccar Client or OsmAnd. The speed is in knots.

    Without `timestamp` the time of the point is `received_at`.
    """
    lat, lon = values.get("lat"), values.get("lon")
    if lat is None and "location" in values:
        lat, _, lon = values["location"].partition(",")
    if lat is None and lon is None:
        return ParsedMessage()  # a message without a position, to show that the app runs
    at = _instant(values["timestamp"]) if values.get("timestamp") else received_at
    fix = _fix(
        at,
        lon,
        lat,
        accuracy_m=_number(values.get("accuracy")),
        speed_mps=_scaled(values.get("speed"), KNOTS_TO_MPS),
        heading_deg=_number(values.get("bearing", values.get("heading"))),
        battery_pct=_number(values.get("batt")),
    )
    return _parsed([fix])


def osmand_json(message: Any) -> ParsedMessage:
    """Parse JSON of Traccar Client: one location or a list of locations. The speed is in m/s.

    The form is `{"device_id": ..., "location": {"timestamp": ..., "coords": {...}}}`.
    """
    located = message.get("location") if isinstance(message, dict) else None
    points = located if isinstance(located, list) else [located] if located is not None else []
    return _parsed(_background_fix(p) for p in points)


def _owntracks_fix(o: dict[str, Any]) -> Fix | None:
    return _fix(
        _instant(o.get("tst")),
        o.get("lon"),
        o.get("lat"),
        accuracy_m=_number(o.get("acc")),
        speed_mps=_scaled(o.get("vel"), KMH_TO_MPS),
        heading_deg=_number(o.get("cog")),
        battery_pct=_number(o.get("batt")),
    )


def _overland_fix(point: Any) -> Fix | None:
    geometry = point.get("geometry") if isinstance(point, dict) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        return None
    properties = point.get("properties")
    if not isinstance(properties, dict):
        return None
    return _fix(
        _instant(properties.get("timestamp")),
        coordinates[0],
        coordinates[1],
        accuracy_m=_number(properties.get("horizontal_accuracy")),
        speed_mps=_number(properties.get("speed")),
        heading_deg=_number(properties.get("course")),
        battery_pct=_scaled(properties.get("battery_level"), 100),
    )


def _background_fix(point: Any) -> Fix | None:
    coords = point.get("coords") if isinstance(point, dict) else None
    if not isinstance(coords, dict):
        return None
    battery = point.get("battery")
    fix = _fix(
        _instant(point.get("timestamp")),
        coords.get("longitude"),
        coords.get("latitude"),
        accuracy_m=_number(coords.get("accuracy")),
        speed_mps=_number(coords.get("speed")),
        heading_deg=_number(coords.get("heading")),
        battery_pct=_scaled(battery.get("level"), 100) if isinstance(battery, dict) else None,
    )
    return fix._replace(is_mock=True) if fix is not None and point.get("mock") is True else fix


def _parsed(points: Iterable[Fix | None]) -> ParsedMessage:
    located = list(points)
    fixes = tuple(fix for fix in located if fix is not None)
    return ParsedMessage(fixes, len(located) - len(fixes))


def _fix(
    at: datetime | None,
    lon: Any,
    lat: Any,
    *,
    accuracy_m: float | None,
    speed_mps: float | None,
    heading_deg: float | None,
    battery_pct: float | None,
) -> Fix | None:
    x, y = _number(lon), _number(lat)
    if at is None or x is None or y is None:
        return None
    return Fix(at, x, y, accuracy_m, speed_mps, heading_deg, battery_pct)


def _number(value: Any) -> float | None:
    """Return a value (number or text) as a finite number, or None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def _scaled(value: Any, factor: float) -> float | None:
    number = _number(value)
    return None if number is None else number * factor


def _instant(value: Any) -> datetime | None:
    """Parse a time given in seconds or milliseconds since 1970, or in ISO 8601.

    Returns None if the time cannot be read. ISO 8601 may have a space in place of the T. Without a time zone it is UTC.
    """
    try:
        number = _number(value)
        if number is not None:
            return datetime.fromtimestamp(number / 1000 if number >= FIRST_MILLISECOND else number, UTC)
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    if moment is None or not 1970 <= moment.year <= 9000:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
