"""Request schemas of two operations outside the life cycle: attach media, show a reporter."""

import marshmallow as ma

from app.accounts.schemas import WithPurpose
from app.http.smorest import Schema


class AttachMedia(Schema):
    media_id = ma.fields.UUID(
        required=True,
        metadata={"description": "Id of the photo or voice note: one that the caller sent or may see"},
    )


class RevealReporter(WithPurpose):
    report_id = ma.fields.UUID(
        metadata={
            "description": "Id of the report whose reporter is shown; left out: the report that opened the case"
        }
    )
