"""Schemas of access tokens for programs."""

import marshmallow as ma

from app.accounts.rules.access_tokens import REVOKE_REASONS
from app.accounts.schemas.passwords import OwnPassword
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.fields import Words
from app.http.smorest import Schema


class MakePersonalToken(OwnPassword):
    label = Words(
        required=True, min_length=1, max_length=60, metadata={"description": "Which program the token is for"}
    )
    may_edit = fields.Boolean(
        load_default=False,
        metadata={"description": "True: the program may also edit map layers; needs `gis:edit`"},
    )
    may_direct = fields.Boolean(
        load_default=False,
        metadata={"description": "True: the program may also read signals; needs `incident:direct`"},
    )
    expires_in_days = fields.Integer(
        validate=ma.validate.Range(1, 90), metadata={"description": "Life in days; absent: 90"}
    )


class PersonalTokenMade(Schema):
    id = ma.fields.UUID()
    token = ma.fields.String(
        metadata={
            "description": "Secret, in this answer only: the password of HTTP Basic at `/ogc`, with any "
            "user name"
        }
    )
    label = ma.fields.String(metadata={"description": "Which program the token is for"})
    scopes = ma.fields.List(ma.fields.String(), metadata={"description": "Permissions of the token"})
    created_at = ma.fields.AwareDateTime(format="iso")
    expires_at = ma.fields.AwareDateTime(format="iso")


class AccessTokenOut(Schema):
    id = ma.fields.UUID()
    kind = fields.Choice(
        Enumeration(
            "AccessTokenKind",
            {
                "ingest": "for tracking apps that send positions",
                "personal": "for map programs of the account",
            },
        ),
        required=True,
        metadata={"description": "Use of the token: `personal` for map programs, `ingest` for tracking apps"},
    )
    label = ma.fields.String(metadata={"description": "Which program the token is for"})
    scopes = ma.fields.List(ma.fields.String(), metadata={"description": "Permissions of the token"})
    created_at = ma.fields.String()
    expires_at = ma.fields.String()
    last_used_at = ma.fields.String(
        allow_none=True,
        metadata={"description": "When it was last used, to within five minutes; null: never"},
    )
    revoked_at = ma.fields.String(
        allow_none=True, metadata={"description": "When it was revoked (RFC 3339); null: it was not"}
    )
    revoked_because = fields.Choice(
        REVOKE_REASONS, allow_none=True, metadata={"description": "Why it was revoked; null: it was not"}
    )


class AccessTokenPage(Schema):
    items = ma.fields.List(ma.fields.Nested(AccessTokenOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
