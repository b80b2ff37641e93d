"""Tables of cases: reports, cases, their history, deadlines, and the open cases that boards count."""

from app.incidents.models.cases import (
    CASE_SEQUENCE,
    Deadline,
    Incident,
    IncidentEvent,
    IncidentHistory,
    IncidentLink,
    Report,
    Reporter,
)
from app.incidents.models.notes import IncidentNote
from app.incidents.models.open_cases import OpenCase

__all__ = [
    "CASE_SEQUENCE",
    "Deadline",
    "Incident",
    "IncidentEvent",
    "IncidentHistory",
    "IncidentLink",
    "IncidentNote",
    "OpenCase",
    "Report",
    "Reporter",
]
