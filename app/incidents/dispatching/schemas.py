"""Request and response schemas of offers, assignments and dispatch explanations."""

from typing import ClassVar

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.dispatch.rules.states import DECLINED_BECAUSE, FAILED_BECAUSE
from app.dispatch.schemas import OfferOut, RunOut, sentence_pair
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.http.variants import Variants, discriminator
from app.incidents.cases.schemas.filters import ASSIGNMENT_ROLES
from app.incidents.cases.schemas.parts import PartOut


class OrderOut(Schema):
    kind = fields.Choice(
        Enumeration(
            "DispatchOrderKind",
            {
                "pin": "the case is reserved for one worker",
                "lock": "the rules do not dispatch the case until it is unlocked",
            },
        ),
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


class CandidatesQuery(Schema):
    role = fields.Choice(
        ASSIGNMENT_ROLES,
        metadata={
            "description": "Kind of work, without `joint`, which units get; left out: the one that the state of the case is "
            "about"
        },
    )


class CandidateOut(Schema):
    worker_id = ma.fields.UUID()
    name = ma.fields.String(metadata={"description": "Name of the worker"})
    ring = ma.fields.String(
        metadata={"description": "Search ring: grid, community, street, district or neighbour"}
    )
    relation = ma.fields.String(
        metadata={"description": "Relation to the grid: worker (responsible), substitute or chief"}
    )
    eligible = fields.Boolean(
        metadata={"description": "True: the caller could assign the work to the worker now"}
    )
    rank = fields.Integer(
        allow_none=True,
        metadata={"description": "Place in the order of the rules, from 1; null: not eligible"},
    )
    reason = ma.fields.String(
        metadata={
            "description": "Why the worker is eligible or not, as a code, such as responsible, off_duty or full"
        }
    )
    reasons = ma.fields.List(
        ma.fields.String(),
        metadata={"description": "Codes of all rules that exclude the worker; empty: none"},
    )
    may_override = fields.Boolean(
        metadata={"description": "True: the caller could assign the work against these rules (`override`)"}
    )
    earlier = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Why an earlier offer to an eligible worker ended, such as declined; null: none"
        },
    )
    distance_m = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Straight distance to the place in metres, rounded to 50; null: no position"
        },
    )
    way_s = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Way to the place on the street network in seconds, on foot or by bicycle as the profile has "
            "it; null: no position or no network"
        },
    )
    position_age_s = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Age of the last position on this duty in seconds, rounded up to a minute; null: no position"
        },
    )
    open_work = fields.Integer(metadata={"description": "How many open cases the worker holds"})
    capacity = fields.Integer(metadata={"description": "How many open cases the worker can hold"})
    sentence = sentence_pair()


class CandidatesOut(Schema):
    at = ma.fields.DateTime(metadata={"description": "When the candidates were computed (RFC 3339)"})
    role = ma.fields.String(
        metadata={"description": "Kind of work: verify, handle, check or second (assist)"}
    )
    is_admitted = fields.Boolean(
        metadata={"description": "False: no grid worker may handle this category; assign the owning unit"}
    )
    items = ma.fields.List(
        ma.fields.Nested(CandidateOut),
        metadata={
            "description": "Workers, eligible ones first in the order of the rules, at most 20 of a search ring"
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


class _Progress(FreeText):
    free_text = ("note",)

    note = fields.Words(
        max_length=2000,
        allow_none=True,
        metadata={"description": "Text for the history of the case"},
    )


class _Arrival(_Progress):
    at = fields.Instant(
        metadata={
            "description": "When it happened, if it is reported later; counted between acceptance and now; left out: now"
        }
    )


class AssignmentEnRoute(_Arrival):
    action = discriminator("en_route")

    class Meta(FreeText.Meta):
        description = "Set out for the place of the case. The history stores the action, the actor, the time and the note."


class AssignmentOnScene(_Arrival):
    action = discriminator("on_scene")

    class Meta(FreeText.Meta):
        description = "Arrive at the place of the case. The history stores the action, the actor, the time and the note."


class AssignmentFail(_Progress):
    action = discriminator("fail")
    because = fields.Choice(
        FAILED_BECAUSE,
        required=True,
        metadata={"description": "Why the worker cannot do the work; stored in the history of the case"},
    )

    class Meta(FreeText.Meta):
        description = (
            "Give the accepted work back: the case is dispatched again, and the dispatch rules do not ask this worker "
            "again. The part of a unit waits for a supervisor. The history stores the action, the actor, the time, the "
            "reason and the note."
        )


class AssignmentTransition(Variants):
    """The progress of the actor's accepted work. Any field that the action does not take is refused."""

    class Meta(Variants.Meta):
        description = (
            "Progress of the caller's accepted work. Which fields it needs and may have depends on `action`; any other field "
            "is refused with 422 `unknown_field`."
        )

    free_text = ("note",)
    variants: ClassVar = {
        "en_route": AssignmentEnRoute(),
        "on_scene": AssignmentOnScene(),
        "fail": AssignmentFail(),
    }


class PushedAssignmentTransition(AssignmentTransition):
    """Progress of the actor's accepted work, pushed by a device.

    `at` is ignored where the action does not take it: an earlier version of the app sent it with every action.
    """

    ignored = frozenset({"at"})
