"""Use cases of incidents.deadlines."""

from app.incidents.deadlines.service.notices import newly_due, tell
from app.incidents.deadlines.service.transition_events import blank_places

__all__ = [
    "blank_places",
    "newly_due",
    "tell",
]
