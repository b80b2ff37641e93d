"""Response schemas of decisions, offers and replays, and the request schema of a what-if."""

from typing import Any

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.core.travel import TRAVEL_BASES
from app.dispatch.rules.states import MOVED_BECAUSE
from app.http import fields
from app.http.smorest import Schema


class Sentence(Schema):
    en = ma.fields.String()
    zh = ma.fields.String()


def sentence_pair() -> ma.fields.Nested:
    """Return the field of a text in English and Chinese."""
    return ma.fields.Nested(
        Sentence, metadata={"description": "The same as a sentence, in English and in Chinese"}
    )


class VerdictOut(Schema):
    worker_id = ma.fields.UUID()
    name = ma.fields.String(metadata={"description": "Name of the worker"})
    ring = ma.fields.String(
        metadata={
            "description": "Search ring in which the worker was found: grid, community, street, district or neighbour"
        }
    )
    relation = ma.fields.String(
        metadata={
            "description": "Relation of the worker to the place: worker (responsible), substitute or chief"
        }
    )
    eligible = fields.Boolean(metadata={"description": "True: no rule excludes the worker"})
    chosen = fields.Boolean(metadata={"description": "True: the worker got the case or the offer"})
    reason = ma.fields.String(
        metadata={
            "description": "Why the worker is eligible or excluded, as a code, such as responsible, off_duty or full"
        }
    )
    rank = fields.Integer(
        allow_none=True, metadata={"description": "Place in the order of offers, from 1; null: not eligible"}
    )
    cost = ma.fields.Dict(
        metadata={
            "description": "Cost in seconds by part; `travel` and `position_age` only for callers who direct the case"
        }
    )
    cost_total = fields.Float(
        allow_none=True,
        metadata={"description": "Sum of the costs in seconds; null: the caller does not direct the case"},
    )
    distance_m = fields.Float(
        allow_none=True,
        metadata={
            "description": "Straight distance to the place in metres; null: unknown, or the caller does not direct the case"
        },
    )
    travel_s = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Travel time by the street network in seconds; null: not computed, or the caller does not "
            "direct the case"
        },
    )
    position_age_s = fields.Float(
        allow_none=True,
        metadata={
            "description": "Age of the last position in seconds; null: unknown, or the caller does not direct the case"
        },
    )
    open_work = fields.Integer(
        metadata={"description": "How many open cases the worker held at the time of the decision"}
    )
    capacity = fields.Integer(
        metadata={"description": "How many open cases the worker could hold at the time of the decision"}
    )
    overridden = ma.fields.List(
        ma.fields.String(),
        metadata={"description": "Codes of the rules that a supervisor's decision set aside; empty: none"},
    )
    sentence = sentence_pair()


