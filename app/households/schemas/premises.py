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
    """The ten parts; `无` is written for what does not exist."""

    province = _part()
    city = _part()
    county = _part()
    town = _part()
    community = _part()
    grid = _part()
    compound = _part()
    building = _part(metadata={"description": "Under the rule `xihu` written like 1幢"})
    unit = _part(metadata={"description": "Under the rule `xihu` written like 2单元"})
    room = _part()


class PremisesFacts(FreeText, AddressParts):
    free_text = ("name", "allow_same_address")

    name = fields.Words(
        max_length=200, allow_none=True, metadata={"description": "Of a shop, an enterprise …"}
    )
    address = fields.Words(
        max_length=ADDRESS_MAX,
        allow_none=True,
        metadata={"description": "As one text, under the rule `free`"},
    )
    external_ref = fields.Words(
        max_length=120,
        allow_none=True,
        metadata={"description": "What imports match on, unique in a jurisdiction"},
    )
    coord_sys = fields.Choice(COORDINATE_SYSTEMS)
    allow_same_address = fields.Words(
        min_length=4,
        max_length=500,
        metadata={"description": "Why others with this address are not the same premises; kept"},
    )


class AddPremises(PremisesFacts):
    id = fields.Uuid7(required=True)
    jurisdiction = fields.Words(
        max_length=64, metadata={"description": "Its code; left out, the one on whose land the point lies"}
    )
    kind = fields.Choice(PREMISES_KINDS, required=True)
    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)


class PremisesPatch(PremisesFacts):
    kind = fields.Choice(PREMISES_KINDS)
    lon = fields.Longitude()
    lat = fields.Latitude()

    @ma.validates_schema
    def place_is_whole(self, data: dict[str, Any], **_: Any) -> None:
        if ("lon" in data) != ("lat" in data):
            raise ma.ValidationError("required", "lat" if "lon" in data else "lon")


class UnmergePremises(FreeText):
    free_text = ("reason",)

    reason = fields.Words(max_length=500, min_length=4, required=True)


class MergePremises(UnmergePremises):
    into_id = ma.fields.UUID(required=True, metadata={"description": "The premises that stay"})


class PremisesFilter(Schema):
    grid_id = ma.fields.UUID()
    bbox = fields.BBox()
    kind = fields.CommaList(choices=list(PREMISES_KINDS))
    q = fields.Words(
        min_length=2,
        max_length=100,
        metadata={"description": "Part of address or name; needs `address:read`"},
    )
    external_ref = fields.Words(max_length=120)
    is_possible_double = fields.Boolean(
        validate=ma.validate.Equal(True),
        metadata={
            "description": "Only those that a phone added without network, at an address that others have"
        },
    )
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class InGrid(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)


class PremisesOut(Schema):
    id = ma.fields.UUID()
    kind = fields.Choice(PREMISES_KINDS)
    name = ma.fields.String(allow_none=True)
    address = ma.fields.String(metadata={"description": "Masked for those who may not read addresses there"})
    parts = ma.fields.Nested(AddressParts, allow_none=True)
    location = ma.fields.Dict(metadata={"description": "GeoJSON Point"})
    grid = ma.fields.Nested(InGrid, allow_none=True)
    external_ref = ma.fields.String(allow_none=True)
    possible_double_of = ma.fields.UUID(
        allow_none=True,
        metadata={"description": "Others of this address, to be merged or told apart; null if hidden"},
    )
    same_address_reason = ma.fields.String(
        allow_none=True, metadata={"description": "Why others with this address are not the same premises"}
    )
    merged_into = ma.fields.UUID(
        allow_none=True,
        metadata={"description": "The premises that stand for these; no list has these any more"},
    )
    is_generated = fields.Boolean()
    version = fields.Integer()


class HouseholdRef(Schema):
    id = ma.fields.UUID()
    label = ma.fields.String()
    kind = ma.fields.String()


class PremisesDetail(PremisesOut):
    households = ma.fields.List(ma.fields.Nested(HouseholdRef))


class PremisesPage(Schema):
    items = ma.fields.List(ma.fields.Nested(PremisesOut))
    next = ma.fields.String(allow_none=True)


class PremisesFeature(Schema):
    type = ma.fields.String(validate=ma.validate.Equal("Feature"))
    id = ma.fields.UUID()
    geometry = ma.fields.Dict()
    properties = ma.fields.Nested(PremisesOut)


class PremisesFeatures(Schema):
    type = ma.fields.String(validate=ma.validate.Equal("FeatureCollection"))
    features = ma.fields.List(ma.fields.Nested(PremisesFeature))
    next = ma.fields.String(allow_none=True)
