"""Schemas of change hints."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema


class EventsQuery(Schema):
    ticket = ma.fields.String(
        validate=ma.validate.Length(min=1, max=100),
        metadata={
            "description": "Ticket of `POST /events/ticket`, for callers that cannot send an `Authorization` header"
        },
    )
    last_event_id = ma.fields.String(
        validate=ma.validate.Length(max=600),
        metadata={
            "description": "Value of the header `Last-Event-ID`, for callers that cannot send it; the header wins"
        },
    )


class TicketOut(Schema):
    ticket = ma.fields.String(
        required=True, metadata={"description": "The ticket, for the parameter `ticket` of `GET /events`"}
    )
    expires_in = fields.Integer(
        required=True, metadata={"description": "Seconds until the ticket expires; it opens one stream"}
    )
