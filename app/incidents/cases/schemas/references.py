"""Response schemas of entities that a case refers to, such as area and component."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.incidents.cases.rules import lifecycle
from app.incidents.cases.schemas.parts import UnitRef

S = lifecycle.Status
STATUSES = Enumeration(
    "CaseStatus",
    {
        S.COLLECTED: "reported; nobody has decided yet whether it is filed",
        S.VERIFYING: "a worker is asked to look whether the report is true",
        S.FILED: "it must be handled; nobody has it or an offer of it",
        S.NOT_FILED: "ended without handling, with a reason, or merged into another case",
        S.DISPATCHED: "offered to workers, or in the queue of a unit; nobody has accepted it",
        S.ACCEPTED: "a worker has accepted it and has not started",
        S.HANDLING: "a worker handles it",
        S.FED_BACK: "the handler says that it is solved; nobody is asked to check it yet",
        S.CHECKING: "a worker other than the handler is asked to check it",
        S.CLOSED: "ended: solved",
        S.RETURNED: "returned, contested, or without a worker: a supervisor decides",
        S.DEFERRED: "its clock is paused until a review date",
        S.ON_BOOKS: "it cannot be solved now: nobody has it, and its clock is paused until a review date",
        S.REWORK: "a check failed, or the reporter contested: its handler does it again",
        S.FORCE_CLOSED: "ended by a supervisor without a check, with a reason",
    },
)


class AreaOfCase(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the area"})
    code = ma.fields.String(
        metadata={"description": "Code of the area now, or its last one if it was retired"}
    )
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the area in Chinese and English"})


class Waiting(Schema):
    since = ma.fields.DateTime(metadata={"description": "Since when the case waits (RFC 3339)"})
    reason = ma.fields.String(
        metadata={
            "description": "What it waits for, as a code of `WaitingReason`, such as no_grid, nobody_eligible or contested"
        }
    )


class PointOut(Schema):
    type = ma.fields.String(validate=ma.validate.Equal("Point"), metadata={"description": "Always Point"})
    coordinates = ma.fields.List(
        fields.Float(), metadata={"description": "Longitude and latitude in degrees, WGS 84 (CRS84)"}
    )


class ComponentRef(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the component"})
    code = ma.fields.String(metadata={"description": "Component number of 16 digits (GB/T 30428.2)"})
    name = ma.fields.Nested(
        fields.Named, metadata={"description": "Name of the component in Chinese and English"}
    )
    category = ma.fields.String()
    state = ma.fields.String(
        metadata={"description": "State of the component: in_use, damaged, missing or retired"}
    )
    location = ma.fields.Nested(PointOut)
    distance_m = fields.Float(
        metadata={
            "description": "Distance between the component and the place of the case, in metres on the spheroid"
        }
    )
    owning_unit = ma.fields.Nested(
        UnitRef, allow_none=True, metadata={"description": "Unit that owns the component; null: unknown"}
    )
    managing_unit = ma.fields.Nested(
        UnitRef, allow_none=True, metadata={"description": "Unit that maintains the component; null: unknown"}
    )


class SameAs(Schema):
    """The case in which a merged one continues."""

    id = ma.fields.UUID(metadata={"description": "Id of the case into which this one was merged"})
    case_no = ma.fields.String()
    status = fields.Choice(STATUSES, metadata={"description": "State of that case"})
    closed_at = ma.fields.DateTime(allow_none=True)


class LinkedCase(Schema):
    """A linked case, shown to readers who may not open it; never a confidential one."""

    id = ma.fields.UUID(metadata={"description": "Id of the other case"})
    case_no = ma.fields.String()
    linked_at = ma.fields.DateTime(metadata={"description": "When the two cases were linked (RFC 3339)"})
    closed_at = ma.fields.DateTime(allow_none=True)
    ended_as = fields.Choice(
        Enumeration("CaseEnding", {ending: STATUSES.meanings[ending] for ending in sorted(lifecycle.ENDED)}),
        allow_none=True,
        metadata={"description": "State in which the other case ended; null: it is open"},
    )


class MergedCase(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the case that was merged into this one"})
    case_no = ma.fields.String()
    reported_at = ma.fields.DateTime()


class ExtensionAsked(Schema):
    since = ma.fields.DateTime(metadata={"description": "When the extension was requested (RFC 3339)"})
    amount = fields.Float(metadata={"description": "Requested extension, in `unit`"})
    unit = ma.fields.String(
        metadata={
            "description": "Unit of `amount`, that of the deadline of the whole case: work_hour, work_day, urgent_hour, "
            "natural_day or minute"
        }
    )


class Supervised(Schema):
    since = ma.fields.DateTime(metadata={"description": "When the supervision began (RFC 3339)"})
    level = fields.Integer(metadata={"description": "1 ordinary, 2 key, 3 the highest"})
    until = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "By when the case has to be solved (RFC 3339); null: no date was set"},
    )


class Ended(Schema):
    """The reason for which a case was not filed, or was force-closed."""

    reason = ma.fields.String(metadata={"description": "Reason as a code of the profile's list"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "The reason in Chinese and English"})
    words = ma.fields.String(
        allow_none=True, metadata={"description": "Note of the person who ended the case; null: none"}
    )
