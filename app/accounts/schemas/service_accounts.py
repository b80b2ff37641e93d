"""Schemas of service accounts and their credentials."""

from typing import Any

import marshmallow as ma

from app.accounts.rules import service_accounts as rules
from app.accounts.schemas.accounts import PERMISSIONS, Username
from app.accounts.schemas.pages import Page
from app.core.actor import Permission
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.fields import Instant, Words
from app.http.smorest import Schema

SERVICE_PERMISSIONS = Enumeration(
    "ServicePermission",
    {p: PERMISSIONS.meanings[p.value] for p in sorted(rules.PERMISSIONS, key=lambda p: p.value)},
)
AREAS_MAX = 50
KEY_TYPES = Enumeration("KeyType", {"EC": "elliptic curve", "OKP": "Ed25519", "RSA": "RSA"})
KEY_CURVES = Enumeration("KeyCurve", {"P-256": "for ES256", "P-384": "for ES384", "Ed25519": "for EdDSA"})


class PermissionChoice(fields.Choice):
    """A permission that a service account can hold, loaded as `Permission`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(SERVICE_PERMISSIONS, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        code: str = super()._deserialize(value, *args, **kwargs)
        return Permission(code) if code in SERVICE_PERMISSIONS else code


def _permissions(**kwargs: Any) -> Any:
    return ma.fields.List(
        PermissionChoice(),
        validate=ma.validate.Length(1, len(SERVICE_PERMISSIONS)),
        metadata={"description": "All permissions of the service account"},
        **kwargs,
    )


def _area_ids(**kwargs: Any) -> Any:
    return ma.fields.List(
        ma.fields.UUID(),
        allow_none=True,
        validate=ma.validate.Length(1, AREAS_MAX),
        metadata={
            "description": "Areas in which the permissions hold, with all areas below them; null: the whole installation"
        },
        **kwargs,
    )


class CreateServiceAccount(Schema):
    id = fields.Uuid7()
    client_id = Username(
        required=True,
        metadata={
            "description": "Name of the client in OAuth 2.0: letters of any script, digits and `._@-`; case does not "
            "matter; unique among all accounts"
        },
    )
    name = Words(
        required=True,
        min_length=1,
        max_length=100,
        metadata={"description": "Name that people read, also in the audit trail"},
    )
    kind = fields.Choice(rules.KINDS, required=True, metadata={"description": "What calls the API"})
    purpose = Words(
        load_default="",
        max_length=500,
        metadata={"description": "What the service account is for, and who answers for it"},
    )
    permissions = _permissions(required=True)
    area_ids = _area_ids(required=True)


class ServiceAccountPatch(Schema):
    name = Words(min_length=1, max_length=100, metadata={"description": "Name that people read"})
    purpose = Words(
        max_length=500, metadata={"description": "What the service account is for, and who answers for it"}
    )
    permissions = _permissions()
    area_ids = _area_ids()


class ServiceAccountFilter(Page):
    kind = fields.Choice(rules.KINDS, metadata={"description": "Only service accounts of this kind"})


class ServiceAccountOut(Schema):
    id = ma.fields.UUID(required=True)
    client_id = ma.fields.String(required=True, metadata={"description": "Name of the client in OAuth 2.0"})
    name = ma.fields.String(required=True, metadata={"description": "Name that people read"})
    kind = fields.Choice(rules.KINDS, required=True, metadata={"description": "What calls the API"})
    purpose = ma.fields.String(
        required=True, metadata={"description": "What the service account is for; empty: not stated"}
    )
    permissions = ma.fields.List(
        fields.Choice(SERVICE_PERMISSIONS),
        required=True,
        metadata={"description": "All permissions of the service account"},
    )
    area_ids = ma.fields.List(
        ma.fields.UUID(),
        required=True,
        allow_none=True,
        metadata={"description": "Areas in which the permissions hold; null: the whole installation"},
    )
    last_used_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When it last called the API, to within a minute; null: never"},
    )
    disabled_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When it was disabled (RFC 3339); null: it is enabled"},
    )
    created_at = Instant(required=True)
    version = fields.Integer(required=True)


class ServiceAccountPage(Schema):
    items = ma.fields.List(ma.fields.Nested(ServiceAccountOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class PublicKey(ma.Schema):
    """A public key as JSON Web Key (RFC 7517): EC P-256 or P-384, Ed25519, or RSA of at least 2,048 bits."""

    kty = fields.Choice(KEY_TYPES, required=True, metadata={"description": "Type of the key"})
    crv = fields.Choice(
        KEY_CURVES,
        metadata={"description": "Curve of an EC or OKP key", "x-optional": True},
    )
    x = ma.fields.String(
        validate=ma.validate.Length(1, 100),
        metadata={"description": "Coordinate or key, base64url", "x-optional": True},
    )
    y = ma.fields.String(
        validate=ma.validate.Length(1, 100),
        metadata={"description": "Coordinate, base64url", "x-optional": True},
    )
    n = ma.fields.String(
        validate=ma.validate.Length(1, 1_400),
        metadata={"description": "Modulus of an RSA key, base64url", "x-optional": True},
    )
    e = ma.fields.String(
        validate=ma.validate.Length(1, 12),
        metadata={"description": "Exponent of an RSA key, base64url", "x-optional": True},
    )
    kid = ma.fields.String(
        validate=ma.validate.Length(1, 200),
        metadata={"description": "Id that the client gave the key", "x-optional": True},
    )

    class Meta:
        # A key from a file has more members (use, alg, key_ops). A private one is refused by the rules.
        unknown = ma.INCLUDE


class CreateCredential(Schema):
    form = fields.Choice(rules.FORM_CODES, required=True, metadata={"description": "Form of the credential"})
    label = Words(
        required=True,
        min_length=1,
        max_length=60,
        metadata={"description": "Which device or program uses it"},
    )
    expires_in_days = fields.Integer(
        validate=ma.validate.Range(1, 800),
        metadata={
            "description": "Life in days; absent: 180, of a public key 400. Longer ones are shortened to 400, of a public "
            "key to 800"
        },
    )
    public_key = ma.fields.Nested(
        PublicKey, metadata={"description": "The public key; for the form `public_key` only"}
    )


class RotateCredential(Schema):
    overlap_days = fields.Integer(
        load_default=7,
        validate=ma.validate.Range(0, rules.OVERLAP_DAYS_MAX),
        metadata={"description": "Days for which the old credential stays valid; 0: it ends at once"},
    )
    public_key = ma.fields.Nested(
        PublicKey, metadata={"description": "The new public key; for the form `public_key` only"}
    )


class _Credential(Schema):
    id = ma.fields.UUID(required=True)
    form = fields.Choice(rules.FORM_CODES, required=True, metadata={"description": "Form of the credential"})
    label = ma.fields.String(required=True, metadata={"description": "Which device or program uses it"})
    created_at = Instant(required=True)
    expires_at = Instant(required=True)
    public_key = ma.fields.Nested(
        PublicKey,
        required=True,
        allow_none=True,
        metadata={"description": "The public key; null: other forms"},
    )


class CredentialMade(_Credential):
    secret = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "API key or client secret, in this answer only; null: a public key"},
    )
    replaces_id = ma.fields.UUID(
        metadata={"description": "Credential that was rotated; absent: none", "x-optional": True}
    )


class CredentialOut(_Credential):
    last_used_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When it was last used, to within a minute; null: never"},
    )
    replaced_by_id = ma.fields.UUID(
        required=True, allow_none=True, metadata={"description": "Its successor by rotation; null: none"}
    )
    revoked_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When it was revoked (RFC 3339); null: it was not"},
    )


class CredentialPage(Schema):
    items = ma.fields.List(ma.fields.Nested(CredentialOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
