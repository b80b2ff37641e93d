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
    end_active,
    expire,
    expired_offer,
    last_unit,
    worker_name,
)
from app.dispatch.service.explaining import explain
from app.dispatch.service.placing import (
    Place,
    Placement,
    anyone_eligible,
    assign_own,
    offer_to,
    place,
    queue_for_unit,
    wait,
)

__all__ = [
    "Place",
    "Placement",
    "absent_holder",
    "accept",
    "active",
    "anyone_eligible",
    "asked_before",
    "assign_own",
    "assignment",
    "cases_with_expired_offers",
    "decline",
    "demands_of_absent",
    "end_active",
    "expire",
    "expired_offer",
    "explain",
    "last_unit",
    "offer_to",
    "place",
    "queue_for_unit",
    "wait",
    "worker_name",
]
