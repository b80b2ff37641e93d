"""Response schemas of deadlines, for the API document."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema


class DeadlineOut(Schema):
    stage = ma.fields.String(
        metadata={
            "description": "handle: the whole case, by which it is due; else the code of a stage in the profile"
        }
    )
    name = ma.fields.Nested(
        fields.Named,
        allow_none=True,
        metadata={
            "description": "Name of the stage in Chinese and English; null: the deadline of the whole case"
        },
    )
    condition = ma.fields.String(
        metadata={"description": "Code of the handling condition of the category that set the deadline"}
    )
    ends_with = ma.fields.String(
        metadata={
            "description": "Step that ends the deadline, such as fed_back; done: the handler reports it with stage_done"
        }
    )
    unit = ma.fields.String(
        metadata={"description": "Unit of `amount`: work_hour, work_day, urgent_hour, natural_day or minute"}
    )
    amount = fields.Float(metadata={"description": "Length of the deadline without extensions, in `unit`"})
    started_at = ma.fields.DateTime(metadata={"description": "When the clock started (RFC 3339)"})
    due_at = ma.fields.DateTime(
        metadata={
            "description": "When the deadline passes (RFC 3339); while paused: as it was before the pause"
        }
    )
    paused_at = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "Since when the clock is paused (RFC 3339); null: it is not paused"},
    )
    stopped_at = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "When the deadline ended (RFC 3339); null: it has not ended"},
    )
    outcome = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "met, overdue, cancelled (ended before the step) or replaced (by another deadline); null: "
            "not ended"
        },
    )
    extended = fields.Float(metadata={"description": "Extensions that were granted, in `unit`"})
    first_due_at = ma.fields.DateTime(
        allow_none=True,
        metadata={
            "description": "When it was due before the first extension (RFC 3339); null: it was not extended"
        },
    )
    warned_at = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "When the deadline warning was sent (RFC 3339); null: not sent"},
    )
    escalated_to = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Highest level to which the overdue deadline was escalated; null: not escalated"
        },
    )
