"""Schemas of positions: fixes of devices, located workers and tracks."""

from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from typing import Any

import marshmallow as ma

from app.accounts.schemas import WithWorkerPurpose
from app.core.coordinates import COORDINATE_SYSTEMS, CoordSys
from app.http import fields
from app.http.smorest import Schema
from app.workforce.rules.fixes import Fix
from app.workforce.schemas.people import POSITIONS_MAX, Page


class Number(fields.Float):
    """A number from a sensor. An implausible value drops one fix and does not refuse the batch."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_nan=True, **kwargs)


class BodyBox(ma.fields.List):
    """`[minlon, minlat, maxlon, maxlat]` in degrees, CRS84."""

    def __init__(self) -> None:
        super().__init__(
            fields.Float(),
            validate=ma.validate.Length(equal=4),
            metadata={"description": "`[minlon, minlat, maxlon, maxlat]` in degrees (CRS84)"},
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        sides: list[Any] = super()._deserialize(value, *args, **kwargs)
        return fields.box_of(sides)


class FixIn(Schema):
    at = fields.Instant(
        required=True, metadata={"description": "When the fix was made, by the device clock (RFC 3339)"}
    )
    lon = Number(required=True)
    lat = Number(required=True)
    accuracy_m = Number(allow_none=True)
    speed_mps = Number(
        allow_none=True, metadata={"description": "Speed in metres per second; null or absent: unknown"}
    )
    heading_deg = Number(
        allow_none=True,
        metadata={
            "description": "Direction of movement in degrees, clockwise from north; null or absent: unknown"
        },
    )
    battery_pct = Number(
        allow_none=True, metadata={"description": "Charge of the battery in percent; null or absent: unknown"}
    )
    is_mock = fields.Boolean(metadata={"description": "True: the device reports a simulated position"})
    coord_sys = fields.Choice(COORDINATE_SYSTEMS)


_PLAIN = frozenset(("at", "lon", "lat", "accuracy_m", "speed_mps", "heading_deg", "battery_pct", "is_mock"))
_EXACT = 2**53


class Fixes(ma.fields.List):
    """Fixes as tuples.

    Fixes of the usual form are read directly, as the schema of a fix takes ten times as long for a batch. All others are
    read by the schema, which reports their faults.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(ma.fields.Nested(FixIn), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, list):
            fixes_in_order: list[Fix] | None = _uniform_fixes(value)
            if fixes_in_order is not None:
                return fixes_in_order
            fixes_in_order = []
            for item in value:
                fix = _plain_fix(item)
                if fix is None:
                    break
                fixes_in_order.append(fix)
            else:
                return fixes_in_order
        read: list[Any] = super()._deserialize(value, *args, **kwargs)
        return [Fix(**item) for item in read]


def _uniform_fixes(items: list[Any]) -> list[Fix] | None:
    """Return the positions of objects with the same members in the same order, as one app writes them; None for all others.

    It reads member by member and takes half the time of `_plain_fix` for each object.
    """
    if not items or not set(map(type, items)) <= {dict}:
        return None
    names = tuple(items[0])
    if not _PLAIN.issuperset(names) or set(map(tuple, items)) != {names}:
        return None
    columns = dict(zip(names, zip(*[item.values() for item in items], strict=True), strict=True))
    written = columns.pop("at", None)
    is_mock = columns.pop("is_mock", None)
    if written is None or "lon" not in columns or "lat" not in columns or set(map(type, written)) != {str}:
        return None
    if not (set(map(len, written)) <= _LENGTHS and set(map(_DATE_MARKS, written)) == {("-", "T")}):
        return None
    if is_mock is not None and set(map(type, is_mock)) != {bool}:
        return None
    for name, column in columns.items():
        types = set(map(type, column))
        if not types <= (_NUMBERS if name in ("lon", "lat") else _NUMBERS_OR_NULL):
            return None
        if int in types and max(map(abs, [number for number in column if type(number) is int])) > _EXACT:
            return None
    try:
        instants = [datetime.fromisoformat(text) for text in written]
    except ValueError:
        return None
    if {at.tzinfo for at in instants} != {UTC}:
        return None
    if not 1971 <= min(instants).year <= max(instants).year <= 8999:
        return None
    absent = (None,) * len(items)
    readings = [columns.get(name, absent) for name in _READINGS]
    marks = is_mock if is_mock is not None else (False,) * len(items)
    systems = (CoordSys.WGS84,) * len(items)
    return list(map(_fix, zip(instants, *readings, marks, systems, strict=True)))


# Makes a position of a tuple of its values: `Fix._make` takes four times as long.
_fix = partial(tuple.__new__, Fix)
_READINGS = ("lon", "lat", "accuracy_m", "speed_mps", "heading_deg", "battery_pct")
_LENGTHS = frozenset(range(20, 33))
_DATE_MARKS = itemgetter(4, 10)
_NUMBERS = frozenset((float, int))
_NUMBERS_OR_NULL = _NUMBERS | {type(None)}


