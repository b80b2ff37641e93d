"""Input and documentation of media."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.media.rules import file_types, tus


class MediaOut(Schema):
    id = ma.fields.UUID()
    kind = fields.Choice(tus.KINDS)
    state = fields.Choice(Enumeration("MediaState", ("uploading", "received", "ready", "refused")))
    refusal = ma.fields.String(
        allow_none=True, metadata={"description": "Why it was refused: its bytes are not kept"}
    )
    incident_id = ma.fields.UUID(allow_none=True)
    visit_id = ma.fields.UUID(allow_none=True)
    content_type = ma.fields.String(allow_none=True)
    size = fields.Integer(allow_none=True, metadata={"description": "Bytes of what is kept"})
    sha256 = ma.fields.String(allow_none=True, metadata={"description": "Of what is kept, in hex"})
    width = fields.Integer(allow_none=True)
    height = fields.Integer(allow_none=True)
    stripped = ma.fields.List(
        ma.fields.String(),
        allow_none=True,
        metadata={"description": "Side matter of the file that was taken out"},
    )
    created_at = ma.fields.DateTime()
    received_at = ma.fields.DateTime(allow_none=True)
    completed_at = ma.fields.DateTime(allow_none=True)
    version = fields.Integer()
    mine = fields.Boolean()


class MediaDetail(MediaOut):
    claims = ma.fields.Dict(
        allow_none=True,
        metadata={
            "description": "What the sender (`said`) and the file (`exif`) claim of time and place; for the sender "
            "and who directs the case"
        },
    )


class MediaList(Schema):
    items = ma.fields.List(ma.fields.Nested(MediaOut))


class UploadOut(Schema):
    """The same as the headers say."""

    id = ma.fields.UUID()
    offset = fields.Integer()
    length = fields.Integer()
    expires_at = ma.fields.DateTime(allow_none=True)


class ThumbnailQuery(Schema):
    size = fields.Choice(
        Enumeration("ThumbnailSize", file_types.THUMBNAILS),
        load_default="small",
        metadata={"description": "The longer side: small 256, large 1024 pixels"},
    )
