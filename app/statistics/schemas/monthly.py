"""Input and documentation of what months came to in grids."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import Sentence
from app.profiles.rules.validation import LEVELS
from app.statistics.rules.monthly import FACTS, SHARES
from app.statistics.schemas.figures import GroupKey
from app.statistics.schemas.linked_counts import Figure, Page
from app.statistics.schemas.releases import MONTH

GROUPINGS = Enumeration(
    "CycleGrouping", (*(f"area:{level}" for level in LEVELS), "unit", "category", "month")
)
FACT_NAMES = Enumeration("FactName", FACTS)


class KeptQuery(Schema):
    from_ = ma.fields.String(
        required=True, data_key="from", validate=MONTH, metadata={"description": "As 2026-09"}
    )
    to = ma.fields.String(required=True, validate=MONTH, metadata={"description": "Last month"})
    area_id = ma.fields.UUID(metadata={"description": "One of my areas, or one under it"})
    owner_unit_id = ma.fields.UUID(metadata={"description": "Cases that this unit owned"})
    category = fields.Words(
        max_length=40,
        min_length=1,
        metadata={"description": "Cases that were of this one when the month ended"},
    )
    as_of = fields.Instant(metadata={"description": "What had been kept by this instant"})


class CyclesQuery(KeptQuery):
    group_by = fields.Choice(GROUPINGS)


class CycleMembersQuery(KeptQuery, Page):
    measure = fields.Choice(FACT_NAMES, required=True)
    part_area_id = ma.fields.UUID(metadata={"description": "In this area too"})
    lacks_level = fields.Choice(LEVELS, metadata={"description": "In no area of this level"})
    unowned = fields.Boolean(metadata={"description": "true: of no unit"})
    less = fields.Choice(
        FACT_NAMES, metadata={"description": "Without what this measure counted of the same grid and month"}
    )


class KeptFigure(Figure):
    previous = ma.fields.Nested(Figure, allow_none=True)
    year_before = ma.fields.Nested(Figure, allow_none=True)


class ShareValue(Schema):
    value = fields.Float(allow_none=True, metadata={"description": "0 to 1; null: of nothing"})
    numerator = ma.fields.Nested(Figure, allow_none=True)
    denominator = ma.fields.Nested(
        Figure, allow_none=True, metadata={"description": "null: not told by unit or category"}
    )


class KeptShare(ShareValue):
    previous = ma.fields.Nested(ShareValue, allow_none=True)
    year_before = ma.fields.Nested(ShareValue, allow_none=True)


class KeptTold(Schema):
    measures = ma.fields.Nested(
        Schema.from_dict(
            {
                name: ma.fields.Nested(
                    KeptFigure,
                    allow_none=fact.of != "incident",
                    metadata={
                        "description": fact.means
                        + ("" if fact.of == "incident" else "; null: by unit or category")
                    },
                )
                for name, fact in FACTS.items()
            },
            name="KeptMeasures",
        )
    )
    rates = ma.fields.Nested(
        Schema.from_dict({name: ma.fields.Nested(KeptShare) for name in SHARES}, name="KeptRates")
    )


class KeptGroup(KeptTold):
    group = ma.fields.Nested(GroupKey)


class WorstKept(KeptShare):
    group = ma.fields.Nested(GroupKey)


class KeptTooSmall(Schema):
    groups = fields.Integer()
    counted = fields.Integer(metadata={"description": "Homes, cells or cases in them"})


class WorstKeptBy(Schema):
    by = fields.Choice(GROUPINGS)
    groups = ma.fields.List(
        ma.fields.Nested(WorstKept),
        metadata={"description": "Those that stand worse than the whole, worst first"},
    )
    too_small = ma.fields.Nested(
        KeptTooSmall, metadata={"description": "Left out, for having fewer than worst_least of the profile"}
    )


class TailGrid(ShareValue):
    group = ma.fields.Nested(GroupKey)


class LoadedGrid(Figure):
    group = ma.fields.Nested(GroupKey)


class LateCase(Schema):
    id = ma.fields.UUID()
    case_no = ma.fields.String()
    category = ma.fields.String(metadata={"description": "As it was when the month ended"})
    grid_id = ma.fields.UUID()
    reported_at = ma.fields.DateTime()
    due_at = ma.fields.DateTime(metadata={"description": "As it was when the month ended"})
    href = ma.fields.String(metadata={"description": "Path of the case as it is now"})


class KeptTail(Schema):
    grids = ma.fields.Nested(
        Schema.from_dict(
            {name: ma.fields.List(ma.fields.Nested(TailGrid)) for name in SHARES}, name="TailOfRates"
        ),
        metadata={"description": "Where each rate leaves most to be done; small ones are not left out"},
    )
    most_open = ma.fields.List(
        ma.fields.Nested(LoadedGrid),
        metadata={"description": "Grids with most open cases at the ends of months"},
    )
    cases = ma.fields.List(
        ma.fields.Nested(LateCase),
        metadata={"description": "Overdue for the longest when the last month that is kept ended"},
    )


class KeptPeriod(Schema):
    from_ = ma.fields.Date(data_key="from")
    to = ma.fields.Date()
    is_kept = fields.Boolean(metadata={"description": "false: nothing was kept of these months"})
    partial_months = ma.fields.List(
        ma.fields.String(),
        metadata={
            "description": "As 2026-09: counted late, as no job ran in time. Visits, homes and patrols are what was left "
            "of them by then; open cases are as they were"
        },
    )
    unfinished_months = ma.fields.List(
        ma.fields.String(),
        metadata={
            "description": "As 2026-09: of which nothing is kept of some grids that stood at its end and stand still: their "
            "turn comes, or the month is not over, or was too long ago"
        },
    )


class FactDefinition(Schema):
    name = fields.Choice(FACT_NAMES)
    title = ma.fields.Nested(Sentence)
    members_are = fields.Choice(Enumeration("FactMember", ("household", "day", "cell", "incident")))
    means = ma.fields.String()


class KeptWhole(KeptTold):
    period = ma.fields.Nested(KeptPeriod)
    worst = ma.fields.Nested(
        Schema.from_dict(
            {name: ma.fields.List(ma.fields.Nested(WorstKeptBy)) for name in SHARES}, name="WorstOfKept"
        ),
        metadata={"description": "By the parts of the area; of cases by unit and category too"},
    )
    tail = ma.fields.Nested(KeptTail)
    definitions = ma.fields.List(ma.fields.Nested(FactDefinition))


class Cycles(KeptWhole):
    groups = ma.fields.List(ma.fields.Nested(KeptGroup))


class CycleMember(Schema):
    month = ma.fields.String()
    grid_id = ma.fields.UUID()
    id = ma.fields.String(metadata={"description": "Of a household or case; the name of a cell; a day"})


class CycleMembers(Schema):
    items = ma.fields.List(ma.fields.Nested(CycleMember))
    next = ma.fields.String(allow_none=True)
