"""Request and response schemas of reports."""

from app.incidents.reporting.schemas.duplicates import Alike, Candidate, Candidates
from app.incidents.reporting.schemas.reports import ReportAtPoint, ReportIncident

__all__ = [
    "Alike",
    "Candidate",
    "Candidates",
    "ReportAtPoint",
    "ReportIncident",
]
