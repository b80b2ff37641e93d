"""Input and documentation of rounded figures."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.statistics.rules.rounding import LEVELS_TOLD, MEASURES_TOLD, RATES_TOLD
from app.statistics.schemas.figures import CLASSES, Definitions, GroupKey

GROUPINGS = Enumeration(
    "RoundedGrouping", ("month", "class", "category", *(f"area:{level}" for level in LEVELS_TOLD))
)

MONTH = fields.Pattern(r"^20[0-9]{2}-(0[1-9]|1[0-2])$")


class RoundedQuery(Schema):
    from_ = ma.fields.String(
        required=True, data_key="from", validate=MONTH, metadata={"description": "As 2026-09"}
    )
    to = ma.fields.String(required=True, validate=MONTH, metadata={"description": "Last month"})
    group_by = fields.Choice(GROUPINGS)
    jurisdiction = ma.fields.String(validate=ma.validate.Length(1, 100))
    area_id = ma.fields.UUID(metadata={"description": "A district or street of mine, or under one"})
    category = fields.Words(max_length=40, min_length=1)
    class_ = fields.Choice(CLASSES, data_key="class")
    as_of = fields.Instant(metadata={"description": "From what had been told by this instant"})


class RoundedCount(Schema):
    count = fields.Integer(
        allow_none=True, metadata={"description": "A sum of rounded cells; null: not told"}
    )
    previous = fields.Integer(allow_none=True)
    year_before = fields.Integer(allow_none=True)


class RoundedRate(Schema):
    value = fields.Float(allow_none=True)
    previous = fields.Float(allow_none=True)
    year_before = fields.Float(allow_none=True)


class Rounded(Schema):
    measures = ma.fields.Nested(
        Schema.from_dict(
            {name: ma.fields.Nested(RoundedCount) for name in MEASURES_TOLD}, name="RoundedMeasures"
        )
    )
    rates = ma.fields.Nested(
        Schema.from_dict({name: ma.fields.Nested(RoundedRate) for name in RATES_TOLD}, name="RoundedRates")
    )


class RoundedGroup(Rounded):
    group = ma.fields.Nested(GroupKey)


class RoundedSpan(Schema):
    from_ = ma.fields.Date(data_key="from")
    to = ma.fields.Date()
    is_told = fields.Boolean(metadata={"description": "Each of its months has been told"})


class RoundedPeriod(RoundedSpan):
    previous = ma.fields.Nested(RoundedSpan)
    year_before = ma.fields.Nested(RoundedSpan)


class RoundedFigures(Rounded):
    rounded_to = fields.Integer()
    period = ma.fields.Nested(RoundedPeriod)
    groups = ma.fields.List(ma.fields.Nested(RoundedGroup))
    definitions = ma.fields.Nested(Definitions)
