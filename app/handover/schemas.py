"""Schemas of substitutions with handover."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.workforce.schemas.roster import CoverGap, RosterGrid
from app.workforce.schemas.substitutes import SubstitutionOut


class SubstituteWorker(FreeText):
    free_text = ("reason",)

    substitute_id = ma.fields.UUID(required=True, metadata={"description": "Worker who takes over"})
    since = fields.Instant(metadata={"description": "From when (RFC 3339); absent: now"})
    until = fields.Instant(
        required=True, metadata={"description": "Until when (RFC 3339), at most 366 days after `since`"}
    )
    grid_ids = ma.fields.List(
        ma.fields.UUID(),
        validate=ma.validate.Length(min=1, max=200),
        metadata={
            "description": "Grids to take over; absent: all grids of the worker that the caller manages"
        },
    )
    reason = fields.Words(
        max_length=500,
        metadata={"description": "Why; shown only to the person who enters it and to the absent worker"},
    )
    hours = fields.Words(
        max_length=11,
        metadata={
            "description": "Local hours of each day that count as gaps, such as `08:00-18:00`; absent: all"
        },
    )
    hand_over = fields.Boolean(
        load_default=False,
        metadata={
            "description": "True: the accepted cases go to the substitute now; only if the absence begins now"
        },
    )


class HandedCase(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    status = ma.fields.String(metadata={"description": "State of the case"})
    category = ma.fields.String()
    due_at = fields.Instant(allow_none=True)
    role = fields.Choice(
        Enumeration(
            "HandoverRole",
            {
                "verify": "looks whether the report is true",
                "handle": "handles the case",
                "check": "looks whether the case is solved",
                "second": "helps the worker who handles the case",
            },
        ),
        metadata={"description": "What the worker does in the case: verify, handle, check, or second worker"},
    )


class KeptCase(HandedCase):
    reason = ma.fields.String(
        allow_none=True,
        metadata={"description": "Code of the rule by which the case stays; null: no handover was requested"},
    )


class GridGaps(Schema):
    grid = ma.fields.Nested(RosterGrid, metadata={"description": "The grid"})
    gaps = ma.fields.List(
        ma.fields.Nested(CoverGap), metadata={"description": "Times in which nobody is planned there"}
    )


class WorkerSubstituted(Schema):
    substitution = ma.fields.Nested(SubstitutionOut, metadata={"description": "The substitution as stored"})
    gaps = ma.fields.List(
        ma.fields.Nested(GridGaps),
        metadata={"description": "Grids with times in which nobody is planned, in the first 31 days"},
    )
    offers_passed_on = fields.Integer(
        metadata={"description": "How many open offers of the worker went to the next worker"}
    )
    handed_over = ma.fields.List(
        ma.fields.Nested(HandedCase), metadata={"description": "Cases that the substitute has now"}
    )
    kept = ma.fields.List(
        ma.fields.Nested(KeptCase),
        metadata={"description": "Accepted cases that stay with the absent worker"},
    )
