"""Notices: warnings about a request that was accepted."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema


class Notice(Schema):
    code = ma.fields.String(metadata={"description": "Stable, machine-readable"})
    field = ma.fields.String(metadata={"description": "Name of the field concerned", "x-optional": True})
    message = ma.fields.String(metadata={"description": "In the language of the caller"})
    name = ma.fields.String(metadata={"description": "Name of the person concerned", "x-optional": True})
    begin = fields.Integer(
        metadata={"description": "Begin in the text of the field, in characters", "x-optional": True}
    )
    end = fields.Integer(
        metadata={"description": "End in the text of the field, in characters", "x-optional": True}
    )
    premises_id = ma.fields.UUID(
        allow_none=True,
        metadata={
            "description": "Premises concerned; null: the caller may not see them",
            "x-optional": True,
        },
    )
