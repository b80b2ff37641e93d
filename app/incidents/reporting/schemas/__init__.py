"""Input and documentation of incidents.reporting."""

from app.incidents.reporting.schemas.duplicates import Alike, Candidate, Candidates
from app.incidents.reporting.schemas.reports import ReportIncident

__all__ = [
    "Alike",
    "Candidate",
    "Candidates",
    "ReportIncident",
]
