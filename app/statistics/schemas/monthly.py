"""Input and documentation of monthly statistics of grids."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import Sentence
from app.profiles.rules.levels import LEVELS
from app.statistics.rules.monthly import FACTS, MONTHLY_RATES
from app.statistics.schemas.definition_texts import fact_text, monthly_rate_text, worst_text
from app.statistics.schemas.figure_queries import DIRECTED_AREA, FIRST_DAY, LAST_DAY
from app.statistics.schemas.figures import GroupKey
from app.statistics.schemas.groupings import GROUPING_TEXTS
from app.statistics.schemas.linked_counts import Figure, Page
from app.statistics.schemas.releases import MONTH

GROUPINGS = Enumeration(
    "CycleGrouping",
    {
        key: GROUPING_TEXTS[key]
        for key in (*(f"area:{level}" for level in LEVELS), "unit", "category", "month")
    },
)
FACT_NAMES = Enumeration("FactName", {name: fact_text(name) for name in FACTS})


class KeptQuery(Schema):
    from_ = ma.fields.String(
        required=True, data_key="from", validate=MONTH, metadata={"description": "First month, `YYYY-MM`"}
    )
    to = ma.fields.String(
        required=True,
        validate=MONTH,
        metadata={"description": "Last month, `YYYY-MM`; at most 36 months in all"},
    )
    area_id = ma.fields.UUID(metadata={"description": DIRECTED_AREA})
    owner_unit_id = ma.fields.UUID(
        metadata={"description": "Only open cases that this unit is responsible for"}
    )
    category = fields.Words(
        max_length=40,
        min_length=1,
        metadata={"description": "Only open cases that were of this category at the end of the month"},
    )
    as_of = fields.Instant(
        metadata={"description": "Use what was stored by this instant (RFC 3339); absent: now"}
    )


class CyclesQuery(KeptQuery):
    group_by = fields.Choice(
        GROUPINGS, metadata={"description": "Also return the figures by group; absent: `groups` is empty"}
    )


class CycleMembersQuery(KeptQuery, Page):
    measure = fields.Choice(
        FACT_NAMES, required=True, metadata={"description": "Measure whose members are listed"}
    )
    part_area_id = ma.fields.UUID(metadata={"description": "Only members in this area too"})
    lacks_level = fields.Choice(
        LEVELS, metadata={"description": "Only members in grids that lie in no area of this level"}
    )
    unowned = fields.Boolean(metadata={"description": "True: only cases without a responsible unit"})
    less = fields.Choice(
        FACT_NAMES, metadata={"description": "Leave out what this measure counted of the same grid and month"}
    )


class KeptFigure(Figure):
    previous = ma.fields.Nested(
        Figure,
        allow_none=True,
        metadata={"description": "The same of as many months before; null: nothing was stored"},
    )
    year_before = ma.fields.Nested(
        Figure,
        allow_none=True,
        metadata={"description": "The same of the same months a year before; null: nothing was stored"},
    )


class ShareValue(Schema):
    value = fields.Float(
        allow_none=True, metadata={"description": "Rate, 0 to 1; null: the denominator is 0 or not counted"}
    )
    numerator = ma.fields.Nested(
        Figure,
        allow_none=True,
        metadata={"description": "What the rate counts; null: not counted by unit or category"},
    )
    denominator = ma.fields.Nested(
        Figure,
        allow_none=True,
        metadata={"description": "What the rate divides by; null: not counted by unit or category"},
    )


class KeptShare(ShareValue):
    previous = ma.fields.Nested(
        ShareValue,
        allow_none=True,
        metadata={"description": "The same of as many months before; null: nothing was stored"},
    )
    year_before = ma.fields.Nested(
        ShareValue,
        allow_none=True,
        metadata={"description": "The same of the same months a year before; null: nothing was stored"},
    )


class KeptTold(Schema):
    measures = ma.fields.Nested(
        Schema.from_dict(
            {
                name: ma.fields.Nested(
                    KeptFigure,
                    allow_none=fact.of != "incident",
                    metadata={
                        "description": fact_text(name)
                        + ("" if fact.of == "incident" else "; null: by unit or category")
                    },
                )
                for name, fact in FACTS.items()
            },
            name="KeptMeasures",
        ),
        metadata={"description": "Counts, by measure"},
    )
    rates = ma.fields.Nested(
        Schema.from_dict(
            {
                name: ma.fields.Nested(KeptShare, metadata={"description": monthly_rate_text(name)})
                for name in MONTHLY_RATES
            },
            name="KeptRates",
        ),
        metadata={"description": "Rates, by name"},
    )


class KeptGroup(KeptTold):
    group = ma.fields.Nested(GroupKey, metadata={"description": "The group"})


class WorstKept(KeptShare):
    group = ma.fields.Nested(GroupKey, metadata={"description": "The group"})


class KeptTooSmall(Schema):
    groups = fields.Integer(metadata={"description": "Number of groups that were left out"})
    counted = fields.Integer(metadata={"description": "Number of households, cells or cases in them"})


class WorstKeptBy(Schema):
    by = fields.Choice(GROUPINGS, metadata={"description": "Grouping"})
    groups = ma.fields.List(
        ma.fields.Nested(WorstKept),
        metadata={"description": "Groups that are worse than the whole, the worst first"},
    )
    too_small = ma.fields.Nested(
        KeptTooSmall,
        metadata={
            "description": "Groups that were left out because they have fewer than `worst_least` of the "
            "profile"
        },
    )


class TailGrid(ShareValue):
    group = ma.fields.Nested(GroupKey, metadata={"description": "The grid"})


class LoadedGrid(Figure):
    group = ma.fields.Nested(GroupKey, metadata={"description": "The grid"})


class LateCase(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    category = ma.fields.String(metadata={"description": "Code of the category at the end of the month"})
    grid_id = ma.fields.UUID()
    reported_at = ma.fields.DateTime()
    due_at = ma.fields.DateTime(metadata={"description": "Deadline at the end of the month (RFC 3339)"})
    href = ma.fields.String(metadata={"description": "Path of the case as it is now"})


class KeptTail(Schema):
    grids = ma.fields.Nested(
        Schema.from_dict(
            {
                name: ma.fields.List(
                    ma.fields.Nested(TailGrid),
                    metadata={"description": f"{rate.en}: grids where most is left, the worst first"},
                )
                for name, rate in MONTHLY_RATES.items()
            },
            name="TailOfRates",
        ),
        metadata={"description": "Grids where each rate leaves most to be done; small grids too"},
    )
    most_open = ma.fields.List(
        ma.fields.Nested(LoadedGrid),
        metadata={"description": "Grids with the most open cases at the ends of the months"},
    )
    cases = ma.fields.List(
        ma.fields.Nested(LateCase),
        metadata={
            "description": "Cases that were overdue for the longest at the end of the last stored month"
        },
    )


class KeptPeriod(Schema):
    from_ = ma.fields.Date(data_key="from", metadata={"description": FIRST_DAY})
    to = ma.fields.Date(metadata={"description": LAST_DAY})
    is_kept = fields.Boolean(metadata={"description": "False: nothing was stored of these months"})
    partial_months = ma.fields.List(
        ma.fields.String(),
        metadata={
            "description": "Months (`YYYY-MM`) that were counted late; only their open cases are complete"
        },
    )
    unfinished_months = ma.fields.List(
        ma.fields.String(),
        metadata={
            "description": "Months (`YYYY-MM`) of which nothing is stored of some grids: not over, not "
            "counted yet, or too long ago"
        },
    )


class FactDefinition(Schema):
    name = fields.Choice(FACT_NAMES, metadata={"description": "Name of the measure"})
    title = ma.fields.Nested(Sentence, metadata={"description": "Title of the measure"})
    members_are = fields.Choice(
        Enumeration(
            "FactMember",
            {
                "household": "households",
                "day": "days",
                "cell": "cells of the map",
                "incident": "cases",
            },
        ),
        metadata={"description": "What the measure counts"},
    )
    means = ma.fields.String(metadata={"description": "Definition of the measure"})


class KeptWhole(KeptTold):
    period = ma.fields.Nested(KeptPeriod, metadata={"description": "The months"})
    worst = ma.fields.Nested(
        Schema.from_dict(
            {
                name: ma.fields.List(
                    ma.fields.Nested(WorstKeptBy), metadata={"description": worst_text(rate.en)}
                )
                for name, rate in MONTHLY_RATES.items()
            },
            name="WorstOfKept",
        ),
        metadata={"description": "Groups that are worse than the whole, by rate"},
    )
    tail = ma.fields.Nested(
        KeptTail, metadata={"description": "Grids and cases where most is left to be done"}
    )
    definitions = ma.fields.List(
        ma.fields.Nested(FactDefinition), metadata={"description": "Definitions of the measures"}
    )


class Cycles(KeptWhole):
    groups = ma.fields.List(
        ma.fields.Nested(KeptGroup), metadata={"description": "Figures by group; empty without `group_by`"}
    )


class CycleMember(Schema):
    month = ma.fields.String(metadata={"description": "Month, `YYYY-MM`"})
    grid_id = ma.fields.UUID()
    id = ma.fields.String(metadata={"description": "Id of a household or case, name of a cell, or a day"})


class CycleMembers(Schema):
    items = ma.fields.List(ma.fields.Nested(CycleMember))
    next = ma.fields.String(allow_none=True)
