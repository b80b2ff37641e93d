"""Use cases of deadlines: stored clocks, stages, notices."""

from app.incidents.deadlines.service.durations import durations_of
from app.incidents.deadlines.service.notices import cases_with_due_notices, send_due_notices
from app.incidents.deadlines.service.transition_events import blank_places

__all__ = [
    "blank_places",
    "cases_with_due_notices",
    "durations_of",
    "send_due_notices",
]
