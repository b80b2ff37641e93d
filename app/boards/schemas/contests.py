"""What is counted of a worker, as she sees it, and what she contests of it."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.dispatch.rules.fairness import FIGURES
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.settings import Settings

LIMITS = Settings()
CONTEST_OUTCOMES = Enumeration("ContestOutcome", ("upheld", "dismissed"))


class Week(Schema):
    week_load = fields.Integer(
        data_key="load",
        attribute="load",
        allow_none=True,
        metadata={"description": "Attempts accepted in the last seven days"},
    )
    declined = fields.Integer(allow_none=True, metadata={"description": "Not for a conflict of interest"})
    expired = fields.Integer(allow_none=True, metadata={"description": "Reached her and ran out"})
    street_mean = fields.Float(allow_none=True, metadata={"description": "Of `load`, in her street"})


class ContestOut(Schema):
    id = ma.fields.UUID()
    figure = fields.Choice(FIGURES)
    member_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "What of it; null: all that it counts"}
    )
    words = ma.fields.String()
    made_at = ma.fields.DateTime()
    resolved_at = ma.fields.DateTime(allow_none=True)
    outcome = fields.Choice(CONTEST_OUTCOMES, allow_none=True)
    reason = ma.fields.String(allow_none=True)


class MyFigure(Schema):
    name = fields.Choice(FIGURES)
    count = fields.Integer()
    street_mean = fields.Float(allow_none=True, metadata={"description": "Of `load` only"})
    is_contested = fields.Boolean(
        metadata={
            "description": "I contest it: dispatch does not use it, and those who direct me do not see it"
        }
    )
    contests = ma.fields.List(ma.fields.Nested(ContestOut))
    members = ma.fields.String(metadata={"description": "Path of exactly what was counted"})


class StreetOfMine(Schema):
    id = ma.fields.UUID()
    name = ma.fields.Nested(fields.Named)
    people = fields.Integer(
        metadata={"description": "In the mean: who works there and contests no figure of load"}
    )


class MyFigures(Schema):
    since = ma.fields.DateTime()
    until = ma.fields.DateTime()
    street = ma.fields.Nested(StreetOfMine, allow_none=True)
    figures = ma.fields.List(ma.fields.Nested(MyFigure))


class MyFigureMember(Schema):
    id = ma.fields.UUID(metadata={"description": "Of the attempt or the offer"})
    incident_id = ma.fields.UUID()
    role = ma.fields.String()
    at = ma.fields.DateTime()
    reason = ma.fields.String(allow_none=True)


class MyFigureMembers(Schema):
    items = ma.fields.List(ma.fields.Nested(MyFigureMember), metadata={"description": "The newest 500"})


class ContestFigure(FreeText):
    free_text = ("words",)

    words = fields.Words(required=True, max_length=2000, min_length=1)
    member_id = ma.fields.UUID()


class WorkerOfContest(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String()


class ContestOfWorker(ContestOut):
    worker = ma.fields.Nested(WorkerOfContest)


class Contests(Schema):
    items = ma.fields.List(ma.fields.Nested(ContestOfWorker))


class ContestsQuery(Schema):
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )


class ResolveContest(FreeText):
    free_text = ("reason",)

    outcome = fields.Choice(CONTEST_OUTCOMES, required=True)
    reason = fields.Words(required=True, max_length=2000, min_length=1)
