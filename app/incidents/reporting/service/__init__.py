"""Use cases of reports: open a case, find duplicates, link components, undo imports."""

from app.incidents.reporting.service.area_reassignment import reassign_areas, reassign_stray_cases
from app.incidents.reporting.service.duplicates import duplicates_of, duplicates_of_each, find_duplicates
from app.incidents.reporting.service.import_undo import existing_ids, undo_blockers, undo_import
from app.incidents.reporting.service.new_case import FOLLOW_UP
from app.incidents.reporting.service.place_names import refresh_places
from app.incidents.reporting.service.report_batches import report_each_within
from app.incidents.reporting.service.reporters import store_email
from app.incidents.reporting.service.reports import Receipt, report, report_within

__all__ = [
    "FOLLOW_UP",
    "Receipt",
    "duplicates_of",
    "duplicates_of_each",
    "existing_ids",
    "find_duplicates",
    "reassign_areas",
    "reassign_stray_cases",
    "refresh_places",
    "report",
    "report_each_within",
    "report_within",
    "store_email",
    "undo_blockers",
    "undo_import",
]
