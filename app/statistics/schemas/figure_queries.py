"""Input of figures over a period: their parameters, and the names of measures and rates."""

from datetime import date

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.profiles.rules.evaluation import WEIGHTS
from app.profiles.rules.levels import LEVELS
from app.profiles.rules.lifecycle import SOURCES
from app.profiles.rules.measures import DUE, RATES, REPORTED, base_of, measures_of
from app.statistics.rules.periods import COMPARISONS
from app.statistics.schemas.definition_texts import measure_text, rate_text
from app.statistics.schemas.groupings import CLASSES, GROUPINGS, PRIORITIES
from app.statistics.schemas.linked_counts import LIMITS

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
    weekday = fields.Integer(
        validate=ma.validate.Range(1, 7),
        metadata={
            "description": "Only cases reported (or due, by the base of the measure) on this local weekday; 1: Monday"
        },
    )
    hour = fields.Integer(
        validate=ma.validate.Range(0, 23),
        metadata={
            "description": "Only cases reported (or due, by the base of the measure) in this local hour"
        },
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
