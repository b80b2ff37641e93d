"""Input and documentation of components."""

import marshmallow as ma

from app.components.rules import STATES, STATES_IN_REGISTER
from app.core.coordinates import COORDINATE_SYSTEMS
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema


class ComponentFilter(Schema):
    bbox = fields.BBox()
    grid_id = ma.fields.UUID()
    category = fields.CommaList(metadata={"description": "Class and subclass, four digits"})
    unit_id = ma.fields.UUID(metadata={"description": "Owned, managed or maintained by this unit"})
    state = fields.CommaList(choices=STATES)
    code = fields.Words(max_length=16)
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class ComponentFacts(FreeText):
    """What may be said of a component, now and later."""

    free_text = ("note",)

    name = ma.fields.Nested(fields.Named)
    state = fields.Choice(STATES_IN_REGISTER)
    owning_unit_id = ma.fields.UUID(allow_none=True)
    managing_unit_id = ma.fields.UUID(allow_none=True)
    maintaining_unit_id = ma.fields.UUID(allow_none=True)
    lon = fields.Longitude()
    lat = fields.Latitude()
    coord_sys = fields.Choice(COORDINATE_SYSTEMS, load_default="wgs84")
    installed_on = ma.fields.Date(allow_none=True)
    checked_on = ma.fields.Date(allow_none=True)
    source = fields.Words(max_length=200, allow_none=True)
    note = fields.Words(max_length=2000, allow_none=True)

    @ma.validates_schema
    def validate_point(self, data: dict[str, object], **_: object) -> None:
        if ("lon" in data) != ("lat" in data):
            raise ma.ValidationError("required", "lat" if "lon" in data else "lon")


class RegisterComponent(ComponentFacts):
    id = fields.Uuid7()
    jurisdiction = fields.Words(max_length=64)
    code = fields.Words(
        max_length=16,
        required=True,
        metadata={"description": "16 digits: 6 county, 2 class, 2 subclass, 6 serial"},
    )
    name = ma.fields.Nested(fields.Named, required=True)
    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)


class ComponentPatch(ComponentFacts):
    """The facts to change; its number stays."""


class ComponentUnit(Schema):
    id = ma.fields.UUID()
    name = ma.fields.Nested(fields.Named)


class ComponentGrid(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)


class ComponentOut(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    category = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    state = fields.Choice(STATES)
    version = fields.Integer()
    location = ma.fields.Dict(metadata={"description": "GeoJSON Point"})
    grid = ma.fields.Nested(ComponentGrid, allow_none=True)
    owning_unit = ma.fields.Nested(ComponentUnit, allow_none=True)
    managing_unit = ma.fields.Nested(ComponentUnit, allow_none=True)
    maintaining_unit = ma.fields.Nested(ComponentUnit, allow_none=True)
    installed_on = ma.fields.Date(allow_none=True)
    checked_on = ma.fields.Date(allow_none=True)
    source = ma.fields.String(allow_none=True)
    note = ma.fields.String(allow_none=True)


class ComponentPage(Schema):
    items = ma.fields.List(ma.fields.Nested(ComponentOut))
    next = ma.fields.String(allow_none=True)


class ComponentFeature(Schema):
    type = ma.fields.String(validate=ma.validate.Equal("Feature"))
    id = ma.fields.UUID()
    geometry = ma.fields.Dict()
    properties = ma.fields.Nested(ComponentOut)


class ComponentFeatures(Schema):
    type = ma.fields.String(validate=ma.validate.Equal("FeatureCollection"))
    features = ma.fields.List(ma.fields.Nested(ComponentFeature))
    next = ma.fields.String(allow_none=True)
