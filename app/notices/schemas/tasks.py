"""Schemas of tasks and sheets."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema
from app.notices.rules.notices import HOUSEHOLD_STATES, PURPOSES
from app.notices.schemas.notices import NoticeFile, NoticeText, ShownHousehold


class TaskFilter(Schema):
    grid_id = ma.fields.UUID()
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class TaskNotice(Schema):
    id = ma.fields.UUID()
    purpose = fields.Choice(PURPOSES, metadata={"description": "Purpose of the notice"})
    texts = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Nested(NoticeText),
        metadata={"description": "Title and text by language"},
    )
    files = ma.fields.List(
        ma.fields.Nested(NoticeFile),
        metadata={"description": "Files to show; `GET /media/{media_id}/content` returns one"},
    )
    valid_until = fields.Instant(metadata={"description": "When it ends (RFC 3339)"})


class NoticeTask(Schema):
    notice = ma.fields.Nested(TaskNotice, metadata={"description": "What to tell"})
    household = ma.fields.Nested(ShownHousehold, metadata={"description": "Whom to tell"})
    state = fields.Choice(
        HOUSEHOLD_STATES, metadata={"description": "State so far: not_reached, sent or opened"}
    )


class NoticeTasks(Schema):
    items = ma.fields.List(ma.fields.Nested(NoticeTask), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class PrintNotice(Schema):
    grid_id = ma.fields.UUID(required=True)
    limit = fields.Integer(
        load_default=100,
        validate=ma.validate.Range(1, 200),
        metadata={"description": "The most sheets of one page"},
    )
    cursor = fields.Cursor()
