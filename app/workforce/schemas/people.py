"""Input and documentation of the workforce."""

from datetime import UTC, datetime
from typing import Any

import marshmallow as ma

from app.core.coordinates import CoordSys
from app.http import fields
from app.http.smorest import Schema
from app.settings import Settings
from app.workforce.rules.positions import Fix

LIMITS = Settings()
POSITIONS_MAX = 500
ROLES = ("worker", "chief", "substitute")


class Page(Schema):
    limit = ma.fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = ma.fields.String(validate=ma.validate.Length(max=1000))


class Skills(ma.fields.List):
    """Codes of what a worker can do."""

    def __init__(self, **kwargs: Any) -> None:
        skill = fields.Words(min_length=1, max_length=64)
        super().__init__(skill, validate=ma.validate.Length(max=50), **kwargs)


class Capacity(ma.fields.Integer):
    """How much open work a worker has room for."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=ma.validate.Range(0, 100), **kwargs)


# --- workers --------------------------------------------------------------------------------


class WorkerFilter(Page):
    within = ma.fields.UUID(metadata={"description": "Workers of the grids in and under this area"})
    on_duty = ma.fields.Boolean()
    q = fields.Words(max_length=100, metadata={"description": "Part of the name"})


class WorkerGrid(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    role = ma.fields.String(validate=ma.validate.OneOf(ROLES))


class WorkerOut(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String()
    capacity = ma.fields.Integer()
    skills = ma.fields.List(ma.fields.String())
    open_work = ma.fields.Integer()
    on_duty = ma.fields.Boolean()
    on_duty_since = ma.fields.String(allow_none=True)
    grids = ma.fields.List(ma.fields.Nested(WorkerGrid))
    version = ma.fields.Integer()


class WorkerPage(Schema):
    items = ma.fields.List(ma.fields.Nested(WorkerOut))
    next = ma.fields.String(allow_none=True)


class EnrolWorker(Schema):
    account_id = ma.fields.UUID(required=True)
    name = fields.Words(min_length=1, max_length=100)
    capacity = Capacity()
    skills = Skills()


class WorkerPatch(Schema):
    name = fields.Words(min_length=1, max_length=100)
    capacity = Capacity()
    skills = Skills()


# --- duty and shifts ------------------------------------------------------------------------


class SetDuty(Schema):
    on_duty = ma.fields.Boolean(required=True)
    at = fields.Instant(metadata={"description": "Up to 24 hours back; now, if left out"})
    note = fields.Words(max_length=500)


class DutyOut(Schema):
    id = ma.fields.UUID()
    worker_id = ma.fields.UUID()
    on_duty = ma.fields.Boolean()
    since = ma.fields.AwareDateTime(format="iso")
    until = ma.fields.AwareDateTime(format="iso", allow_none=True)


class PeriodFilter(Page):
    since = fields.Instant()
    until = fields.Instant()


class DutyPeriod(Schema):
    id = ma.fields.UUID()
    worker_id = ma.fields.UUID()
    since = ma.fields.String()
    until = ma.fields.String(allow_none=True)
    on_duty = ma.fields.Boolean()
    recorded_by = ma.fields.UUID(allow_none=True)
    note = ma.fields.String(allow_none=True)


class DutyPage(Schema):
    items = ma.fields.List(ma.fields.Nested(DutyPeriod))
    next = ma.fields.String(allow_none=True)


class ShiftFilter(PeriodFilter):
    worker_id = ma.fields.UUID()
    within = ma.fields.UUID(metadata={"description": "Shifts of the workers in and under this area"})


class PlanShift(Schema):
    worker_id = ma.fields.UUID(required=True)
    since = fields.Instant(required=True)
    until = fields.Instant(required=True)
    note = fields.Words(max_length=500)


class ShiftOut(Schema):
    id = ma.fields.UUID()
    worker_id = ma.fields.UUID()
    worker_name = ma.fields.String()
    since = ma.fields.String()
    until = ma.fields.String()
    note = ma.fields.String(allow_none=True)
    version = ma.fields.Integer()


class ShiftPage(Schema):
    items = ma.fields.List(ma.fields.Nested(ShiftOut))
    next = ma.fields.String(allow_none=True)


# --- responsibilities -----------------------------------------------------------------------


class ResponsibilityFilter(Page):
    worker_id = ma.fields.UUID()
    area_id = ma.fields.UUID()
    within = ma.fields.UUID(metadata={"description": "Responsibilities in and under this area"})
    role = ma.fields.String(validate=ma.validate.OneOf(ROLES))
    at = fields.Instant(metadata={"description": "Those valid at this instant; now, if left out"})
    current = ma.fields.Boolean(
        data_key="current",
        attribute="is_current",
        load_default=True,
        metadata={"description": "false: also past and future ones"},
    )


class SetResponsibility(Schema):
    worker_id = ma.fields.UUID(required=True)
    area_id = ma.fields.UUID(required=True)
    role = ma.fields.String(required=True, validate=ma.validate.OneOf(ROLES))
    since = fields.Instant(metadata={"description": "Now, if left out"})
    until = fields.Instant(allow_none=True)


class EndResponsibility(Schema):
    at = fields.Instant(metadata={"description": "Now, if left out"})


class ResponsibilityArea(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String(allow_none=True)
    name = ma.fields.Nested(fields.Named, allow_none=True)
    level = ma.fields.String(allow_none=True)


class ResponsibilityOut(Schema):
    id = ma.fields.UUID()
    worker_id = ma.fields.UUID()
    worker_name = ma.fields.String()
    area = ma.fields.Nested(ResponsibilityArea)
    role = ma.fields.String(validate=ma.validate.OneOf(ROLES))
    since = ma.fields.String(allow_none=True)
    until = ma.fields.String(allow_none=True)
    version = ma.fields.Integer()


class ResponsibilityPage(Schema):
    items = ma.fields.List(ma.fields.Nested(ResponsibilityOut))
    next = ma.fields.String(allow_none=True)


# --- positions ------------------------------------------------------------------------------


class Number(ma.fields.Float):
    """A number as sensors give it. What makes no sense is judged fix by fix, not refused with the batch."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_nan=True, **kwargs)


