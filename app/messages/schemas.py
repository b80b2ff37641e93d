"""Schemas of outgoing messages."""

import marshmallow as ma

from app.core.outbox import DELIVERY_STATES
from app.http import fields
from app.http.smorest import Schema
from app.messages.rules.outbox import CHANNELS


class MessageFilter(Schema):
    state = fields.Choice(DELIVERY_STATES, metadata={"description": "Only messages in this state"})
    channel = fields.Choice(CHANNELS, metadata={"description": "Only messages of this channel"})
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = ma.fields.String(validate=ma.validate.Length(1, 500))


class MessageOut(Schema):
    id = ma.fields.UUID(
        metadata={
            "description": "Id of the message: a mail server or gateway that gets it twice gets the same id"
        }
    )
    channel = fields.Choice(CHANNELS, metadata={"description": "How it is sent"})
    kind = ma.fields.String(metadata={"description": "What it is about, such as `case_state`"})
    address = ma.fields.String(
        allow_none=True,
        metadata={"description": "Masked address; null: erased, because the message was sent or dropped"},
    )
    state = fields.Choice(DELIVERY_STATES, metadata={"description": "Whether it was sent"})
    attempts = fields.Integer(metadata={"description": "Attempts to send it"})
    reason = ma.fields.String(
        allow_none=True, metadata={"description": "Why the last attempt failed, as a code; null: it did not"}
    )
    created_at = ma.fields.AwareDateTime(format="iso")
    next_attempt_at = ma.fields.AwareDateTime(
        format="iso", allow_none=True, metadata={"description": "Null: the message has ended"}
    )
    ended_at = ma.fields.AwareDateTime(
        format="iso", allow_none=True, metadata={"description": "Null: the message waits"}
    )


class Messages(Schema):
    items = ma.fields.List(ma.fields.Nested(MessageOut), required=True)
    next = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Cursor of the next page; null: no further page"},
    )


class MessageNumbers(Schema):
    channel = fields.Choice(CHANNELS, metadata={"description": "How messages are sent"})
    is_on = fields.Boolean(
        metadata={"description": "The operator has set the channel up, so that messages are sent"}
    )
    waiting = fields.Integer(metadata={"description": "Number of messages that wait"})
    sent = fields.Integer(metadata={"description": "Number of messages that were sent in the last 7 days"})
    dropped = fields.Integer(
        metadata={"description": "Number of messages of no use, or discarded, in the last 7 days"}
    )
    dead = fields.Integer(
        metadata={"description": "Number of messages that failed too often or were refused"}
    )
    waiting_since = ma.fields.AwareDateTime(
        format="iso",
        allow_none=True,
        metadata={"description": "When the oldest waiting message was added; null: none waits"},
    )
    last_sent_at = ma.fields.AwareDateTime(
        format="iso",
        allow_none=True,
        metadata={"description": "When the last message was sent; null: none in the last 7 days"},
    )


class MessageChannels(Schema):
    items = ma.fields.List(ma.fields.Nested(MessageNumbers), required=True)


class DiscardMessages(Schema):
    ids = ma.fields.List(
        ma.fields.UUID(),
        validate=ma.validate.Length(1, 1_000),
        metadata={"description": "Ids of dead or waiting messages; missing: all dead messages"},
    )


class MessagesDiscarded(Schema):
    discarded = fields.Integer(metadata={"description": "Number of messages that are not sent any more"})


class ReplayMessages(Schema):
    ids = ma.fields.List(
        ma.fields.UUID(),
        validate=ma.validate.Length(1, 1_000),
        metadata={"description": "Ids of dead messages; missing: all dead messages"},
    )


class MessagesReplayed(Schema):
    replayed = fields.Integer(metadata={"description": "Number of messages that are sent again"})
