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
        metadata={"description": "Part of address or name; needs `address:read`"},
    )
    care = fields.CommaList(
        choices=list(CARE_KINDS),
        metadata={"description": "Somebody there needs one of these; needs `resident:read`"},
    )
    residence = fields.CommaList(
        choices=list(RESIDENCES),
        metadata={
            "description": "Somebody there is registered here and lives here (`both`), does one of both (人户分离), "
            "or nobody has said; needs `resident:read`"
        },
    )


class ResidenceQuery(Schema):
    grid_id = ma.fields.UUID()
    area_id = ma.fields.UUID(metadata={"description": "Of any level: all grids in it"})


class Counted(Schema):
    residents = fields.Integer(required=True)
    households = fields.Integer(required=True, metadata={"description": "With at least one such resident"})


class ResidenceCounts(Schema):
    both = ma.fields.Nested(Counted, required=True, metadata={"description": "Registered and living here"})
    registered_only = ma.fields.Nested(
        Counted, required=True, metadata={"description": "Registered here, living elsewhere (户在人不在)"}
    )
    living_only = ma.fields.Nested(
        Counted, required=True, metadata={"description": "Living here, registered elsewhere (人在户不在)"}
    )
    neither = ma.fields.Nested(Counted, required=True)
    unknown = ma.fields.Nested(  # type: ignore[assignment]
        Counted, required=True, metadata={"description": "Nobody has said one or both"}
    )


class FindHouseholds(_Page):
    resident = fields.Words(
        max_length=RESIDENT_NAME_MAX,
        min_length=1,
        required=True,
        metadata={"description": "The whole name; there is no search by a part of it"},
    )
    grid_id = ma.fields.UUID()


class AddHousehold(FreeText):
    free_text = ("label",)

    id = fields.Uuid7(required=True)
    premises_id = ma.fields.UUID(required=True)
    label = fields.Words(max_length=60)
    kind = fields.Choice(HOUSEHOLD_KINDS)


class HouseholdPatch(FreeText):
    free_text = ("label",)

    label = fields.Words(max_length=60)
    kind = fields.Choice(HOUSEHOLD_KINDS)
    next_visit_due = ma.fields.Date()
    is_declined = fields.Boolean(
        validate=ma.validate.Equal(False), metadata={"description": "False: they may be visited again"}
    )
    has_moved_away = fields.Boolean(
        validate=ma.validate.Equal(False), metadata={"description": "False: somebody lives there after all"}
    )


class PremisesRef(Schema):
    id = ma.fields.UUID()
    kind = fields.Choice(PREMISES_KINDS)


class HouseholdOut(Schema):
    id = ma.fields.UUID()
    label = ma.fields.String(metadata={"description": "Tells several households of one premises apart"})
    kind = fields.Choice(HOUSEHOLD_KINDS)
    address = ma.fields.String(metadata={"description": "Masked for those who may not read addresses there"})
    premises = ma.fields.Nested(PremisesRef)
    location = ma.fields.Dict(metadata={"description": "GeoJSON Point"})
    grid = ma.fields.Nested(InGrid, allow_none=True)
    is_generated = fields.Boolean()
    version = fields.Integer()


class HouseholdPage(Schema):
    items = ma.fields.List(ma.fields.Nested(HouseholdOut))
    next = ma.fields.String(allow_none=True)


class LastVisit(Schema):
    id = ma.fields.UUID()
    visited_at = ma.fields.DateTime()
    outcome = fields.Choice(VISIT_OUTCOMES)


class HouseholdVisits(Schema):
    next_due = ma.fields.Date(allow_none=True)
    declined_at = ma.fields.DateTime(allow_none=True)
    moved_away_at = ma.fields.DateTime(allow_none=True)
    last = ma.fields.Nested(LastVisit, allow_none=True)


class HouseholdDetail(HouseholdOut):
    """`visits`, `members` and `consents` are null for those who may not read of people there."""

    visits = ma.fields.Nested(HouseholdVisits, allow_none=True)
    members = ma.fields.List(ma.fields.Nested(ResidentOut), allow_none=True)
    consents = ma.fields.List(ma.fields.Nested(ConsentOut), allow_none=True)
