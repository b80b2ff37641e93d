"""Request and response schemas of cases."""

from app.incidents.cases.schemas.access import AttachMedia, RevealReporter
from app.incidents.cases.schemas.cases import (
    AssignmentList,
    IncidentDetail,
    IncidentFeatures,
    IncidentOut,
    IncidentPage,
    ReportedOut,
    ReporterOut,
)
from app.incidents.cases.schemas.corrections import IncidentPatch, MapCorrection
from app.incidents.cases.schemas.events import EventList
from app.incidents.cases.schemas.filters import ASSIGNMENT_ROLES, AssignmentFilter, IncidentFilter
from app.incidents.cases.schemas.parts import UNIT_PARTS, ProposalOut
from app.incidents.cases.schemas.references import STATUSES

__all__ = [
    "ASSIGNMENT_ROLES",
    "STATUSES",
    "UNIT_PARTS",
    "AssignmentFilter",
    "AssignmentList",
    "AttachMedia",
    "EventList",
    "IncidentDetail",
    "IncidentFeatures",
    "IncidentFilter",
    "IncidentOut",
    "IncidentPage",
    "IncidentPatch",
    "MapCorrection",
    "ProposalOut",
    "ReportedOut",
    "ReporterOut",
    "RevealReporter",
]
