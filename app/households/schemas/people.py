"""Input and documentation of residents, care tags and consents."""

import marshmallow as ma

from app.accounts.schemas import WithPurpose
from app.core.enumerations import Enumeration
from app.households.rules.register import CARE_KINDS, CONSENT_WAYS
from app.households.rules.rows import REGISTERED_AT_MAX, RESIDENT_NAME_MAX
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema

REVEALABLE = Enumeration("RevealableField", ("name", "phone", "registered_at", "birth_year"))


class ResidentFacts(Schema):
    phone = fields.Words(max_length=20, allow_none=True)
    is_registered_here = fields.Boolean(
        allow_none=True, metadata={"description": "户籍在此; left out: true; null: nobody has said"}
    )
    lives_here = fields.Boolean(
        allow_none=True, metadata={"description": "现居于此; left out: true; null: nobody has said"}
    )
    registered_at = fields.Words(
        max_length=REGISTERED_AT_MAX, allow_none=True, metadata={"description": "Where, if elsewhere"}
    )
    birth_year = fields.Integer(allow_none=True, validate=ma.validate.Range(1880, 2200))


class AddResident(ResidentFacts):
    id = fields.Uuid7(required=True)
    name = fields.Words(max_length=RESIDENT_NAME_MAX, min_length=1, required=True)


class ResidentPatch(ResidentFacts):
    name = fields.Words(max_length=RESIDENT_NAME_MAX, min_length=1)


class CareTagOut(Schema):
    id = ma.fields.UUID()
    kind = fields.Choice(CARE_KINDS)
    purpose = ma.fields.String()
    ends_on = ma.fields.Date()
    cycle_days = fields.Integer(allow_none=True)
    next_due = ma.fields.Date(allow_none=True)
    version = fields.Integer()


class ResidentOut(Schema):
    id = ma.fields.UUID()
    household_id = ma.fields.UUID()
    name = ma.fields.String(metadata={"description": "Always masked"})
    phone = ma.fields.String(allow_none=True, metadata={"description": "Always masked"})
    is_registered_here = fields.Boolean(allow_none=True, metadata={"description": "Null: nobody has said"})
    lives_here = fields.Boolean(allow_none=True, metadata={"description": "Null: nobody has said"})
    care = ma.fields.List(ma.fields.Nested(CareTagOut))
    version = fields.Integer()


class RevealResident(WithPurpose):
    fields = ma.fields.List(  # type: ignore[assignment]
        fields.Choice(REVEALABLE),
        required=True,
        validate=ma.validate.Length(1, len(REVEALABLE)),
    )


class ResidentRevealed(Schema):
    """The fields that were asked for."""

    id = ma.fields.UUID()
    name = ma.fields.String()
    phone = ma.fields.String(allow_none=True)
    registered_at = ma.fields.String(allow_none=True)
    birth_year = fields.Integer(allow_none=True)


class MoveResident(FreeText):
    free_text = ("reason",)

    household_id = ma.fields.UUID(
        required=True, metadata={"description": "The household to live in from now on"}
    )
    reason = fields.Words(max_length=500, min_length=4, required=True)


class EraseResident(FreeText):
    free_text = ("reason",)

    reason = fields.Words(max_length=500, min_length=4, required=True)


class _CareFacts(FreeText):
    free_text = ("purpose",)

    cycle_days = fields.Integer(
        allow_none=True,
        validate=ma.validate.Range(1, 366),
        metadata={"description": "How often somebody looks after it; a task that is due at once"},
    )


class AddCareTag(_CareFacts):
    id = fields.Uuid7(required=True)
    kind = fields.Choice(CARE_KINDS, required=True)
    purpose = fields.Words(max_length=200, min_length=2, required=True)
    ends_on = ma.fields.Date(required=True, metadata={"description": "Within 366 days"})


class CareTagPatch(_CareFacts):
    purpose = fields.Words(max_length=200, min_length=2)
    ends_on = ma.fields.Date()


class AddConsent(FreeText):
    free_text = ("purpose",)

    id = fields.Uuid7(required=True)
    resident_id = ma.fields.UUID(metadata={"description": "Left out: the household as a whole"})
    purpose = fields.Words(max_length=200, min_length=2, required=True)
    given_by_way = fields.Choice(CONSENT_WAYS, required=True)
    given_at = fields.Instant()


class ConsentOut(Schema):
    id = ma.fields.UUID()
    resident_id = ma.fields.UUID(allow_none=True)
    purpose = ma.fields.String()
    given_by_way = fields.Choice(CONSENT_WAYS)
    given_at = ma.fields.DateTime()
    withdrawn_at = ma.fields.DateTime(allow_none=True)
