"""Input of acts beside the life cycle: attach media, reveal a reporter."""

import marshmallow as ma

from app.accounts.schemas import WithPurpose
from app.http.smorest import Schema


class AttachMedia(Schema):
    media_id = ma.fields.UUID(required=True)


class RevealReporter(WithPurpose):
    report_id = ma.fields.UUID(metadata={"description": "A report that joined it; left out: the first one"})
