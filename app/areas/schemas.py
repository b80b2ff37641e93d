"""Schemas of areas, units and jurisdictions."""

import re
from typing import Any

import marshmallow as ma

from app.areas.rules.place_kinds import PLACE_KINDS
from app.core.coordinates import COORDINATE_SYSTEMS
from app.http import fields
from app.http.smorest import Schema
from app.profiles.rules.levels import LEVELS

POLYGONS = frozenset({"Polygon", "MultiPolygon"})


class PlaceInWords(Schema):
    """The nearest named place to a point, for people: an address or landmark, else a street."""

    kind = fields.Choice(PLACE_KINDS, metadata={"description": "Kind of the place"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the place"})
    distance_m = fields.Integer(metadata={"description": "Distance in metres on the spheroid"})


class AreaFilter(Schema):
    level = fields.Choice(LEVELS, metadata={"description": "Only areas of this level"})
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Only this area and the areas below it"}
    )
    bbox = fields.BBox(
        metadata={
            "description": "Only areas that intersect this box: `minlon,minlat,maxlon,maxlat` in degrees, "
            "WGS 84"
        }
    )
    code = fields.Words(max_length=64, metadata={"description": "Only the area with this code"})
    geometry = fields.Boolean(
        load_default=True, metadata={"description": "False: `geometry` of each feature is null"}
    )
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class PointQuery(Schema):
    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)
    coord_sys = fields.Choice(COORDINATE_SYSTEMS, load_default="wgs84")


_USUAL_DEGREES = r"(-?(?:0|[1-9]\d{0,2})(?:\.\d{1,15})?)"
_USUAL_POINT = re.compile(rf"lon={_USUAL_DEGREES}&lat={_USUAL_DEGREES}", re.ASCII)


def usual_point(query: str) -> dict[str, Any] | None:
    """Return what `PointQuery` makes of `lon=...&lat=...`, or None if only the schema can tell."""
    match = _USUAL_POINT.fullmatch(query)
    if match is None:
        return None
    lon, lat = float(match[1]), float(match[2])
    if abs(lon) > 180 or abs(lat) > 90:
        return None
    return {"lon": lon, "lat": lat, "coord_sys": "wgs84"}


