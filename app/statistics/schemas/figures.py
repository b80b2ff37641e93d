"""Input and documentation of figures over a period."""

from datetime import date

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import STATUSES, Sentence
from app.profiles.rules.evaluation import WEIGHTS
from app.profiles.rules.levels import LEVELS
from app.profiles.rules.lifecycle import SOURCES
from app.profiles.rules.measures import AVERAGES, DUE, RATES, REPORTED, base_of, measures_of
from app.statistics.rules.periods import COMPARISONS
from app.statistics.schemas.definition_texts import average_text, measure_text, rate_text, worst_text
from app.statistics.schemas.groupings import CLASSES, GROUPINGS, PRIORITIES
from app.statistics.schemas.linked_counts import LIMITS, BoardArea, Figure

MEASURES = Enumeration(
    "MeasureName", {name: measure_text(name) for base in (REPORTED, DUE) for name in measures_of(base)}
)
# Generated clients list these values in the order of the document: by base, those of the default score first.
_LISTED_RATES = sorted(
    RATES.values(),
    key=lambda rate: (base_of(rate) == DUE, rate.name not in WEIGHTS, not rate.denominator.less),
)
RATE_NAMES = Enumeration("RateName", {rate.name: rate_text(rate.name) for rate in _LISTED_RATES})
DAY = ma.validate.Range(date(2000, 1, 1), date(2199, 12, 31))
# Compared periods lie before the requested one.
_EARLIER_DAY = ma.validate.Range(date(1990, 1, 1), date(2199, 12, 31))
FIRST_DAY, LAST_DAY = "First day of the period", "Last day of the period, included"
DIRECTED_AREA = "Id of an area that the caller directs, or of one in it"


class CountedQuery(Schema):
    from_ = ma.fields.Date(
        required=True, data_key="from", validate=_EARLIER_DAY, metadata={"description": FIRST_DAY}
    )
    to = ma.fields.Date(required=True, validate=_EARLIER_DAY, metadata={"description": LAST_DAY})
    jurisdiction = ma.fields.String(
        validate=ma.validate.Length(1, 100),
        metadata={
            "description": "Code of the jurisdiction; needed if the caller directs in several and "
            "`area_id` is absent"
        },
    )
    area_id = ma.fields.UUID(metadata={"description": DIRECTED_AREA})
    category = fields.Words(
        max_length=40, min_length=1, metadata={"description": "Only cases of this category, by code"}
    )
    class_ = fields.Choice(
        CLASSES, data_key="class", metadata={"description": "Only cases of this class of category"}
    )
    priority = fields.Choice(
        PRIORITIES,
        metadata={"description": "Only cases whose category has this priority; 1 is the most urgent"},
    )
    owner_unit_id = ma.fields.UUID(metadata={"description": "Only cases that this unit is responsible for"})
    unowned = fields.Boolean(metadata={"description": "True: only cases without a responsible unit"})
    handling_unit_id = ma.fields.UUID(
        metadata={"description": "Only cases of which a member of this unit submitted the last feedback"}
    )
    lacks_handling_unit = fields.Boolean(
        metadata={
            "description": "True: only cases without feedback, or with feedback from somebody without a unit"
        }
    )
    source = fields.Choice(
        Enumeration("CountedSource", SOURCES.meanings | {"unknown": "not known"}),
        metadata={"description": "Only cases from this channel"},
    )
    as_of = fields.Instant(
        metadata={"description": "Count what was recorded by this instant (RFC 3339); absent: now"}
    )
    snapshot = ma.fields.String(
        validate=ma.validate.Length(max=4000),
        metadata={"description": "`snapshot` of an earlier answer: count exactly what that answer counted"},
    )


class FiguresQuery(CountedQuery):
    from_ = ma.fields.Date(required=True, data_key="from", validate=DAY, metadata={"description": FIRST_DAY})
    to = ma.fields.Date(required=True, validate=DAY, metadata={"description": LAST_DAY})
    group_by = fields.Choice(
        GROUPINGS, metadata={"description": "Also return the figures by group; absent: `groups` is empty"}
    )
    compare = fields.CommaList(
        choices=[*COMPARISONS, "none"],
        metadata={"description": "Periods to compare with, separated by commas, or `none`; absent: all"},
    )


class FigureMembersQuery(CountedQuery):
    measure = fields.Choice(
        MEASURES,
        required=True,
        metadata={"description": "Measure whose cases are listed"},
    )
    less = fields.CommaList(
        choices=MEASURES,
        metadata={"description": "Leave out cases that count as one of these measures, separated by commas"},
    )
    part_area_id = ma.fields.UUID(metadata={"description": "Only cases in this area too"})
    lacks_level = fields.Choice(
        LEVELS, metadata={"description": "Only cases that lie in no area of this level"}
    )
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()


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


class ComparedPeriod(Schema):
    from_ = ma.fields.Date(data_key="from", metadata={"description": FIRST_DAY})
    to = ma.fields.Date(metadata={"description": LAST_DAY})
    records = fields.Choice(
        Enumeration(
            "PeriodRecords",
            {
                "whole": "recorded in full",
                "part": "recorded from a day within the period",
                "none": "the period lies before the first record",
            },
        ),
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


class Figures(Told):
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
