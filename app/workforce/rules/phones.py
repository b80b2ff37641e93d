"""Messages of tracking apps as fixes: OwnTracks, Overland, and Traccar Client (OsmAnd's protocol).

A point that cannot be read is counted and left out, never refused: these apps send a refused batch again without end.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from app.workforce.rules.positions import Fix

KMH_TO_MPS = 1 / 3.6
KNOTS_TO_MPS = 1852 / 3600
# Traccar: a number from this on is in milliseconds.
FIRST_MILLISECOND = 2**31 - 1
BATCH = 500


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """The fixes of a message, and the number of points that could not be read."""

    fixes: tuple[Fix, ...] = ()
    unreadable: int = 0

    def batches(self) -> Iterable[tuple[Fix, ...]]:
        """Return the fixes in batches of at most BATCH, the oldest first."""
        ordered = sorted(self.fixes, key=lambda fix: fix.at)
        return (tuple(ordered[i : i + BATCH]) for i in range(0, len(ordered), BATCH))


def owntracks(message: Any) -> ParsedMessage:
    """Parse a message of OwnTracks: one object or a list. Objects other than `location` (waypoints, lwt...) are ignored."""
    objects = message if isinstance(message, list) else [message]
    located = [o for o in objects if isinstance(o, dict) and o.get("_type") == "location"]
    return _parsed(_owntracks_fix(o) for o in located)


def overland(message: Any) -> ParsedMessage:
    """Parse a message of Overland: `{"locations": [GeoJSON Feature, ...]}`. `current` and `trip` are ignored."""
    points = message.get("locations") if isinstance(message, dict) else None
    return _parsed(_overland_fix(p) for p in points) if isinstance(points, list) else ParsedMessage()


def osmand(values: Mapping[str, str], *, received_at: datetime) -> ParsedMessage:
    """Parse query or form of Traccar Client and OsmAnd: one point, speed in knots, without `timestamp` as of `received_at`."""
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
    """Parse JSON of Traccar Client: `{"device_id", "location": {"timestamp", "coords": {...}}}`, speed in m/s."""
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
    """Return a finite number, also from text, or None."""
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
    """Parse seconds or milliseconds since 1970, or ISO 8601 (also with a space; without zone: UTC). None for other values."""
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
