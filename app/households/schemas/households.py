"""Input and documentation of households."""

import marshmallow as ma

from app.households.rules.register import (
    CARE_KINDS,
    HOUSEHOLD_KINDS,
    PREMISES_KINDS,
    RESIDENCES,
    VISIT_OUTCOMES,
)
from app.households.rules.rows import RESIDENT_NAME_MAX
from app.households.schemas.people import ConsentOut, ResidentOut
from app.households.schemas.premises import InGrid
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema


class _Page(Schema):
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class HouseholdFilter(_Page):
    grid_id = ma.fields.UUID()
    bbox = fields.BBox()
    premises_id = ma.fields.UUID()
    q = fields.Words(
        min_length=2,
        max_length=100,
        metadata={"description": "Part of the address or the name of the premises; needs `address:read`"},
    )
    care = fields.CommaList(
        choices=list(CARE_KINDS),
        metadata={
            "description": "Only households with a resident who has a care tag of one of these kinds; "
            "needs `resident:read`"
        },
    )
    residence = fields.CommaList(
        choices=list(RESIDENCES),
        metadata={
            "description": "Only households with a resident of one of these residence statuses (人户分离), "
            "separated by commas; needs `resident:read`"
        },
    )


class ResidenceQuery(Schema):
    grid_id = ma.fields.UUID()
    area_id = ma.fields.UUID(
        metadata={"description": "Id of an area of any level: all grids in it are counted"}
    )


class Counted(Schema):
    residents = fields.Integer(required=True, metadata={"description": "Number of residents"})
    households = fields.Integer(
        required=True, metadata={"description": "Number of households with at least one such resident"}
    )


class ResidenceCounts(Schema):
    both = ma.fields.Nested(
        Counted, required=True, metadata={"description": "Residents who are registered and live here"}
    )
    registered_only = ma.fields.Nested(
        Counted,
        required=True,
        metadata={"description": "Residents who are registered here and live elsewhere (户在人不在)"},
    )
    living_only = ma.fields.Nested(
        Counted,
        required=True,
        metadata={"description": "Residents who live here and are registered elsewhere (人在户不在)"},
    )
    neither = ma.fields.Nested(
        Counted,
        required=True,
        metadata={"description": "Residents who are neither registered here nor live here"},
    )
    unknown = ma.fields.Nested(  # type: ignore[assignment]
        Counted, required=True, metadata={"description": "Residents of whom one or both facts are not known"}
    )


class FindHouseholds(_Page):
    resident = fields.Words(
        max_length=RESIDENT_NAME_MAX,
        min_length=1,
        required=True,
        metadata={"description": "The whole name of a resident; a part of a name finds nothing"},
    )
    grid_id = ma.fields.UUID()


class AddHousehold(FreeText):
    free_text = ("label",)

    id = fields.Uuid7(required=True)
    premises_id = ma.fields.UUID(required=True)
    label = fields.Words(
        max_length=60,
        metadata={
            "description": "Label that distinguishes several households of one premises; absent: empty"
        },
    )
    kind = fields.Choice(HOUSEHOLD_KINDS, metadata={"description": "Kind of the household; absent: `family`"})


class HouseholdPatch(FreeText):
    free_text = ("label",)

    label = fields.Words(
        max_length=60, metadata={"description": "Label that distinguishes several households of one premises"}
    )
    kind = fields.Choice(HOUSEHOLD_KINDS, metadata={"description": "Kind of the household"})
    next_visit_due = ma.fields.Date(metadata={"description": "Day from which the next visit is due"})
    is_declined = fields.Boolean(
        validate=ma.validate.Equal(False),
        metadata={"description": "False: the household may be visited again"},
    )
    has_moved_away = fields.Boolean(
        validate=ma.validate.Equal(False),
        metadata={"description": "False: the household lives there after all"},
    )


class PremisesRef(Schema):
    id = ma.fields.UUID()
    kind = fields.Choice(PREMISES_KINDS, metadata={"description": "Kind of the premises"})


class HouseholdOut(Schema):
    id = ma.fields.UUID()
    label = ma.fields.String(
        metadata={
            "description": "Label that distinguishes several households of one premises; masked where the "
            "caller may not read residents"
        }
    )
    kind = fields.Choice(HOUSEHOLD_KINDS, metadata={"description": "Kind of the household"})
    address = ma.fields.String(
        metadata={"description": "Address of the premises; masked where the caller may not read addresses"}
    )
    premises = ma.fields.Nested(PremisesRef, metadata={"description": "Premises where the household lives"})
    location = ma.fields.Dict(metadata={"description": "GeoJSON Point"})
    grid = ma.fields.Nested(
        InGrid,
        allow_none=True,
        metadata={"description": "Grid that contains the premises; null: no grid does"},
    )
    is_generated = fields.Boolean()
    version = fields.Integer()


class HouseholdPage(Schema):
    items = ma.fields.List(ma.fields.Nested(HouseholdOut))
    next = ma.fields.String(allow_none=True)


class LastVisit(Schema):
    id = ma.fields.UUID()
    visited_at = ma.fields.DateTime(metadata={"description": "When the household was visited (RFC 3339)"})
    outcome = fields.Choice(VISIT_OUTCOMES, metadata={"description": "Outcome of the visit"})


class HouseholdVisits(Schema):
    next_due = ma.fields.Date(
        allow_none=True,
        metadata={
            "description": "Day from which the next visit is due; null: never visited, or not to be "
            "visited again"
        },
    )
    declined_at = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "When the household declined further visits (RFC 3339); null: it did not"},
    )
    moved_away_at = ma.fields.DateTime(
        allow_none=True,
        metadata={
            "description": "When a visit found that the household had moved away (RFC 3339); null: it has not"
        },
    )
    last = ma.fields.Nested(
        LastVisit, allow_none=True, metadata={"description": "The newest visit; null: there was none"}
    )


class HouseholdDetail(HouseholdOut):
    """`visits`, `members` and `consents` are null for those who may not read of people there."""

    visits = ma.fields.Nested(
        HouseholdVisits,
        allow_none=True,
        metadata={"description": "Visits to the household; null: the caller may not read residents there"},
    )
    members = ma.fields.List(
        ma.fields.Nested(ResidentOut),
        allow_none=True,
        metadata={
            "description": "Residents of the household, masked; null: the caller may not read residents there"
        },
    )
    consents = ma.fields.List(
        ma.fields.Nested(ConsentOut),
        allow_none=True,
        metadata={
            "description": "Consents of the household and its residents; null: the caller may not read "
            "residents there"
        },
    )
