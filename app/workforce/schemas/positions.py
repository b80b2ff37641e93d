"""Input and documentation of positions: what phones send, and who is where, for a purpose."""

from datetime import UTC, datetime
from typing import Any

import marshmallow as ma

from app.accounts.schemas import WithWorkerPurpose
from app.core.coordinates import COORDINATE_SYSTEMS
from app.http import fields
from app.http.smorest import Schema
from app.workforce.rules.positions import Fix
from app.workforce.schemas.people import POSITIONS_MAX, Page


class Number(fields.Float):
    """A number as sensors give it. What makes no sense is judged fix by fix, not refused with the batch."""

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
    at = fields.Instant(required=True, metadata={"description": "By the phone's clock"})
    lon = Number(required=True)
    lat = Number(required=True)
    accuracy_m = Number(allow_none=True)
    speed_mps = Number(allow_none=True)
    heading_deg = Number(allow_none=True)
    battery_pct = Number(allow_none=True)
    is_mock = fields.Boolean()
    coord_sys = fields.Choice(COORDINATE_SYSTEMS)


_PLAIN = frozenset(("at", "lon", "lat", "accuracy_m", "speed_mps", "heading_deg", "battery_pct", "is_mock"))
_EXACT = 2**53


class Fixes(ma.fields.List):
    """Fixes as tuples. Plain ones, as phones send them, are read directly: field by field a batch takes ten times as
    long. Whatever looks unusual in the least is left to the schema, which also says what is wrong with it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(ma.fields.Nested(FixIn), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, list):
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


def _plain_fix(item: Any) -> Fix | None:
    """None: not a fix in its usual form."""
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
            "description": "The phone's clock at this attempt to send; it corrects the clock of the fixes"
        },
    )
    positions = Fixes(required=True, validate=ma.validate.Length(max=POSITIONS_MAX))


class PositionsTaken(Schema):
    accepted = fields.Integer()
    duplicate = fields.Integer(metadata={"description": "Stored before"})
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
            "description": "How many of those accepted never say where she is, by reason: inaccurate, "
            "implausible_speed, mock"
        },
    )


class LocateWorkers(WithWorkerPurpose, Page):
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Workers of the grids in and under this area"}
    )
    bbox = BodyBox()


class WorkerPlace(Schema):
    lon = fields.Float()
    lat = fields.Float()
    at = ma.fields.String()
    accuracy_m = fields.Float(allow_none=True)
    age_s = fields.Float()


class LocatedWorker(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String()
    on_duty_since = ma.fields.String()
    position = ma.fields.Nested(WorkerPlace, allow_none=True)
    open_work = fields.Integer()
    capacity = fields.Integer()


class LocatedPage(Schema):
    items = ma.fields.List(ma.fields.Nested(LocatedWorker))
    next = ma.fields.String(allow_none=True)


class DiscloseTrack(WithWorkerPurpose, Page):
    since = fields.Instant(required=True)
    until = fields.Instant(required=True)


class FixOut(Schema):
    at = ma.fields.String()
    lon = fields.Float()
    lat = fields.Float()
    accuracy_m = fields.Float(allow_none=True)
    speed_mps = fields.Float(allow_none=True)
    heading_deg = fields.Float(allow_none=True)
    is_mock = fields.Boolean()
    is_coarse = fields.Boolean()
    is_implausible = fields.Boolean()


class TrackPage(Schema):
    items = ma.fields.List(ma.fields.Nested(FixOut))
    next = ma.fields.String(allow_none=True)


class DutyTrackOut(Schema):
    duty_id = ma.fields.UUID()
    since = ma.fields.String()
    until = ma.fields.String()
    fixes = fields.Integer()
    length_m = fields.Float()
    line = ma.fields.Dict(
        allow_none=True,
        metadata={"description": "GeoJSON LineString, simplified to 10 m; null: too few fixes"},
    )


class DutyTrackPage(Schema):
    items = ma.fields.List(ma.fields.Nested(DutyTrackOut))
    next = ma.fields.String(allow_none=True)
