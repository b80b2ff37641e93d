"""Schemas of subscriptions to alerts."""

import marshmallow as ma

from app.core.public_addresses import URL_LENGTH
from app.http import fields
from app.http.smorest import Schema

# 65 and 16 bytes as base64url, with or without padding.
_KEY, _SECRET = "^[A-Za-z0-9_-]{87}=?$", "^[A-Za-z0-9_-]{22}(==)?$"


class PushKeys(Schema):
    p256dh = ma.fields.String(
        required=True,
        validate=fields.Pattern(_KEY),
        metadata={"description": "Public key of the browser: an uncompressed P-256 point as base64url"},
    )
    auth = ma.fields.String(
        required=True,
        validate=fields.Pattern(_SECRET),
        metadata={"description": "Authentication secret of the browser: 16 bytes as base64url"},
    )


class SubscribePush(Schema):
    endpoint = ma.fields.String(
        required=True,
        validate=ma.validate.Length(1, URL_LENGTH),
        metadata={
            "description": "URL of the browser's push service (`PushSubscription.endpoint`): https, public"
        },
    )
    keys = ma.fields.Nested(
        PushKeys,
        required=True,
        metadata={"description": "Keys of the browser (`PushSubscription.toJSON().keys`)"},
    )


class PushSubscribed(Schema):
    id = ma.fields.UUID(required=True)
    created_at = ma.fields.AwareDateTime(required=True, format="iso")


class PushSubscriptionOut(Schema):
    id = ma.fields.UUID(required=True)
    service = ma.fields.String(
        required=True, metadata={"description": "Host of the push service that the browser chose"}
    )
    created_at = ma.fields.AwareDateTime(required=True, format="iso")
    is_this_session = fields.Boolean(
        required=True, metadata={"description": "True: the subscription of the session of this request"}
    )


class PushSubscriptions(Schema):
    key = ma.fields.String(
        required=True,
        metadata={
            "description": "Public key of the server as base64url: the `applicationServerKey` of a browser's "
            "subscription (RFC 8292)"
        },
    )
    items = ma.fields.List(ma.fields.Nested(PushSubscriptionOut), required=True)
