"""Schemas of sign-in, refresh, sessions and devices."""

import marshmallow as ma

from app.accounts.schemas.passwords import PASSWORD_MAX
from app.http import fields
from app.http.fields import Instant, Words
from app.http.smorest import Schema

# The id that a client chose for its device. It is random, so that it has no facts about the device.
DEVICE_KEY = fields.Pattern(r"^[A-Za-z0-9_.:-]{1,100}$")


class SignIn(Schema):
    username = Words(
        required=True,
        max_length=200,
        metadata={"description": "User name of the account; case does not matter"},
    )
    password = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=PASSWORD_MAX),
        metadata={"description": "Password of the account", "format": "password"},
    )
    device_id = ma.fields.String(
        validate=DEVICE_KEY,
        metadata={
            "description": "Random key that the app made once for this device; absent: a shared entry "
            "`unnamed`. Each device needs its own to synchronise: `device_seq` counts per account and device"
        },
    )


class Refresh(Schema):
    refresh_token = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=200),
        metadata={"description": "Refresh token of the answer before"},
    )


class TokensOut(Schema):
    access_token = ma.fields.String(
        required=True, metadata={"description": "Access token for `Authorization: Bearer`"}
    )
    refresh_token = ma.fields.String(
        required=True, metadata={"description": "Token for the next `refreshSession`; it works once"}
    )
    expires_in = fields.Integer(
        required=True, metadata={"description": "Life of the access token in seconds"}
    )
    token_type = ma.fields.String(required=True)


class BrowserTokensOut(Schema):
    access_token = ma.fields.String(
        required=True, metadata={"description": "Access token for `Authorization: Bearer`"}
    )
    expires_in = fields.Integer(
        required=True, metadata={"description": "Life of the access token in seconds"}
    )
    token_type = ma.fields.String(required=True)


class DeviceOut(Schema):
    id = ma.fields.UUID(required=True, metadata={"description": "Id of the registered device"})
    client_key = ma.fields.String(
        required=True, metadata={"description": "`device_id` of the sign-in; `unnamed` without one"}
    )
    registered_at = Instant(required=True, metadata={"description": "When it first signed in (RFC 3339)"})
    last_sign_in_at = Instant(required=True, metadata={"description": "When it last signed in (RFC 3339)"})
    revoked_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When it was blocked (RFC 3339); null: it may sign in"},
    )
    revoked_by_owner = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={
            "description": "True: the owner blocked it and may allow it again; null: it is not blocked"
        },
    )


class DevicePage(Schema):
    items = ma.fields.List(ma.fields.Nested(DeviceOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class SessionUse(Schema):
    at = Instant(required=True, metadata={"description": "When it was used (RFC 3339)"})
    address = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "IP address of the request; null: unknown"}
    )
    agent = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "`User-Agent` header of the request; null: unknown"},
    )


class UsedTwice(Schema):
    """A refresh token that was sent twice: an answer was lost, or another person has a copy."""

    first = ma.fields.Nested(
        SessionUse, required=True, metadata={"description": "First use of the refresh token"}
    )
    again = ma.fields.Nested(
        SessionUse, required=True, metadata={"description": "Last repeated use of the same token"}
    )


class SessionOut(Schema):
    id = ma.fields.UUID(required=True)
    device_id = ma.fields.UUID(required=True, metadata={"description": "Id of the registered device"})
    client_key = ma.fields.String(
        required=True, metadata={"description": "`device_id` of the sign-in; `unnamed` without one"}
    )
    started_at = Instant(required=True, metadata={"description": "When the caller signed in (RFC 3339)"})
    expires_at = Instant(
        required=True, metadata={"description": "When the session ends at the latest (RFC 3339)"}
    )
    revoked_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When the session was ended early (RFC 3339); null: it was not"},
    )
    revoked_because = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Code of the reason why it was ended early; null: it was not"},
    )
    has_key = fields.Boolean(
        required=True,
        metadata={"description": "True: it can be refreshed only with a DPoP proof of its key (RFC 9449)"},
    )
    last_use = ma.fields.Nested(
        SessionUse, required=True, metadata={"description": "Last sign-in or refresh of the session"}
    )
    used_twice = ma.fields.List(
        ma.fields.Nested(UsedTwice),
        required=True,
        metadata={"description": "Refresh tokens that came twice: an answer was lost, or a token was copied"},
    )


class SessionPage(Schema):
    items = ma.fields.List(ma.fields.Nested(SessionOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
