"""Input and documentation of offers, assignments and dispatch explanations."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.dispatch.rules.states import DECLINED_BECAUSE, FAILED_BECAUSE
from app.dispatch.schemas import OfferOut, RunOut, sentence_pair
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.incidents.cases.schemas.parts import PartOut


class OrderOut(Schema):
    kind = fields.Choice(
        Enumeration("DispatchOrderKind", ("pin", "lock")),
        metadata={"description": "pin: reserved for a worker; lock: the rules do not dispatch the case"},
    )
    since = ma.fields.DateTime(metadata={"description": "When the decision was made (RFC 3339)"})
    note = ma.fields.String(
        allow_none=True, metadata={"description": "Why, in the words of the supervisor; null: none"}
    )
    worker_id = ma.fields.UUID(
        allow_none=True,
        metadata={"description": "Id of the worker for whom the case is reserved; null with lock"},
    )
    worker_name = ma.fields.String(
        allow_none=True, metadata={"description": "Name of that worker; null with lock"}
    )
    sentence = sentence_pair()


class ExplainedPart(PartOut):
    sentence = sentence_pair()


class DispatchOut(Schema):
    runs = ma.fields.List(
        ma.fields.Nested(RunOut),
        metadata={"description": "Decisions about the case, oldest first, at most 200"},
    )
    offers = ma.fields.List(
        ma.fields.Nested(OfferOut), metadata={"description": "Offers of the case, oldest first, at most 200"}
    )
    orders = ma.fields.List(
        ma.fields.Nested(OrderOut), metadata={"description": "Pin and lock that are in force now"}
    )
    parts = ma.fields.List(
        ma.fields.Nested(ExplainedPart),
        metadata={
            "description": "Joint handling: the lead unit, then the part of each joint unit; else empty"
        },
    )


class Decline(FreeText):
    free_text = ("reason",)

    reason = fields.Words(
        max_length=500,
        min_length=1,
        required=True,
        metadata={"description": "Why, in the words of the worker; stored in the history of the case"},
    )
    because = fields.Choice(
        DECLINED_BECAUSE,
        metadata={
            "description": "conflict_of_interest: the decline is not counted in figures of the worker; left out: no "
            "code is stored"
        },
    )


class AssignmentTransition(FreeText):
    """How far I am with what I took."""

    free_text = ("note",)

    action = fields.Choice(Enumeration("AssignmentAction", ("en_route", "on_scene", "fail")), required=True)
    at = fields.Instant(metadata={"description": "When it was so; left out: now"})
    because = fields.Choice(FAILED_BECAUSE, metadata={"description": "With fail, which needs it"})
    note = fields.Words(max_length=2000, load_default=None, allow_none=True)
