"""Schemas of the figures about a worker, and of contests of them."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.dispatch.rules.fairness import FIGURES
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.settings import Settings

LIMITS = Settings()
CONTEST_OUTCOMES = Enumeration(
    "ContestOutcome",
    {
        "upheld": "the worker is right: it counts no more",
        "dismissed": "it counts again",
    },
)


class Week(Schema):
    week_load = fields.Integer(
        data_key="load",
        attribute="load",
        allow_none=True,
        metadata={"description": "Assignments accepted in the last seven days; null: contested"},
    )
    declined = fields.Integer(
        allow_none=True,
        metadata={"description": "Offers declined, except for a conflict of interest; null: contested"},
    )
    expired = fields.Integer(
        allow_none=True,
        metadata={"description": "Offers that reached the device and expired; null: contested"},
    )
    street_mean = fields.Float(
        allow_none=True,
        metadata={"description": "Mean of `load` over the workers of the street; null: no mean"},
    )


class ContestOut(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the contest"})
    figure = fields.Choice(FIGURES, metadata={"description": "The contested figure"})
    member_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "The contested member; null: the whole figure"}
    )
    words = ma.fields.String(metadata={"description": "What the worker says is wrong"})
    made_at = ma.fields.DateTime()
    resolved_at = ma.fields.DateTime(
        allow_none=True, metadata={"description": "When it was resolved (RFC 3339); null: it is open"}
    )
    outcome = fields.Choice(
        CONTEST_OUTCOMES,
        allow_none=True,
        metadata={"description": "upheld: it counts no more; dismissed: it counts again; null: open"},
    )
    reason = ma.fields.String(allow_none=True, metadata={"description": "Why it was decided so; null: open"})


class MyFigure(Schema):
    name = fields.Choice(FIGURES, metadata={"description": "The figure"})
    count = fields.Integer(metadata={"description": "How much it counts"})
    street_mean = fields.Float(
        allow_none=True,
        metadata={
            "description": "Mean of `load` over the workers of the street; null: no mean, or another figure"
        },
    )
    is_contested = fields.Boolean(
        metadata={
            "description": "True: the caller contests it; dispatch does not use it, and people who direct "
            "the caller do not see it"
        }
    )
    contests = ma.fields.List(
        ma.fields.Nested(ContestOut), metadata={"description": "Contests of this figure by the caller"}
    )
    members = ma.fields.String(metadata={"description": "Path of exactly what was counted"})


class StreetOfMine(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the street"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the street"})
    people = fields.Integer(
        metadata={
            "description": "How many workers the mean covers: those of the street who contest no figure "
            "of load"
        }
    )


class MyFigures(Schema):
    since = ma.fields.DateTime(metadata={"description": "Begin of the counted time (RFC 3339)"})
    until = ma.fields.DateTime(metadata={"description": "End of the counted time (RFC 3339)"})
    street = ma.fields.Nested(
        StreetOfMine,
        allow_none=True,
        metadata={"description": "Street whose mean is shown; null: the caller works in none"},
    )
    figures = ma.fields.List(
        ma.fields.Nested(MyFigure), metadata={"description": "The figures about the caller"}
    )


class MyFigureMember(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the assignment or offer"})
    incident_id = ma.fields.UUID()
    role = ma.fields.String(metadata={"description": "What the caller did or was to do in the case"})
    at = ma.fields.DateTime(metadata={"description": "When it happened (RFC 3339)"})
    reason = ma.fields.String(
        allow_none=True,
        metadata={"description": "Why it was assigned; of a declined offer, why it was declined; null: none"},
    )


class MyFigureMembers(Schema):
    items = ma.fields.List(
        ma.fields.Nested(MyFigureMember),
        metadata={"description": "What the figure counts, newest first, at most 500"},
    )


class ContestFigure(FreeText):
    free_text = ("words",)

    words = fields.Words(
        required=True, max_length=2000, min_length=1, metadata={"description": "What is wrong with it"}
    )
    member_id = ma.fields.UUID(metadata={"description": "The contested member; absent: the whole figure"})


class WorkerOfContest(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the worker"})
    name = ma.fields.String(metadata={"description": "Name of the worker"})


class ContestOfWorker(ContestOut):
    worker = ma.fields.Nested(WorkerOfContest, metadata={"description": "Who contests the figure"})


class Contests(Schema):
    items = ma.fields.List(
        ma.fields.Nested(ContestOfWorker), metadata={"description": "Open contests, oldest first"}
    )


class ContestsQuery(Schema):
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )


class ResolveContest(FreeText):
    free_text = ("reason",)

    outcome = fields.Choice(
        CONTEST_OUTCOMES,
        required=True,
        metadata={"description": "upheld: it counts no more; dismissed: it counts again"},
    )
    reason = fields.Words(
        required=True, max_length=2000, min_length=1, metadata={"description": "Why; the worker reads it"}
    )
