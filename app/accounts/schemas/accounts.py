"""Schemas of accounts, their roles, and the account of the caller."""

from typing import Any

import marshmallow as ma

from app.accounts.schemas.pages import Page
from app.accounts.schemas.passwords import NewPassword
from app.core.actor import Permission, Role
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.fields import Instant, Words
from app.http.smorest import Schema

ROLES = Enumeration(
    "Role",
    {
        Role.WORKER: "grid worker: reports, verifies, handles and checks cases in a grid",
        Role.GRID_CHIEF: "grid chief: the grid worker who leads a grid",
        Role.HANDLER: "member of a unit who handles its cases",
        Role.SUPERVISOR: "directs the cases of an area and decides what rules leave open",
        Role.ADMIN: "administrator: manages accounts, areas and the profile",
        Role.GIS: "GIS user: reads map layers",
        Role.ANALYST: "reads rounded statistics without personal fields",
        Role.AUDITOR: "reads the audit trail and nothing else",
    },
)

P = Permission
PERMISSIONS = Enumeration(
    "Permission",
    {
        P.ACCOUNT_MANAGE: "open, change and disable accounts",
        P.ADDRESS_READ: "read addresses",
        P.AREA_EDIT: "change areas and their borders",
        P.AREA_READ: "read areas",
        P.AUDIT_READ: "read the audit trail",
        P.COMPONENT_EDIT: "change components",
        P.COMPONENT_READ: "read components",
        P.EXPORT_APPROVE: "approve exports of others",
        P.EXPORT_RUN: "export files",
        P.FIGURES_READ: "read figures",
        P.GIS_EDIT: "edit map layers",
        P.HOUSEHOLD_EDIT: "change premises and households",
        P.HOUSEHOLD_MERGE: "merge premises that are there twice",
        P.HOUSEHOLD_READ: "read premises and households",
        P.IMPORT_RUN: "import files",
        P.INCIDENT_CORRECT: "correct category, place and owning unit of cases",
        P.INCIDENT_DIRECT: "direct cases: file, dispatch, supervise and end them",
        P.INCIDENT_HANDLE: "handle, verify and check cases",
        P.INCIDENT_READ: "read cases",
        P.INCIDENT_REPLY: "reply to the reporters of cases",
        P.INCIDENT_REPORT: "report cases",
        P.MEDIA_ADD: "upload photos and voice notes",
        P.NOTICE_APPROVE: "approve notices of others",
        P.NOTICE_READ: "read notices and their answers",
        P.NOTICE_WRITE: "write, publish and withdraw notices",
        P.MESSAGE_MANAGE: "read the lists of e-mail and SMS, send dead ones again, discard them",
        P.MESSAGE_RECEIVE: "deliver SMS that came in, which the gateway does",
        P.PERSON_EXPORT: "export all that is stored about one person",
        P.POSITION_SEND: "send positions of the own device",
        P.PROFILE_EDIT: "publish profiles",
        P.PROFILE_EXTEND: "publish profiles that only add categories",
        P.PUBLIC_RELEASE: "release words and photos of cases to the public",
        P.REPORTER_ERASE: "erase reporters",
        P.REPORTER_REVEAL: "read personal fields of reporters unmasked",
        P.RESIDENT_EDIT: "change residents",
        P.RESIDENT_ERASE: "erase residents",
        P.RESIDENT_READ: "read residents, masked",
        P.RESIDENT_REVEAL: "read personal fields of residents unmasked",
        P.SERVICE_MANAGE: "create, change and disable service accounts and their credentials",
        P.UNIT_EDIT: "change units",
        P.WEBHOOK_MANAGE: "create, change and delete webhooks",
        P.WORKER_EDIT: "change workers, their duty, responsibilities, shifts and substitutions",
        P.WORKER_LOCATE: "read positions of workers",
        P.WORKER_READ: "read workers",
    },
)


class Username(Words):
    """A user name: letters of any script, digits and ._@-; case does not matter."""

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
    id = ma.fields.UUID(required=True, metadata={"description": "Id of the grant: one role of the account"})
    role = fields.Choice(ROLES, required=True, metadata={"description": "The role"})
    area_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={
            "description": "Area in which the role holds, with all areas below it; null: by unit or "
            "everywhere"
        },
    )
    unit_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Unit for which the role holds; null: the role holds by area"},
    )


class PlaceOut(Schema):
    """An area or unit by name."""

    id = ma.fields.UUID(required=True)
    code = ma.fields.String(
        required=True, metadata={"description": "Code of the area or unit in its jurisdiction"}
    )
    name = ma.fields.Dict(required=True, metadata={"description": "Name in Chinese and English"})


