"""Limits of a case, as they are told."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema


class DeadlineOut(Schema):
    stage = ma.fields.String(metadata={"description": "handle: the whole, by which the case is due"})
    name = ma.fields.Nested(fields.Named, allow_none=True)
    condition = ma.fields.String()
    ends_with = ma.fields.String(
        metadata={"description": "The step that ends it; done: when its handler says so (stage_done)"}
    )
    unit = ma.fields.String()
    amount = fields.Float()
    started_at = ma.fields.DateTime()
    due_at = ma.fields.DateTime()
    paused_at = ma.fields.DateTime(allow_none=True)
    stopped_at = ma.fields.DateTime(allow_none=True)
    outcome = ma.fields.String(allow_none=True)
    extended = fields.Float(metadata={"description": "What was given beside `amount`, in the same unit"})
    first_due_at = ma.fields.DateTime(
        allow_none=True, metadata={"description": "When it was due before any more time was given"}
    )
    warned_at = ma.fields.DateTime(allow_none=True)
    escalated_to = ma.fields.String(
        allow_none=True, metadata={"description": "The highest level told that it is over"}
    )
