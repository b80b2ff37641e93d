"""Input and documentation of households."""

import marshmallow as ma

from app.households.rules.register import HOUSEHOLD_KINDS, PREMISES_KINDS
from app.http import fields
from app.http.smorest import Schema


class HouseholdFilter(Schema):
    grid = ma.fields.UUID()
    bbox = fields.BBox()
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = ma.fields.String(validate=ma.validate.Length(max=500))


class HouseholdGrid(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)


class PremisesRef(Schema):
    id = ma.fields.UUID()
    kind = ma.fields.String(metadata={"description": ", ".join(PREMISES_KINDS)})


class HouseholdOut(Schema):
    id = ma.fields.UUID()
    label = ma.fields.String(metadata={"description": "Tells several households of one premises apart"})
    kind = ma.fields.String(metadata={"description": ", ".join(HOUSEHOLD_KINDS)})
    address = ma.fields.String(metadata={"description": "Masked for those who may not read addresses there"})
    premises = ma.fields.Nested(PremisesRef)
    location = ma.fields.Dict(metadata={"description": "GeoJSON Point"})
    grid = ma.fields.Nested(HouseholdGrid, allow_none=True)
    is_generated = ma.fields.Boolean()
    version = ma.fields.Integer()


class HouseholdPage(Schema):
    items = ma.fields.List(ma.fields.Nested(HouseholdOut))
    next = ma.fields.String(allow_none=True)
