"""Schemas of links and replies."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema
from app.incidents.cases.schemas.references import STATUSES
from app.notices.schemas.notices import ShownHousehold


class NoticeLink(Schema):
    url = ma.fields.String(
        metadata={
            "description": "Address of the page of this household. It is shown once, here. It replaces an earlier link"
        }
    )


class ReplyFilter(Schema):
    limit = fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))
    cursor = fields.Cursor()


class ReplyCase(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    category = ma.fields.String()
    status = fields.Choice(STATUSES, metadata={"description": "State of the case"})
    closed_at = fields.Instant(allow_none=True)


class NoticeReplyOut(Schema):
    report_id = ma.fields.UUID(metadata={"description": "Id of the report that the household sent"})
    received_at = fields.Instant(metadata={"description": "When it arrived (RFC 3339)"})
    household = ma.fields.Nested(ShownHousehold, metadata={"description": "The household"})
    incident = ma.fields.Nested(ReplyCase, metadata={"description": "The case that the reply became"})


class ReplyPage(Schema):
    items = ma.fields.List(ma.fields.Nested(NoticeReplyOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
