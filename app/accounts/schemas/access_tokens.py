"""Access tokens for programs: created, listed."""

import marshmallow as ma

from app.accounts.rules.access_tokens import KINDS, REVOKE_REASONS
from app.accounts.schemas.passwords import OwnPassword
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.fields import Words
from app.http.smorest import Schema


class MakePersonalToken(OwnPassword):
    label = Words(
        required=True, min_length=1, max_length=60, metadata={"description": "Which program it is for"}
    )
    may_edit = fields.Boolean(load_default=False, metadata={"description": "Not only read; needs `gis:edit`"})
    may_direct = fields.Boolean(
        load_default=False,
        metadata={"description": "Also read what is for those who direct (signals); needs `incident:direct`"},
    )
    expires_in_days = fields.Integer(
        validate=ma.validate.Range(1, 90), metadata={"description": "90, if left out"}
    )


class PersonalTokenMade(Schema):
    id = ma.fields.UUID()
    token = ma.fields.String(
        metadata={"description": "Shown this once; the password of HTTP Basic at `/ogc`, under any name"}
    )
    label = ma.fields.String()
    scopes = ma.fields.List(ma.fields.String(), metadata={"description": "The permissions it has"})
    created_at = ma.fields.AwareDateTime(format="iso")
    expires_at = ma.fields.AwareDateTime(format="iso")


class AccessTokenOut(Schema):
    id = ma.fields.UUID()
    kind = fields.Choice(Enumeration("AccessTokenKind", KINDS), required=True)
    label = ma.fields.String()
    scopes = ma.fields.List(ma.fields.String(), metadata={"description": "The permissions it has"})
    created_at = ma.fields.String()
    expires_at = ma.fields.String()
    last_used_at = ma.fields.String(allow_none=True, metadata={"description": "To within five minutes"})
    revoked_at = ma.fields.String(allow_none=True)
    revoked_because = fields.Choice(REVOKE_REASONS, allow_none=True)


class AccessTokenPage(Schema):
    items = ma.fields.List(ma.fields.Nested(AccessTokenOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
