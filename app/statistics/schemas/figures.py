"""Documentation of figures over a period."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import STATUSES, Sentence
from app.profiles.rules.measures import AVERAGES, RATES
from app.statistics.schemas.definition_texts import average_text, measure_text, rate_text, worst_text
from app.statistics.schemas.figure_queries import FIRST_DAY, LAST_DAY, MEASURES, RATE_NAMES
from app.statistics.schemas.groupings import CLASSES, GROUPINGS
from app.statistics.schemas.linked_counts import BoardArea, Figure
from app.statistics.schemas.pictures import Pictured


class FigureBeside(Figure):
    previous = ma.fields.Nested(
        Figure,
        allow_none=True,
        metadata={
            "description": "The same of the period before, of as many days or months; null: no records"
        },
    )
    year_before = ma.fields.Nested(
        Figure,
        allow_none=True,
        metadata={"description": "The same of the same days a year before; null: no records"},
    )


class RateOut(Schema):
    value = fields.Float(
        allow_none=True, metadata={"description": "Rate, 0 to 1; null: the denominator is 0"}
    )
    previous = fields.Float(
        allow_none=True, metadata={"description": "Rate of the period before; null: no cases or no records"}
    )
    year_before = fields.Float(
        allow_none=True,
        metadata={"description": "Rate of the same days a year before; null: no cases or no records"},
    )
    numerator = ma.fields.Nested(FigureBeside)
    denominator = ma.fields.Nested(FigureBeside)
    unanswered = ma.fields.Nested(
        FigureBeside,
        metadata={
            "description": "Of a rate of answers: cases whose reporters were asked and did not answer",
            "x-optional": True,
        },
    )


class GroupKey(Schema):
    by = fields.Choice(GROUPINGS, metadata={"description": "Grouping"})
    value = ma.fields.String(
        allow_none=True,
        metadata={"description": "Id, code, class or first day of the group; null: cases without one"},
    )
    code = ma.fields.String(
        allow_none=True, metadata={"description": "Code of the area or unit; null: the group is neither"}
    )
    name = ma.fields.Nested(
        fields.Named,
        allow_none=True,
        metadata={"description": "Name of the area or unit; null: the group is neither"},
    )


class WorstGroup(RateOut):
    group = ma.fields.Nested(GroupKey, metadata={"description": "The group"})


class TooSmall(Schema):
    groups = fields.Integer(metadata={"description": "Number of groups that were left out"})
    cases = fields.Integer(metadata={"description": "Number of cases in them"})


class WorstBy(Schema):
    by = fields.Choice(GROUPINGS, metadata={"description": "Grouping"})
    groups = ma.fields.List(
        ma.fields.Nested(WorstGroup),
        metadata={"description": "Groups that are worse than the whole, the worst first"},
    )
    too_small = ma.fields.Nested(
        TooSmall,
        metadata={
            "description": "Groups that were left out because they have fewer cases than `worst_least`"
        },
    )


Measures = Schema.from_dict(
    {name: ma.fields.Nested(FigureBeside, metadata={"description": measure_text(name)}) for name in MEASURES},
    name="Measures",
)
RatesOut = Schema.from_dict(
    {name: ma.fields.Nested(RateOut, metadata={"description": rate_text(name)}) for name in RATES},
    name="Rates",
)
WorstOfRates = Schema.from_dict(
    {
        name: ma.fields.List(ma.fields.Nested(WorstBy), metadata={"description": worst_text(RATES[name].en)})
        for name in RATES
    },
    name="WorstOfRates",
)


class CountedCase(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    category = ma.fields.String()
    class_ = fields.Choice(CLASSES, data_key="class", metadata={"description": "Class of the category"})
    status = fields.Choice(
        STATUSES, metadata={"description": "Status of the case at the instant of the figure"}
    )
    reported_at = ma.fields.DateTime()
    due_at = ma.fields.DateTime(allow_none=True)
    is_overdue = fields.Boolean()
    rework_count = fields.Integer()
    href = ma.fields.String(metadata={"description": "Path of the case as it is now"})


class FigureMembers(Schema):
    items = ma.fields.List(ma.fields.Nested(CountedCase))
    next = ma.fields.String(allow_none=True)


class AverageOut(Schema):
    value = fields.Float(
        allow_none=True, metadata={"description": "Mean duration in seconds; null: there are no cases"}
    )
    previous = fields.Float(
        allow_none=True,
        metadata={"description": "Mean of the period before, in seconds; null: no cases or no records"},
    )
    year_before = fields.Float(
        allow_none=True,
        metadata={
            "description": "Mean of the same days a year before, in seconds; null: no cases or no records"
        },
    )
    of = ma.fields.Nested(
        FigureBeside, metadata={"description": "Number of cases of which the mean was taken"}
    )


AveragesOut = Schema.from_dict(
    {name: ma.fields.Nested(AverageOut, metadata={"description": average_text(name)}) for name in AVERAGES},
    name="AveragesOfCases",
)


class Told(Schema):
    measures = ma.fields.Nested(Measures, metadata={"description": "Counts of cases, by measure"})
    rates = ma.fields.Nested(RatesOut, metadata={"description": "Rates, by name"})
    averages = ma.fields.Nested(AveragesOut, metadata={"description": "Mean durations, by name"})
    score = fields.Float(
        allow_none=True,
        metadata={
            "description": "0 to 100: mean of the rates, weighted by the profile; null of a grid and of a "
            "unit of one or two people"
        },
    )


class FigureGroup(Told):
    group = ma.fields.Nested(GroupKey, metadata={"description": "The group"})
    rank = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Rank by score of areas and units with at least `worst_least` due cases, 1 is "
            "best; null: not ranked, as all grids"
        },
    )


RECORDS = Enumeration(
    "PeriodRecords",
    {
        "whole": "recorded in full",
        "part": "recorded from a day within the period",
        "none": "the period lies before the first record",
    },
)


class ComparedPeriod(Schema):
    from_ = ma.fields.Date(data_key="from", metadata={"description": FIRST_DAY})
    to = ma.fields.Date(metadata={"description": LAST_DAY})
    records = fields.Choice(
        RECORDS,
        metadata={
            "description": "whole: recorded in full; part: the first record lies in it; none: it lies "
            "before the first record"
        },
    )


class Period(Schema):
    from_ = ma.fields.Date(data_key="from", metadata={"description": FIRST_DAY})
    to = ma.fields.Date(metadata={"description": LAST_DAY})
    timezone = ma.fields.String(metadata={"description": "IANA time zone of the days"})
    is_over = fields.Boolean(
        metadata={"description": "False: the period has not ended, so its counts may still grow"}
    )
    previous = ma.fields.Nested(
        ComparedPeriod,
        allow_none=True,
        metadata={"description": "The period before, of as many days or months; null: it was not requested"},
    )
    year_before = ma.fields.Nested(
        ComparedPeriod,
        allow_none=True,
        metadata={"description": "The same days a year before; null: they were not requested"},
    )


class MeasureDefinition(Schema):
    name = fields.Choice(MEASURES, metadata={"description": "Name of the measure"})
    title = ma.fields.Nested(Sentence, metadata={"description": "Title of the measure"})
    base = ma.fields.String(
        metadata={
            "description": "What has to lie in the period: `reported` (when the case was reported) or "
            "`due` (its deadline)"
        }
    )
    means = ma.fields.String(metadata={"description": "Definition of the measure"})
    source = ma.fields.String(metadata={"description": "Source of the definition"})


class RateDefinition(Schema):
    name = fields.Choice(RATE_NAMES, metadata={"description": "Name of the rate"})
    title = ma.fields.Nested(Sentence, metadata={"description": "Title of the rate"})
    numerator = fields.Choice(MEASURES, metadata={"description": "Measure that the rate counts"})
    denominator = fields.Choice(MEASURES, metadata={"description": "Measure that the rate divides by"})
    less = ma.fields.List(
        fields.Choice(MEASURES),
        metadata={"description": "Measures whose cases are left out of the denominator"},
    )
    unanswered = fields.Choice(
        MEASURES,
        allow_none=True,
        metadata={
            "description": "Measure of the cases whose reporters did not answer; null: no rate of answers"
        },
    )
    source = ma.fields.String(metadata={"description": "Source of the definition"})


class AverageDefinition(Schema):
    name = fields.Choice(
        Enumeration("AverageName", {name: average_text(name) for name in AVERAGES}),
        metadata={"description": "Name of the mean"},
    )
    title = ma.fields.Nested(Sentence, metadata={"description": "Title of the mean"})
    of = fields.Choice(MEASURES, metadata={"description": "Measure whose cases have the mean"})
    means = ma.fields.String(metadata={"description": "Definition of the mean"})


class Definitions(Schema):
    averages = ma.fields.List(
        ma.fields.Nested(AverageDefinition), metadata={"description": "Definitions of the mean durations"}
    )
    measures = ma.fields.List(
        ma.fields.Nested(MeasureDefinition), metadata={"description": "Definitions of the measures"}
    )
    rates = ma.fields.List(
        ma.fields.Nested(RateDefinition), metadata={"description": "Definitions of the rates"}
    )
    weights = ma.fields.Dict(
        keys=ma.fields.String(),
        values=fields.Float(),
        metadata={"description": "Weight of each rate in the score, from the profile"},
    )
    worst_least = fields.Integer(
        metadata={
            "description": "Smallest number of cases of a group that is compared or ranked, from the profile"
        }
    )


class Figures(Told, Pictured):
    at = ma.fields.DateTime(metadata={"description": "As of when the cases were counted (RFC 3339, UTC)"})
    snapshot = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Opaque text by which a later request counts the same; null: `as_of` was sent"
        },
    )
    period = ma.fields.Nested(
        Period, metadata={"description": "The period, and those that it is compared with"}
    )
    area = ma.fields.Nested(
        BoardArea, allow_none=True, metadata={"description": "The area of the request; null: none was named"}
    )
    groups = ma.fields.List(
        ma.fields.Nested(FigureGroup), metadata={"description": "Figures by group; empty without `group_by`"}
    )
    worst = ma.fields.Nested(
        WorstOfRates, metadata={"description": "Groups that are worse than the whole, by rate"}
    )
    tail = ma.fields.List(
        ma.fields.Nested(CountedCase), metadata={"description": "Due cases that are overdue for the longest"}
    )
    definitions = ma.fields.Nested(
        Definitions, metadata={"description": "Definitions of measures, rates and means"}
    )
