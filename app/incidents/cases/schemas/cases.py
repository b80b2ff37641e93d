"""Response schemas of cases, with their reports and assignments."""

import marshmallow as ma

from app.areas.schemas import PlaceInWords
from app.http import fields
from app.http.notices import Notice
from app.http.smorest import Schema
from app.incidents.cases.rules.report_warnings import REPORT_WARNINGS
from app.incidents.cases.schemas.actions import ActionForm
from app.incidents.cases.schemas.parts import AssignmentRef, PartOut, ProposalOut, UnitRef, WorkerRef
from app.incidents.cases.schemas.references import (
    STATUSES,
    AreaOfCase,
    ComponentRef,
    Ended,
    ExtensionAsked,
    LinkedCase,
    MergedCase,
    PointOut,
    SameAs,
    Supervised,
    Waiting,
)
from app.incidents.deadlines.schemas import DeadlineOut
from app.profiles.rules.lifecycle import SOURCES


class IncidentOut(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the case, and of the report that opened it (UUIDv7)"})
    case_no = ma.fields.String()
    status = fields.Choice(STATUSES, metadata={"description": "State of the case in its life cycle"})
    version = fields.Integer()
    category = ma.fields.String()
    priority = fields.Integer()
    description = ma.fields.String(
        metadata={"description": "Text of the report that opened the case; empty: none was given"}
    )
    source = fields.Choice(
        SOURCES, metadata={"description": "Source of the report that opened the case; it never changes"}
    )
    location = ma.fields.Nested(
        PointOut,
        metadata={"description": "Place of the case: GeoJSON point in WGS 84 (CRS84: longitude first)"},
    )
    place = ma.fields.Nested(
        PlaceInWords,
        allow_none=True,
        metadata={
            "description": "The nearest address or landmark within 200 m; the street without the number for callers who may "
            "not read addresses there. Null: none was near when the place was stored"
        },
    )
    area = ma.fields.Nested(
        AreaOfCase,
        allow_none=True,
        metadata={"description": "Smallest area that contains the place; null: the place is in no area"},
    )
    grid = ma.fields.Nested(
        AreaOfCase,
        allow_none=True,
        metadata={"description": "Grid that contains the place; null: no grid covers the place"},
    )
    owner_unit = ma.fields.Nested(
        UnitRef,
        allow_none=True,
        metadata={"description": "Unit that must solve the case; null: no unit owns it"},
    )
    due_at = ma.fields.DateTime(allow_none=True)
    is_overdue = fields.Boolean()
    assignment = ma.fields.Nested(
        AssignmentRef,
        allow_none=True,
        metadata={
            "description": "Live assignment that verifies, handles or checks the case; null: none, or the case has ended"
        },
    )
    waiting = ma.fields.Nested(
        Waiting,
        allow_none=True,
        metadata={
            "description": "What the case waits for: a free worker or a decision; null: it does not wait"
        },
    )
    reported_at = ma.fields.DateTime()
    updated_at = ma.fields.DateTime()
    closed_at = ma.fields.DateTime(allow_none=True)
    pinned_to = ma.fields.Nested(
        WorkerRef,
        allow_none=True,
        metadata={"description": "Worker for whom a supervisor reserved the case; null: it is not pinned"},
    )
    locked_at = ma.fields.DateTime(
        allow_none=True,
        metadata={
            "description": "Since when the rules neither dispatch nor reassign the case (RFC 3339); null: it is not locked"
        },
    )
    rework_count = fields.Integer()
    returned_count = fields.Integer(
        metadata={"description": "How often a unit returned the case because it does not own it"}
    )
    contested_count = fields.Integer(
        metadata={"description": "How often a reporter contested how the case ended"}
    )
    urged_count = fields.Integer(metadata={"description": "How often a supervisor urged the case"})
    extended_count = fields.Integer(
        metadata={"description": "How often an extension of the deadline was granted"}
    )
    extension = ma.fields.Nested(
        ExtensionAsked,
        allow_none=True,
        metadata={"description": "Requested extension that waits for a decision; null: none"},
    )
    supervised = ma.fields.Nested(
        Supervised, allow_none=True, metadata={"description": "Supervision in force; null: none"}
    )
    review_at = ma.fields.DateTime(
        allow_none=True,
        metadata={
            "description": "When a deferred case, or one on long-term hold, is reviewed (RFC 3339); null: no review is due"
        },
    )
    ended_reason = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Why the case was not filed or was force-closed, as a code; null: another state, or no "
            "reason stored"
        },
    )
    reported_by_me = fields.Boolean()
    joined_by_me = fields.Boolean(
        metadata={"description": "True: the caller added a report to the case after it was opened"}
    )
    report_count = fields.Integer(
        metadata={"description": "Number of reports of the case, without those of cases merged into it"}
    )
    component = ma.fields.Nested(
        ComponentRef,
        allow_none=True,
        metadata={"description": "Component that the case is about; null: none"},
    )
    component_link = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "nearest or named: how it was found; none_near (within 20 m) or unlinked: why there is none; null: "
            "the category has no components"
        },
    )
    owner_basis = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Why `owner_unit` owns the case: component (its owner), hand (a person decided); null: by "
            "category and place"
        },
    )
    same_as = ma.fields.Nested(
        SameAs,
        allow_none=True,
        metadata={
            "description": "Case in which this merged case continues; null: not merged, or the caller may not see that case"
        },
    )


