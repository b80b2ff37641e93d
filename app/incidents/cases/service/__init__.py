"""Use cases that read cases, and that manage their media and reporters."""

from app.incidents.cases.service.attachments import MediaOfCases, attach, detach, media_of
from app.incidents.cases.service.device_fields import (
    case_media,
    case_parts,
    linked_cases,
)
from app.incidents.cases.service.directed_work import (
    WORKER_STATES,
    Counts,
    Tally,
    fold_open_case_changes,
    queue,
    tally,
    work_of,
)
from app.incidents.cases.service.erasure import (
    erase_reporter,
    erase_reporters,
    reporters_kept_since,
    reporters_not_erased,
)
from app.incidents.cases.service.list_filters import list_condition
from app.incidents.cases.service.reporters import ReportsOfReporter, identified_reporter, reports_of_reporter
from app.incidents.cases.service.views import (
    assignments_of_mine,
    detail,
    events,
    explanation,
    listing,
    receipt,
    replay,
    reveal_reporter,
    visible_cases,
    what_if,
)

__all__ = [
    "WORKER_STATES",
    "Counts",
    "MediaOfCases",
    "ReportsOfReporter",
    "Tally",
    "assignments_of_mine",
    "attach",
    "case_media",
    "case_parts",
    "detach",
    "detail",
    "erase_reporter",
    "erase_reporters",
    "events",
    "explanation",
    "fold_open_case_changes",
    "identified_reporter",
    "linked_cases",
    "list_condition",
    "listing",
    "media_of",
    "queue",
    "receipt",
    "replay",
    "reporters_kept_since",
    "reporters_not_erased",
    "reports_of_reporter",
    "reveal_reporter",
    "tally",
    "visible_cases",
    "what_if",
    "work_of",
]
