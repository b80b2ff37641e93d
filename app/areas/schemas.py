"""Input and documentation of areas, units and profiles."""

import marshmallow as ma

from app.core.coordinates import COORDINATE_SYSTEMS
from app.http import fields
from app.http.smorest import Schema
from app.profiles.rules.validation import LEVELS

POLYGONS = frozenset({"Polygon", "MultiPolygon"})


class AreaFilter(Schema):
    level = fields.Choice(LEVELS)
    area_id = ma.fields.UUID(attribute="within", metadata={"description": "Areas in and under this one"})
    bbox = fields.BBox()
    code = fields.Words(max_length=64)
    geometry = fields.Boolean(load_default=True)
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class PointQuery(Schema):
    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)
    coord_sys = fields.Choice(COORDINATE_SYSTEMS, load_default="wgs84")


class AreaProperties(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    level = ma.fields.String()
    parent_id = ma.fields.UUID(allow_none=True)
    valid_from = ma.fields.String()
    version = fields.Integer()


class AreaFeature(Schema):
    type = ma.fields.String(validate=ma.validate.Equal("Feature"))
    id = ma.fields.UUID()
    geometry = ma.fields.Dict(allow_none=True)
    properties = ma.fields.Nested(AreaProperties)


class AreaCollection(Schema):
    type = ma.fields.String(validate=ma.validate.Equal("FeatureCollection"))
    features = ma.fields.List(ma.fields.Nested(AreaFeature))
    next = ma.fields.String(allow_none=True)


class AreaName(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    level = ma.fields.String()


class AreasAt(Schema):
    lon = fields.Float()
    lat = fields.Float()
    district = ma.fields.Nested(AreaName, allow_none=True)
    street = ma.fields.Nested(AreaName, allow_none=True)
    community = ma.fields.Nested(AreaName, allow_none=True)
    grid = ma.fields.Nested(AreaName, allow_none=True)


class AreaVersionOut(Schema):
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    level = ma.fields.String()
    parent_id = ma.fields.UUID(allow_none=True)
    valid_from = ma.fields.String()
    valid_to = ma.fields.String(allow_none=True)
    reason = ma.fields.String(allow_none=True)
    geometry = ma.fields.Dict()


class AreaHistory(Schema):
    id = ma.fields.UUID()
    items = ma.fields.List(ma.fields.Nested(AreaVersionOut))


class NewAreaProperties(Schema):
    code = fields.Words(max_length=64, min_length=1, required=True)
    name = ma.fields.Nested(fields.Named, required=True)
    level = fields.Choice(LEVELS, required=True)
    parent_code = fields.Words(max_length=64, load_default=None, allow_none=True)


class NewAreaFeature(Schema):
    type = ma.fields.String(required=True, validate=ma.validate.Equal("Feature"))
    id = fields.Uuid7(load_default=None, allow_none=True)
    geometry = fields.Geometry(kinds=POLYGONS, required=True)
    properties = ma.fields.Nested(NewAreaProperties, required=True)


class ImportAreas(Schema):
    """A GeoJSON FeatureCollection of new areas."""

    type = ma.fields.String(required=True, validate=ma.validate.Equal("FeatureCollection"))
    jurisdiction = fields.Words(max_length=64, load_default=None, allow_none=True)
    features = ma.fields.List(
        ma.fields.Nested(NewAreaFeature), required=True, validate=ma.validate.Length(min=1, max=2000)
    )


class Size(Schema):
    area_m2 = fields.Float(allow_none=True)
    width_m = fields.Float(allow_none=True)


class Finding(Schema):
    """On new areas: an `error` forbids storing, a `warning` asks for a look, an `info` reports a change."""

    code = ma.fields.String()
    area_codes = ma.fields.List(ma.fields.String())
    severity = ma.fields.String()
    message = ma.fields.String()
    sentence = ma.fields.Nested(fields.Named)
    place = ma.fields.Dict(allow_none=True, metadata={"description": "GeoJSON of where"})
    size = ma.fields.Nested(Size)
    repair = ma.fields.Dict(allow_none=True, metadata={"description": "GeoJSON of a shape that would do"})


class AreasImported(Schema):
    created = ma.fields.List(ma.fields.Nested(AreaName))
    findings = ma.fields.List(ma.fields.Nested(Finding))


class UnitFilter(Schema):
    area_id = ma.fields.UUID(attribute="within", metadata={"description": "Units in and under this area"})
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class Competence(Schema):
    area_id = ma.fields.UUID(load_default=None, allow_none=True)
    category_prefix = fields.Words(max_length=32, load_default="")


class CreateUnit(Schema):
    id = fields.Uuid7()
    jurisdiction = fields.Words(max_length=64, load_default=None, allow_none=True)
    code = fields.Words(max_length=64, min_length=1, required=True)
    name = ma.fields.Nested(fields.Named, required=True)
    area_id = ma.fields.UUID(load_default=None, allow_none=True)
    contact = fields.Words(max_length=200, load_default=None, allow_none=True)
    competences = ma.fields.List(
        ma.fields.Nested(Competence), load_default=list, validate=ma.validate.Length(max=200)
    )


class UnitPatch(Schema):
    name = ma.fields.Nested(fields.Named)
    contact = fields.Words(max_length=200, allow_none=True)
    competences = ma.fields.List(ma.fields.Nested(Competence), validate=ma.validate.Length(max=200))


class CompetenceOut(Competence):
    """A competence as answered: the document lists its members as required."""


class UnitOut(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    area_id = ma.fields.UUID(allow_none=True)
    contact = ma.fields.String(allow_none=True)
    version = fields.Integer()
    competences = ma.fields.List(ma.fields.Nested(CompetenceOut))


class UnitPage(Schema):
    items = ma.fields.List(ma.fields.Nested(UnitOut))
    next = ma.fields.String(allow_none=True)


class CreateJurisdiction(Schema):
    code = fields.Words(max_length=64, min_length=1, required=True)
    name = ma.fields.Nested(fields.Named, required=True)
    timezone = fields.Words(
        max_length=64,
        min_length=1,
        required=True,
        metadata={"description": "IANA name, such as Asia/Shanghai; takes the place of the profile's"},
    )
    profile_data = ma.fields.Dict(
        data_key="profile", required=True, metadata={"description": "A whole jurisdiction profile"}
    )
