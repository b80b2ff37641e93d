"""Input and documentation of incidents: `cases`, and what the `desk` does with them."""

from app.incidents.schemas.cases import (
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
from app.incidents.schemas.desk import (
    Annotate,
    BulkAct,
    BulkResults,
    Merge,
    NoteList,
    NoteOut,
    PrintFilter,
    Unmerge,
)
from app.incidents.schemas.dispatch import DispatchOut, ReplayOut, Sentence, WhatIf, WhatIfOut
from app.incidents.schemas.duplicates import Alike, Candidate, Candidates, JoinIncident, LinkCases
from app.incidents.schemas.moves import (
    AssignmentTransition,
    AttachMedia,
    Decline,
    RevealReporter,
    Transition,
)
from app.incidents.schemas.parts import ProposalOut
from app.incidents.schemas.reports import ReportIncident
from app.media.schemas import MediaList

__all__ = [
    "STATUSES",
    "Alike",
    "Annotate",
    "AssignmentFilter",
    "AssignmentList",
    "AssignmentTransition",
    "AttachMedia",
    "BulkAct",
    "BulkResults",
    "Candidate",
    "Candidates",
    "Decline",
    "DispatchOut",
    "EventList",
    "IncidentDetail",
    "IncidentFeatures",
    "IncidentFilter",
    "IncidentOut",
    "IncidentPage",
    "IncidentPatch",
    "JoinIncident",
    "LinkCases",
    "MapCorrection",
    "MediaList",
    "Merge",
    "NoteList",
    "NoteOut",
    "PrintFilter",
    "ProposalOut",
    "ReplayOut",
    "ReportIncident",
    "ReportedOut",
    "ReporterOut",
    "RevealReporter",
    "Sentence",
    "Transition",
    "Unmerge",
    "WhatIf",
    "WhatIfOut",
]
