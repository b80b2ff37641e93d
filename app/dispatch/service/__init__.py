"""Placing work with people. Dispatch knows demands, never cases."""

from app.dispatch.service.answering import (
    absent_holder,
    accept,
    active,
    asked_before,
    assignment,
    cases_with_expired_offers,
    decline,
    demands_of_absent,
    demands_offered_to,
    end_active,
    expire,
    expired_offer,
    last_unit,
    worker_name,
)
from app.dispatch.service.batching import Solved, erase_inputs, give_out, history_of, is_mine_to_solve
from app.dispatch.service.batching import solve as solve_batch
from app.dispatch.service.explaining import explain
from app.dispatch.service.placing import (
    Place,
    Placement,
    assign_own,
    offer_to,
    place,
    queue_for_unit,
    record_imported,
    wait,
)
from app.dispatch.service.replaying import decided_then, replay, what_if

__all__ = [
    "Place",
    "Placement",
    "Solved",
    "absent_holder",
    "accept",
    "active",
    "asked_before",
    "assign_own",
    "assignment",
    "cases_with_expired_offers",
    "decided_then",
    "decline",
    "demands_of_absent",
    "demands_offered_to",
    "end_active",
    "erase_inputs",
    "expire",
    "expired_offer",
    "explain",
    "give_out",
    "history_of",
    "is_mine_to_solve",
    "last_unit",
    "offer_to",
    "place",
    "queue_for_unit",
    "record_imported",
    "replay",
    "solve_batch",
    "wait",
    "what_if",
    "worker_name",
]
