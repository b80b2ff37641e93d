"""Input and documentation of rounded figures."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.statistics.rules.rounding import RELEASED_LEVELS, RELEASED_MEASURES, RELEASED_RATES
from app.statistics.schemas.definition_texts import measure_text, rate_text
from app.statistics.schemas.figure_queries import FIRST_DAY, LAST_DAY
from app.statistics.schemas.figures import Definitions, GroupKey
from app.statistics.schemas.groupings import CLASSES, GROUPING_TEXTS

GROUPINGS = Enumeration(
    "RoundedGrouping",
    {
        key: GROUPING_TEXTS[key]
        for key in ("month", "class", "category", *(f"area:{level}" for level in RELEASED_LEVELS))
    },
)

MONTH = fields.Pattern(r"^20[0-9]{2}-(0[1-9]|1[0-2])$")


class RoundedQuery(Schema):
    from_ = ma.fields.String(
        required=True, data_key="from", validate=MONTH, metadata={"description": "First month, `YYYY-MM`"}
    )
    to = ma.fields.String(
        required=True,
        validate=MONTH,
        metadata={"description": "Last month, `YYYY-MM`; at most 36 months in all"},
    )
    group_by = fields.Choice(
        GROUPINGS, metadata={"description": "Also return the figures by group; absent: `groups` is empty"}
    )
    jurisdiction = ma.fields.String(
        validate=ma.validate.Length(1, 100),
        metadata={
            "description": "Code of the jurisdiction; needed if the caller reads figures of several and "
            "`area_id` is absent"
        },
    )
    area_id = ma.fields.UUID(
        metadata={"description": "Id of a district or street of the caller, or of one in it"}
    )
    category = fields.Words(
        max_length=40, min_length=1, metadata={"description": "Only cases of this category, by code"}
    )
    class_ = fields.Choice(
        CLASSES, data_key="class", metadata={"description": "Only cases of this class of category"}
    )
    as_of = fields.Instant(
        metadata={"description": "Use what was released by this instant (RFC 3339); absent: now"}
    )


class RoundedCount(Schema):
    count = fields.Integer(
        allow_none=True, metadata={"description": "Sum of rounded counts; null: a month is not released"}
    )
    previous = fields.Integer(
        allow_none=True,
        metadata={"description": "The same of as many months before; null: a month is not released"},
    )
    year_before = fields.Integer(
        allow_none=True,
        metadata={"description": "The same of the same months a year before; null: a month is not released"},
    )


class RoundedRate(Schema):
    value = fields.Float(
        allow_none=True,
        metadata={
            "description": "Rate of rounded counts, 0 to 1; null: the denominator is 0, or a month is not "
            "released"
        },
    )
    previous = fields.Float(
        allow_none=True, metadata={"description": "The same of as many months before; null as `value`"}
    )
    year_before = fields.Float(
        allow_none=True,
        metadata={"description": "The same of the same months a year before; null as `value`"},
    )


class Rounded(Schema):
    measures = ma.fields.Nested(
        Schema.from_dict(
            {
                name: ma.fields.Nested(RoundedCount, metadata={"description": measure_text(name)})
                for name in RELEASED_MEASURES
            },
            name="RoundedMeasures",
        ),
        metadata={"description": "Rounded counts, by measure"},
    )
    rates = ma.fields.Nested(
        Schema.from_dict(
            {
                name: ma.fields.Nested(RoundedRate, metadata={"description": rate_text(name)})
                for name in RELEASED_RATES
            },
            name="RoundedRates",
        ),
        metadata={"description": "Rates, by name"},
    )


class RoundedGroup(Rounded):
    group = ma.fields.Nested(GroupKey, metadata={"description": "The group"})


class RoundedSpan(Schema):
    from_ = ma.fields.Date(data_key="from", metadata={"description": FIRST_DAY})
    to = ma.fields.Date(metadata={"description": LAST_DAY})
    is_told = fields.Boolean(metadata={"description": "True: all its months are released"})


class RoundedPeriod(RoundedSpan):
    previous = ma.fields.Nested(RoundedSpan, metadata={"description": "As many months before"})
    year_before = ma.fields.Nested(RoundedSpan, metadata={"description": "The same months a year before"})


class RoundedFigures(Rounded):
    rounded_to = fields.Integer(
        metadata={"description": "Base of the rounding: each count of a month is a multiple of it"}
    )
    period = ma.fields.Nested(
        RoundedPeriod, metadata={"description": "The period, and those that it is compared with"}
    )
    groups = ma.fields.List(
        ma.fields.Nested(RoundedGroup), metadata={"description": "Figures by group; empty without `group_by`"}
    )
    definitions = ma.fields.Nested(Definitions, metadata={"description": "Definitions of measures and rates"})
