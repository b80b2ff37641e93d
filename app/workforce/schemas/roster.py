"""Input and documentation of the roster."""

from typing import Any

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.messages import sentence
from app.http.smorest import Schema
from app.workforce.schemas.people import ROLES, Page

STATES = ("as_planned", "late", "unplanned", "left", "absent")
JURISDICTION = {
    "description": "Code of the jurisdiction whose time zone counts; the default one, if left out"
}


def _sentence_of(fault: dict[str, Any]) -> str:
    return sentence(fault["code"])


class RosterPeriod(Schema):
    since = fields.Instant(metadata={"description": "Now, if left out"})
    until = fields.Instant(metadata={"description": "A week after since, if left out; at most 31 days after"})
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Grids in and under this area, and their workers"}
    )
    jurisdiction = fields.Words(max_length=64, metadata=JURISDICTION)


class RosterFilter(Page, RosterPeriod):
    hours = fields.Words(
        max_length=11,
        metadata={"description": "Local hours of each day in which cover is wanted, such as 08:00-18:00"},
    )
    only_gaps = fields.Boolean(load_default=False, metadata={"description": "Only grids with gaps"})


class RosterGrid(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)


class RosterPerson(Schema):
    worker_id = ma.fields.UUID()
    worker_name = ma.fields.String()
    role = fields.Choice(ROLES)
    since = ma.fields.String(allow_none=True)
    until = ma.fields.String(allow_none=True)


class RosterShift(Schema):
    id = ma.fields.UUID()
    worker_id = ma.fields.UUID()
    worker_name = ma.fields.String()
    since = ma.fields.String()
    until = ma.fields.String()
    note = ma.fields.String(allow_none=True)
    version = fields.Integer()


class CoverGap(Schema):
    since = ma.fields.String()
    until = ma.fields.String()
    reason = fields.Choice(Enumeration("CoverGapReason", ("nobody_responsible", "nobody_planned")))


class RosterItem(Schema):
    grid = ma.fields.Nested(RosterGrid)
    responsible = ma.fields.List(ma.fields.Nested(RosterPerson))
    shifts = ma.fields.List(ma.fields.Nested(RosterShift))
    gaps = ma.fields.List(ma.fields.Nested(CoverGap))


class RosterPage(Schema):
    items = ma.fields.List(ma.fields.Nested(RosterItem))
    next = ma.fields.String(allow_none=True)


class ShiftSheetFilter(RosterPeriod):
    worker_id = ma.fields.UUID()


class ShiftImport(Schema):
    jurisdiction = fields.Words(max_length=64, metadata=JURISDICTION)
    dry_run = fields.Boolean(load_default=False, metadata={"description": "Only tell what would be"})
    is_partial = fields.Boolean(
        data_key="partial",
        load_default=False,
        metadata={"description": "Plan the rows without faults, though others have some"},
    )


class SheetFault(Schema):
    row = fields.Integer(metadata={"description": "The head is row 1"})
    column = ma.fields.String(allow_none=True)
    field = ma.fields.String()
    code = ma.fields.String()
    message = ma.fields.Function(_sentence_of, metadata={"type": "string"})


class ShiftsImported(Schema):
    dry_run = fields.Boolean()
    planned = fields.Integer()
    changed = fields.Integer(metadata={"description": "The note only"})
    unchanged = fields.Integer(metadata={"description": "Planned already"})
    refused = fields.Integer(metadata={"description": "Rows with faults"})
    faults = ma.fields.List(ma.fields.Nested(SheetFault), metadata={"description": "The first 500"})


class OnDutyFilter(Page):
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Workers of the grids in and under this area"}
    )
    state = fields.CommaList(choices=list(STATES))


class PersonThere(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String()
    role = fields.Choice(ROLES)


class CoveredGrid(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    role = fields.Choice(ROLES)
    covered_by = ma.fields.List(
        ma.fields.Nested(PersonThere), metadata={"description": "Who of those who look after it is on duty"}
    )


class PresentShift(Schema):
    id = ma.fields.UUID()
    since = ma.fields.String()
    until = ma.fields.String()
    note = ma.fields.String(allow_none=True)


class StandIn(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String()
    until = ma.fields.String()


class OnDutyItem(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String()
    state = fields.Choice(
        Enumeration("AttendanceState", STATES),
        metadata={
            "description": "late: came more than ten minutes after the start of the shift; unplanned: on duty "
            "without a shift; left: came and went within the shift; absent: did not come"
        },
    )
    on_duty = fields.Boolean()
    on_duty_since = ma.fields.String(allow_none=True)
    shift = ma.fields.Nested(PresentShift, allow_none=True)
    late_s = fields.Integer(
        allow_none=True,
        metadata={"description": "Seconds from the start of the shift until she came, or now"},
    )
    substituted_by = ma.fields.Nested(StandIn, allow_none=True)
    open_work = fields.Integer()
    capacity = fields.Integer()
    position_age_s = fields.Integer(
        allow_none=True,
        metadata={"description": "Age of the newest fix on duty; where it is takes a purpose"},
    )
    has_device = fields.Boolean(metadata={"description": "Signed in on some device"})
    grids = ma.fields.List(ma.fields.Nested(CoveredGrid))


class OnDutyPage(Schema):
    items = ma.fields.List(ma.fields.Nested(OnDutyItem))
    next = ma.fields.String(allow_none=True)
