"""Input and documentation of figures over a period."""

from datetime import date

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import STATUSES, Sentence
from app.profiles.rules.evaluation import DUE, RATES, REPORTED
from app.profiles.rules.lifecycle import SOURCES
from app.profiles.rules.validation import LEVELS
from app.statistics.rules.measures import AVERAGES
from app.statistics.rules.periods import COMPARISONS
from app.statistics.schemas.linked_counts import LIMITS, BoardArea, Figure

MEASURES = Enumeration("MeasureName", (*REPORTED, *DUE))
RATE_NAMES = Enumeration("RateName", RATES)
CLASSES = Enumeration("CategoryClass", ("component", "event", "unknown"))
PRIORITIES = Enumeration("CategoryPriority", ("1", "2", "3", "unknown"))
OF_CASES = ["class", "priority", "category", "unit", "handling_unit", "source"]
GROUPINGS = Enumeration(
    "FigureGrouping", (*(f"area:{level}" for level in LEVELS), *OF_CASES, "month", "week", "day")
)
DAY = ma.validate.Range(date(2000, 1, 1), date(2199, 12, 31))
# What a period is compared with lies before it.
_EARLIER_DAY = ma.validate.Range(date(1990, 1, 1), date(2199, 12, 31))
_FROM, _TO = "First day of the period", "Last day of the period; its end counts"


class CountedQuery(Schema):
    from_ = ma.fields.Date(
        required=True, data_key="from", validate=_EARLIER_DAY, metadata={"description": _FROM}
    )
    to = ma.fields.Date(required=True, validate=_EARLIER_DAY, metadata={"description": _TO})
    jurisdiction = ma.fields.String(
        validate=ma.validate.Length(1, 100),
        metadata={"description": "Code; needed where I direct in several and name no area"},
    )
    area_id = ma.fields.UUID(metadata={"description": "One of my areas, or one under it"})
    category = fields.Words(max_length=40, min_length=1)
    class_ = fields.Choice(CLASSES, data_key="class")
    priority = fields.Choice(
        PRIORITIES, metadata={"description": "Of its category in its own rules; 1 is urgent"}
    )
    owner_unit_id = ma.fields.UUID(metadata={"description": "The responsible unit"})
    unowned = fields.Boolean(metadata={"description": "true: of no unit"})
    handling_unit_id = ma.fields.UUID(metadata={"description": "The unit of who handed it in last"})
    lacks_handling_unit = fields.Boolean(
        metadata={"description": "true: handed in by nobody yet, or by somebody of no unit"}
    )
    source = fields.Choice(
        Enumeration("CountedSource", (*SOURCES, "unknown")), metadata={"description": "Where it comes from"}
    )
    as_of = fields.Instant(
        metadata={"description": "Count what had been recorded by this instant, as it was recorded"}
    )
    snapshot = ma.fields.String(
        validate=ma.validate.Length(max=4000),
        metadata={"description": "From an earlier answer: count exactly what that one did"},
    )


class FiguresQuery(CountedQuery):
    from_ = ma.fields.Date(required=True, data_key="from", validate=DAY, metadata={"description": _FROM})
    to = ma.fields.Date(required=True, validate=DAY, metadata={"description": _TO})
    group_by = fields.Choice(GROUPINGS)
    compare = fields.CommaList(
        choices=[*COMPARISONS, "none"],
        metadata={"description": "Periods that stand beside each number; all, if nothing is said"},
    )


class FigureMembersQuery(CountedQuery):
    measure = fields.Choice(MEASURES, required=True)
    less = fields.CommaList(choices=MEASURES, metadata={"description": "Without those that count as these"})
    part_area_id = ma.fields.UUID(metadata={"description": "In this area too"})
    lacks_level = fields.Choice(LEVELS, metadata={"description": "In no area of this level"})
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()


_COMPARED = {
    "previous": "Right before: as many days, or months; null: before the first record",
    "year_before": "The same days of the year before; null: before the first record",
}


class FigureBeside(Figure):
    previous = ma.fields.Nested(Figure, allow_none=True, metadata={"description": _COMPARED["previous"]})
    year_before = ma.fields.Nested(
        Figure, allow_none=True, metadata={"description": _COMPARED["year_before"]}
    )


class RateOut(Schema):
    value = fields.Float(allow_none=True, metadata={"description": "0 to 1; null: of no cases"})
    previous = fields.Float(allow_none=True)
    year_before = fields.Float(allow_none=True)
    numerator = ma.fields.Nested(FigureBeside)
    denominator = ma.fields.Nested(FigureBeside)


class GroupKey(Schema):
    by = fields.Choice(GROUPINGS)
    value = ma.fields.String(
        allow_none=True, metadata={"description": "Id, code, class or first day; null: none of them"}
    )
    code = ma.fields.String(allow_none=True)
    name = ma.fields.Nested(fields.Named, allow_none=True)


class WorstGroup(RateOut):
    group = ma.fields.Nested(GroupKey)


class TooSmall(Schema):
    groups = fields.Integer()
    cases = fields.Integer()


