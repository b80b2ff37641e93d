"""Schemas of webhooks, of their messages, and of events."""

import marshmallow as ma

from app.core.outbox import DELIVERY_STATES
from app.core.public_addresses import URL_LENGTH
from app.http import fields
from app.http.smorest import Schema
from app.incidents.cases.schemas.cases import IncidentOut
from app.incidents.cases.schemas.references import STATUSES
from app.webhooks.rules.attempts import PAUSE_REASONS, STATES
from app.webhooks.rules.event_types import EVENT_TYPES, NOTICE_TYPES

_URL = {
    "description": "URL that receives the messages by POST: https, a public host, no user name, no other port. The operator "
    "can allow further hosts"
}
_TYPES = {"description": "Types of events; empty: all"}
_CATEGORIES = {"description": "Codes of categories; empty: all"}
_AREA = {"description": "Only cases in this area and below; null: everywhere in the scope of the account"}
_DESCRIPTION = {"description": "What the subscription is for, in words of its owner"}


class _Filters(Schema):
    description = ma.fields.String(validate=ma.validate.Length(0, 200), metadata=_DESCRIPTION)
    types = ma.fields.List(fields.Choice(EVENT_TYPES), validate=ma.validate.Length(0, 100), metadata=_TYPES)
    categories = ma.fields.List(
        ma.fields.String(validate=ma.validate.Length(1, 50)),
        validate=ma.validate.Length(0, 200),
        metadata=_CATEGORIES,
    )
    area_id = ma.fields.UUID(allow_none=True, metadata=_AREA)


class CreateWebhook(_Filters):
    url = ma.fields.String(required=True, validate=ma.validate.Length(1, URL_LENGTH), metadata=_URL)
    account_id = ma.fields.UUID(
        allow_none=True,
        metadata={
            "description": "A service account that the caller manages: it gets what this account reads. Null: the caller's "
            "own account"
        },
    )


class ChangeWebhook(_Filters):
    url = ma.fields.String(validate=ma.validate.Length(1, URL_LENGTH), metadata=_URL)
    state = fields.Choice(STATES, metadata={"description": "`active` ends a pause and its failures"})


class WebhookOwner(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String(metadata={"description": "Name of the service account, for people"})


class WebhookOut(Schema):
    id = ma.fields.UUID()
    service_account = ma.fields.Nested(
        WebhookOwner,
        allow_none=True,
        metadata={"description": "Service account that it belongs to; null: the caller's own account"},
    )
    url = ma.fields.String(metadata=_URL)
    description = ma.fields.String(metadata=_DESCRIPTION)
    types = ma.fields.List(fields.Choice(EVENT_TYPES), metadata=_TYPES)
    categories = ma.fields.List(ma.fields.String(), metadata=_CATEGORIES)
    area_id = ma.fields.UUID(allow_none=True, metadata=_AREA)
    state = fields.Choice(STATES, metadata={"description": "Whether messages are sent"})
    paused_because = fields.Choice(
        PAUSE_REASONS, allow_none=True, metadata={"description": "Why nothing is sent; null: it is active"}
    )
    failing_since = ma.fields.AwareDateTime(
        format="iso",
        allow_none=True,
        metadata={
            "description": "First failed attempt since the last success; null: the last attempt succeeded"
        },
    )
    next_attempt_at = ma.fields.AwareDateTime(
        format="iso",
        allow_none=True,
        metadata={"description": "When sending begins again after failures; null: no failures, or paused"},
    )
    last_sent_at = ma.fields.AwareDateTime(
        format="iso", allow_none=True, metadata={"description": "Last success; null: none yet"}
    )
    former_secret_until = ma.fields.AwareDateTime(
        format="iso",
        allow_none=True,
        metadata={
            "description": "Until then messages have a signature with the former secret, too; null: they have one"
        },
    )
    waiting = fields.Integer(
        metadata={"description": "Messages not delivered yet, at most 10,000 are counted"}
    )
    dead = fields.Integer(metadata={"description": "Dead letters, at most 10,000 are counted"})
    created_at = ma.fields.AwareDateTime(format="iso")


_SECRET = {
    "description": "Key of the signatures (Standard Webhooks): `whsec_` and base64. It is shown once, here",
}


class WebhookCreated(WebhookOut):
    secret = ma.fields.String(metadata=_SECRET)
    cursor = ma.fields.String(
        metadata={"description": "Cursor for `GET /incidents/events`, from which on messages are sent"}
    )


class WebhookFilter(Schema):
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = ma.fields.String(validate=ma.validate.Length(1, 500))


class Webhooks(Schema):
    items = ma.fields.List(ma.fields.Nested(WebhookOut), required=True)
    next = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Cursor of the next page; null: no further page"},
    )


