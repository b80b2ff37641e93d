"""Use cases of dispatch that change cases: placement, answers, batches, orders."""

from app.incidents.dispatching.service.answers import (
    accept,
    cases_of_absent,
    cases_with_expired_offers,
    decline,
    deliver,
    expire_offer,
    record_progress,
    withdraw_from_absent,
)
from app.incidents.dispatching.service.batch import due_districts, solve_district
from app.incidents.dispatching.service.candidates import candidates_of
from app.incidents.dispatching.service.proposals import offer_by_itself, proposals_due
from app.incidents.dispatching.service.redispatch import SlippingCase, redispatch_case, slipping

__all__ = [
    "SlippingCase",
    "accept",
    "candidates_of",
    "cases_of_absent",
    "cases_with_expired_offers",
    "decline",
    "deliver",
    "due_districts",
    "expire_offer",
    "offer_by_itself",
    "proposals_due",
    "record_progress",
    "redispatch_case",
    "slipping",
    "solve_district",
    "withdraw_from_absent",
]
