"""Sign-in, refresh, sessions and devices."""

import marshmallow as ma

from app.accounts.schemas.passwords import PASSWORD_MAX
from app.http import fields
from app.http.fields import Instant, Words
from app.http.smorest import Schema

# A key that the client made for itself; random, so that it says nothing about the phone.
DEVICE_KEY = fields.Pattern(r"^[A-Za-z0-9_.:-]{1,100}$")


class SignIn(Schema):
    username = Words(required=True, max_length=200)
    password = ma.fields.String(
        required=True, validate=ma.validate.Length(max=PASSWORD_MAX), metadata={"format": "password"}
    )
    device_id = ma.fields.String(
        validate=DEVICE_KEY,
        metadata={"description": "A key that this device made for itself once; without it, one shared entry"},
    )


class Refresh(Schema):
    refresh_token = ma.fields.String(required=True, validate=ma.validate.Length(max=200))


class TokensOut(Schema):
    access_token = ma.fields.String(required=True)
    refresh_token = ma.fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds"})
    token_type = ma.fields.String(required=True)


class BrowserTokensOut(Schema):
    access_token = ma.fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds"})
    token_type = ma.fields.String(required=True)


class DeviceOut(Schema):
    id = ma.fields.UUID(required=True)
    client_key = ma.fields.String(required=True)
    registered_at = Instant(required=True)
    last_sign_in_at = Instant(required=True)
    revoked_at = Instant(
        required=True, allow_none=True, metadata={"description": "Cut off then; it cannot sign in"}
    )
    revoked_by_owner = fields.Boolean(
        required=True, allow_none=True, metadata={"description": "The owner may allow it again"}
    )


class DevicePage(Schema):
    items = ma.fields.List(ma.fields.Nested(DeviceOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class SessionUse(Schema):
    at = Instant(required=True)
    address = ma.fields.String(required=True, allow_none=True)
    agent = ma.fields.String(required=True, allow_none=True, metadata={"description": "As User-Agent said"})


class UsedTwice(Schema):
    """A refresh token that came twice: an answer was lost on its way, or somebody has a copy."""

    first = ma.fields.Nested(SessionUse, required=True)
    again = ma.fields.Nested(SessionUse, required=True, metadata={"description": "The last time"})


class SessionOut(Schema):
    id = ma.fields.UUID(required=True)
    device_id = ma.fields.UUID(required=True)
    client_key = ma.fields.String(required=True)
    started_at = Instant(required=True)
    expires_at = Instant(required=True)
    revoked_at = Instant(required=True, allow_none=True)
    revoked_because = ma.fields.String(required=True, allow_none=True)
    has_key = fields.Boolean(
        required=True, metadata={"description": "It goes on with the key of its device only (RFC 9449)"}
    )
    last_use = ma.fields.Nested(SessionUse, required=True)
    used_twice = ma.fields.List(ma.fields.Nested(UsedTwice), required=True)


class SessionPage(Schema):
    items = ma.fields.List(ma.fields.Nested(SessionOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
