"""Shapes of incidents that other domains show."""

from app.dispatch.schemas import Sentence
from app.incidents.cases.schemas import STATUSES, IncidentOut, MapCorrection, ProposalOut
from app.incidents.desk.schemas import Annotate
from app.incidents.dispatching.schemas import AssignmentTransition, Decline, PushedAssignmentTransition
from app.incidents.lifecycle.schemas import PushedTransition, Transition
from app.incidents.reporting.schemas import Candidate, ReportIncident

__all__ = [
    "STATUSES",
    "Annotate",
    "AssignmentTransition",
    "Candidate",
    "Decline",
    "IncidentOut",
    "MapCorrection",
    "ProposalOut",
    "PushedAssignmentTransition",
    "PushedTransition",
    "ReportIncident",
    "Sentence",
    "Transition",
]