class WebhookSecret(Schema):
    secret = ma.fields.String(metadata=_SECRET)
    former_secret_until = ma.fields.AwareDateTime(
        format="iso",
        metadata={"description": "Until then messages have a signature with the former secret, too"},
    )


class WebhookTest(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the test message, its header `webhook-id`"})


class DeliveryFilter(Schema):
    state = fields.Choice(DELIVERY_STATES, metadata={"description": "Only messages in this state"})
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = ma.fields.String(validate=ma.validate.Length(1, 500))


class WebhookDeliveryOut(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the event, the header `webhook-id`"})
    type = ma.fields.String(metadata={"description": "Type of the event, or `webhook.test`, `webhook.gap`"})
    incident_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Case of the event; null: a message about the subscription"}
    )
    occurred_at = ma.fields.AwareDateTime(format="iso")
    state = fields.Choice(DELIVERY_STATES, metadata={"description": "Whether the message was delivered"})
    attempts = fields.Integer(
        metadata={"description": "Attempts; those while the whole receiver fails are not counted"}
    )
    reason = ma.fields.String(
        allow_none=True, metadata={"description": "Why the last attempt failed, as a code; null: it did not"}
    )
    next_attempt_at = ma.fields.AwareDateTime(
        format="iso", allow_none=True, metadata={"description": "Null: the message has ended"}
    )
    ended_at = ma.fields.AwareDateTime(
        format="iso", allow_none=True, metadata={"description": "Null: the message waits"}
    )


class WebhookDeliveries(Schema):
    items = ma.fields.List(ma.fields.Nested(WebhookDeliveryOut), required=True)
    next = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Cursor of the next page; null: no further page"},
    )


class ReplayWebhook(Schema):
    ids = ma.fields.List(
        ma.fields.UUID(),
        validate=ma.validate.Length(1, 1_000),
        metadata={"description": "Ids of messages in any state; missing: all dead letters"},
    )


class WebhookReplayed(Schema):
    replayed = fields.Integer(metadata={"description": "Number of messages that wait to be sent again"})


class EventsQuery(Schema):
    after = ma.fields.String(
        validate=ma.validate.Length(1, 4_000),
        metadata={
            "description": "Cursor `next` of an earlier response, or `oldest`: from the oldest event that is kept. Missing: "
            "no events, and a cursor of now"
        },
    )
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))


class CaseEventData(Schema):
    action = ma.fields.String(
        metadata={"description": "Step of the life cycle, as in the history of the case"}
    )
    from_status = fields.Choice(
        STATUSES,
        allow_none=True,
        metadata={"description": "State before the step; null: the step opened the case"},
    )
    to_status = fields.Choice(STATUSES, metadata={"description": "State after the step"})
    case = ma.fields.Nested(
        IncidentOut, metadata={"description": "The case as the account of the subscription reads it now"}
    )


class WebhookEvent(Schema):
    type = fields.Choice(EVENT_TYPES, metadata={"description": "Type of the event"})
    timestamp = ma.fields.AwareDateTime(format="iso", metadata={"description": "When the step was taken"})
    data = ma.fields.Nested(CaseEventData, metadata={"description": "Step and case"})


class WebhookNotice(Schema):
    type = fields.Choice(NOTICE_TYPES, metadata={"description": "Type of the message"})
    timestamp = ma.fields.AwareDateTime(format="iso", metadata={"description": "When the message was made"})
    data = ma.fields.Dict(metadata={"description": "Empty"})


class CaseEvent(WebhookEvent):
    id = ma.fields.UUID(metadata={"description": "Id of the event, the same as the header `webhook-id`"})


class CaseEventPage(Schema):
    items = ma.fields.List(ma.fields.Nested(CaseEvent), required=True)
    next = ma.fields.String(
        required=True, metadata={"description": "Cursor for the next call, also at the end"}
    )
    has_more = fields.Boolean(
        required=True,
        metadata={"description": "True: there are further events now; `items` may be empty even so"},
    )
