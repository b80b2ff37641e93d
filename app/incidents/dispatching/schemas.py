"""What dispatch says of its decisions."""

from typing import Any, ClassVar

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.core.travel import TRAVEL_BASES
from app.dispatch.rules.states import DECLINED_BECAUSE, FAILED_BECAUSE, MOVED_BECAUSE
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.http.variants import Variants
from app.incidents.cases.schemas.parts import PartOut


class Sentence(Schema):
    en = ma.fields.String()
    zh = ma.fields.String()


class VerdictOut(Schema):
    worker_id = ma.fields.UUID()
    name = ma.fields.String()
    ring = ma.fields.String()
    relation = ma.fields.String()
    eligible = fields.Boolean()
    chosen = fields.Boolean()
    reason = ma.fields.String()
    rank = fields.Integer(allow_none=True)
    cost = ma.fields.Dict()
    cost_total = fields.Float(allow_none=True)
    distance_m = fields.Float(allow_none=True)
    travel_s = fields.Integer(
        allow_none=True,
        metadata={"description": "Seconds by the street network, where it was asked and told"},
    )
    position_age_s = fields.Float(allow_none=True)
    open_work = fields.Integer()
    capacity = fields.Integer()
    overridden = ma.fields.List(
        ma.fields.String(), metadata={"description": "Rules that a supervisor's order has set aside"}
    )
    sentence = ma.fields.Nested(Sentence)


class BatchRef(Schema):
    id = ma.fields.UUID()
    demands = fields.Integer(metadata={"description": "So many cases were decided together"})
    placed = fields.Integer()


class TravelOut(Schema):
    basis = fields.Choice(TRAVEL_BASES)
    mode = ma.fields.String()
    seconds_per_m = fields.Float(
        metadata={"description": "Of the straight line, by which ways of both kinds are compared"}
    )
    network = fields.Integer(metadata={"description": "So many ways the street network told"})
    straight = fields.Integer()
    why = ma.fields.Dict(
        metadata={
            "description": "How many it did not tell, by reason: off_network, no_route, unreachable, out_of_time, not_asked"
        }
    )


class MovedOut(Schema):
    from_id = ma.fields.UUID(data_key="from", attribute="from")
    name = ma.fields.String(allow_none=True)
    because = fields.Choice(MOVED_BECAUSE)
    gain_s = fields.Float(allow_none=True)


class RunOut(Schema):
    id = ma.fields.UUID()
    incident_id = ma.fields.UUID()
    tier = fields.Integer(
        metadata={"description": "0: ring by ring, as it came in; 1: together with what else waited"}
    )
    batch = ma.fields.Nested(BatchRef, allow_none=True)
    input_hash = ma.fields.String(
        allow_none=True, metadata={"description": "The same for the same question under the same weights"}
    )
    left_out = ma.fields.Dict(
        metadata={"description": "Of a batch: how many people could not be asked, by rule"}
    )
    role = ma.fields.String()
    at = ma.fields.DateTime()
    round = fields.Integer()
    weights_version = ma.fields.String()
    profile_version_id = ma.fields.UUID()
    travel = ma.fields.Nested(
        TravelOut, allow_none=True, metadata={"description": "Null where no street network was asked"}
    )
    demand = ma.fields.Dict()
    outcome = ma.fields.String()
    reason = ma.fields.String()
    sentence = ma.fields.Nested(Sentence)
    assignment_id = ma.fields.UUID(allow_none=True)
    worker_id = ma.fields.UUID(allow_none=True)
    worker_name = ma.fields.String(allow_none=True)
    unit_id = ma.fields.UUID(allow_none=True)
    moved = ma.fields.Nested(
        MovedOut,
        allow_none=True,
        metadata={"description": "From whom the rules took it, and what that saves"},
    )
    candidates = ma.fields.List(ma.fields.Nested(VerdictOut))


class OfferOut(Schema):
    id = ma.fields.UUID()
    assignment_id = ma.fields.UUID()
    worker_id = ma.fields.UUID()
    worker_name = ma.fields.String()
    round = fields.Integer()
    ring = ma.fields.String()
    state = fields.Choice(
        Enumeration(
            "OfferState",
            ("offered", "delivered", "accepted", "declined", "expired", "undelivered", "withdrawn"),
        )
    )
    offered_at = ma.fields.DateTime()
    delivered_at = ma.fields.DateTime(allow_none=True)
    expires_at = ma.fields.DateTime()
    answered_at = ma.fields.DateTime(allow_none=True)
    reason = ma.fields.String(allow_none=True)
    because = ma.fields.String(allow_none=True)
    sentence = ma.fields.Nested(Sentence)


