"""Use cases of grids: audit and redraw."""

from app.grids.service.audit import (
    FINDINGS_RELATION,
    audit_shapes,
    findings_on_maps,
    grid_audit,
    grid_findings,
    jurisdictions_to_audit,
    members_of_finding,
)
from app.grids.service.redraw import redraw

__all__ = [
    "FINDINGS_RELATION",
    "audit_shapes",
    "findings_on_maps",
    "grid_audit",
    "grid_findings",
    "jurisdictions_to_audit",
    "members_of_finding",
    "redraw",
]
