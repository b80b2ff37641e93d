"""Use cases of incidents.lifecycle."""

from app.incidents.lifecycle.service.history_rebuild import Repair, repair_record, suspects
from app.incidents.lifecycle.service.supervision import (
    call_for_review,
    call_for_supervision,
    due_for_review,
    supervisions_due,
)
from app.incidents.lifecycle.service.transitions import move

__all__ = [
    "Repair",
    "call_for_review",
    "call_for_supervision",
    "due_for_review",
    "move",
    "repair_record",
    "supervisions_due",
    "suspects",
]