class WorstBy(Schema):
    by = fields.Choice(GROUPINGS)
    groups = ma.fields.List(
        ma.fields.Nested(WorstGroup), metadata={"description": "Those that stand worse than the whole"}
    )
    too_small = ma.fields.Nested(
        TooSmall, metadata={"description": "Left out, for having fewer cases than worst_least"}
    )


Measures = Schema.from_dict({name: ma.fields.Nested(FigureBeside) for name in MEASURES}, name="Measures")
RatesOut = Schema.from_dict({name: ma.fields.Nested(RateOut) for name in RATES}, name="Rates")
WorstOfRates = Schema.from_dict(
    {name: ma.fields.List(ma.fields.Nested(WorstBy)) for name in RATES}, name="WorstOfRates"
)


class CountedCase(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    category = ma.fields.String()
    class_ = fields.Choice(CLASSES, data_key="class")
    status = fields.Choice(STATUSES)
    reported_at = ma.fields.DateTime()
    due_at = ma.fields.DateTime(allow_none=True)
    is_overdue = fields.Boolean()
    rework_count = fields.Integer()
    href = ma.fields.String(metadata={"description": "Path of the case as it is now"})


class FigureMembers(Schema):
    items = ma.fields.List(ma.fields.Nested(CountedCase))
    next = ma.fields.String(allow_none=True)


class AverageOut(Schema):
    value = fields.Float(allow_none=True, metadata={"description": "Seconds; null: of no cases"})
    previous = fields.Float(allow_none=True)
    year_before = fields.Float(allow_none=True)
    of = ma.fields.Nested(FigureBeside)


AveragesOut = Schema.from_dict(
    {name: ma.fields.Nested(AverageOut) for name in AVERAGES}, name="AveragesOfCases"
)


class Told(Schema):
    measures = ma.fields.Nested(Measures)
    rates = ma.fields.Nested(RatesOut)
    averages = ma.fields.Nested(AveragesOut)
    score = fields.Float(
        allow_none=True,
        metadata={
            "description": "0 to 100: the mean of the rates by the profile's weights; null of a grid, and of a unit of one "
            "or two people: no worker is measured by it"
        },
    )


class FigureGroup(Told):
    group = ma.fields.Nested(GroupKey)
    rank = fields.Integer(
        allow_none=True,
        metadata={
            "description": "By score, of areas and units of which worst_least cases are due; 1 is best. Neither of grids, "
            "each one person's work, which stand by their codes, nor of units of one or two people"
        },
    )


class ComparedPeriod(Schema):
    from_ = ma.fields.Date(data_key="from")
    to = ma.fields.Date()
    records = fields.Choice(
        Enumeration("PeriodRecords", ("whole", "part", "none")),
        metadata={"description": "part: the first record of the jurisdiction lies in it; none: after it"},
    )


class Period(Schema):
    from_ = ma.fields.Date(data_key="from")
    to = ma.fields.Date()
    timezone = ma.fields.String()
    is_over = fields.Boolean(metadata={"description": "false: more may come, so less than others have"})
    previous = ma.fields.Nested(ComparedPeriod, allow_none=True)
    year_before = ma.fields.Nested(ComparedPeriod, allow_none=True)


class MeasureDefinition(Schema):
    name = fields.Choice(MEASURES)
    title = ma.fields.Nested(Sentence)
    base = ma.fields.String(
        metadata={"description": "What has to lie in the period: when it was reported, or is due"}
    )
    means = ma.fields.String()
    source = ma.fields.String()


class RateDefinition(Schema):
    name = fields.Choice(RATE_NAMES)
    title = ma.fields.Nested(Sentence)
    numerator = fields.Choice(MEASURES)
    denominator = fields.Choice(MEASURES)
    less = ma.fields.List(fields.Choice(MEASURES))
    source = ma.fields.String()


class AverageDefinition(Schema):
    name = fields.Choice(Enumeration("AverageName", AVERAGES))
    title = ma.fields.Nested(Sentence)
    of = fields.Choice(MEASURES)
    means = ma.fields.String()


class Definitions(Schema):
    averages = ma.fields.List(ma.fields.Nested(AverageDefinition))
    measures = ma.fields.List(ma.fields.Nested(MeasureDefinition))
    rates = ma.fields.List(ma.fields.Nested(RateDefinition))
    weights = ma.fields.Dict(keys=ma.fields.String(), values=fields.Float())
    worst_least = fields.Integer()


class Figures(Told):
    at = ma.fields.DateTime()
    snapshot = ma.fields.String(
        allow_none=True, metadata={"description": "Opaque; null where `as_of` was asked for"}
    )
    period = ma.fields.Nested(Period)
    area = ma.fields.Nested(BoardArea, allow_none=True)
    groups = ma.fields.List(ma.fields.Nested(FigureGroup))
    worst = ma.fields.Nested(WorstOfRates)
    tail = ma.fields.List(
        ma.fields.Nested(CountedCase), metadata={"description": "Of the due: overdue for the longest"}
    )
    definitions = ma.fields.Nested(Definitions)