class ReportOut(Schema):
    id = ma.fields.UUID(
        metadata={"description": "Id of the report; the report that opened a case has the id of the case"}
    )
    incident_id = ma.fields.UUID(
        metadata={"description": "Id of this case, or of a case that was merged into it"}
    )
    channel = ma.fields.String(
        metadata={"description": "Way by which the report came: app (this API) or import (a file)"}
    )
    occurred_at = ma.fields.DateTime()
    received_at = ma.fields.DateTime()
    words = ma.fields.String(metadata={"description": "Text of the report; empty: none was given"})
    category = ma.fields.String(
        metadata={
            "description": "Code of the category as the reporter gave it; the case may have another one now"
        }
    )
    sent = ma.fields.Dict(metadata={"description": "Place as it was sent: `lon`, `lat` and `coord_sys`"})
    accuracy_m = fields.Float(allow_none=True)
    attributes = ma.fields.Dict()
    reporter_kind = ma.fields.String(
        metadata={
            "description": "worker: a person with an account; resident: another person; anonymous: unknown"
        }
    )


class ReportedOut(IncidentOut):
    """The case that a report created, with warnings for the reporter. A repeated request returns the same warnings."""

    warnings = ma.fields.List(
        ma.fields.Nested(Notice),
        metadata={
            "description": f"Notices for the reporter; none refuses the report: {', '.join(REPORT_WARNINGS)}, holds_phone"
        },
    )


class IncidentDetail(IncidentOut):
    reports = ma.fields.List(
        ma.fields.Nested(ReportOut),
        metadata={
            "description": "Reports of the case, and of cases merged into it, that the caller may read, oldest first"
        },
    )
    merged = ma.fields.List(
        ma.fields.Nested(MergedCase),
        metadata={
            "description": "Cases that were merged into this one and that the caller may see, oldest first"
        },
    )
    linked = ma.fields.List(
        ma.fields.Nested(LinkedCase),
        metadata={"description": "Cases that are linked with this one and stay separate, newest link first"},
    )
    second = ma.fields.Nested(
        AssignmentRef,
        allow_none=True,
        metadata={"description": "Assignment of the second worker, where the case takes two; null: none now"},
    )
    proposal = ma.fields.Nested(
        ProposalOut,
        allow_none=True,
        metadata={
            "description": "Worker whom the rules propose, for callers who direct the case; null: none, or another caller"
        },
    )
    parts = ma.fields.List(
        ma.fields.Nested(PartOut),
        metadata={
            "description": "Joint handling: the lead unit, then the part of each joint unit; empty: one unit or "
            "worker handles the case"
        },
    )
    deadlines = ma.fields.List(
        ma.fields.Nested(DeadlineOut),
        metadata={
            "description": "Deadlines of the whole case and of its stages, in the order of their start, ended ones too"
        },
    )
    about = ma.fields.Dict(
        allow_none=True,
        metadata={
            "description": "Person or unit that the case is about: `kind`, `id`, `name`; null: nobody, or the caller "
            "does not direct it"
        },
    )
    ended = ma.fields.Nested(
        Ended,
        allow_none=True,
        metadata={
            "description": "Why the case was not filed or was force-closed; null: another state, or no reason stored"
        },
    )
    allowed = ma.fields.List(
        ma.fields.String(), metadata={"description": "Codes of the actions that the caller may take now"}
    )
    actions = ma.fields.List(
        ma.fields.Nested(ActionForm), metadata={"description": "The same actions, each with its fields"}
    )


class IncidentCounts(Schema):
    """Numbers of the cases that meet the filters, on all pages together."""

    total = fields.Integer(metadata={"description": "Number of cases, at most 10000"})
    open = fields.Integer(metadata={"description": "Those of them that have not ended"})
    overdue = fields.Integer(metadata={"description": "Those of them whose clock runs past the deadline"})
    is_complete = fields.Boolean(
        metadata={
            "description": "False: there are more than 10000 cases, and only 10000 of them were counted"
        }
    )


class IncidentPage(Schema):
    items = ma.fields.List(ma.fields.Nested(IncidentOut))
    next = ma.fields.String(allow_none=True)
    counts = ma.fields.Nested(
        IncidentCounts, metadata={"x-optional": True, "description": "With `counts=true` only"}
    )


class IncidentFeature(Schema):
    type = ma.fields.String(validate=ma.validate.Equal("Feature"), metadata={"description": "Always Feature"})
    id = ma.fields.UUID(metadata={"description": "Id of the case"})
    geometry = ma.fields.Nested(
        PointOut,
        metadata={"description": "Place of the case: GeoJSON point in WGS 84 (CRS84: longitude first)"},
    )
    properties = ma.fields.Nested(IncidentOut, metadata={"description": "The case, as the JSON list has it"})


class IncidentFeatures(Schema):
    type = ma.fields.String(
        validate=ma.validate.Equal("FeatureCollection"), metadata={"description": "Always FeatureCollection"}
    )
    features = ma.fields.List(ma.fields.Nested(IncidentFeature))
    next = ma.fields.String(allow_none=True)


class AssignmentItem(AssignmentRef):
    incident = ma.fields.Nested(IncidentOut, metadata={"description": "The case of the assignment"})


class AssignmentList(Schema):
    items = ma.fields.List(ma.fields.Nested(AssignmentItem))
    next = ma.fields.String(allow_none=True)


class ReporterOut(Schema):
    kind = ma.fields.String(
        metadata={
            "description": "worker: a person with an account; resident: another person; anonymous: unknown"
        }
    )
    name = ma.fields.String(allow_none=True, metadata={"description": "Name of the reporter; null: unknown"})
    phone = ma.fields.String(
        allow_none=True, metadata={"description": "Telephone number of the reporter, unmasked; null: unknown"}
    )
    email = ma.fields.String(
        allow_none=True, metadata={"description": "E-mail address of the reporter, unmasked; null: unknown"}
    )
