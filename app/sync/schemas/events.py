"""Live hints."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema


class EventsQuery(Schema):
    ticket = ma.fields.String(
        validate=ma.validate.Length(min=1, max=100),
        metadata={
            "description": "Of `POST /events/ticket`, for callers that can send no Authorization header"
        },
    )
    last_event_id = ma.fields.String(
        validate=ma.validate.Length(max=600),
        metadata={"description": "As `Last-Event-ID`, for callers that can send no header"},
    )


class TicketOut(Schema):
    ticket = ma.fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds; it opens one stream, once"})
