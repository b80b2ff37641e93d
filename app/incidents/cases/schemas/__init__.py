"""Input and documentation of incidents.cases."""

from app.incidents.cases.schemas.access import AttachMedia, RevealReporter
from app.incidents.cases.schemas.cases import (
    STATUSES,
    AssignmentFilter,
    AssignmentList,
    EventList,
    IncidentDetail,
    IncidentFeatures,
    IncidentFilter,
    IncidentOut,
    IncidentPage,
    IncidentPatch,
    MapCorrection,
    ReportedOut,
    ReporterOut,
)
from app.incidents.cases.schemas.parts import ProposalOut

__all__ = [
    "STATUSES",
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
