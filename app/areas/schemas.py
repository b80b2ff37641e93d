"""Input and documentation of areas, units and profiles."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema

LEVELS = ("district", "street", "community", "grid")
POLYGONS = frozenset({"Polygon", "MultiPolygon"})


class AreaFilter(Schema):
    level = ma.fields.String(validate=ma.validate.OneOf(LEVELS))
    within = ma.fields.UUID(metadata={"description": "Areas in and under this one"})
    bbox = fields.BBox()
    code = fields.Words(max_length=64)
    geometry = ma.fields.Boolean(load_default=True)
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = ma.fields.String(validate=ma.validate.Length(max=500))


class PointQuery(Schema):
    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)
    coord_sys = ma.fields.String(load_default="wgs84", validate=ma.validate.OneOf(["wgs84", "gcj02", "bd09"]))


class AreaProperties(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    level = ma.fields.String()
    parent_id = ma.fields.UUID(allow_none=True)
    valid_from = ma.fields.String()
    version = ma.fields.Integer()


class AreaFeature(Schema):
    type = ma.fields.Constant("Feature")
    id = ma.fields.UUID()
    geometry = ma.fields.Dict(allow_none=True)
    properties = ma.fields.Nested(AreaProperties)


class AreaCollection(Schema):
    type = ma.fields.Constant("FeatureCollection")
    features = ma.fields.List(ma.fields.Nested(AreaFeature))
    next = ma.fields.String(allow_none=True)


class AreaName(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    level = ma.fields.String()


class AreasAt(Schema):
    lon = ma.fields.Float()
    lat = ma.fields.Float()
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
    level = ma.fields.String(required=True, validate=ma.validate.OneOf(LEVELS))
    parent_code = fields.Words(max_length=64, load_default=None, allow_none=True)


class NewAreaFeature(Schema):
    type = ma.fields.String(required=True, validate=ma.validate.Equal("Feature"))
    id = ma.fields.UUID(load_default=None, allow_none=True, validate=fields.is_uuid7)
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
    area_m2 = ma.fields.Float(allow_none=True)
    width_m = ma.fields.Float(allow_none=True)


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
    within = ma.fields.UUID()
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = ma.fields.String(validate=ma.validate.Length(max=500))


class Competence(Schema):
    area_id = ma.fields.UUID(load_default=None, allow_none=True)
    category_prefix = fields.Words(max_length=32, load_default="")


class CreateUnit(Schema):
    id = ma.fields.UUID(validate=fields.is_uuid7)
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
    id = ma.fields.UUID()


class UnitOut(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.Nested(fields.Named)
    area_id = ma.fields.UUID(allow_none=True)
    contact = ma.fields.String(allow_none=True)
    version = ma.fields.Integer()
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