class OrderOut(Schema):
    kind = fields.Choice(Enumeration("DispatchOrderKind", ("pin", "lock")))
    since = ma.fields.DateTime()
    note = ma.fields.String(allow_none=True)
    worker_id = ma.fields.UUID(allow_none=True)
    worker_name = ma.fields.String(allow_none=True)
    sentence = ma.fields.Nested(Sentence)


class ExplainedPart(PartOut):
    sentence = ma.fields.Nested(Sentence)


class DispatchOut(Schema):
    runs = ma.fields.List(ma.fields.Nested(RunOut))
    offers = ma.fields.List(ma.fields.Nested(OfferOut))
    orders = ma.fields.List(ma.fields.Nested(OrderOut), metadata={"description": "What holds by order now"})
    parts = ma.fields.List(
        ma.fields.Nested(ExplainedPart),
        metadata={
            "description": "Where several units handle it together: who leads, and each joint unit's part"
        },
    )


class AnswerOut(Schema):
    worker_id = ma.fields.UUID(allow_none=True)
    worker_name = ma.fields.String(allow_none=True)
    reason = ma.fields.String()


class ReplayOut(Schema):
    run_id = ma.fields.UUID()
    tier = fields.Integer()
    same = fields.Boolean(
        metadata={"description": "Everything that the run kept comes out as it was written"}
    )
    weights_version = ma.fields.String()
    solver = ma.fields.String(allow_none=True)
    input_hash = ma.fields.String(allow_none=True)
    input_hash_again = ma.fields.String()
    then = ma.fields.Nested(AnswerOut)
    again = ma.fields.Nested(AnswerOut)
    passed_over = ma.fields.List(
        ma.fields.UUID(),
        metadata={"description": "Chosen before, but filled or off duty when it was to be written"},
    )
    sentence = ma.fields.Nested(Sentence)


def _cost(**options: Any) -> fields.Float:
    return fields.Float(validate=ma.validate.Range(0, 1_000_000), **options)


class Weights(Schema):
    """Seconds of cost; what is not named stays as it was."""

    load_of_work = _cost(data_key="load", attribute="load")
    distance = _cost()
    position_age = _cost()
    unknown_position_penalty = _cost()
    not_owner_penalty = _cost()
    ring_penalty = _cost()
    fairness = _cost()


class WhatIf(Schema):
    area_id = ma.fields.UUID(required=True)
    day = ma.fields.Date(required=True, metadata={"description": "A day of the jurisdiction's calendar"})
    weights = ma.fields.Nested(Weights, required=True)


class WouldOut(Schema):
    worker_id = ma.fields.UUID(allow_none=True)
    worker_name = ma.fields.String(allow_none=True)
    distance_m = fields.Float(allow_none=True)


class ChangedOut(Schema):
    run_id = ma.fields.UUID()
    incident_id = ma.fields.UUID()
    at = ma.fields.DateTime()
    tier = fields.Integer()
    then = ma.fields.Nested(WouldOut)
    would = ma.fields.Nested(WouldOut)
    sentence = ma.fields.Nested(Sentence)


class WhatIfOut(Schema):
    runs = fields.Integer()
    compared = fields.Integer(metadata={"description": "Those that chose by rank and kept their input"})
    is_cut = fields.Boolean(metadata={"description": "There were more runs than are looked at"})
    changed = fields.Integer()
    metres = ma.fields.Dict(
        metadata={"description": "Straight metres to go, then and with the other weights"}
    )
    placed = ma.fields.Dict()
    items = ma.fields.List(ma.fields.Nested(ChangedOut), metadata={"description": "The first 200"})
    sentence = ma.fields.Nested(Sentence)


class Decline(FreeText):
    free_text = ("reason",)

    reason = fields.Words(max_length=500, min_length=1, required=True)
    because = fields.Choice(
        DECLINED_BECAUSE,
        metadata={"description": "conflict_of_interest: a duty to decline, which counts for nothing"},
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
    action = ma.fields.String(required=True, validate=ma.validate.Equal("en_route"))

    class Meta(FreeText.Meta):
        description = "Set out for the place of the case. The history stores the action, the actor, the time and the note."


class AssignmentOnScene(_Arrival):
    action = ma.fields.String(required=True, validate=ma.validate.Equal("on_scene"))

    class Meta(FreeText.Meta):
        description = "Arrive at the place of the case. The history stores the action, the actor, the time and the note."


class AssignmentFail(_Progress):
    action = ma.fields.String(required=True, validate=ma.validate.Equal("fail"))
    because = fields.Choice(FAILED_BECAUSE, required=True)

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
    """Progress from the outbox of a device; an earlier version took `at` with every action, and ignored it with `fail`."""

    ignored = frozenset({"at"})
