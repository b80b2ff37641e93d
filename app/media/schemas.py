"""Input and documentation of media."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.media.rules import file_types, tus

MEDIA_STATES = Enumeration(
    "MediaState",
    {
        "uploading": "bytes are missing",
        "received": "all bytes are there; the file is being processed",
        "ready": "it can be read",
        "refused": "the file was refused and its bytes are not stored; `refusal` has the reason",
    },
)


class MediaOut(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the photo or voice note (UUIDv7)"})
    kind = fields.Choice(tus.KINDS, metadata={"description": "Kind of photo, or voice for a voice note"})
    state = fields.Choice(
        MEDIA_STATES,
        metadata={
            "description": "uploading: bytes are missing; received: being processed; ready: it can be read; refused: "
            "not stored"
        },
    )
    refusal = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Why the file was refused, as a code; its bytes are not stored. Null: not refused"
        },
    )
    incident_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Id of the case that the file belongs to; null: none"}
    )
    visit_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Id of the visit that the file belongs to; null: none"}
    )
    content_type = ma.fields.String(
        allow_none=True, metadata={"description": "Media type of the stored file; null: not ready"}
    )
    size = fields.Integer(
        allow_none=True, metadata={"description": "Size of the stored file in bytes; null: not ready"}
    )
    sha256 = ma.fields.String(
        allow_none=True, metadata={"description": "SHA-256 (hex) of the stored file; null: not ready"}
    )
    width = fields.Integer(
        allow_none=True,
        metadata={"description": "Width of the stored picture in pixels; null: not ready, or a voice note"},
    )
    height = fields.Integer(
        allow_none=True,
        metadata={"description": "Height of the stored picture in pixels; null: not ready, or a voice note"},
    )
    stripped = ma.fields.List(
        ma.fields.String(),
        allow_none=True,
        metadata={"description": "Kinds of metadata that were removed, such as exif; null: not ready"},
    )
    created_at = ma.fields.DateTime()
    received_at = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "When the last byte arrived (RFC 3339, UTC); null: bytes are missing"},
    )
    completed_at = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "When the file became ready or refused (RFC 3339, UTC); null: not yet"},
    )
    version = fields.Integer()
    mine = fields.Boolean(metadata={"description": "True: the caller sent the file"})


class MediaDetail(MediaOut):
    claims = ma.fields.Dict(
        allow_none=True,
        metadata={
            "description": "Time and place as the sender (`said`) and the file (`exif`) give them; null: the caller "
            "neither sent the file nor directs its case"
        },
    )


class MediaList(Schema):
    items = ma.fields.List(ma.fields.Nested(MediaOut))


class UploadOut(Schema):
    """Progress of an upload, the same as in the headers."""

    id = ma.fields.UUID(metadata={"description": "Id of the upload, and of the photo or voice note"})
    offset = fields.Integer(metadata={"description": "Number of bytes that have arrived"})
    length = fields.Integer(metadata={"description": "Number of bytes of the whole file"})
    expires_at = ma.fields.DateTime(
        allow_none=True,
        metadata={
            "description": "When an incomplete upload is deleted (RFC 3339); null: all bytes have arrived"
        },
    )


class ThumbnailQuery(Schema):
    size = fields.Choice(
        Enumeration(
            "ThumbnailSize",
            {size: f"{pixels} pixels at the longer side" for size, pixels in file_types.THUMBNAILS.items()},
        ),
        load_default="small",
        metadata={"description": "Longer side of the picture: small 256 pixels, large 1024 pixels"},
    )
