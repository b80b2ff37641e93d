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
    category = fields.CommaList(
        metadata={
            "description": "Only components of these categories: class and subclass, four digits, "
            "separated by commas"
        }
    )
    unit_id = ma.fields.UUID(
        metadata={"description": "Only components that this unit owns, manages or maintains"}
    )
    state = fields.CommaList(
        choices=STATES,
        metadata={
            "description": "Only components in these states, separated by commas; absent: all but `retired`"
        },
    )
    code = fields.Words(max_length=16, metadata={"description": "Only the component with exactly this code"})
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class ComponentFacts(FreeText):
    """Facts of a component that can be set when it is registered and changed later."""

    free_text = ("note",)

    name = ma.fields.Nested(
        fields.Named, metadata={"description": "Name of the component in Chinese and English"}
    )
    state = fields.Choice(
        STATES_IN_REGISTER,
        metadata={"description": "Condition of the component; absent in a new one: `in_use`"},
    )
    owning_unit_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Id of the unit that owns the component; null: not known"}
    )
    managing_unit_id = ma.fields.UUID(
        allow_none=True,
        metadata={"description": "Id of the unit that manages the component; null: not known"},
    )
    maintaining_unit_id = ma.fields.UUID(
        allow_none=True,
        metadata={"description": "Id of the unit that maintains the component; null: not known"},
    )
    lon = fields.Longitude()
    lat = fields.Latitude()
    coord_sys = fields.Choice(COORDINATE_SYSTEMS, load_default="wgs84")
    installed_on = ma.fields.Date(
        allow_none=True, metadata={"description": "Day of installation; null: not known"}
    )
    checked_on = ma.fields.Date(
        allow_none=True,
        metadata={"description": "Day of the last inspection in the register; null: not known"},
    )
    source = fields.Words(
        max_length=200,
        allow_none=True,
        metadata={"description": "Survey or file from which the data come; null: not known"},
    )
    note = fields.Words(
        max_length=2000, allow_none=True, metadata={"description": "Note of staff; null: none"}
    )

    @ma.validates_schema
    def validate_point(self, data: dict[str, object], **_: object) -> None:
        """Raise ValidationError if only one of `lon` and `lat` was sent."""
        if ("lon" in data) != ("lat" in data):
            raise ma.ValidationError("required", "lat" if "lon" in data else "lon")


class RegisterComponent(ComponentFacts):
    id = fields.Uuid7(metadata={"description": "UUIDv7 made by the client; absent: the server makes one"})
    jurisdiction = fields.Words(
        max_length=64,
        metadata={"description": "Code of the jurisdiction; absent: the default jurisdiction of the caller"},
    )
    code = fields.Words(
        max_length=16,
        required=True,
        metadata={"description": "Code of the component, 16 digits: 6 county, 2 class, 2 subclass, 6 serial"},
    )
    name = ma.fields.Nested(
        fields.Named, required=True, metadata={"description": "Name of the component in Chinese and English"}
    )
    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)


class ComponentPatch(ComponentFacts):
    """The facts to change; its number stays."""


class ComponentUnit(Schema):
    id = ma.fields.UUID()
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the unit"})


class ComponentGrid(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String(metadata={"description": "Code of the grid"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the grid"})


class ComponentOut(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String(
        metadata={"description": "Code of the component, 16 digits: 6 county, 2 class, 2 subclass, 6 serial"}
    )
    category = ma.fields.String(
        metadata={"description": "Code of the category: class and subclass, four digits"}
    )
    name = ma.fields.Nested(
        fields.Named, metadata={"description": "Name of the component in Chinese and English"}
    )
    state = fields.Choice(STATES, metadata={"description": "Condition of the component, or `retired`"})
    version = fields.Integer()
    location = ma.fields.Dict(metadata={"description": "GeoJSON Point"})
    grid = ma.fields.Nested(
        ComponentGrid,
        allow_none=True,
        metadata={"description": "Grid that contains the component; null: no grid does"},
    )
    owning_unit = ma.fields.Nested(
        ComponentUnit,
        allow_none=True,
        metadata={"description": "Unit that owns the component; null: not known"},
    )
    managing_unit = ma.fields.Nested(
        ComponentUnit,
        allow_none=True,
        metadata={"description": "Unit that manages the component; null: not known"},
    )
    maintaining_unit = ma.fields.Nested(
        ComponentUnit,
        allow_none=True,
        metadata={"description": "Unit that maintains the component; null: not known"},
    )
    installed_on = ma.fields.Date(
        allow_none=True, metadata={"description": "Day of installation; null: not known"}
    )
    checked_on = ma.fields.Date(
        allow_none=True,
        metadata={"description": "Day of the last inspection in the register; null: not known"},
    )
    source = ma.fields.String(
        allow_none=True, metadata={"description": "Survey or file from which the data come; null: not known"}
    )
    note = ma.fields.String(allow_none=True, metadata={"description": "Note of staff; null: none"})


class ComponentPage(Schema):
    items = ma.fields.List(ma.fields.Nested(ComponentOut))
    next = ma.fields.String(allow_none=True)


class ComponentFeature(Schema):
    type = ma.fields.String(
        validate=ma.validate.Equal("Feature"), metadata={"description": "Always `Feature`"}
    )
    id = ma.fields.UUID()
    geometry = ma.fields.Dict()
    properties = ma.fields.Nested(ComponentOut)


class ComponentFeatures(Schema):
    type = ma.fields.String(
        validate=ma.validate.Equal("FeatureCollection"),
        metadata={"description": "Always `FeatureCollection`"},
    )
    features = ma.fields.List(ma.fields.Nested(ComponentFeature))
    next = ma.fields.String(allow_none=True)