class BatchRef(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the batch"})
    demands = fields.Integer(metadata={"description": "Number of cases that were decided together"})
    placed = fields.Integer(metadata={"description": "Number of them for which a worker was found"})


class TravelOut(Schema):
    basis = fields.Choice(
        TRAVEL_BASES,
        metadata={
            "description": "How travel times were found: straight (straight line), network (street network) or mixed"
        },
    )
    mode = ma.fields.String(metadata={"description": "Way of travelling: walk or bicycle"})
    seconds_per_m = fields.Float(
        metadata={
            "description": "Seconds for one metre of straight line, by which both kinds of travel times are compared"
        }
    )
    network = fields.Integer(metadata={"description": "Number of travel times from the street network"})
    straight = fields.Integer(
        metadata={"description": "Number of travel times estimated from the straight line"}
    )
    why = ma.fields.Dict(
        metadata={
            "description": "Why the network gave no time, with a count for each code: off_network, no_route, "
            "unreachable, out_of_time, not_asked"
        }
    )


class MovedOut(Schema):
    from_id = ma.fields.UUID(
        data_key="from",
        attribute="from",
        metadata={"description": "Id of the worker who had the work before"},
    )
    name = ma.fields.String(allow_none=True, metadata={"description": "Name of that worker; null: unknown"})
    because = fields.Choice(
        MOVED_BECAUSE, metadata={"description": "Why the rules took the work back, as a code"}
    )
    gain_s = fields.Float(
        allow_none=True,
        metadata={
            "description": "Travel time that the change saves in seconds; null: unknown, or the caller does not "
            "direct the case"
        },
    )


class RunOut(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the run"})
    incident_id = ma.fields.UUID()
    tier = fields.Integer(
        metadata={
            "description": "0: the case was decided alone, ring by ring; 1: together with other waiting cases, in a batch"
        }
    )
    batch = ma.fields.Nested(
        BatchRef,
        allow_none=True,
        metadata={"description": "Batch of which the run is a part; null: the case was decided alone"},
    )
    input_hash = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "SHA-256 (hex) of input and weights, equal for equal decisions; null: the input was not stored"
        },
    )
    left_out = ma.fields.Dict(
        metadata={"description": "Batch only: number of workers who could not be considered, by rule"}
    )
    role = ma.fields.String(
        metadata={
            "description": "Kind of work: verify, handle, check, second (assist) or joint (part of a joint unit)"
        }
    )
    at = ma.fields.DateTime(metadata={"description": "When the decision was made (RFC 3339)"})
    round = fields.Integer(metadata={"description": "Number of the attempt for this kind of work, from 1"})
    weights_version = ma.fields.String(metadata={"description": "Version of the cost weights of the profile"})
    profile_version_id = ma.fields.UUID(
        metadata={"description": "Id of the version of the profile whose rules decided"}
    )
    travel = ma.fields.Nested(
        TravelOut,
        allow_none=True,
        metadata={"description": "How travel times were found; null: the street network was not used"},
    )
    demand = ma.fields.Dict(
        metadata={"description": "What was needed: place, skills, priority and kind of work"}
    )
    outcome = ma.fields.String(
        metadata={
            "description": "Result: offered, broadcast (to several workers), accepted, queued (with a unit), "
            "proposed or waiting"
        }
    )
    reason = ma.fields.String(
        metadata={
            "description": "Why this result, as a code, such as responsible, unit_queue or nobody_eligible"
        }
    )
    sentence = sentence_pair()
    assignment_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Id of the assignment that was made; null: none"}
    )
    worker_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Id of the chosen worker; null: none"}
    )
    worker_name = ma.fields.String(
        allow_none=True, metadata={"description": "Name of the chosen worker; null: none"}
    )
    unit_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Id of the unit whose queue has the case; null: none"}
    )
    moved = ma.fields.Nested(
        MovedOut,
        allow_none=True,
        metadata={
            "description": "From whom the rules took the work, and what that saves; null: nobody had it"
        },
    )
    candidates = ma.fields.List(
        ma.fields.Nested(VerdictOut),
        metadata={
            "description": "Workers who were considered, each with the reason; the subject of a case is left out"
        },
    )


class OfferOut(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the offer"})
    assignment_id = ma.fields.UUID()
    worker_id = ma.fields.UUID()
    worker_name = ma.fields.String()
    round = fields.Integer(metadata={"description": "Number of the run that made the offer, from 1"})
    ring = ma.fields.String(metadata={"description": "Search ring in which the worker was found"})
    state = fields.Choice(
        Enumeration(
            "OfferState",
            {
                "offered": "sent; it has not reached the device",
                "delivered": "it has reached the device of the worker",
                "accepted": "the worker accepted it",
                "declined": "the worker declined it",
                "expired": "it was delivered, and the worker did not answer in time",
                "undelivered": "it expired before it reached the device; it does not count against the worker",
                "withdrawn": "taken back before the worker answered",
            },
        ),
        metadata={"description": "State of the offer; undelivered: it expired before it reached the device"},
    )
    offered_at = ma.fields.DateTime(metadata={"description": "When the offer was made (RFC 3339)"})
    delivered_at = ma.fields.DateTime(
        allow_none=True,
        metadata={"description": "When the offer reached the device (RFC 3339); null: not yet or never"},
    )
    expires_at = ma.fields.DateTime(metadata={"description": "By when the worker has to answer (RFC 3339)"})
    answered_at = ma.fields.DateTime(
        allow_none=True, metadata={"description": "When the worker answered (RFC 3339); null: no answer"}
    )
    reason = ma.fields.String(
        allow_none=True, metadata={"description": "Why the worker declined, in their own words; null: none"}
    )
    because = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Why the offer ended, as a code, such as conflict_of_interest or taken_by_other; null: none"
        },
    )
    sentence = sentence_pair()


class AnswerOut(Schema):
    worker_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Id of the chosen worker; null: none"}
    )
    worker_name = ma.fields.String(
        allow_none=True, metadata={"description": "Name of the chosen worker; null: none"}
    )
    reason = ma.fields.String(metadata={"description": "Why this result, as a code"})


