"""Documentation of what the pictures of figures show: tiles, funnel, classes of the map."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import Sentence
from app.statistics.rules import pictures
from app.statistics.schemas.figure_queries import MEASURES, RATE_NAMES


class Change(Schema):
    previous = fields.Float(
        allow_none=True, metadata={"description": "Against the period before; null: not comparable"}
    )
    year_before = fields.Float(
        allow_none=True, metadata={"description": "Against the same days a year before; null: not comparable"}
    )


class Tile(Schema):
    kind = fields.Choice(
        Enumeration(
            "TileKind",
            {
                pictures.MEASURE: "the number of cases of a measure",
                pictures.RATE: "a rate",
                pictures.AVERAGE: "a mean duration",
            },
        ),
        metadata={"description": "Whether the tile shows a measure, a rate or a mean"},
    )
    name = ma.fields.String(metadata={"description": "Name of the measure, rate or mean"})
    is_good = fields.Boolean(
        allow_none=True, metadata={"description": "True: a rise is good; false: it is bad; null: neither"}
    )
    change = ma.fields.Nested(
        Change,
        metadata={
            "description": "Change of the value: of a rate the difference, else the difference as a part of the "
            "earlier value"
        },
    )


class FunnelStep(Schema):
    measure = fields.Choice(
        MEASURES,
        metadata={"description": "Measure that counts the step; it counts a part of the step before"},
    )
    title = ma.fields.Nested(Sentence, metadata={"description": "Title of the step"})


class Colouring(Schema):
    area_grouping = ma.fields.String(
        allow_none=True,
        metadata={"description": "Grouping whose groups are areas on the map; null: the area has no parts"},
    )
    rate = fields.Choice(RATE_NAMES, metadata={"description": "Rate by which areas and bars are coloured"})
    bands = ma.fields.List(
        fields.Float(), metadata={"description": "Lower edges of the classes of the rate, but of the lowest"}
    )


class Pictured(Schema):
    """Data of the pictures of an answer."""

    tiles = ma.fields.List(
        ma.fields.Nested(Tile), metadata={"description": "The main numbers, with their change"}
    )
    funnel = ma.fields.List(
        ma.fields.Nested(FunnelStep),
        metadata={"description": "Steps of the accepted cases, from report to closing"},
    )
    colouring = ma.fields.Nested(
        Colouring, metadata={"description": "By which rate groups are coloured in pictures"}
    )
