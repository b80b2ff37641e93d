"""Schemas of passwords: a new one, and the present one of the caller as a confirmation."""

from typing import Any

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema

PASSWORD_MIN = 10
PASSWORD_MAX = 200


class NewPassword(ma.fields.String):
    """A new password: at least 10 characters, hard to guess, taken exactly as typed."""

    def __init__(self, description: str | None = None, **kwargs: Any) -> None:
        description_metadata = {"description": description} if description else {}
        super().__init__(
            validate=ma.validate.Length(min=PASSWORD_MIN, max=PASSWORD_MAX),
            metadata={"format": "password"} | description_metadata,
            **kwargs,
        )


class ChangePassword(Schema):
    current = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=PASSWORD_MAX),
        metadata={"description": "Present password of the caller", "format": "password"},
    )
    new = NewPassword(
        required=True, description="New password; hard to guess, stored exactly as typed (as a hash)"
    )
    keep_tokens = fields.Boolean(
        load_default=False,
        metadata={
            "description": "True: access tokens of programs stay valid; else they end with the old password"
        },
    )


class OwnPassword(Schema):
    """The password of the caller, required again to confirm a request."""

    password = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=PASSWORD_MAX),
        metadata={"format": "password", "description": "Password of the caller, to confirm the request"},
    )
