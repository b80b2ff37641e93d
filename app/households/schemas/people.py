"""Input and documentation of residents, care tags and consents."""

import marshmallow as ma

from app.accounts.schemas import WithPurpose
from app.core.enumerations import Enumeration
from app.core.mail_addresses import EMAIL_LENGTH
from app.households.rules.register import CARE_KINDS, CONSENT_WAYS
from app.households.rules.rows import REGISTERED_AT_MAX, RESIDENT_NAME_MAX
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema

REVEALABLE = Enumeration(
    "RevealableField",
    {
        "name": "name of the resident",
        "phone": "telephone number",
        "email": "e-mail address",
        "registered_at": "address of registration (户籍地址)",
        "birth_year": "year of birth",
    },
)


class ResidentFacts(Schema):
    phone = fields.Words(max_length=20, allow_none=True)
    email = fields.Words(
        max_length=EMAIL_LENGTH,
        allow_none=True,
        metadata={"description": "E-mail address (ASCII); answers mask it; null: none"},
    )
    is_registered_here = fields.Boolean(
        allow_none=True,
        metadata={
            "description": "Registered at this address (户籍在此); null: not known. When a resident is added, "
            "absent means true"
        },
    )
    lives_here = fields.Boolean(
        allow_none=True,
        metadata={
            "description": "Lives at this address (现居于此); null: not known. When a resident is added, "
            "absent means true"
        },
    )
    registered_at = fields.Words(
        max_length=REGISTERED_AT_MAX,
        allow_none=True,
        metadata={"description": "Place of registration, if it is elsewhere; null: none given"},
    )
    birth_year = fields.Integer(allow_none=True, validate=ma.validate.Range(1880, 2200))


class AddResident(ResidentFacts):
    id = fields.Uuid7(required=True)
    name = fields.Words(
        max_length=RESIDENT_NAME_MAX,
        min_length=1,
        required=True,
        metadata={"description": "Name of the resident; answers mask it"},
    )


class ResidentPatch(ResidentFacts):
    name = fields.Words(
        max_length=RESIDENT_NAME_MAX,
        min_length=1,
        metadata={"description": "Name of the resident; answers mask it"},
    )


class CareTagOut(Schema):
    id = ma.fields.UUID()
    kind = fields.Choice(CARE_KINDS, metadata={"description": "Kind of help that the resident needs"})
    purpose = ma.fields.String(metadata={"description": "What the tag is for"})
    ends_on = ma.fields.Date(metadata={"description": "Last day on which the tag is valid"})
    cycle_days = fields.Integer(
        allow_none=True,
        metadata={"description": "Days between two times that the task is done; null: the tag is no task"},
    )
    next_due = ma.fields.Date(
        allow_none=True, metadata={"description": "Day from which the task is due; null: the tag is no task"}
    )
    version = fields.Integer()


class ResidentOut(Schema):
    id = ma.fields.UUID()
    household_id = ma.fields.UUID()
    name = ma.fields.String(metadata={"description": "Name of the resident, always masked"})
    phone = ma.fields.String(
        allow_none=True, metadata={"description": "Telephone number, always masked; null: none"}
    )
    email = ma.fields.String(
        allow_none=True, metadata={"description": "E-mail address, always masked; null: none"}
    )
    is_registered_here = fields.Boolean(
        allow_none=True,
        metadata={"description": "True: registered at this address (户籍在此); null: not known"},
    )
    lives_here = fields.Boolean(
        allow_none=True, metadata={"description": "True: lives at this address (现居于此); null: not known"}
    )
    care = ma.fields.List(
        ma.fields.Nested(CareTagOut),
        metadata={"description": "Care tags of the resident that are valid today"},
    )
    version = fields.Integer()


class RevealResident(WithPurpose):
    fields = ma.fields.List(  # type: ignore[assignment]
        fields.Choice(REVEALABLE),
        required=True,
        validate=ma.validate.Length(1, len(REVEALABLE)),
        metadata={"description": "Names of the fields to show"},
    )


class ResidentRevealed(Schema):
    """The fields that were requested, and no others."""

    id = ma.fields.UUID()
    name = ma.fields.String(metadata={"description": "Name of the resident, unmasked", "x-optional": True})
    phone = ma.fields.String(
        allow_none=True,
        metadata={"description": "Telephone number, unmasked; null: none", "x-optional": True},
    )
    email = ma.fields.String(
        allow_none=True,
        metadata={"description": "E-mail address, unmasked; null: none", "x-optional": True},
    )
    registered_at = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Place of registration, if it is elsewhere; null: none",
            "x-optional": True,
        },
    )
    birth_year = fields.Integer(
        allow_none=True, metadata={"description": "Year of birth; null: unknown", "x-optional": True}
    )


class MoveResident(FreeText):
    free_text = ("reason",)

    household_id = ma.fields.UUID(
        required=True, metadata={"description": "Id of the household where the resident lives from now on"}
    )
    reason = fields.Words(
        max_length=500,
        min_length=4,
        required=True,
        metadata={"description": "Reason of the move, stored in the audit trail"},
    )


class EraseResident(FreeText):
    free_text = ("reason",)

    reason = fields.Words(
        max_length=500,
        min_length=4,
        required=True,
        metadata={
            "description": "Reason of the erasure, stored in the audit trail without names and numbers"
        },
    )


class _CareFacts(FreeText):
    free_text = ("purpose",)

    cycle_days = fields.Integer(
        allow_none=True,
        validate=ma.validate.Range(1, 366),
        metadata={
            "description": "Days between two times that the task is done; null or absent: the tag is no task"
        },
    )


class AddCareTag(_CareFacts):
    id = fields.Uuid7(required=True)
    kind = fields.Choice(
        CARE_KINDS, required=True, metadata={"description": "Kind of help that the resident needs"}
    )
    purpose = fields.Words(
        max_length=200, min_length=2, required=True, metadata={"description": "What the tag is for"}
    )
    ends_on = ma.fields.Date(
        required=True,
        metadata={"description": "Last day on which the tag is valid, within 366 days from today"},
    )


class CareTagPatch(_CareFacts):
    purpose = fields.Words(max_length=200, min_length=2, metadata={"description": "What the tag is for"})
    ends_on = ma.fields.Date(
        metadata={"description": "Last day on which the tag is valid, within 366 days from today"}
    )


class AddConsent(FreeText):
    free_text = ("purpose",)

    id = fields.Uuid7(required=True)
    resident_id = ma.fields.UUID(
        metadata={"description": "Id of the resident who consented; absent: the household as a whole"}
    )
    purpose = fields.Words(
        max_length=200, min_length=2, required=True, metadata={"description": "What the consent is for"}
    )
    given_by_way = fields.Choice(
        CONSENT_WAYS, required=True, metadata={"description": "How the consent was given"}
    )
    given_at = fields.Instant(metadata={"description": "When the consent was given (RFC 3339); absent: now"})


class ConsentOut(Schema):
    id = ma.fields.UUID()
    resident_id = ma.fields.UUID(
        allow_none=True,
        metadata={"description": "Id of the resident who consented; null: the household as a whole"},
    )
    purpose = ma.fields.String(metadata={"description": "What the consent is for"})
    given_by_way = fields.Choice(CONSENT_WAYS, metadata={"description": "How the consent was given"})
    given_at = ma.fields.DateTime(metadata={"description": "When the consent was given (RFC 3339)"})
    withdrawn_at = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "When the consent was withdrawn (RFC 3339); null: it is valid"},
    )
