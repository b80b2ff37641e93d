"""Schemas of the roster, of attendance and of shifts as CSV."""

from typing import Any

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.messages import sentence
from app.http.smorest import Schema
from app.workforce.schemas.people import ROLES, Page

STATES = Enumeration(
    "AttendanceState",
    {
        "as_planned": "on duty, and came in time for the shift",
        "late": "on duty, and came over ten minutes after the start of the shift",
        "unplanned": "on duty without a shift",
        "left": "off duty before the end of the shift",
        "absent": "did not come to the shift",
    },
)
JURISDICTION = {"description": "Code of the jurisdiction whose time zone applies; absent: that of the caller"}


def _sentence_of(fault: dict[str, Any]) -> str:
    return sentence(fault["code"])


class RosterPeriod(Schema):
    since = fields.Instant(metadata={"description": "Begin of the period (RFC 3339); absent: now"})
    until = fields.Instant(
        metadata={
            "description": "End of the period (RFC 3339), at most 31 days after `since`; absent: a week "
            "after it"
        }
    )
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Only grids in this area or below it, and their workers"}
    )
    jurisdiction = fields.Words(max_length=64, metadata=JURISDICTION)


class RosterFilter(Page, RosterPeriod):
    hours = fields.Words(
        max_length=11,
        metadata={
            "description": "Local hours of each day in which a grid must be covered, such as "
            "`08:00-18:00`; absent: all"
        },
    )
    only_gaps = fields.Boolean(load_default=False, metadata={"description": "True: only grids with gaps"})


