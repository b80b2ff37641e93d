"""Schemas of places."""

import marshmallow as ma

from app.areas.rules.place_kinds import PLACE_KINDS
from app.areas.schemas import PlaceInWords
from app.core.coordinates import COORDINATE_SYSTEMS
from app.http import fields
from app.http.smorest import Schema
from app.places.rules import NEAR_WITHIN_M, SEARCH_MAX, SEARCH_MIN


class SearchQuery(Schema):
    q = fields.Words(
        min_length=SEARCH_MIN,
        max_length=SEARCH_MAX,
        required=True,
        metadata={
            "description": "Words of the name, two characters or more: in Chinese (`古荡路12号`), in pinyin (`gudanglu12`), "
            "of initials (`gdl12`), or the number of a component"
        },
    )
    limit = fields.Integer(load_default=10, validate=ma.validate.Range(1, 50))


class NearQuery(Schema):
    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)
    coord_sys = fields.Choice(COORDINATE_SYSTEMS, load_default="wgs84")
    within_m = fields.Float(
        load_default=NEAR_WITHIN_M,
        validate=ma.validate.Range(1, 1000),
        metadata={"description": "Largest distance in metres"},
    )


class PlaceGrid(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the grid"})
    code = ma.fields.String(metadata={"description": "Code of the grid"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the grid"})


class FoundPlace(Schema):
    id = ma.fields.UUID(
        metadata={
            "description": "Id of the place, which a report takes as `place_id`; it may change with the register"
        }
    )
    kind = fields.Choice(PLACE_KINDS, metadata={"description": "Kind of the place"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the place"})
    location = ma.fields.Dict(metadata={"description": "GeoJSON Point in WGS 84 (CRS84: longitude first)"})
    grid = ma.fields.Nested(
        PlaceGrid, allow_none=True, metadata={"description": "Grid of the place; null: none"}
    )
    is_exact = fields.Boolean(
        metadata={"description": "True: the text is the whole name, pinyin or initials"}
    )


class FoundPlaces(Schema):
    items = ma.fields.List(
        ma.fields.Nested(FoundPlace), metadata={"description": "Places, best first; empty: none"}
    )


class NearestPlace(PlaceInWords):
    id = ma.fields.UUID(
        allow_none=True,
        metadata={"description": "Id of the place; null: the street of an address whose number is hidden"},
    )
    location = ma.fields.Dict(
        allow_none=True, metadata={"description": "GeoJSON Point in WGS 84; null as `id` is"}
    )


class PlaceNear(Schema):
    lon = fields.Longitude()
    lat = fields.Latitude()
    place = ma.fields.Nested(
        NearestPlace,
        allow_none=True,
        metadata={"description": "The nearest place; null: none within the distance"},
    )
    grid = ma.fields.Nested(
        PlaceGrid, allow_none=True, metadata={"description": "Grid that contains the point; null: none"}
    )
