"""Request and response schemas of day plans, coverage and check lots."""

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
KINDS = Enumeration(
    "StopKind",
    {
        Kind.VISIT: "a visit at a household",
        Kind.HANDLE: "a case to be handled",
        Kind.CHECK: "a case to be checked",
        Kind.VERIFY: "a case to be verified",
        Kind.PATROL: "a patrol of a part of the grid",
        Kind.BREAK: "a break of the worker, without a place",
        Kind.GAP: "the time between two shifts, without a place",
    },
)
LOT_KINDS = Enumeration(
    "LotKind",
    {
        "household": "a household to visit",
        "cell": "a cell of the map to patrol",
    },
)
STOP_STATES = Enumeration(
    "StopState",
    {
        "planned": "still to be done",
        "done": "done",
    },
)
PLAN_CAUSES = Enumeration(
    "PlanCause",
    {
        "morning": "made at the start of the day",
        "change": "made anew after something that the plan depends on changed",
        "asked": "made on request, or because a stop was pinned, unpinned or moved",
    },
)
LEFT_OUT_REASONS = Enumeration(
    "LeftOutReason",
    {
        Reason.NO_SHIFT: "no shift is planned for the worker on this day",
        Reason.ABSENT: "the worker has a substitute on this day",
        Reason.NO_TIME_LEFT: "the day is full",
        Reason.WINDOW_MISSED: "there is time for it, but not when it may be done",
        Reason.TOO_FAR: "the way there takes longer than the rules or the day allow",
        Reason.OVER_CAPACITY: "the day has as many stops as it may have",
        Reason.PIN_CONFLICT: "the shift, or a stop pinned before it, leaves no time at the pinned time",
    },
)
MAX_STOPS = 200
DAY = {"description": "The day (local date); absent: today in the time zone of the worker's first grid"}


class OnDay(Schema):
    day = ma.fields.Date(validate=ma.validate.Range(date(2000, 1, 1), date(2199, 12, 31)), metadata=DAY)


class PlanDay(OnDay):
    lon = fields.Longitude(
        metadata={
            "description": "Longitude of the start, in `coord_sys`; absent: the last known place of work"
        }
    )
    lat = fields.Latitude()
    coord_sys = fields.Choice(COORDINATE_SYSTEMS)

    @ma.validates_schema
    def validate_point(self, data: dict[str, object], **_: object) -> None:
        if ("lon" in data) != ("lat" in data):
            raise ma.ValidationError("required", "lat" if "lon" in data else "lon")


class PlanFilter(OnDay):
    area_id = ma.fields.UUID(
        attribute="within",
        metadata={"description": "Only plans of workers of grids in this area or below it"},
    )
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()


class PinStop(OnDay):
    at = fields.Instant(
        metadata={"description": "When the stop begins (RFC 3339); absent: when the plan lets it begin now"}
    )


class OrderStops(OnDay):
    stops = ma.fields.List(
        ma.fields.UUID(),
        required=True,
        validate=ma.validate.Length(max=MAX_STOPS),
        metadata={"description": "Ids of the stops that come first, in this order; empty: no manual order"},
    )


