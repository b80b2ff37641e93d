"""Input and documentation of incidents."""

import marshmallow as ma

from app.areas.rules.lifecycle import SOURCES
from app.areas.rules.notices import LEVELS
from app.dispatch.rules.states import ACTIVE, DECLINED_BECAUSE, FAILED_BECAUSE
from app.http import fields
from app.http.smorest import Schema
from app.incidents.rules import lifecycle
from app.incidents.schemas.deadlines import DeadlineOut
from app.incidents.schemas.parts import AssignmentRef, PartOut, ProposalOut, UnitRef, WorkerRef

COORD_SYS = ["wgs84", "gcj02", "bd09"]
STATUSES = [s.value for s in lifecycle.Status]
ACTIONS = list(dict.fromkeys(lifecycle.named(action) for action in lifecycle.ACTIONS))
RESULTS = sorted({result for results in lifecycle.RESULTS.values() for result in results})


class ReporterIn(Schema):
    """A resident for whom somebody reports; leave out for oneself."""

    name = fields.Words(max_length=100)
    phone = fields.Words(max_length=40)
    anonymous = ma.fields.Boolean(load_default=False)
    may_be_shown_to_handlers = ma.fields.Boolean(load_default=False)


class OnTheSpot(Schema):
    note = fields.Words(max_length=2000, min_length=1, required=True)


class About(Schema):
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(["worker", "unit"]))
    id = ma.fields.UUID(required=True)


class ClaimedFix(Schema):
    """Where the phone says it is. `age_s` tells how old the fix was at the step, for what is sent later."""

    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)
    coord_sys = ma.fields.String(load_default="wgs84", validate=ma.validate.OneOf(COORD_SYS))
    accuracy_m = ma.fields.Float(
        allow_nan=False, validate=ma.validate.Range(0, 100_000), load_default=None, allow_none=True
    )
    mock = ma.fields.Boolean(load_default=False)
    at = fields.Instant()
    age_s = ma.fields.Float(allow_nan=False, validate=ma.validate.Range(0, 1_000_000))


_REASON = "Why the fix does not show me at the place"


class ReportIncident(Schema):
    id = ma.fields.UUID(validate=fields.is_uuid7, metadata={"description": "UUIDv7 made by the client"})
    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)
    coord_sys = ma.fields.String(load_default="wgs84", validate=ma.validate.OneOf(COORD_SYS))
    accuracy_m = ma.fields.Float(validate=ma.validate.Range(0, 100_000), allow_none=True)
    category = fields.Words(max_length=64, load_default="unclassified")
    description = fields.Words(max_length=4000, load_default="")
    occurred_at = fields.Instant()
    attributes = fields.Attributes(
        keys=ma.fields.String(), load_default=dict, validate=ma.validate.Length(max=50)
    )
    reporter = ma.fields.Nested(ReporterIn)
    about = ma.fields.Nested(About)
    component_id = ma.fields.UUID(
        metadata={"description": "The component it is about; else the nearest of its class is found"}
    )
    handled_on_the_spot = ma.fields.Nested(OnTheSpot)
    source = ma.fields.String(
        validate=ma.validate.OneOf([source for source in SOURCES if source != "import"]),
        metadata={"description": "Where it comes from; left out: `public` with a reporter, else `worker`"},
    )
    fix = ma.fields.Nested(ClaimedFix, metadata={"description": "Where I am as I report"})
    presence_reason = fields.Words(max_length=500, metadata={"description": _REASON})


class AreaOfCase(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)


class Waiting(Schema):
    since = ma.fields.DateTime()
    reason = ma.fields.String()


class PointOut(Schema):
    type = ma.fields.Constant("Point")
    coordinates = ma.fields.List(ma.fields.Float())


