"""Input and documentation of the evaluation of a month."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import Sentence
from app.statistics.schemas.figures import (
    DIRECTED_AREA,
    RATE_NAMES,
    CountedCase,
    CountedQuery,
    Definitions,
    FigureGroup,
    GroupKey,
    Period,
    RateOut,
    Told,
)
from app.statistics.schemas.linked_counts import BoardArea
from app.statistics.schemas.monthly import KeptWhole

_MONTH = fields.Pattern(r"^(20|21)[0-9]{2}-(0[1-9]|1[0-2])$")


class EvaluationQuery(CountedQuery):
    class Meta:
        exclude = (
            *("from_", "to", "jurisdiction", "category", "class_", "priority", "unowned"),
            *("source", "handling_unit_id", "lacks_handling_unit"),
        )

    month = ma.fields.String(required=True, validate=_MONTH, metadata={"description": "Month, `YYYY-MM`"})
    area_id = ma.fields.UUID(required=True, metadata={"description": DIRECTED_AREA})


class Titled(GroupKey):
    title = ma.fields.Nested(fields.Named, metadata={"description": "Title of the group"})


class OutBy(RateOut):
    rate = fields.Choice(RATE_NAMES, metadata={"description": "Name of the rate"})
    gap = fields.Float(metadata={"description": "Distance from the rate of the whole, 0 to 1"})
    overall = fields.Float(metadata={"description": "Rate of the whole, 0 to 1"})


class StandsOut(Schema):
    group = ma.fields.Nested(Titled, metadata={"description": "The group"})
    gap = fields.Float(metadata={"description": "Largest distance among its rates, 0 to 1"})
    rates = ma.fields.List(
        ma.fields.Nested(OutBy),
        metadata={
            "description": "Rates in which the group is worse than the whole, the largest distance first"
        },
    )
    sentence = ma.fields.Nested(Sentence, metadata={"description": "What stands out, as a sentence"})


class ChapterGroup(FigureGroup):
    title = ma.fields.Nested(fields.Named, metadata={"description": "Title of the group"})


class Chapter(Schema):
    by = ma.fields.String(metadata={"description": "Grouping of the chapter"})
    title = ma.fields.Nested(Sentence, metadata={"description": "Title of the chapter"})
    is_ranked = fields.Boolean(
        metadata={"description": "True: the groups are ranked; only areas above grids and units are"}
    )
    groups = ma.fields.List(
        ma.fields.Nested(ChapterGroup), metadata={"description": "Groups of the chapter; ranked ones by rank"}
    )
    left_out = fields.Integer(metadata={"description": "Number of smaller groups that are not listed"})


class TailCase(CountedCase):
    title = ma.fields.Nested(fields.Named, metadata={"description": "Name of the category"})


class Again(Schema):
    json = ma.fields.String(metadata={"description": "Path of the JSON"})
    html = ma.fields.String(metadata={"description": "Path of the page to print"})
    xlsx = ma.fields.String(metadata={"description": "Path of the workbook"})


class Evaluation(Told):
    month = ma.fields.String(metadata={"description": "Month, `YYYY-MM`"})
    area = ma.fields.Nested(BoardArea, metadata={"description": "The area"})
    owner_unit_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Id of the unit; null: all units"}
    )
    period = ma.fields.Nested(
        Period, metadata={"description": "The month, and the periods that it is compared with"}
    )
    at = ma.fields.DateTime(metadata={"description": "As of when the cases were counted (RFC 3339, UTC)"})
    again = ma.fields.Nested(
        Again, metadata={"description": "Paths that return the same numbers at any later time"}
    )
    kept = ma.fields.Nested(
        KeptWhole,
        metadata={
            "description": "Visits, patrols, coverage and open cases of the month, as in `GET "
            "/figures/cycles`"
        },
    )
    stands_out = ma.fields.List(
        ma.fields.Nested(StandsOut),
        metadata={
            "description": "Groups that are worse than the whole, each once, the largest distance first"
        },
    )
    chapters = ma.fields.List(ma.fields.Nested(Chapter), metadata={"description": "Figures by grouping"})
    tail = ma.fields.List(
        ma.fields.Nested(TailCase), metadata={"description": "Cases that are overdue for the longest"}
    )
    definitions = ma.fields.Nested(
        Definitions, metadata={"description": "Definitions of measures, rates and means"}
    )