class BodyBox(fields.BBox):
    """`[minlon, minlat, maxlon, maxlat]` in degrees, CRS84; or the same as text."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, list):
            value = ",".join(str(part) for part in value)
        return super()._deserialize(value, *args, **kwargs)


class FixIn(Schema):
    at = fields.Instant(required=True, metadata={"description": "By the phone's clock"})
    lon = Number(required=True)
    lat = Number(required=True)
    accuracy_m = Number(allow_none=True)
    speed_mps = Number(allow_none=True)
    heading_deg = Number(allow_none=True)
    battery_pct = Number(allow_none=True)
    is_mock = ma.fields.Boolean()
    coord_sys = ma.fields.String(validate=ma.validate.OneOf(list(CoordSys)))


_PLAIN = frozenset(("at", "lon", "lat", "accuracy_m", "speed_mps", "heading_deg", "battery_pct", "is_mock"))
_EXACT = 2**53


class Fixes(ma.fields.List):
    """Fixes as tuples. Plain ones, as phones send them, are read directly: field by field a batch takes ten times as
    long. Whatever looks unusual in the least is left to the schema, which also says what is wrong with it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(ma.fields.Nested(FixIn), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, list):
            found = []
            for item in value:
                fix = _plain_fix(item)
                if fix is None:
                    break
                found.append(fix)
            else:
                return found
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
    accepted = ma.fields.Integer()
    duplicate = ma.fields.Integer(metadata={"description": "Stored before"})
    filtered = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Integer(),
        metadata={
            "description": "How many were not stored, by reason: off_duty, too_old, in_future, zero_zero, "
            "out_of_range, inaccurate, stationary"
        },
    )
    flagged = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Integer(),
        metadata={
            "description": "How many of those accepted never say where she is, by reason: inaccurate, "
            "implausible_speed, mock"
        },
    )


class Purposeful(Page):
    purpose = fields.Words(required=True, min_length=4, max_length=200)


class LocateWorkers(Purposeful):
    within = ma.fields.UUID(metadata={"description": "Workers of the grids in and under this area"})
    bbox = BodyBox()


class WorkerPlace(Schema):
    lon = ma.fields.Float()
    lat = ma.fields.Float()
    at = ma.fields.String()
    accuracy_m = ma.fields.Float(allow_none=True)
    age_s = ma.fields.Float()


class LocatedWorker(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String()
    on_duty_since = ma.fields.String()
    position = ma.fields.Nested(WorkerPlace, allow_none=True)
    open_work = ma.fields.Integer()
    capacity = ma.fields.Integer()


class LocatedPage(Schema):
    items = ma.fields.List(ma.fields.Nested(LocatedWorker))
    next = ma.fields.String(allow_none=True)


class DiscloseTrack(Purposeful):
    since = fields.Instant(required=True)
    until = fields.Instant(required=True)


class FixOut(Schema):
    at = ma.fields.String()
    lon = ma.fields.Float()
    lat = ma.fields.Float()
    accuracy_m = ma.fields.Float(allow_none=True)
    speed_mps = ma.fields.Float(allow_none=True)
    heading_deg = ma.fields.Float(allow_none=True)
    is_mock = ma.fields.Boolean()
    is_coarse = ma.fields.Boolean()
    is_implausible = ma.fields.Boolean()


class TrackPage(Schema):
    items = ma.fields.List(ma.fields.Nested(FixOut))
    next = ma.fields.String(allow_none=True)


class DutyTrackOut(Schema):
    duty_id = ma.fields.UUID()
    since = ma.fields.String()
    until = ma.fields.String()
    fixes = ma.fields.Integer()
    length_m = ma.fields.Float()
    line = ma.fields.Dict(
        allow_none=True,
        metadata={"description": "GeoJSON LineString, simplified to 10 m; null: too few fixes"},
    )


class DutyTrackPage(Schema):
    items = ma.fields.List(ma.fields.Nested(DutyTrackOut))
    next = ma.fields.String(allow_none=True)
