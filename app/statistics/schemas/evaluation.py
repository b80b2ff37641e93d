"""Input and documentation of the evaluation of a month."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import Sentence
from app.profiles.rules.measures import AVERAGES, RATES
from app.statistics.rules.linked_figures import PERIODS
from app.statistics.schemas.definition_texts import average_text, measure_text, rate_text
from app.statistics.schemas.figure_queries import DIRECTED_AREA, MEASURES, RATE_NAMES, CountedQuery
from app.statistics.schemas.figures import CountedCase, Definitions, GroupKey, Period
from app.statistics.schemas.hours import HoursOfWeek
from app.statistics.schemas.linked_counts import BoardArea
from app.statistics.schemas.monthly import KeptWhole
from app.statistics.schemas.pictures import Pictured

_MONTH = fields.Pattern(r"^(20|21)[0-9]{2}-(0[1-9]|1[0-2])$")


class EvaluationQuery(CountedQuery):
    class Meta:
        exclude = (
            *("from_", "to", "jurisdiction", "category", "class_", "priority", "unowned"),
            *("source", "handling_unit_id", "lacks_handling_unit", "weekday", "hour"),
        )

    month = ma.fields.String(required=True, validate=_MONTH, metadata={"description": "Month, `YYYY-MM`"})
    area_id = ma.fields.UUID(required=True, metadata={"description": DIRECTED_AREA})


class Titled(GroupKey):
    title = ma.fields.Nested(fields.Named, metadata={"description": "Title of the group"})


def _counts(description: str) -> ma.fields.List:
    """Return the field of a count by period."""
    return ma.fields.List(
        fields.Integer(allow_none=True),
        metadata={"description": f"{description}; by period, null: no records"},
    )


def _values(description: str) -> ma.fields.List:
    """Return the field of a rate or mean by period."""
    return ma.fields.List(
        fields.Float(allow_none=True),
        metadata={"description": f"{description}; by period, null: no cases or records"},
    )


MeasureCounts = Schema.from_dict(
    {name: _counts(measure_text(name)) for name in MEASURES}, name="MeasureCounts"
)
RateValues = Schema.from_dict({name: _values(rate_text(name)) for name in RATES}, name="RateValues")
AverageValues = Schema.from_dict(
    {name: _values(average_text(name)) for name in AVERAGES}, name="AverageValues"
)


class MemberVariables(Schema):
    """Variables of `members_template`, by period."""

    now = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.String(),
        metadata={"description": "Of the requested period"},
    )
    previous = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.String(),
        metadata={"description": "Of the period before; left out: no records", "x-optional": True},
    )
    year_before = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.String(),
        metadata={"description": "Of the same days a year before; left out: no records", "x-optional": True},
    )


_GROUP_VARIABLES = (
    "Variables of `members_template` for the group, by period: those that differ from the ones of the whole"
)


class Numbers(Schema):
    measures = ma.fields.Nested(MeasureCounts, metadata={"description": "Counts of cases, by measure"})
    rates = ma.fields.Nested(
        RateValues,
        metadata={
            "description": "Rates, by name. The numerator is a measure; the denominator is one or in `denominators`"
        },
    )
    denominators = ma.fields.Dict(
        keys=ma.fields.String(),
        values=_counts("Number of cases"),
        metadata={
            "description": "Denominators that leave out cases, by their measure and what they leave out, as in "
            "`due less deferred,on_books`"
        },
    )
    averages = ma.fields.Nested(
        AverageValues,
        metadata={"description": "Mean durations in seconds, by name; their number of cases is a measure"},
    )
    score = fields.Float(
        allow_none=True,
        metadata={
            "description": "0 to 100: mean of the rates, weighted by the profile; null of a grid and of a "
            "unit of one or two people"
        },
    )


class OutBy(Schema):
    rate = fields.Choice(RATE_NAMES, metadata={"description": "Name of the rate"})
    values = _values("The rate, 0 to 1")
    numerator = _counts("Number of cases that the rate counts")
    denominator = _counts("Number of cases that the rate divides by")
    gap = fields.Float(metadata={"description": "Distance from the rate of the whole, 0 to 1"})
    overall = fields.Float(metadata={"description": "Rate of the whole, 0 to 1"})


class StandsOut(Schema):
    group = ma.fields.Nested(Titled, metadata={"description": "The group"})
    gap = fields.Float(metadata={"description": "Largest distance among its rates, 0 to 1"})
    weight = fields.Float(
        metadata={
            "description": "Number of its cases that would have to be better for its rate to be that of the whole: "
            "distance multiplied by denominator, at the rate where this is most"
        }
    )
    rates = ma.fields.List(
        ma.fields.Nested(OutBy),
        metadata={
            "description": "Rates in which the group is worse than the whole, the largest distance first"
        },
    )
    sentence = ma.fields.Nested(Sentence, metadata={"description": "What stands out, as a sentence"})
    members = ma.fields.Nested(MemberVariables, metadata={"description": _GROUP_VARIABLES})


class ChapterGroup(Numbers):
    group = ma.fields.Nested(GroupKey, metadata={"description": "The group"})
    title = ma.fields.Nested(fields.Named, metadata={"description": "Title of the group"})
    rank = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Rank by score of areas and units with at least `worst_least` due cases, 1 is "
            "best; null: not ranked, as all grids"
        },
    )
    members = ma.fields.Nested(MemberVariables, metadata={"description": _GROUP_VARIABLES})


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


class Evaluation(Numbers, Pictured):
    periods = ma.fields.List(
        fields.Choice(
            Enumeration(
                "EvaluationPeriod",
                dict(
                    zip(
                        PERIODS,
                        ("the requested month", "the month before", "the same month a year before"),
                        strict=True,
                    )
                ),
            )
        ),
        metadata={"description": "Order of the values of each number"},
    )
    members_template = ma.fields.String(
        metadata={
            "description": "URI template (RFC 6570) of the list of exactly what was counted. Its variables are those of "
            "the period in `members` of the answer, overridden by those of the group, and `measure` and `less` of the "
            "figure (`definitions`; several values of `less` are joined by commas)"
        }
    )
    members = ma.fields.Nested(
        MemberVariables, metadata={"description": "Variables of `members_template` for the whole, by period"}
    )
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
            "description": "Groups that are worse than the whole, each once, the heaviest (`weight`) first"
        },
    )
    chapters = ma.fields.List(ma.fields.Nested(Chapter), metadata={"description": "Figures by grouping"})
    months = ma.fields.Nested(
        Chapter,
        metadata={
            "description": "The twelve months that end with this month; months before the first case are left out"
        },
    )
    hours = ma.fields.Nested(
        HoursOfWeek,
        metadata={
            "description": "Cases by the hour of their report. `members_template` with `weekday`, `hour` and the "
            "`measure` gives the link to the cases of an hour"
        },
    )
    tail = ma.fields.List(
        ma.fields.Nested(TailCase), metadata={"description": "Cases that are overdue for the longest"}
    )
    definitions = ma.fields.Nested(
        Definitions, metadata={"description": "Definitions of measures, rates and means"}
    )
