"""What accounts take in and give out."""

import re
from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from app.accounts.rules.access_tokens import KINDS, REVOKE_REASONS
from app.accounts.rules.purposes import LEAST_CHARACTERS, LEAST_WORDS, PURPOSES, WORKER_PURPOSES, Reason
from app.core.actor import Permission, Role
from app.http.fields import Instant, Words, is_uuid7
from app.http.smorest import Schema
from app.settings import Settings

PASSWORD_MIN = 10
PASSWORD_MAX = 200
LIMITS = Settings()
# A key that the client made for itself; random, so that it says nothing about the phone.
DEVICE_KEY = re.compile(r"[\w.:-]{1,100}\Z", re.ASCII)


class Username(Words):
    """A user name: letters of any script, digits and ._@-; upper and lower case are the same."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=1, max_length=64, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        name = super()._deserialize(value, *args, **kwargs)
        if not all(c.isalnum() or c in "._@-" for c in name):
            raise ma.ValidationError("invalid")
        return name


class Purpose(ma.fields.String):
    """One of a list of purposes, by its code."""

    def __init__(self, among: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        description = "; ".join(f"{code}: {en} ({zh})" for code, (en, zh) in among.items())
        super().__init__(validate=ma.validate.OneOf(list(among)), metadata={"description": description}, **kwargs)


class _WithExplanation(Schema):
    explanation = Words(
        required=True,
        max_length=500,
        metadata={
            "description": f"Why, in at least {LEAST_WORDS} different words or {LEAST_CHARACTERS} different Chinese "
            "characters; goes on the record"
        },
    )


class WithPurpose(_WithExplanation):
    """Reason for showing personal fields: a purpose of the list and an explanation."""

    purpose = Purpose(PURPOSES, required=True)


class WithWorkerPurpose(_WithExplanation):
    """Reason for showing where workers are or were, loaded as `reason`."""

    purpose = Purpose(WORKER_PURPOSES, required=True)

    @ma.post_load
    def _reason(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        reason = Reason(data.pop("purpose"), data.pop("explanation"))
        return {**data, "reason": reason}


class NewPassword(ma.fields.String):
    """A password that somebody chooses: long rather than complicated, hard to guess, kept exactly as typed."""

    def __init__(self, description: str | None = None, **kwargs: Any) -> None:
        description_metadata = {"description": description} if description else {}
        super().__init__(
            validate=ma.validate.Length(min=PASSWORD_MIN, max=PASSWORD_MAX),
            metadata={"format": "password"} | description_metadata,
            **kwargs,
        )


class SignIn(Schema):
    username = Words(required=True, max_length=200)
    password = ma.fields.String(
        required=True, validate=ma.validate.Length(max=PASSWORD_MAX), metadata={"format": "password"}
    )
    device_id = ma.fields.String(
        validate=ma.validate.Regexp(DEVICE_KEY, error="invalid"),
        metadata={"description": "A key that this device made for itself once; without it, one shared entry"},
    )


class Refresh(Schema):
    refresh_token = ma.fields.String(required=True, validate=ma.validate.Length(max=200))


class TokensOut(Schema):
    access_token = ma.fields.String(required=True)
    refresh_token = ma.fields.String(required=True)
    expires_in = ma.fields.Integer(required=True, metadata={"description": "Seconds"})
    token_type = ma.fields.String(required=True)


class BrowserTokensOut(Schema):
    access_token = ma.fields.String(required=True)
    expires_in = ma.fields.Integer(required=True, metadata={"description": "Seconds"})
    token_type = ma.fields.String(required=True)


class ChangePassword(Schema):
    current = ma.fields.String(
        required=True, validate=ma.validate.Length(max=PASSWORD_MAX), metadata={"format": "password"}
    )
    new = NewPassword(required=True)
    keep_tokens = ma.fields.Boolean(
        load_default=False,
        metadata={"description": "Keep my tokens for programs; without it they end with the old password"},
    )


class GrantOut(Schema):
    id = ma.fields.UUID(required=True)
    role = ma.fields.String(required=True, validate=ma.validate.OneOf([r.value for r in Role]))
    area_id = ma.fields.UUID(required=True, allow_none=True)
    unit_id = ma.fields.UUID(required=True, allow_none=True)


class PlaceOut(Schema):
    """An area or unit by name."""

    id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True)
    name = ma.fields.Dict(required=True)


class MyJurisdiction(Schema):
    code = ma.fields.String(required=True)
    timezone = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "IANA name: on whose clocks times are meant where her places are"},
    )


class ResetBy(Schema):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)


class PasswordReset(Schema):
    at = ma.fields.AwareDateTime(format="iso", required=True)
    by = ma.fields.Nested(
        ResetBy, required=True, allow_none=True, metadata={"description": "null: the operator of the server"}
    )


class MeOut(Schema):
    id = ma.fields.UUID(required=True)
    username = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    roles = ma.fields.List(ma.fields.Nested(GrantOut), required=True)
    areas = ma.fields.List(ma.fields.Nested(PlaceOut), required=True)
    units = ma.fields.List(ma.fields.Nested(PlaceOut), required=True)
    jurisdiction = ma.fields.Nested(
        MyJurisdiction,
        required=True,
        allow_none=True,
        metadata={"description": "Of her areas or units, else the default one; null: there is none yet"},
    )
    permissions = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf([p.value for p in Permission])), required=True
    )
    must_change_password = ma.fields.Boolean(required=True)
    password_reset = ma.fields.Nested(
        PasswordReset,
        required=True,
        allow_none=True,
        metadata={"description": "The last time that somebody else gave the account a new password"},
    )


class Page(Schema):
    limit = ma.fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = ma.fields.String(validate=ma.validate.Length(max=500))


class GrantRole(Schema):
    role = ma.fields.Enum(Role, by_value=True, required=True)
    area_id = ma.fields.UUID(allow_none=True, load_default=None)
    unit_id = ma.fields.UUID(allow_none=True, load_default=None)


class CreateAccount(Schema):
    id = ma.fields.UUID(validate=is_uuid7)
    username = Username(required=True)
    name = Words(required=True, min_length=1, max_length=100)
    roles = ma.fields.List(ma.fields.Nested(GrantRole), required=True, validate=ma.validate.Length(1, 50))
    password = NewPassword(
        description="To be changed at the first sign-in; without it there is a one-time password"
    )


class AccountPatch(Schema):
    name = Words(required=True, min_length=1, max_length=100)


class AccountFilter(Page):
    q = Words(max_length=100, metadata={"description": "Part of the user name or name"})
    role = ma.fields.Enum(Role, by_value=True)
    within = ma.fields.UUID(metadata={"description": "An area: accounts with a role in it or below"})


class AccountOut(Schema):
    id = ma.fields.UUID(required=True)
    username = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    roles = ma.fields.List(ma.fields.Nested(GrantOut), required=True)
    must_change_password = ma.fields.Boolean(required=True)
    disabled_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)
    version = ma.fields.Integer(required=True)


class AccountOpened(AccountOut):
    one_time_password = ma.fields.String(metadata={"description": "Only if no password was given; told once"})


class AccountPage(Schema):
    items = ma.fields.List(ma.fields.Nested(AccountOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class OneTimePasswordOut(Schema):
    one_time_password = ma.fields.String(required=True)
    expires_at = Instant(required=True)


class DeviceOut(Schema):
    id = ma.fields.UUID(required=True)
    client_key = ma.fields.String(required=True)
    registered_at = Instant(required=True)
    last_sign_in_at = Instant(required=True)
    revoked_at = Instant(
        required=True, allow_none=True, metadata={"description": "Cut off then; it cannot sign in"}
    )
    revoked_by_owner = ma.fields.Boolean(
        required=True, allow_none=True, metadata={"description": "The owner may allow it again"}
    )


class DevicePage(Schema):
    items = ma.fields.List(ma.fields.Nested(DeviceOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class OwnPassword(Schema):
    """The own password of a signed-in actor, asked again."""

    password = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=PASSWORD_MAX),
        metadata={"format": "password", "description": "My password, asked again"},
    )


class MakePersonalToken(OwnPassword):
    label = Words(
        required=True, min_length=1, max_length=60, metadata={"description": "Which program it is for"}
    )
    may_edit = ma.fields.Boolean(
        load_default=False, metadata={"description": "Not only read; needs `gis:edit`"}
    )
    may_direct = ma.fields.Boolean(
        load_default=False,
        metadata={"description": "Also read what is for those who direct (signals); needs `incident:direct`"},
    )
    expires_in_days = ma.fields.Integer(
        strict=True, validate=ma.validate.Range(1, 90), metadata={"description": "90, if left out"}
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
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(list(KINDS)))
    label = ma.fields.String()
    scopes = ma.fields.List(ma.fields.String(), metadata={"description": "The permissions it has"})
    created_at = ma.fields.String()
    expires_at = ma.fields.String()
    last_used_at = ma.fields.String(allow_none=True, metadata={"description": "To within five minutes"})
    revoked_at = ma.fields.String(allow_none=True)
    revoked_because = ma.fields.String(allow_none=True, validate=ma.validate.OneOf(REVOKE_REASONS))


class AccessTokenPage(Schema):
    items = ma.fields.List(ma.fields.Nested(AccessTokenOut), required=True)
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
    has_key = ma.fields.Boolean(
        required=True, metadata={"description": "It goes on with the key of its device only (RFC 9449)"}
    )
    last_use = ma.fields.Nested(SessionUse, required=True)
    used_twice = ma.fields.List(ma.fields.Nested(UsedTwice), required=True)


class SessionPage(Schema):
    items = ma.fields.List(ma.fields.Nested(SessionOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