def _plain_fix(item: Any) -> Fix | None:
    """Return the position made of a JSON object, or None if the object has an unusual form."""
    if type(item) is not dict or not item.keys() <= _PLAIN:
        return None
    get = item.get
    written: Any = get("at")
    lon: Any = get("lon")
    lat: Any = get("lat")
    is_mock: Any = get("is_mock", False)
    # Python reads more forms of an instant than RFC 3339 has.
    if type(written) is not str or not 20 <= len(written) <= 32 or written[4] != "-" or written[10] != "T":
        return None
    if type(is_mock) is not bool:
        return None
    if lon is None or lat is None:
        return None
    accuracy: Any = get("accuracy_m")
    speed: Any = get("speed_mps")
    heading: Any = get("heading_deg")
    battery: Any = get("battery_pct")
    for number in (lon, lat, accuracy, speed, heading, battery):
        if type(number) is float or number is None:
            continue
        if type(number) is not int or abs(number) > _EXACT:
            return None
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    if at.tzinfo is None or not 1971 <= at.year <= 8999:
        return None
    moment = at if at.tzinfo is UTC else at.astimezone(UTC)
    return Fix(moment, lon, lat, accuracy, speed, heading, battery, is_mock)


class SendPositions(Schema):
    sent_at = fields.Instant(
        required=True,
        metadata={
            "description": "Device clock at this attempt to send (RFC 3339); it corrects the times of the "
            "fixes"
        },
    )
    positions = Fixes(
        required=True,
        validate=ma.validate.Length(max=POSITIONS_MAX),
        metadata={"description": "Up to 500 fixes, in any order"},
    )


class PositionsTaken(Schema):
    accepted = fields.Integer(metadata={"description": "How many fixes were stored now"})
    duplicate = fields.Integer(metadata={"description": "How many fixes were stored before"})
    filtered = ma.fields.Dict(
        keys=ma.fields.String(),
        values=fields.Integer(),
        metadata={
            "description": "How many were not stored, by reason: off_duty, too_old, in_future, zero_zero, "
            "out_of_range, inaccurate, stationary"
        },
    )
    flagged = ma.fields.Dict(
        keys=ma.fields.String(),
        values=fields.Integer(),
        metadata={
            "description": "How many were stored but never locate the worker, by reason: inaccurate, "
            "implausible_speed, mock"
        },
    )


class LocateWorkers(WithWorkerPurpose, Page):
    area_id = ma.fields.UUID(
        attribute="within",
        metadata={"description": "Only workers responsible for grids in this area or below it"},
    )
    bbox = BodyBox()
    worker_ids = ma.fields.List(
        ma.fields.UUID(),
        validate=ma.validate.Length(min=1, max=200),
        metadata={"description": "Only these workers, such as the candidates for a case; left out: all"},
    )


class WorkerPlace(Schema):
    lon = fields.Float()
    lat = fields.Float()
    at = ma.fields.String(metadata={"description": "When the fix was made (RFC 3339)"})
    accuracy_m = fields.Float(allow_none=True)
    age_s = fields.Float(metadata={"description": "Age of the fix in seconds"})


class LocatedWorker(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the worker"})
    name = ma.fields.String(metadata={"description": "Name of the worker"})
    on_duty_since = ma.fields.String()
    position = ma.fields.Nested(
        WorkerPlace,
        allow_none=True,
        metadata={"description": "Newest usable fix of this duty; null: there is none"},
    )
    open_work = fields.Integer()
    capacity = fields.Integer()


class LocatedPage(Schema):
    items = ma.fields.List(ma.fields.Nested(LocatedWorker))
    next = ma.fields.String(allow_none=True)


class DiscloseTrack(WithWorkerPurpose, Page):
    since = fields.Instant(required=True, metadata={"description": "Begin of the period (RFC 3339)"})
    until = fields.Instant(
        required=True, metadata={"description": "End of the period (RFC 3339); after the begin"}
    )


class FixOut(Schema):
    at = ma.fields.String(
        metadata={"description": "When the fix was made, by the corrected clock (RFC 3339)"}
    )
    lon = fields.Float()
    lat = fields.Float()
    accuracy_m = fields.Float(allow_none=True)
    speed_mps = fields.Float(
        allow_none=True, metadata={"description": "Speed in metres per second; null: unknown"}
    )
    heading_deg = fields.Float(
        allow_none=True,
        metadata={"description": "Direction of movement in degrees, clockwise from north; null: unknown"},
    )
    is_mock = fields.Boolean(metadata={"description": "True: the device reported a simulated position"})
    is_coarse = fields.Boolean(
        metadata={"description": "True: less exact than 100 m; it does not locate the worker"}
    )
    is_implausible = fields.Boolean(
        metadata={"description": "True: it implies an implausible speed; it does not locate the worker"}
    )


class TrackPage(Schema):
    items = ma.fields.List(ma.fields.Nested(FixOut))
    next = ma.fields.String(allow_none=True)


class DutyTrackOut(Schema):
    duty_id = ma.fields.UUID(metadata={"description": "Id of the duty period"})
    since = ma.fields.String(metadata={"description": "When the duty started (RFC 3339)"})
    until = ma.fields.String(metadata={"description": "When the duty ended (RFC 3339)"})
    fixes = fields.Integer(metadata={"description": "How many fixes the line is made of"})
    length_m = fields.Float(metadata={"description": "Length of the line in metres"})
    line = ma.fields.Dict(
        allow_none=True,
        metadata={"description": "GeoJSON LineString (WGS 84), simplified to 10 m; null: too few fixes"},
    )


class DutyTrackPage(Schema):
    items = ma.fields.List(ma.fields.Nested(DutyTrackOut))
    next = ma.fields.String(allow_none=True)
