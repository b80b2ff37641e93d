"""Rows of notices: running notices, and the households to tell."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema
from app.notices.rules.notices import HOUSEHOLD_STATES, PURPOSES
from app.notices.schemas.notices import NoticeFile, NoticeText
from app.sync.schemas.rows import columns


class NoticeData(Schema):
    """A running notice that is to be told in a grid of the reader."""

    id = columns.id_of("Id of the notice")
    purpose = columns.code(PURPOSES, "Purpose of the notice")
    texts = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Nested(NoticeText),
        required=True,
        metadata={"description": "Title and text by language; at least Chinese (`zh`) or English (`en`)."},
    )
    files = columns.parts(NoticeFile, "Files to show; `GET /media/{media_id}/content` returns one")
    sender_area_id = columns.id_of("Area in whose name it is sent")
    unit_id = columns.id_of("Unit that sends it", null="none is named")
    valid_from = columns.instant("Since when it holds")
    valid_until = columns.instant("When it ends")


class NoticeTaskData(Schema):
    """A household to tell a notice at the door. The row is removed when it was told, or does not want to be told."""

    id = columns.id_of("Id of the row")
    notice_id = columns.id_of("The notice; its text is in the row of the notice")
    household_id = columns.id_of("The household")
    state = fields.Choice(
        HOUSEHOLD_STATES,
        required=True,
        metadata={"description": "State so far: not_reached, sent or opened."},
    )
