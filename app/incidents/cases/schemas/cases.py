"""Input and documentation of incidents."""

import marshmallow as ma

from app.core.coordinates import COORDINATE_SYSTEMS
from app.core.enumerations import Enumeration
from app.dispatch.rules.states import ACTIVE
from app.http import fields
from app.http.free_text import FreeText
from app.http.notices import Notice
from app.http.smorest import Schema
from app.incidents.cases.rules import lifecycle
from app.incidents.cases.rules.report_warnings import REPORT_WARNINGS
from app.incidents.cases.schemas.actions import ActionForm
from app.incidents.cases.schemas.parts import AssignmentRef, PartOut, ProposalOut, UnitRef, WorkerRef
from app.incidents.deadlines.schemas import DeadlineOut
from app.profiles.rules.lifecycle import SOURCES
from app.profiles.rules.validation import LEVELS

STATUSES = Enumeration("CaseStatus", lifecycle.Status)


class AreaOfCase(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)


class Waiting(Schema):
    since = ma.fields.DateTime()
    reason = ma.fields.String()


class PointOut(Schema):
    type = ma.fields.String(validate=ma.validate.Equal("Point"))
    coordinates = ma.fields.List(fields.Float())


class ComponentRef(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    category = ma.fields.String()
    state = ma.fields.String()
    location = ma.fields.Nested(PointOut)
    distance_m = fields.Float(metadata={"description": "From the place of the case"})
    owning_unit = ma.fields.Nested(UnitRef, allow_none=True)
    managing_unit = ma.fields.Nested(UnitRef, allow_none=True)


class SameAs(Schema):
    """The case that a merged one ended as."""

    id = ma.fields.UUID()
    case_no = ma.fields.String()
    status = fields.Choice(STATUSES)
    closed_at = ma.fields.DateTime(allow_none=True)


class LinkedCase(Schema):
    """What its readers are told of the other case, whether or not they see it: never one that only some may know of."""

    id = ma.fields.UUID()
    case_no = ma.fields.String()
    linked_at = ma.fields.DateTime()
    closed_at = ma.fields.DateTime(allow_none=True)
    ended_as = fields.Choice(
        Enumeration("CaseEnding", sorted(lifecycle.ENDED)),
        allow_none=True,
        metadata={"description": "null while it goes on"},
    )


class MergedCase(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    reported_at = ma.fields.DateTime()


class ExtensionAsked(Schema):
    since = ma.fields.DateTime()
    amount = fields.Float(metadata={"description": "In the unit of the limit"})


class Supervised(Schema):
    since = ma.fields.DateTime()
    level = fields.Integer()
    until = ma.fields.DateTime(allow_none=True)


class Ended(Schema):
    """Why a case was not filed, or was closed by order."""

    reason = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    words = ma.fields.String(allow_none=True)


class IncidentOut(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    status = fields.Choice(STATUSES)
    version = fields.Integer()
    category = ma.fields.String()
    priority = fields.Integer()
    description = ma.fields.String()
    source = fields.Choice(SOURCES, metadata={"description": "Where it comes from; never changed"})
    location = ma.fields.Nested(PointOut)
    area = ma.fields.Nested(AreaOfCase, allow_none=True)
    grid = ma.fields.Nested(AreaOfCase, allow_none=True)
    owner_unit = ma.fields.Nested(UnitRef, allow_none=True)
    due_at = ma.fields.DateTime(allow_none=True)
    is_overdue = fields.Boolean()
    assignment = ma.fields.Nested(AssignmentRef, allow_none=True)
    waiting = ma.fields.Nested(Waiting, allow_none=True)
    reported_at = ma.fields.DateTime()
    updated_at = ma.fields.DateTime()
    closed_at = ma.fields.DateTime(allow_none=True)
    pinned_to = ma.fields.Nested(
        WorkerRef, allow_none=True, metadata={"description": "Who gets it next, or keeps it, by order"}
    )
    locked_at = ma.fields.DateTime(
        allow_none=True, metadata={"description": "Since when no rule gives it to anybody or takes it away"}
    )
    rework_count = fields.Integer()
    returned_count = fields.Integer(
        metadata={"description": "How often it was given back as somebody else's"}
    )
    contested_count = fields.Integer(
        metadata={"description": "How often its reporter said that it is not done"}
    )
    urged_count = fields.Integer()
    extended_count = fields.Integer(metadata={"description": "How often it was given more time"})
    extension = ma.fields.Nested(
        ExtensionAsked, allow_none=True, metadata={"description": "More time that waits for a decision"}
    )
    supervised = ma.fields.Nested(Supervised, allow_none=True)
    review_at = ma.fields.DateTime(
        allow_none=True, metadata={"description": "On the books: when it is looked at again"}
    )
    ended_reason = ma.fields.String(
        allow_none=True, metadata={"description": "Why it was not filed or closed by order, as a code"}
    )
    reported_by_me = fields.Boolean()
    joined_by_me = fields.Boolean(
        metadata={"description": "I said something of it when it was there already"}
    )
    report_count = fields.Integer(metadata={"description": "How often it was said, merged cases apart"})
    component = ma.fields.Nested(ComponentRef, allow_none=True)
    component_link = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "How the component was found: nearest, named; or why there is none: none_near (no component "
            "of this class in use within 20 m), unlinked; null where the category has no components"
        },
    )
    owner_basis = ma.fields.String(
        allow_none=True, metadata={"description": "component, hand; null: by competence"}
    )
    same_as = ma.fields.Nested(
        SameAs, allow_none=True, metadata={"description": "Merged: the case in which it goes on"}
    )


class ReportOut(Schema):
    id = ma.fields.UUID()
    incident_id = ma.fields.UUID(metadata={"description": "This case, or one merged into it"})
    channel = ma.fields.String()
    occurred_at = ma.fields.DateTime()
    received_at = ma.fields.DateTime()
    words = ma.fields.String()
    category = ma.fields.String()
    sent = ma.fields.Dict(metadata={"description": "lon, lat and coord_sys as sent"})
    accuracy_m = fields.Float(allow_none=True)
    attributes = ma.fields.Dict()
    reporter_kind = ma.fields.String()


class ReportedOut(IncidentOut):
    """The answer to a report; the same warnings when it is sent again."""

    warnings = ma.fields.List(
        ma.fields.Nested(Notice),
        metadata={
            "description": f"What whoever reported should know: {', '.join(REPORT_WARNINGS)}, holds_phone"
        },
    )


class IncidentDetail(IncidentOut):
    reports = ma.fields.List(ma.fields.Nested(ReportOut))
    merged = ma.fields.List(ma.fields.Nested(MergedCase))
    linked = ma.fields.List(
        ma.fields.Nested(LinkedCase),
        metadata={"description": "Said to be the same matter, each going on by itself"},
    )
    second = ma.fields.Nested(
        AssignmentRef,
        allow_none=True,
        metadata={"description": "Who helps the lead (`assignment`), where it takes two people"},
    )
    proposal = ma.fields.Nested(ProposalOut, allow_none=True)
    parts = ma.fields.List(
        ma.fields.Nested(PartOut),
        metadata={
            "description": "Where several units handle it together: who leads, then each joint unit's part; else empty"
        },
    )
    deadlines = ma.fields.List(ma.fields.Nested(DeadlineOut))
    about = ma.fields.Dict(
        allow_none=True, metadata={"description": "Whom a case is about; for those who direct it only"}
    )
    ended = ma.fields.Nested(Ended, allow_none=True)
    allowed = ma.fields.List(
        ma.fields.String(), metadata={"description": "Codes of the actions that I may take now"}
    )
    actions = ma.fields.List(
        ma.fields.Nested(ActionForm), metadata={"description": "The same actions, each with its fields"}
    )


class IncidentFilter(Schema):
    bbox = fields.BBox()
    status = fields.CommaList(choices=[*STATUSES, "open"])
    category = fields.CommaList()
    source = fields.CommaList(choices=list(SOURCES))
    grid_id = ma.fields.UUID()
    area_id = ma.fields.UUID(metadata={"description": "In this area or under it"})
    directly_in_area_id = ma.fields.UUID(
        metadata={"description": "In this area itself, and in none of those directly under it"}
    )
    no_area = fields.Boolean(metadata={"description": "In no area that exists now"})
    directed = fields.Boolean(metadata={"description": "true: only what stands where I direct the work"})
    owner_unit_id = ma.fields.UUID()
    joint_unit_id = ma.fields.UUID(
        metadata={"description": "This unit, which does not lead it, has a part in it that is open"}
    )
    component_id = ma.fields.UUID(metadata={"description": "About this component"})
    unowned = fields.Boolean(metadata={"description": "Owned by no unit"})
    priority = fields.Integer(validate=ma.validate.Range(1, 9), metadata={"description": "1 is urgent"})
    overdue = fields.Boolean(metadata={"description": "The clock runs and the due time is over"})
    warned = fields.Boolean(metadata={"description": "A limit has been warned of and is not over yet"})
    stage_overdue = fields.Boolean(metadata={"description": "A limit on a stage is over"})
    verify_overdue = fields.Boolean(
        metadata={"description": "Not filed yet, and the limit on verifying it is over"}
    )
    escalated = fields.Boolean(metadata={"description": "A level above has been told that a limit is over"})
    escalated_to = fields.Choice(LEVELS, metadata={"description": "The highest level told"})
    waiting = fields.Boolean(metadata={"description": "Only what waits for a supervisor"})
    waiting_reason = fields.CommaList(metadata={"description": "What it waits for, as codes"})
    worker_id = ma.fields.UUID(metadata={"description": "Stands with this worker"})
    assignment = fields.CommaList(
        choices=list(ACTIVE),
        metadata={"description": "How far it is with somebody; with `worker_id`: with that worker"},
    )
    mine = fields.Boolean(metadata={"description": "Offered or assigned to me, or reported by me"})
    supervised = fields.Boolean(metadata={"description": "Only what is under supervision"})
    extension = fields.Boolean(metadata={"description": "Only what more time was asked for"})
    contested = fields.Boolean(metadata={"description": "Only what its reporter contested"})
    updated_since = fields.Instant()
    case_no = fields.Words(max_length=40)
    q = fields.Words(max_length=200, min_length=1)
    limit = fields.Integer(load_default=50, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class IncidentPage(Schema):
    items = ma.fields.List(ma.fields.Nested(IncidentOut))
    next = ma.fields.String(allow_none=True)


class IncidentFeature(Schema):
    type = ma.fields.String(validate=ma.validate.Equal("Feature"))
    id = ma.fields.UUID()
    geometry = ma.fields.Nested(PointOut)
    properties = ma.fields.Nested(IncidentOut)


class IncidentFeatures(Schema):
    type = ma.fields.String(validate=ma.validate.Equal("FeatureCollection"))
    features = ma.fields.List(ma.fields.Nested(IncidentFeature))
    next = ma.fields.String(allow_none=True)


class MapCorrection(FreeText):
    """What the case says now, as a map client may say it: it has no field for why."""

    free_text = ("note",)

    category = fields.Words(max_length=64, min_length=1)
    lon = fields.Longitude()
    lat = fields.Latitude()
    coord_sys = fields.Choice(COORDINATE_SYSTEMS, load_default="wgs84")
    component_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "The component it is about; null: none of those registered"}
    )
    owner_unit_id = ma.fields.UUID(metadata={"description": "Whose matter it is, by hand; needs a note"})
    note = fields.Words(
        max_length=2000,
        load_default=None,
        allow_none=True,
        metadata={"description": "Why; needed for another category, place or owner"},
    )

    @ma.validates_schema
    def place_whole(self, data: dict[str, object], **_: object) -> None:
        if ("lon" in data) != ("lat" in data):
            raise ma.ValidationError("required", "lat" if "lon" in data else "lon")