class ReplayOut(Schema):
    run_id = ma.fields.UUID()
    tier = fields.Integer(metadata={"description": "0: decided alone, ring by ring; 1: decided in a batch"})
    same = fields.Boolean(
        metadata={"description": "True: everything that the run stored is computed again exactly as it was"}
    )
    weights_version = ma.fields.String(metadata={"description": "Version of the cost weights of the profile"})
    solver = ma.fields.String(
        allow_none=True,
        metadata={"description": "Solver of the batch with its version; null: the case was decided alone"},
    )
    input_hash = ma.fields.String(
        allow_none=True,
        metadata={"description": "SHA-256 (hex) of input and weights as stored; null: not stored"},
    )
    input_hash_again = ma.fields.String(
        metadata={"description": "SHA-256 (hex) of input and weights as computed now"}
    )
    then = ma.fields.Nested(AnswerOut, metadata={"description": "Result that was stored"})
    again = ma.fields.Nested(AnswerOut, metadata={"description": "Result that was computed now"})
    passed_over = ma.fields.List(
        ma.fields.UUID(),
        metadata={
            "description": "Ids of workers ranked before the chosen one who were full or off duty when the result was stored"
        },
    )
    sentence = sentence_pair()


def _cost(**options: Any) -> fields.Float:
    return fields.Float(validate=ma.validate.Range(0, 1_000_000), **options)


class Weights(Schema):
    """Cost weights in seconds; those left out keep the value of each decision."""

    load_of_work = _cost(
        data_key="load",
        attribute="load",
        metadata={"description": "Seconds for the square of the number of open cases of the worker"},
    )
    distance = _cost(metadata={"description": "Seconds for one metre of distance"})
    position_age = _cost(metadata={"description": "Seconds for one second of age of the position"})
    unknown_position_penalty = _cost(
        metadata={"description": "Seconds for a worker without a fresh position, instead of distance and age"}
    )
    not_owner_penalty = _cost(
        metadata={"description": "Seconds for a worker who is not responsible for the grid"}
    )
    ring_penalty = _cost(metadata={"description": "Seconds for each search ring outwards"})
    fairness = _cost(
        metadata={
            "description": "Seconds for a week that is twice as full as the mean of the street; 0: not weighed"
        }
    )


class WhatIf(Schema):
    area_id = ma.fields.UUID(
        required=True,
        metadata={"description": "Id of the area whose cases are computed, with the areas below it"},
    )
    day = ma.fields.Date(
        required=True, metadata={"description": "Day (YYYY-MM-DD) in the time zone of the jurisdiction"}
    )
    weights = ma.fields.Nested(
        Weights,
        required=True,
        metadata={"description": "Weights to change; those left out keep the value of each decision"},
    )


class WouldOut(Schema):
    worker_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Id of the chosen worker; null: none"}
    )
    worker_name = ma.fields.String(
        allow_none=True, metadata={"description": "Name of the chosen worker; null: none"}
    )
    distance_m = fields.Float(
        allow_none=True,
        metadata={"description": "Straight distance from the worker to the place in metres; null: unknown"},
    )


class ChangedOut(Schema):
    run_id = ma.fields.UUID()
    incident_id = ma.fields.UUID()
    at = ma.fields.DateTime(metadata={"description": "When the decision was made (RFC 3339)"})
    tier = fields.Integer(metadata={"description": "0: decided alone, ring by ring; 1: decided in a batch"})
    then = ma.fields.Nested(WouldOut, metadata={"description": "Result with the weights of the decision"})
    would = ma.fields.Nested(WouldOut, metadata={"description": "Result with the changed weights"})
    sentence = sentence_pair()


class WhatIfOut(Schema):
    runs = fields.Integer(metadata={"description": "Number of decisions of the day, at most 5000"})
    compared = fields.Integer(
        metadata={"description": "Number of decisions that chose by rank and whose input is stored"}
    )
    is_cut = fields.Boolean(metadata={"description": "True: there were more decisions than are computed"})
    changed = fields.Integer(metadata={"description": "Number of compared decisions with another result"})
    metres = ma.fields.Dict(
        metadata={"description": "Sum of straight distances in metres: `then` and `would`"}
    )
    placed = ma.fields.Dict(
        metadata={"description": "Number of compared decisions that found a worker: `then` and `would`"}
    )
    items = ma.fields.List(
        ma.fields.Nested(ChangedOut),
        metadata={"description": "Compared decisions with another result, oldest first, at most 200"},
    )
    sentence = sentence_pair()
