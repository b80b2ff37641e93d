"""Use cases of incidents.reporting."""

from app.incidents.reporting.service.area_reassignment import rehome, rehome_stray
from app.incidents.reporting.service.duplicates import alike, alike_to, alike_to_each
from app.incidents.reporting.service.import_undo import known_ids, reasons_to_stay, take_back_imported
from app.incidents.reporting.service.new_case import FOLLOW_UP
from app.incidents.reporting.service.reports import Receipt, report, report_within

__all__ = [
    "FOLLOW_UP",
    "Receipt",
    "alike",
    "alike_to",
    "alike_to_each",
    "known_ids",
    "reasons_to_stay",
    "rehome",
    "rehome_stray",
    "report",
    "report_within",
    "take_back_imported",
]
