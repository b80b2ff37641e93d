"""What accounts take in and give out."""

import re
from typing import Any

import marshmallow as ma

from app.core.actor import Permission, Role
from app.http.fields import Words
from app.http.smorest import Schema

PASSWORD_MIN = 10
PASSWORD_MAX = 200
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


class NewPassword(ma.fields.String):
    """A password that somebody chooses: long rather than complicated, kept exactly as typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            validate=ma.validate.Length(min=PASSWORD_MIN, max=PASSWORD_MAX),
            metadata={"format": "password"},
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


class ChangePassword(Schema):
    current = ma.fields.String(
        required=True, validate=ma.validate.Length(max=PASSWORD_MAX), metadata={"format": "password"}
    )
    new = NewPassword(required=True)


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


class MeOut(Schema):
    id = ma.fields.UUID(required=True)
    username = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    roles = ma.fields.List(ma.fields.Nested(GrantOut), required=True)
    areas = ma.fields.List(ma.fields.Nested(PlaceOut), required=True)
    units = ma.fields.List(ma.fields.Nested(PlaceOut), required=True)
    permissions = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf([p.value for p in Permission])), required=True
    )
    must_change_password = ma.fields.Boolean(required=True)