class MyJurisdiction(Schema):
    code = ma.fields.String(required=True, metadata={"description": "Code of the jurisdiction"})
    timezone = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "IANA time zone in which times of this jurisdiction are shown; null: no "
            "profile yet"
        },
    )


class ResetBy(Schema):
    id = ma.fields.UUID(
        required=True, metadata={"description": "Id of the account that gave the new password"}
    )
    name = ma.fields.String(required=True, metadata={"description": "Name of that account"})


class PasswordReset(Schema):
    at = ma.fields.AwareDateTime(
        format="iso", required=True, metadata={"description": "When the password was replaced (RFC 3339)"}
    )
    by = ma.fields.Nested(
        ResetBy,
        required=True,
        allow_none=True,
        metadata={"description": "Who replaced it; null: the operator of the server"},
    )


class MeOut(Schema):
    id = ma.fields.UUID(
        required=True, metadata={"description": "Id of the account; a worker has the same id as `worker_id`"}
    )
    username = ma.fields.String(required=True)
    name = ma.fields.String(required=True, metadata={"description": "Name that other people read"})
    roles = ma.fields.List(
        ma.fields.Nested(GrantOut), required=True, metadata={"description": "Live roles of the account"}
    )
    areas = ma.fields.List(
        ma.fields.Nested(PlaceOut),
        required=True,
        metadata={"description": "Areas in which a role of the account holds"},
    )
    units = ma.fields.List(
        ma.fields.Nested(PlaceOut),
        required=True,
        metadata={"description": "Units for which a role of the account holds"},
    )
    jurisdiction = ma.fields.Nested(
        MyJurisdiction,
        required=True,
        allow_none=True,
        metadata={
            "description": "Jurisdiction of these areas or units, else the default one; null: there is "
            "none yet"
        },
    )
    permissions = ma.fields.List(
        fields.Choice(PERMISSIONS),
        required=True,
        metadata={"description": "Permissions that any of the roles has"},
    )
    must_change_password = fields.Boolean(required=True)
    password_reset = ma.fields.Nested(
        PasswordReset,
        required=True,
        allow_none=True,
        metadata={"description": "Last time that somebody else replaced the password; null: never"},
    )


class GrantRole(Schema):
    role = RoleChoice(required=True, metadata={"description": "Role to give"})
    area_id = ma.fields.UUID(
        allow_none=True,
        load_default=None,
        metadata={"description": "Area in which the role holds; null: everywhere. Not for handlers"},
    )
    unit_id = ma.fields.UUID(
        allow_none=True,
        load_default=None,
        metadata={"description": "Unit of a handler; null for every other role"},
    )


class CreateAccount(Schema):
    id = fields.Uuid7()
    username = Username(
        required=True,
        metadata={
            "description": "User name: letters of any script, digits and `._@-`; case does not matter; unique"
        },
    )
    name = Words(
        required=True, min_length=1, max_length=100, metadata={"description": "Name that other people read"}
    )
    roles = ma.fields.List(
        ma.fields.Nested(GrantRole),
        required=True,
        validate=ma.validate.Length(1, 50),
        metadata={"description": "Roles of the new account; at least one"},
    )
    password = NewPassword(
        description="Password for the first sign-in; absent: the server makes a one-time password"
    )


class AccountPatch(Schema):
    name = Words(
        required=True,
        min_length=1,
        max_length=100,
        metadata={"description": "New name that other people read"},
    )


class AccountFilter(Page):
    q = Words(max_length=100, metadata={"description": "Part of the user name or of the name"})
    role = RoleChoice(metadata={"description": "Only accounts with this role"})
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Only accounts with a role in this area or below it"}
    )


class AccountOut(Schema):
    id = ma.fields.UUID(required=True)
    username = ma.fields.String(required=True)
    name = ma.fields.String(required=True, metadata={"description": "Name that other people read"})
    roles = ma.fields.List(
        ma.fields.Nested(GrantOut), required=True, metadata={"description": "Live roles of the account"}
    )
    must_change_password = fields.Boolean(required=True)
    disabled_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When the account was disabled (RFC 3339); null: it is enabled"},
    )
    created_at = Instant(required=True)
    version = fields.Integer(required=True)


class AccountOpened(AccountOut):
    one_time_password = ma.fields.String(
        metadata={
            "description": "Password of the first sign-in, in this answer only; absent if the request had "
            "a password",
            "x-optional": True,
        }
    )


class AccountPage(Schema):
    items = ma.fields.List(ma.fields.Nested(AccountOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class OneTimePasswordOut(Schema):
    one_time_password = ma.fields.String(
        required=True,
        metadata={
            "description": "Password that the owner must change at the next sign-in; in this answer only"
        },
    )
    expires_at = Instant(required=True)
