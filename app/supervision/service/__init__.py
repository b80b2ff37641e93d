"""Use cases of supervision: boards, the queue, the audit of grids, and the check of all books."""

from app.supervision.service.boards import board, my_figures, queue, workers
from app.supervision.service.checking import Finding, check
from app.supervision.service.closing import Due, close, grids_due
from app.supervision.service.cycles import cycles, members_of_cycle, months_kept_since
from app.supervision.service.evaluation import evaluation, pictures, taken_along
from app.supervision.service.evaluation_book import workbook
from app.supervision.service.figures import figures, members_of_figure
from app.supervision.service.grid_audit import (
    FINDINGS_SQL,
    audit_shapes,
    findings_on_maps,
    grid_audit,
    grid_findings,
    jurisdictions_to_audit,
    members_of_finding,
)
from app.supervision.service.hotspots import preview_hotspots
from app.supervision.service.measuring import Measure, measure
from app.supervision.service.readiness import readiness
from app.supervision.service.releases import months_due, release, rounded_figures
from app.supervision.service.signals import (
    acknowledge,
    due_looks,
    look_for_signals,
    members_of_signal,
    signal,
    signals,
    signals_on_maps,
)

__all__ = [
    "FINDINGS_SQL",
    "Due",
    "Finding",
    "Measure",
    "acknowledge",
    "audit_shapes",
    "board",
    "check",
    "close",
    "cycles",
    "due_looks",
    "evaluation",
    "figures",
    "findings_on_maps",
    "grid_audit",
    "grid_findings",
    "grids_due",
    "jurisdictions_to_audit",
    "look_for_signals",
    "measure",
    "members_of_cycle",
    "members_of_figure",
    "members_of_finding",
    "members_of_signal",
    "months_due",
    "months_kept_since",
    "my_figures",
    "pictures",
    "preview_hotspots",
    "queue",
    "readiness",
    "release",
    "rounded_figures",
    "signal",
    "signals",
    "signals_on_maps",
    "taken_along",
    "workbook",
    "workers",
]
