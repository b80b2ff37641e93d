"""Input and documentation of premises."""

from typing import Any

import marshmallow as ma

from app.core.coordinates import COORDINATE_SYSTEMS
from app.households.rules.addresses import ADDRESS_MAX, PART_MAX
from app.households.rules.register import PREMISES_KINDS
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema


def _part(**kwargs: Any) -> fields.Words:
    # Null is judged by the profile's rule, with a code of its own.
    return fields.Words(max_length=PART_MAX, allow_none=True, **kwargs)


class AddressParts(Schema):
    """The ten parts of an address. A part that does not exist is `无`."""

    province = _part(metadata={"description": "Province (省); `无`: there is none"})
    city = _part(metadata={"description": "City (市)"})
    county = _part(metadata={"description": "County or district (区县)"})
    town = _part(metadata={"description": "Town or street office (街道)"})
    community = _part(metadata={"description": "Community (社区)"})
    grid = _part(
        metadata={
            "description": "Grid (网格) by name or code, as the register has it; not part of the composed address"
        }
    )
    compound = _part(metadata={"description": "Residential compound or road (小区)"})
    building = _part(metadata={"description": "Building (幢); under the rule `xihu` written like 1幢"})
    unit = _part(metadata={"description": "Staircase (单元); under the rule `xihu` written like 2单元"})
    room = _part(metadata={"description": "Room (室)"})


class PremisesFacts(FreeText, AddressParts):
    free_text = ("name", "allow_same_address")

    name = fields.Words(
        max_length=200,
        allow_none=True,
        metadata={"description": "Name over the door of a shop, enterprise, institution or site; null: none"},
    )
    address = fields.Words(
        max_length=ADDRESS_MAX,
        allow_none=True,
        metadata={
            "description": "The address as one text, under the address rule `free`; absent: composed from "
            "the parts"
        },
    )
    external_ref = fields.Words(
        max_length=120,
        allow_none=True,
        metadata={
            "description": "Reference of another register, by which imports match; unique in a jurisdiction"
        },
    )
    coord_sys = fields.Choice(COORDINATE_SYSTEMS)
    allow_same_address = fields.Words(
        min_length=4,
        max_length=500,
        metadata={"description": "Reason why other premises with this address are not the same; stored"},
    )


class AddPremises(PremisesFacts):
    id = fields.Uuid7(required=True)
    jurisdiction = fields.Words(
        max_length=64,
        metadata={
            "description": "Code of the jurisdiction; absent: the jurisdiction that contains the point"
        },
    )
    kind = fields.Choice(
        PREMISES_KINDS,
        required=True,
        metadata={"description": "Kind of the premises; households can be added to `dwelling` and `rental`"},
    )
    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)


class PremisesPatch(PremisesFacts):
    kind = fields.Choice(PREMISES_KINDS, metadata={"description": "Kind of the premises"})
    lon = fields.Longitude()
    lat = fields.Latitude()

    @ma.validates_schema
    def validate_point(self, data: dict[str, Any], **_: Any) -> None:
        """Raise ValidationError if only one of `lon` and `lat` was sent."""
        if ("lon" in data) != ("lat" in data):
            raise ma.ValidationError("required", "lat" if "lon" in data else "lon")


class UnmergePremises(FreeText):
    free_text = ("reason",)

    reason = fields.Words(
        max_length=500,
        min_length=4,
        required=True,
        metadata={"description": "Reason of the merge or its undoing, stored in the audit trail"},
    )


class MergePremises(UnmergePremises):
    into_id = ma.fields.UUID(required=True, metadata={"description": "Id of the premises that remain"})


class PremisesFilter(Schema):
    grid_id = ma.fields.UUID()
    bbox = fields.BBox()
    kind = fields.CommaList(
        choices=list(PREMISES_KINDS),
        metadata={"description": "Only premises of these kinds, separated by commas"},
    )
    q = fields.Words(
        min_length=2,
        max_length=100,
        metadata={"description": "Part of the address or the name; needs `address:read`"},
    )
    external_ref = fields.Words(
        max_length=120,
        metadata={"description": "Only the premises with exactly this reference of another register"},
    )
    is_possible_double = fields.Boolean(
        validate=ma.validate.Equal(True),
        metadata={
            "description": "True: only premises that a device added offline at an address that other "
            "premises have"
        },
    )
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class InGrid(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String(metadata={"description": "Code of the grid"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the grid"})


class PremisesOut(Schema):
    id = ma.fields.UUID()
    kind = fields.Choice(PREMISES_KINDS, metadata={"description": "Kind of the premises"})
    name = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Name over the door; masked where it can be a person's and the caller may not "
            "read residents; null: none"
        },
    )
    address = ma.fields.String(
        metadata={"description": "The address as one text; masked where the caller may not read addresses"}
    )
    parts = ma.fields.Nested(
        AddressParts,
        allow_none=True,
        metadata={
            "description": "The ten parts of the address; null where the caller may not read addresses"
        },
    )
    location = ma.fields.Dict(metadata={"description": "GeoJSON Point"})
    grid = ma.fields.Nested(
        InGrid,
        allow_none=True,
        metadata={"description": "Grid that contains the premises; null: no grid does"},
    )
    external_ref = ma.fields.String(
        allow_none=True, metadata={"description": "Reference of another register; null: none"}
    )
    possible_double_of = ma.fields.UUID(
        allow_none=True,
        metadata={
            "description": "Id of other premises with this address, to be merged or kept apart; null: "
            "none, or hidden from the caller"
        },
    )
    same_address_reason = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Reason why premises with this address are not the same; null: none, or the "
            "caller may not read addresses"
        },
    )
    merged_into = ma.fields.UUID(
        allow_none=True,
        metadata={
            "description": "Id of the premises that replaced these; null: not merged, or hidden from the "
            "caller"
        },
    )
    is_generated = fields.Boolean()
    version = fields.Integer()


class HouseholdRef(Schema):
    id = ma.fields.UUID()
    label = ma.fields.String(
        metadata={
            "description": "Label that distinguishes several households of one premises; masked where the "
            "caller may not read residents"
        }
    )
    kind = ma.fields.String(metadata={"description": "Kind of the household"})


class PremisesDetail(PremisesOut):
    households = ma.fields.List(
        ma.fields.Nested(HouseholdRef), metadata={"description": "Households at these premises"}
    )


class PremisesPage(Schema):
    items = ma.fields.List(ma.fields.Nested(PremisesOut))
    next = ma.fields.String(allow_none=True)


class PremisesFeature(Schema):
    type = ma.fields.String(
        validate=ma.validate.Equal("Feature"), metadata={"description": "Always `Feature`"}
    )
    id = ma.fields.UUID()
    geometry = ma.fields.Dict()
    properties = ma.fields.Nested(PremisesOut)


class PremisesFeatures(Schema):
    type = ma.fields.String(
        validate=ma.validate.Equal("FeatureCollection"),
        metadata={"description": "Always `FeatureCollection`"},
    )
    features = ma.fields.List(ma.fields.Nested(PremisesFeature))
    next = ma.fields.String(allow_none=True)