class AreaProperties(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the area"})
    code = ma.fields.String(metadata={"description": "Code of the area, unique in its jurisdiction"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the area"})
    level = ma.fields.String(
        metadata={"description": "Level of the area: district, street, community or grid"}
    )
    parent_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Id of the area above; null: a top area"}
    )
    valid_from = ma.fields.String(metadata={"description": "From when this version applies (RFC 3339)"})
    version = fields.Integer()


class AreaFeature(Schema):
    type = ma.fields.String(
        validate=ma.validate.Equal("Feature"), metadata={"description": "Always `Feature`"}
    )
    id = ma.fields.UUID(metadata={"description": "Id of the area"})
    geometry = ma.fields.Dict(
        allow_none=True, metadata={"description": "GeoJSON polygon in WGS 84; null with `geometry=false`"}
    )
    properties = ma.fields.Nested(AreaProperties, metadata={"description": "Facts of the area"})


class AreaCollection(Schema):
    type = ma.fields.String(
        validate=ma.validate.Equal("FeatureCollection"),
        metadata={"description": "Always `FeatureCollection`"},
    )
    features = ma.fields.List(
        ma.fields.Nested(AreaFeature), metadata={"description": "The areas of this page"}
    )
    next = ma.fields.String(allow_none=True)


class AreaName(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the area"})
    code = ma.fields.String(metadata={"description": "Code of the area"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the area"})
    level = ma.fields.String(
        metadata={"description": "Level of the area: district, street, community or grid"}
    )


class AreasAt(Schema):
    lon = fields.Float(metadata={"description": "Longitude of the point in WGS 84, degrees"})
    lat = fields.Float(metadata={"description": "Latitude of the point in WGS 84, degrees"})
    district = ma.fields.Nested(
        AreaName, allow_none=True, metadata={"description": "District at the point; null: none"}
    )
    street = ma.fields.Nested(
        AreaName, allow_none=True, metadata={"description": "Street at the point; null: none"}
    )
    community = ma.fields.Nested(
        AreaName, allow_none=True, metadata={"description": "Community at the point; null: none"}
    )
    grid = ma.fields.Nested(
        AreaName, allow_none=True, metadata={"description": "Grid at the point; null: none"}
    )


class AreaVersionOut(Schema):
    code = ma.fields.String(metadata={"description": "Code in this version"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name in this version"})
    level = ma.fields.String(
        metadata={"description": "Level of the area: district, street, community or grid"}
    )
    parent_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Id of the area above; null: a top area"}
    )
    valid_from = ma.fields.String(metadata={"description": "From when it applied (RFC 3339)"})
    valid_to = ma.fields.String(
        allow_none=True, metadata={"description": "Until when it applied (RFC 3339); null: it is in force"}
    )
    reason = ma.fields.String(
        allow_none=True, metadata={"description": "Reason that was given for the change; null: none"}
    )
    geometry = ma.fields.Dict(metadata={"description": "GeoJSON polygon of this version, WGS 84"})


class AreaHistory(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the area"})
    items = ma.fields.List(
        ma.fields.Nested(AreaVersionOut), metadata={"description": "Versions, oldest first"}
    )


class NewAreaProperties(Schema):
    code = fields.Words(
        max_length=64,
        min_length=1,
        required=True,
        metadata={"description": "Code in the form that the profile requires; unique in the jurisdiction"},
    )
    name = ma.fields.Nested(fields.Named, required=True, metadata={"description": "Name of the area"})
    level = fields.Choice(
        LEVELS,
        required=True,
        metadata={"description": "Level of the area: district, street, community or grid"},
    )
    parent_code = fields.Words(
        max_length=64,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Code of the area above, of this import or stored; null: found by the place"
        },
    )


class NewAreaFeature(Schema):
    type = ma.fields.String(
        required=True, validate=ma.validate.Equal("Feature"), metadata={"description": "Always `Feature`"}
    )
    id = fields.Uuid7(
        load_default=None,
        allow_none=True,
        metadata={"description": "UUIDv7 made by the client; absent: the server makes one"},
    )
    geometry = fields.Geometry(kinds=POLYGONS, required=True)
    properties = ma.fields.Nested(
        NewAreaProperties, required=True, metadata={"description": "Facts of the area"}
    )


class ImportAreas(Schema):
    """A GeoJSON FeatureCollection of new areas."""

    type = ma.fields.String(
        required=True,
        validate=ma.validate.Equal("FeatureCollection"),
        metadata={"description": "Always `FeatureCollection`"},
    )
    jurisdiction = fields.Words(
        max_length=64,
        load_default=None,
        allow_none=True,
        metadata={"description": "Code of the jurisdiction; absent: that of the caller"},
    )
    features = ma.fields.List(
        ma.fields.Nested(NewAreaFeature),
        required=True,
        validate=ma.validate.Length(min=1, max=2000),
        metadata={"description": "New areas of any levels, in any order"},
    )


class Size(Schema):
    area_m2 = fields.Float(
        allow_none=True, metadata={"description": "Area in square metres; null: not about land"}
    )
    width_m = fields.Float(allow_none=True, metadata={"description": "Width in metres; null: not measured"})


class Finding(Schema):
    """A finding about new areas: an `error` prevents storing, a `warning` should be looked at, an `info` reports a change."""

    code = ma.fields.String(metadata={"description": "Code of the finding"})
    area_codes = ma.fields.List(ma.fields.String(), metadata={"description": "Codes of the areas concerned"})
    severity = ma.fields.String(
        metadata={
            "description": "`error`: nothing is stored; `warning`: should be looked at; `info`: what was "
            "changed"
        }
    )
    message = ma.fields.String(metadata={"description": "The finding in English, for logs"})
    sentence = ma.fields.Nested(
        fields.Named, metadata={"description": "The finding as a sentence in both languages"}
    )
    place = ma.fields.Dict(
        allow_none=True, metadata={"description": "GeoJSON of the place, WGS 84; null: not about a place"}
    )
    size = ma.fields.Nested(Size, metadata={"description": "Size of the place"})
    repair = ma.fields.Dict(
        allow_none=True,
        metadata={"description": "GeoJSON of a shape without the fault, WGS 84; not applied; null: none"},
    )


class AreasImported(Schema):
    created = ma.fields.List(ma.fields.Nested(AreaName), metadata={"description": "Areas that were stored"})
    findings = ma.fields.List(
        ma.fields.Nested(Finding), metadata={"description": "Warnings and repairs; empty: none"}
    )


class UnitFilter(Schema):
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Only units of this area or an area below it"}
    )
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = fields.Cursor()


class Competence(Schema):
    area_id = ma.fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Area in which the unit owns these categories; null: the whole jurisdiction"
        },
    )
    category_prefix = fields.Words(
        max_length=32,
        load_default="",
        metadata={"description": "Begin of the codes of the owned categories; empty: all"},
    )


class CreateUnit(Schema):
    id = fields.Uuid7()
    jurisdiction = fields.Words(
        max_length=64,
        load_default=None,
        allow_none=True,
        metadata={"description": "Code of the jurisdiction; absent: that of the caller"},
    )
    code = fields.Words(
        max_length=64,
        min_length=1,
        required=True,
        metadata={"description": "Code of the unit, unique in the jurisdiction"},
    )
    name = ma.fields.Nested(fields.Named, required=True, metadata={"description": "Name of the unit"})
    area_id = ma.fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "Area that the unit works for; null: the whole jurisdiction"},
    )
    contact = fields.Words(
        max_length=200,
        load_default=None,
        allow_none=True,
        metadata={"description": "How to reach the unit; null: unknown"},
    )
    competences = ma.fields.List(
        ma.fields.Nested(Competence),
        load_default=list,
        validate=ma.validate.Length(max=200),
        metadata={"description": "Which categories the unit owns, and where"},
    )


class UnitPatch(Schema):
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the unit"})
    contact = fields.Words(
        max_length=200, allow_none=True, metadata={"description": "How to reach the unit; null: unknown"}
    )
    competences = ma.fields.List(
        ma.fields.Nested(Competence),
        validate=ma.validate.Length(max=200),
        metadata={"description": "The whole new list of what the unit owns"},
    )


class CompetenceOut(Competence):
    """A competence in an answer: the document lists its members as required."""


class UnitOut(Schema):
    id = ma.fields.UUID()
    code = ma.fields.String(metadata={"description": "Code of the unit, unique in the jurisdiction"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the unit"})
    area_id = ma.fields.UUID(
        allow_none=True,
        metadata={"description": "Area that the unit works for; null: the whole jurisdiction"},
    )
    contact = ma.fields.String(
        allow_none=True,
        metadata={"description": "How to reach the unit, masked for some callers; null: unknown"},
    )
    version = fields.Integer()
    competences = ma.fields.List(
        ma.fields.Nested(CompetenceOut), metadata={"description": "Which categories the unit owns, and where"}
    )


class UnitPage(Schema):
    items = ma.fields.List(ma.fields.Nested(UnitOut))
    next = ma.fields.String(allow_none=True)


class CreateJurisdiction(Schema):
    code = fields.Words(
        max_length=64,
        min_length=1,
        required=True,
        metadata={"description": "Code of the jurisdiction, unique in the installation"},
    )
    name = ma.fields.Nested(fields.Named, required=True, metadata={"description": "Name of the jurisdiction"})
    timezone = fields.Words(
        max_length=64,
        min_length=1,
        required=True,
        metadata={"description": "IANA time zone, such as `Asia/Shanghai`; replaces that of the profile"},
    )
    profile_data = ma.fields.Dict(
        data_key="profile",
        required=True,
        metadata={"description": "A complete profile: categories, deadlines, calendar and further rules"},
    )
