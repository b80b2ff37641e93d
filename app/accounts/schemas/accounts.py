"""Accounts, their roles, and the account of the caller."""

from typing import Any

import marshmallow as ma

from app.accounts.schemas.pages import Page
from app.accounts.schemas.passwords import NewPassword
from app.core.actor import Permission, Role
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.fields import Instant, Words
from app.http.smorest import Schema

ROLES = Enumeration("Role", Role)


class Username(Words):
    """A user name: letters of any script, digits and ._@-; upper and lower case are the same."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=1, max_length=64, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        name = super()._deserialize(value, *args, **kwargs)
        if not all(c.isalnum() or c in "._@-" for c in name):
            raise ma.ValidationError("invalid")
        return name


class RoleChoice(fields.Choice):
    """A role, loaded as `Role`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(ROLES, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        code: str = super()._deserialize(value, *args, **kwargs)
        return Role(code) if code in ROLES else code


class GrantOut(Schema):
    id = ma.fields.UUID(required=True)
    role = fields.Choice(ROLES, required=True)
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
    permissions = ma.fields.List(fields.Choice(Enumeration("Permission", Permission)), required=True)
    must_change_password = fields.Boolean(required=True)
    password_reset = ma.fields.Nested(
        PasswordReset,
        required=True,
        allow_none=True,
        metadata={"description": "The last time that somebody else gave the account a new password"},
    )


class GrantRole(Schema):
    role = RoleChoice(required=True)
    area_id = ma.fields.UUID(allow_none=True, load_default=None)
    unit_id = ma.fields.UUID(allow_none=True, load_default=None)


class CreateAccount(Schema):
    id = fields.Uuid7()
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
    role = RoleChoice()
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "An area: accounts with a role in it or below"}
    )


class AccountOut(Schema):
    id = ma.fields.UUID(required=True)
    username = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    roles = ma.fields.List(ma.fields.Nested(GrantOut), required=True)
    must_change_password = fields.Boolean(required=True)
    disabled_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)
    version = fields.Integer(required=True)


class AccountOpened(AccountOut):
    one_time_password = ma.fields.String(
        metadata={"description": "Only if no password was given; told once", "x-optional": True}
    )


class AccountPage(Schema):
    items = ma.fields.List(ma.fields.Nested(AccountOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class OneTimePasswordOut(Schema):
    one_time_password = ma.fields.String(required=True)
    expires_at = Instant(required=True)
