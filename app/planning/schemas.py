"""Input and documentation of planning."""

from datetime import date

import marshmallow as ma

from app.core.coordinates import COORDINATE_SYSTEMS
from app.core.enumerations import Enumeration
from app.core.travel import TRAVEL_BASES
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.planning.rules.days import Kind, Reason
from app.settings import Settings

LIMITS = Settings()
KINDS = Enumeration("StopKind", Kind)
LOT_KINDS = Enumeration("LotKind", ("household", "cell"))
MAX_STOPS = 200
DAY = {"description": "Left out: today, where the worker's first grid is"}


class OnDay(Schema):
    day = ma.fields.Date(validate=ma.validate.Range(date(2000, 1, 1), date(2199, 12, 31)), metadata=DAY)


class PlanDay(OnDay):
    lon = fields.Longitude(
        metadata={"description": "Where it begins. Left out: where she did something last"}
    )
    lat = fields.Latitude()
    coord_sys = fields.Choice(COORDINATE_SYSTEMS)

    @ma.validates_schema
    def validate_point(self, data: dict[str, object], **_: object) -> None:
        if ("lon" in data) != ("lat" in data):
            raise ma.ValidationError("required", "lat" if "lon" in data else "lon")


class PlanFilter(OnDay):
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Plans of workers of the grids in and under this area"}
    )
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()


class PinStop(OnDay):
    at = fields.Instant(metadata={"description": "When it begins. Left out: when the plan lets it begin now"})


class OrderStops(OnDay):
    stops = ma.fields.List(
        ma.fields.UUID(),
        required=True,
        validate=ma.validate.Length(max=MAX_STOPS),
        metadata={"description": "These come first, in this order; an empty list: as it suits"},
    )


class Who(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String()


class StopPin(Schema):
    at = ma.fields.DateTime(allow_none=True)
    place = fields.Integer(allow_none=True)


class StopHousehold(Schema):
    id = ma.fields.UUID()
    label = ma.fields.String()
    address = ma.fields.String(metadata={"description": "Masked for whoever may not read addresses there"})


class StopIncident(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    category = ma.fields.String()
    status = ma.fields.String()
    due_at = ma.fields.DateTime(allow_none=True)


class PlannedThing(Schema):
    id = ma.fields.String(
        metadata={"description": "Of what is done: a household, a case; a break has a name"}
    )
    kind = fields.Choice(KINDS)
    lon = fields.Float(allow_none=True)
    lat = fields.Float(allow_none=True)
    due_on = ma.fields.Date(allow_none=True)
    due_at = ma.fields.DateTime(allow_none=True)
    tasks = fields.Integer(allow_none=True, metadata={"description": "Due tasks of members of the household"})
    pin = ma.fields.Nested(StopPin, allow_none=True)
    household = ma.fields.Nested(StopHousehold, allow_none=True)
    incident = ma.fields.Nested(StopIncident, allow_none=True)


class StopOut(PlannedThing):
    state = fields.Choice(Enumeration("StopState", ("planned", "done")))
    arrive = ma.fields.DateTime()
    begin = ma.fields.DateTime()
    end = ma.fields.DateTime()
    earliest = ma.fields.DateTime(allow_none=True)
    latest = ma.fields.DateTime(allow_none=True)
    travel_s = fields.Integer(allow_none=True)
    travel_m = fields.Integer(allow_none=True)


class LeftOut(PlannedThing):
    reason = fields.Choice(Enumeration("LeftOutReason", Reason))
    reason_text = ma.fields.Nested(fields.Named)


class PlanAbout(Schema):
    id = ma.fields.UUID()
    worker = ma.fields.Nested(Who)
    day = ma.fields.Date()
    since = ma.fields.DateTime(allow_none=True)
    until = ma.fields.DateTime(allow_none=True)
    more_due = fields.Integer(metadata={"description": "Households due that were not thought about today"})
    solver = ma.fields.String(
        metadata={"description": "`vroom`; `nearest`: the nearest next thing; `none`: nothing to plan"}
    )
    solver_note = ma.fields.String(allow_none=True, metadata={"description": "Why not `vroom`"})
    travel_basis = fields.Choice(TRAVEL_BASES)
    cause = fields.Choice(Enumeration("PlanCause", ("morning", "change", "asked")))
    made_at = ma.fields.DateTime()
    version = fields.Integer()


class PlanItem(PlanAbout):
    stops = fields.Integer()
    left_out = fields.Integer()


class PlanPage(Schema):
    items = ma.fields.List(ma.fields.Nested(PlanItem))
    next = ma.fields.String(allow_none=True)


class PlanOut(PlanAbout):
    stops = ma.fields.List(ma.fields.Nested(StopOut))
    left_out = ma.fields.List(ma.fields.Nested(LeftOut))


class CoverageFilter(Schema):
    since = fields.Instant(metadata={"description": "Left out: one patrol cycle before `until`"})
    until = fields.Instant(metadata={"description": "At most, and if left out: the beginning of today"})


class MissedCell(Schema):
    id = ma.fields.String(metadata={"description": "z/x/y of a tile of the web's maps"})
    geometry = ma.fields.Dict(metadata={"description": "GeoJSON Polygon"})


class CoverageOut(Schema):
    area_id = ma.fields.UUID()
    since = ma.fields.DateTime()
    until = ma.fields.DateTime()
    basis = ma.fields.String(
        validate=ma.validate.Equal("cells"),
        metadata={
            "description": "`cells`: no streets are stored, so small cells are looked at in their place"
        },
    )
    of = fields.Choice(
        Enumeration("CoverageScope", ("all", "me")),
        metadata={"description": "Whose lines and visits count: of all together, or only the caller's own"},
    )
    cell_m = fields.Float(metadata={"description": "Side of a cell"})
    cells_total = fields.Integer()
    cells_missed = fields.Integer()
    households_total = fields.Integer(metadata={"description": "Without those that declined or moved away"})
    households_missed = fields.Integer()
    missed_cells = ma.fields.List(ma.fields.Nested(MissedCell))
    missed_households = ma.fields.List(ma.fields.UUID())


class DrawLot(FreeText):
    free_text = ("reason",)

    area_id = ma.fields.UUID(required=True, metadata={"description": "A grid"})
    kind = fields.Choice(LOT_KINDS, required=True)
    size = fields.Integer(required=True, validate=ma.validate.Range(1, 100))
    reason = fields.Words(required=True, min_length=1, max_length=200)


class LotFilter(Schema):
    area_id = ma.fields.UUID(metadata={"description": "Lots of this grid"})
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()


class LotItem(Schema):
    id = ma.fields.UUID()
    area_id = ma.fields.UUID()
    kind = fields.Choice(LOT_KINDS)
    reason = ma.fields.String()
    drawn = ma.fields.List(
        ma.fields.String(), metadata={"description": "In the order in which they were drawn"}
    )
    seed = ma.fields.String(
        metadata={"description": "Made by the server. Rank: SHA-256 of `seed:member`, lowest first"}
    )
    members_hash = ma.fields.String(
        metadata={"description": "SHA-256 of all members in order, each on a line"}
    )
    members_total = fields.Integer()
    number = fields.Integer(
        metadata={"description": "The how-manieth lot of this kind in this grid on this day"}
    )
    drawn_by = ma.fields.Nested(Who)
    drawn_at = ma.fields.DateTime()


class LotPage(Schema):
    items = ma.fields.List(ma.fields.Nested(LotItem))
    next = ma.fields.String(allow_none=True)


class LotOut(LotItem):
    members = ma.fields.List(ma.fields.String())