class RosterGrid(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the grid"})
    code = ma.fields.String(metadata={"description": "Code of the grid"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the grid"})


class RosterPerson(Schema):
    worker_id = ma.fields.UUID()
    worker_name = ma.fields.String()
    role = fields.Choice(ROLES, metadata={"description": "Role of the worker in this grid"})
    since = ma.fields.String(
        allow_none=True, metadata={"description": "From when the worker is responsible (RFC 3339)"}
    )
    until = ma.fields.String(
        allow_none=True, metadata={"description": "Until when (RFC 3339); null: open end"}
    )


class RosterShift(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the shift"})
    worker_id = ma.fields.UUID()
    worker_name = ma.fields.String()
    since = ma.fields.String(metadata={"description": "Begin of the shift (RFC 3339)"})
    until = ma.fields.String(metadata={"description": "End of the shift (RFC 3339)"})
    note = ma.fields.String(allow_none=True, metadata={"description": "Remark on the shift; null: none"})
    version = fields.Integer()


class CoverGap(Schema):
    since = ma.fields.String(metadata={"description": "Begin of the gap (RFC 3339)"})
    until = ma.fields.String(metadata={"description": "End of the gap (RFC 3339)"})
    reason = fields.Choice(
        Enumeration(
            "CoverGapReason",
            {
                "nobody_responsible": "no worker is responsible for the grid",
                "nobody_planned": "no responsible worker has a shift",
            },
        ),
        metadata={
            "description": "Why: nobody is responsible for the grid, or no responsible worker has a shift"
        },
    )


class RosterItem(Schema):
    grid = ma.fields.Nested(RosterGrid, metadata={"description": "The grid"})
    responsible = ma.fields.List(
        ma.fields.Nested(RosterPerson),
        metadata={"description": "Workers responsible for the grid in the period"},
    )
    shifts = ma.fields.List(
        ma.fields.Nested(RosterShift),
        metadata={"description": "Planned shifts of these workers in the period"},
    )
    gaps = ma.fields.List(
        ma.fields.Nested(CoverGap), metadata={"description": "Times in which nobody is planned"}
    )


class RosterPage(Schema):
    items = ma.fields.List(ma.fields.Nested(RosterItem))
    next = ma.fields.String(allow_none=True)


class ShiftSheetFilter(RosterPeriod):
    worker_id = ma.fields.UUID(metadata={"description": "Only shifts of this worker"})


class ShiftImport(Schema):
    jurisdiction = fields.Words(max_length=64, metadata=JURISDICTION)
    dry_run = fields.Boolean(
        load_default=False,
        metadata={"description": "True: everything is checked and counted, nothing is stored"},
    )
    is_partial = fields.Boolean(
        data_key="partial",
        load_default=False,
        metadata={"description": "True: rows without faults are planned although others have faults"},
    )


class SheetFault(Schema):
    row = fields.Integer(metadata={"description": "Number of the row; the header is row 1"})
    column = ma.fields.String(
        allow_none=True, metadata={"description": "Name of the column; null: the whole row"}
    )
    field = ma.fields.String(metadata={"description": "Name of the column, or `row`"})
    code = ma.fields.String(metadata={"description": "Code of the fault"})
    message = ma.fields.Function(
        _sentence_of,
        metadata={"description": "The fault as a sentence in the language of the request", "type": "string"},
    )


class ShiftsImported(Schema):
    dry_run = fields.Boolean()
    planned = fields.Integer(metadata={"description": "Rows that are new shifts"})
    changed = fields.Integer(metadata={"description": "Rows whose shift gets a new note"})
    unchanged = fields.Integer(metadata={"description": "Rows whose shift is planned already"})
    refused = fields.Integer(metadata={"description": "Rows with faults"})
    faults = ma.fields.List(ma.fields.Nested(SheetFault), metadata={"description": "The first 500 faults"})


class OnDutyFilter(Page):
    area_id = ma.fields.UUID(
        attribute="within",
        metadata={"description": "Only workers responsible for grids in this area or below it"},
    )
    state = fields.CommaList(
        choices=list(STATES),
        metadata={
            "description": "Only these states, separated by commas: as_planned, late, unplanned, left, absent"
        },
    )


class PersonThere(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the worker"})
    name = ma.fields.String(metadata={"description": "Name of the worker"})
    role = fields.Choice(ROLES, metadata={"description": "Role of the worker in this grid"})


class CoveredGrid(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the grid"})
    code = ma.fields.String(metadata={"description": "Code of the grid"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the grid"})
    role = fields.Choice(ROLES, metadata={"description": "Role of the listed worker in this grid"})
    covered_by = ma.fields.List(
        ma.fields.Nested(PersonThere),
        metadata={"description": "Workers responsible for the grid who are on duty now"},
    )


class PresentShift(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the shift"})
    since = ma.fields.String(metadata={"description": "Begin of the shift (RFC 3339)"})
    until = ma.fields.String(metadata={"description": "End of the shift (RFC 3339)"})
    note = ma.fields.String(allow_none=True, metadata={"description": "Remark on the shift; null: none"})


class StandIn(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the substitute"})
    name = ma.fields.String(metadata={"description": "Name of the substitute"})
    until = ma.fields.String(metadata={"description": "End of the substitution (RFC 3339)"})


class OnDutyItem(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the worker"})
    name = ma.fields.String(metadata={"description": "Name of the worker"})
    state = fields.Choice(
        STATES,
        metadata={
            "description": "late: over ten minutes after the start of the shift; unplanned: no shift; "
            "left: ended early; absent: did not come"
        },
    )
    on_duty = fields.Boolean()
    on_duty_since = ma.fields.String(allow_none=True)
    shift = ma.fields.Nested(
        PresentShift, allow_none=True, metadata={"description": "Shift that is planned now; null: none"}
    )
    late_s = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Seconds from the start of the shift to the start of duty, or until now; null: "
            "no shift"
        },
    )
    substituted_by = ma.fields.Nested(
        StandIn, allow_none=True, metadata={"description": "Who takes over now; null: no substitution"}
    )
    open_work = fields.Integer()
    capacity = fields.Integer()
    position_age_s = fields.Integer(
        allow_none=True,
        metadata={"description": "Age in seconds of the newest fix of this duty; null: there is none"},
    )
    has_device = fields.Boolean(metadata={"description": "True: the worker is signed in on a device"})
    grids = ma.fields.List(
        ma.fields.Nested(CoveredGrid),
        metadata={"description": "Grids of the worker, each with who covers it"},
    )


class OnDutyPage(Schema):
    items = ma.fields.List(ma.fields.Nested(OnDutyItem))
    next = ma.fields.String(allow_none=True)
