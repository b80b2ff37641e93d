"""Input and documentation of households."""

import marshmallow as ma

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


class HouseholdOut(Schema):
    id = ma.fields.UUID()
    address = ma.fields.String()
    location = ma.fields.Dict(metadata={"description": "GeoJSON Point"})
    grid = ma.fields.Nested(HouseholdGrid, allow_none=True)


class HouseholdPage(Schema):
    items = ma.fields.List(ma.fields.Nested(HouseholdOut))
    next = ma.fields.String(allow_none=True)