class ComponentRef(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    category = ma.fields.String()
    state = ma.fields.String()
    location = ma.fields.Nested(PointOut)
    distance_m = ma.fields.Float(metadata={"description": "From the place of the case"})
    owning_unit = ma.fields.Nested(UnitRef, allow_none=True)
    managing_unit = ma.fields.Nested(UnitRef, allow_none=True)


class SameAs(Schema):
    """The case that a merged one ended as."""

    id = ma.fields.UUID()
    case_no = ma.fields.String()
    status = ma.fields.String(validate=ma.validate.OneOf(STATUSES))
    closed_at = ma.fields.DateTime(allow_none=True)


class LinkedCase(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    linked_at = ma.fields.DateTime()


class MergedCase(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    reported_at = ma.fields.DateTime()


class IncidentOut(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    status = ma.fields.String(validate=ma.validate.OneOf(STATUSES))
    version = ma.fields.Integer()
    category = ma.fields.String()
    priority = ma.fields.Integer()
    description = ma.fields.String()
    source = ma.fields.String(
        validate=ma.validate.OneOf(SOURCES), metadata={"description": "Where it comes from; never changed"}
    )
    location = ma.fields.Nested(PointOut)
    area = ma.fields.Nested(AreaOfCase, allow_none=True)
    grid = ma.fields.Nested(AreaOfCase, allow_none=True)
    owner_unit = ma.fields.Nested(UnitRef, allow_none=True)
    due_at = ma.fields.DateTime(allow_none=True)
    is_overdue = ma.fields.Boolean()
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
    rework_count = ma.fields.Integer()
    reported_by_me = ma.fields.Boolean()
    joined_by_me = ma.fields.Boolean(
        metadata={"description": "I said something of it when it was there already"}
    )
    report_count = ma.fields.Integer(metadata={"description": "How often it was said, merged cases apart"})
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
    accuracy_m = ma.fields.Float(allow_none=True)
    attributes = ma.fields.Dict()
    reporter_kind = ma.fields.String()


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
    allowed = ma.fields.List(ma.fields.String())


class IncidentFilter(Schema):
    bbox = fields.BBox()
    status = fields.CommaList(choices=[*STATUSES, "open"])
    category = fields.CommaList()
    source = fields.CommaList(choices=list(SOURCES))
    grid = ma.fields.UUID()
    area = ma.fields.UUID(metadata={"description": "In this area or under it"})
    directly_in = ma.fields.UUID(
        metadata={"description": "In this area itself, and in none of those directly under it"}
    )
    no_area = ma.fields.Boolean(metadata={"description": "In no area that exists now"})
    directed = ma.fields.Boolean(metadata={"description": "true: only what stands where I direct the work"})
    unit = ma.fields.UUID()
    joint_unit = ma.fields.UUID(
        metadata={"description": "This unit, which does not lead it, has a part in it that is open"}
    )
    component = ma.fields.UUID(metadata={"description": "About this component"})
    unowned = ma.fields.Boolean(metadata={"description": "Owned by no unit"})
    priority = ma.fields.Integer(validate=ma.validate.Range(1, 9), metadata={"description": "1 is urgent"})
    overdue = ma.fields.Boolean(metadata={"description": "The clock runs and the due time is over"})
    warned = ma.fields.Boolean(metadata={"description": "A limit has been warned of and is not over yet"})
    stage_overdue = ma.fields.Boolean(metadata={"description": "A limit on a stage is over"})
    escalated = ma.fields.Boolean(
        metadata={"description": "A level above has been told that a limit is over"}
    )
    escalated_to = ma.fields.String(
        validate=ma.validate.OneOf(LEVELS), metadata={"description": "The highest level told"}
    )
    waiting = ma.fields.Boolean(metadata={"description": "Only what waits for a supervisor"})
    waiting_reason = fields.CommaList(metadata={"description": "What it waits for, as codes"})
    worker = ma.fields.UUID(metadata={"description": "Stands with this worker"})
    assignment = fields.CommaList(
        choices=list(ACTIVE),
        metadata={"description": "How far it is with somebody; with `worker`: with her"},
    )
    mine = ma.fields.Boolean(metadata={"description": "Offered or assigned to me, or reported by me"})
    updated_since = fields.Instant()
    case_no = fields.Words(max_length=40)
    q = fields.Words(max_length=200, min_length=1)
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(1, 500))
    cursor = ma.fields.String(validate=ma.validate.Length(max=500))


class IncidentPage(Schema):
    items = ma.fields.List(ma.fields.Nested(IncidentOut))
    next = ma.fields.String(allow_none=True)


class IncidentFeature(Schema):
    type = ma.fields.Constant("Feature")
    id = ma.fields.UUID()
    geometry = ma.fields.Nested(PointOut)
    properties = ma.fields.Nested(IncidentOut)


class IncidentFeatures(Schema):
    type = ma.fields.Constant("FeatureCollection")
    features = ma.fields.List(ma.fields.Nested(IncidentFeature))
    next = ma.fields.String(allow_none=True)


class IncidentPatch(Schema):
    """Corrections: what the case says now; the report stays as it was."""

    category = fields.Words(max_length=64, min_length=1)
    lon = fields.Longitude()
    lat = fields.Latitude()
    coord_sys = ma.fields.String(load_default="wgs84", validate=ma.validate.OneOf(COORD_SYS))
    component_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "The component it is about; null: none of those registered"}
    )
    owner_unit_id = ma.fields.UUID(metadata={"description": "Whose matter it is, by hand; needs a note"})
    note = fields.Words(max_length=2000, load_default=None, allow_none=True)

    @ma.validates_schema
    def place_whole(self, data: dict[str, object], **_: object) -> None:
        if ("lon" in data) != ("lat" in data):
            raise ma.ValidationError("required", "lat" if "lon" in data else "lon")


class Transition(Schema):
    action = ma.fields.String(required=True, validate=ma.validate.OneOf(ACTIONS))
    note = fields.Words(max_length=2000, load_default=None, allow_none=True)
    result = ma.fields.String(
        validate=ma.validate.OneOf(RESULTS),
        metadata={"description": "Of check: pass, not_pass, unable; of verify: exists, not_exist, unable"},
    )
    worker_id = ma.fields.UUID()
    unit_id = ma.fields.UUID(
        metadata={
            "description": "Who gets it, joins, goes or leads; with the acts on a part, if I may mean several"
        }
    )
    stage = fields.Words(max_length=40, metadata={"description": "With stage_done: which one is finished"})
    fix = ma.fields.Nested(
        ClaimedFix, metadata={"description": "With feed_back, part_done, check and verify: where I am"}
    )
    presence_reason = fields.Words(max_length=500, metadata={"description": _REASON})
    media = ma.fields.List(
        ma.fields.UUID(),
        validate=ma.validate.Length(max=20),
        metadata={
            "description": "With feed_back, part_done and verify: photos of mine that show it; those not sent yet are "
            "`pending`"
        },
    )


class AttachMedia(Schema):
    media_id = ma.fields.UUID(required=True)


class Decline(Schema):
    reason = fields.Words(max_length=500, min_length=1, required=True)
    because = ma.fields.String(
        validate=ma.validate.OneOf(DECLINED_BECAUSE),
        metadata={"description": "conflict_of_interest: a duty to decline, which counts for nothing"},
    )


class AssignmentTransition(Schema):
    """How far I am with what I took."""

    action = ma.fields.String(required=True, validate=ma.validate.OneOf(["en_route", "on_scene", "fail"]))
    at = fields.Instant(metadata={"description": "When it was so; left out: now"})
    because = ma.fields.String(
        validate=ma.validate.OneOf(FAILED_BECAUSE), metadata={"description": "With fail, which needs it"}
    )
    note = fields.Words(max_length=2000, load_default=None, allow_none=True)


class EventOut(Schema):
    seq = ma.fields.Integer()
    action = ma.fields.String()
    from_status = ma.fields.String(allow_none=True)
    to_status = ma.fields.String()
    actor = ma.fields.Dict()
    occurred_at = ma.fields.DateTime()
    note = ma.fields.String(allow_none=True)
    detail = ma.fields.Dict()


class EventList(Schema):
    items = ma.fields.List(ma.fields.Nested(EventOut))


class AssignmentFilter(Schema):
    role = ma.fields.String(validate=ma.validate.OneOf(["verify", "handle", "check", "second", "joint"]))
    state = fields.CommaList(choices=list(ACTIVE))


class AssignmentItem(AssignmentRef):
    incident = ma.fields.Nested(IncidentOut)


class AssignmentList(Schema):
    items = ma.fields.List(ma.fields.Nested(AssignmentItem))


class RevealReporter(Schema):
    purpose = fields.Words(max_length=200, min_length=4, required=True)
    report_id = ma.fields.UUID(metadata={"description": "A report that joined it; left out: the first one"})


class ReporterOut(Schema):
    kind = ma.fields.String()
    name = ma.fields.String(allow_none=True)
    phone = ma.fields.String(allow_none=True)
