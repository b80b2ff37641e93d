"""Schemas of cases that other packages use."""

from app.dispatch.schemas import Sentence
from app.incidents.cases.schemas import (
    ASSIGNMENT_ROLES,
    STATUSES,
    UNIT_PARTS,
    IncidentOut,
    MapCorrection,
    ProposalOut,
)
from app.incidents.desk.schemas import Annotate
from app.incidents.dispatching.schemas import AssignmentTransition, Decline, PushedAssignmentTransition
from app.incidents.lifecycle.schemas import PushedTransition, Transition
from app.incidents.reporting.schemas import Candidate, ReportAtPoint

__all__ = [
    "ASSIGNMENT_ROLES",
    "STATUSES",
    "UNIT_PARTS",
    "Annotate",
    "AssignmentTransition",
    "Candidate",
    "Decline",
    "IncidentOut",
    "MapCorrection",
    "ProposalOut",
    "PushedAssignmentTransition",
    "PushedTransition",
    "ReportAtPoint",
    "Sentence",
    "Transition",
]