class IncidentPatch(MapCorrection):
    """Corrections: what the case says now; the report stays as it was."""

    @ma.validates_schema
    def says_why(self, data: dict[str, object], **_: object) -> None:
        """Limits, owner and whoever is asked follow from both."""
        if ("category" in data or "lon" in data) and not data.get("note"):
            raise ma.ValidationError("required", "note")


class StepPlace(Schema):
    lon = fields.Float()
    lat = fields.Float()
    accuracy_m = fields.Float(allow_none=True)


class EventOut(Schema):
    seq = fields.Integer()
    action = ma.fields.String()
    from_status = ma.fields.String(allow_none=True)
    to_status = ma.fields.String()
    actor = ma.fields.Dict()
    occurred_at = ma.fields.DateTime()
    note = ma.fields.String(allow_none=True)
    place = ma.fields.Nested(
        StepPlace,
        allow_none=True,
        metadata={"description": "Where the step was taken; for those who direct the case"},
    )
    detail = ma.fields.Dict()


class EventList(Schema):
    items = ma.fields.List(ma.fields.Nested(EventOut))


class AssignmentFilter(Schema):
    role = fields.Choice(Enumeration("AssignmentRole", ("verify", "handle", "check", "second", "joint")))
    state = fields.CommaList(choices=list(ACTIVE))
    limit = fields.Integer(load_default=200, validate=ma.validate.Range(1, 200))
    cursor = fields.Cursor()


class AssignmentItem(AssignmentRef):
    incident = ma.fields.Nested(IncidentOut)


class AssignmentList(Schema):
    items = ma.fields.List(ma.fields.Nested(AssignmentItem))
    next = ma.fields.String(allow_none=True)


class ReporterOut(Schema):
    kind = ma.fields.String()
    name = ma.fields.String(allow_none=True)
    phone = ma.fields.String(allow_none=True)
