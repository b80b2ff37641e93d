"""Use cases that move a case from one state to another after its first dispatch."""

from app.incidents.lifecycle.service.history_rebuild import Repair, cases_to_repair, repair_record
from app.incidents.lifecycle.service.starts import start_each
from app.incidents.lifecycle.service.supervision import (
    call_for_review,
    call_for_supervision,
    due_for_review,
    supervisions_due,
)
from app.incidents.lifecycle.service.transitions import apply_transition

__all__ = [
    "Repair",
    "apply_transition",
    "call_for_review",
    "call_for_supervision",
    "cases_to_repair",
    "due_for_review",
    "repair_record",
    "start_each",
    "supervisions_due",
]
