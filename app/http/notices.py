"""Notices: warnings about a request that was accepted."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema


class Notice(Schema):
    code = ma.fields.String(metadata={"description": "Stable"})
    field = ma.fields.String(metadata={"description": "Which field it is about", "x-optional": True})
    message = ma.fields.String(metadata={"description": "In the caller's language"})
    begin = fields.Integer(
        metadata={"description": "Where it begins in the field, in characters", "x-optional": True}
    )
    end = fields.Integer(metadata={"description": "Where it ends", "x-optional": True})
    premises_id = ma.fields.UUID(
        allow_none=True,
        metadata={
            "description": "Which premises it is about; null: some that the caller may not see",
            "x-optional": True,
        },
    )