class Who(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the account"})
    name = ma.fields.String(metadata={"description": "Name of the person"})


class StopPin(Schema):
    at = ma.fields.DateTime(
        allow_none=True, metadata={"description": "Fixed begin (RFC 3339); null: a place in the manual order"}
    )
    place = fields.Integer(
        allow_none=True, metadata={"description": "Place in the manual order; null: a fixed begin"}
    )


class StopHousehold(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the household"})
    label = ma.fields.String(metadata={"description": "Name by which the household is listed"})
    address = ma.fields.String(
        metadata={"description": "Address; masked for people who may not read addresses there"}
    )


class StopIncident(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the case"})
    case_no = ma.fields.String()
    category = ma.fields.String()
    status = ma.fields.String(metadata={"description": "State of the case"})
    due_at = ma.fields.DateTime(allow_none=True)


class PlannedThing(Schema):
    id = ma.fields.String(
        metadata={"description": "Id of the household, case or patch to patrol; a break has a name"}
    )
    kind = fields.Choice(KINDS, metadata={"description": "What is done at the stop"})
    lon = fields.Float(allow_none=True)
    lat = fields.Float(allow_none=True)
    due_on = ma.fields.Date(allow_none=True, metadata={"description": "Day on which it is due; null: none"})
    due_at = ma.fields.DateTime(allow_none=True)
    tasks = fields.Integer(
        allow_none=True,
        metadata={"description": "How many due tasks the members of the household have; null: no household"},
    )
    pin = ma.fields.Nested(
        StopPin, allow_none=True, metadata={"description": "Manual decision about the stop; null: none"}
    )
    household = ma.fields.Nested(
        StopHousehold, allow_none=True, metadata={"description": "The household to visit; null: none"}
    )
    incident = ma.fields.Nested(
        StopIncident, allow_none=True, metadata={"description": "The case to handle; null: none"}
    )


class StopOut(PlannedThing):
    state = fields.Choice(
        STOP_STATES,
        metadata={"description": "Whether the stop is planned or done"},
    )
    arrive = ma.fields.DateTime(metadata={"description": "Planned arrival (RFC 3339)"})
    begin = ma.fields.DateTime(metadata={"description": "Planned begin (RFC 3339)"})
    end = ma.fields.DateTime(metadata={"description": "Planned end (RFC 3339)"})
    earliest = ma.fields.DateTime(
        allow_none=True, metadata={"description": "Earliest allowed begin (RFC 3339); null: a break"}
    )
    latest = ma.fields.DateTime(
        allow_none=True, metadata={"description": "Latest allowed begin (RFC 3339); null: a break"}
    )
    travel_s = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Travel time from the stop before, in seconds; null: a break, or not stored"
        },
    )
    travel_m = fields.Integer(
        allow_none=True,
        metadata={"description": "Way from the stop before, in metres; null: a break, or not stored"},
    )


class LeftOut(PlannedThing):
    reason = fields.Choice(
        LEFT_OUT_REASONS,
        metadata={"description": "Code of the reason why it is not in the plan"},
    )
    reason_text = ma.fields.Nested(
        fields.Named, metadata={"description": "The reason as a sentence in both languages"}
    )


class PlanAbout(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the plan"})
    worker = ma.fields.Nested(Who, metadata={"description": "Whose day is planned"})
    day = ma.fields.Date(metadata={"description": "The planned day, local date"})
    since = ma.fields.DateTime(
        allow_none=True, metadata={"description": "Begin of the planned hours (RFC 3339); null: no shift"}
    )
    until = ma.fields.DateTime(
        allow_none=True, metadata={"description": "End of the planned hours (RFC 3339); null: no shift"}
    )
    more_due = fields.Integer(
        metadata={"description": "How many due households were not considered on this day"}
    )
    solver = ma.fields.String(
        metadata={"description": "`vroom`; `nearest`: always the nearest next stop; `none`: nothing to plan"}
    )
    solver_note = ma.fields.String(
        allow_none=True, metadata={"description": "Why `vroom` was not used; null: it was"}
    )
    travel_basis = fields.Choice(
        TRAVEL_BASES,
        metadata={"description": "What travel times are based on: street network or straight lines"},
    )
    cause = fields.Choice(
        PLAN_CAUSES,
        metadata={
            "description": "Why the plan was made: at the start of the day, after a change, or on request"
        },
    )
    made_at = ma.fields.DateTime()
    version = fields.Integer(metadata={"description": "Version of the plan, counted from 1"})


class PlanItem(PlanAbout):
    stops = fields.Integer(metadata={"description": "How many stops the plan has"})
    left_out = fields.Integer(metadata={"description": "How many things were left out"})


class PlanPage(Schema):
    items = ma.fields.List(ma.fields.Nested(PlanItem))
    next = ma.fields.String(allow_none=True)


class PlanOut(PlanAbout):
    stops = ma.fields.List(
        ma.fields.Nested(StopOut), metadata={"description": "Stops in order of time, with breaks"}
    )
    left_out = ma.fields.List(
        ma.fields.Nested(LeftOut), metadata={"description": "What is not in the plan, with the reason"}
    )


class CoverageFilter(Schema):
    since = fields.Instant(
        metadata={"description": "Begin of the period (RFC 3339); absent: one patrol cycle before `until`"}
    )
    until = fields.Instant(
        metadata={"description": "End of the period (RFC 3339), at most the beginning of today; absent: that"}
    )


class MissedCell(Schema):
    id = ma.fields.String(metadata={"description": "Cell as `z/x/y` of the web map tiles"})
    geometry = ma.fields.Dict(metadata={"description": "GeoJSON Polygon of the cell, WGS 84"})


class CoverageOut(Schema):
    area_id = ma.fields.UUID(metadata={"description": "Id of the grid"})
    since = ma.fields.DateTime(metadata={"description": "Begin of the period (RFC 3339)"})
    until = ma.fields.DateTime(metadata={"description": "End of the period (RFC 3339)"})
    basis = ma.fields.String(
        validate=ma.validate.Equal("cells"),
        metadata={"description": "Always `cells`: the grid is divided into small cells of the map"},
    )
    of = fields.Choice(
        Enumeration(
            "CoverageScope",
            {
                "all": "tracks and visits of all workers",
                "me": "tracks and visits of the caller",
            },
        ),
        metadata={"description": "Whose tracks and visits count: those of all workers, or the caller's own"},
    )
    cell_m = fields.Float(metadata={"description": "Side of a cell in metres"})
    cells_total = fields.Integer(metadata={"description": "Cells in the grid"})
    cells_missed = fields.Integer(metadata={"description": "Cells that nobody reached"})
    households_total = fields.Integer(
        metadata={"description": "Households in the grid, without those that declined or moved away"}
    )
    households_missed = fields.Integer(metadata={"description": "Households that nobody visited"})
    missed_cells = ma.fields.List(
        ma.fields.Nested(MissedCell), metadata={"description": "The cells that nobody reached"}
    )
    missed_households = ma.fields.List(
        ma.fields.UUID(), metadata={"description": "Ids of the households that nobody visited"}
    )


class DrawLot(FreeText):
    free_text = ("reason",)

    area_id = ma.fields.UUID(required=True, metadata={"description": "Id of the grid"})
    kind = fields.Choice(
        LOT_KINDS, required=True, metadata={"description": "What is drawn: households or cells"}
    )
    size = fields.Integer(
        required=True,
        validate=ma.validate.Range(1, 100),
        metadata={"description": "How many members are drawn"},
    )
    reason = fields.Words(
        required=True,
        min_length=1,
        max_length=200,
        metadata={"description": "Why the lot is drawn; stored with it. No personal data"},
    )


class LotFilter(Schema):
    area_id = ma.fields.UUID(metadata={"description": "Only lots of this grid"})
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()


class LotItem(Schema):
    id = ma.fields.UUID()
    area_id = ma.fields.UUID(metadata={"description": "Id of the grid"})
    kind = fields.Choice(LOT_KINDS, metadata={"description": "What was drawn: households or cells"})
    reason = ma.fields.String(metadata={"description": "Why the lot was drawn"})
    drawn = ma.fields.List(
        ma.fields.String(), metadata={"description": "Drawn members, in the order of their ranks"}
    )
    seed = ma.fields.String(
        metadata={
            "description": "Random text made by the server. Rank: SHA-256 of `seed:member`, lowest first"
        }
    )
    members_hash = ma.fields.String(
        metadata={"description": "SHA-256 of all members in order, each on a line"}
    )
    members_total = fields.Integer(metadata={"description": "How many members the list has"})
    number = fields.Integer(
        metadata={"description": "Counter of the lots of this kind in this grid on this day, from 1"}
    )
    drawn_by = ma.fields.Nested(Who, metadata={"description": "Who drew the lot"})
    drawn_at = ma.fields.DateTime(metadata={"description": "When it was drawn (RFC 3339)"})


class LotPage(Schema):
    items = ma.fields.List(ma.fields.Nested(LotItem))
    next = ma.fields.String(allow_none=True)


class LotOut(LotItem):
    members = ma.fields.List(
        ma.fields.String(),
        metadata={"description": "All members of the list: ids of households, or cells as `z/x/y`"},
    )
