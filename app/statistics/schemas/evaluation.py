"""Input and documentation of the evaluation of a month."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import Sentence
from app.statistics.schemas.figures import (
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

    month = ma.fields.String(required=True, validate=_MONTH, metadata={"description": "YYYY-MM"})
    area_id = ma.fields.UUID(required=True, metadata={"description": "One of my areas, or one under it"})


class Titled(GroupKey):
    title = ma.fields.Nested(fields.Named)


class OutBy(RateOut):
    rate = fields.Choice(RATE_NAMES)
    gap = fields.Float(metadata={"description": "How far it is from the whole; the widest comes first"})
    overall = fields.Float(metadata={"description": "Of the whole, 0 to 1"})


class StandsOut(Schema):
    group = ma.fields.Nested(Titled)
    gap = fields.Float(metadata={"description": "The widest of its rates; the widest comes first"})
    rates = ma.fields.List(
        ma.fields.Nested(OutBy), metadata={"description": "All in which it stands worse than the whole"}
    )
    sentence = ma.fields.Nested(Sentence)


class ChapterGroup(FigureGroup):
    title = ma.fields.Nested(fields.Named)


class Chapter(Schema):
    by = ma.fields.String()
    title = ma.fields.Nested(Sentence)
    is_ranked = fields.Boolean(metadata={"description": "Areas above grids and units are, nobody else"})
    groups = ma.fields.List(ma.fields.Nested(ChapterGroup))
    left_out = fields.Integer(metadata={"description": "How many groups with fewer cases are not listed"})


class TailCase(CountedCase):
    title = ma.fields.Nested(fields.Named, metadata={"description": "Of the category"})


class Again(Schema):
    json = ma.fields.String()
    html = ma.fields.String()
    xlsx = ma.fields.String()


class Evaluation(Told):
    month = ma.fields.String()
    area = ma.fields.Nested(BoardArea)
    owner_unit_id = ma.fields.UUID(allow_none=True)
    period = ma.fields.Nested(Period)
    at = ma.fields.DateTime()
    again = ma.fields.Nested(
        Again, metadata={"description": "Paths that give the same numbers, whatever is recorded later"}
    )
    kept = ma.fields.Nested(
        KeptWhole,
        metadata={
            "description": "Visits, patrols, coverage and load of the month, as /figures/cycles tells them"
        },
    )
    stands_out = ma.fields.List(
        ma.fields.Nested(StandsOut),
        metadata={"description": "Subgroups that stand worse than the whole, each once"},
    )
    chapters = ma.fields.List(ma.fields.Nested(Chapter))
    tail = ma.fields.List(ma.fields.Nested(TailCase), metadata={"description": "Overdue for the longest"})
    definitions = ma.fields.Nested(Definitions)
