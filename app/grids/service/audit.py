"""Use cases of the audit of grids: findings on geometry, workers, households and open cases."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry import shape
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from app.areas.rules.coverage import Family, Flaw, flaws
from app.areas.rules.geometry import Part
from app.core import clock, db
from app.core.actor import SYSTEM, Actor
from app.core.errors import NotFound
from app.core.links import link
from app.core.paging import page_body_of, typed_key
from app.grids.queries import audit as queries
from app.grids.queries import finding_members
from app.grids.queries import findings as finding_queries
from app.grids.rules.audit import KINDS, SEVERITIES
from app.statistics.rules import linked_counts

FINDINGS = "/api/v1/supervision/grid-audit/findings"
# The relation of findings for maps: columns as in the queries; binds `audit_now`.
FINDINGS_RELATION = finding_queries.FINDINGS


def findings_on_maps(actor: Actor, now: datetime) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """Return the SQL condition that the actor may read a finding (fault of a grid) on a map.

    The condition reads FINDINGS_RELATION by the alias `f`. The result is (condition, binds). The binds are those of the
    condition and of FINDINGS_RELATION. One of them, `findings_path`, is the URL of the list of findings.
    """
    condition, binds = finding_queries.visible_findings(actor, now)
    return condition, binds | {"findings_path": link(FINDINGS)}


def grid_audit(session: Session, actor: Actor, *, within: UUID | None = None) -> dict[str, Any]:
    """Return the numbers of findings about grids in the actor's areas, by kind, as JSON.

    Each number has a link to its findings. The result also shows when the geometry was audited, and whether areas changed
    since.

    Args:
        within: Only findings about grids in or under this area.
    """
    now = clock.now()
    counts_by_kind = finding_queries.tally(session, actor, now=now, within=within)
    state = queries.audit_state(session, actor, now=now)
    filters = {"area_id": str(within)} if within else {}
    return {
        "at": now,
        "shapes": {"audited_at": state["audited_at"], "is_current": state["is_current"]},
        "findings": linked_counts.linked_count(sum(counts_by_kind.values()), FINDINGS, filters),
        "by_kind": [
            {
                "kind": kind.code,
                "severity": kind.severity,
                "title": {"en": kind.title[0], "zh": kind.title[1]},
                "findings": linked_counts.linked_count(
                    counts_by_kind[kind.code], FINDINGS, filters | {"kind": kind.code}
                ),
            }
            for kind in sorted(KINDS.values(), key=lambda kind: SEVERITIES.index(kind.severity))
            if kind.code in counts_by_kind
        ],
    }


def grid_findings(
    session: Session,
    actor: Actor,
    *,
    limit: int,
    cursor: str | None = None,
    within: UUID | None = None,
    kind: Sequence[str] | None = None,
    severity: Sequence[str] | None = None,
) -> bytes:
    """Return a page of findings (faults of grids) as JSON, the most severe first."""
    row = finding_queries.findings(
        session,
        actor,
        finding_queries.FindingFilter(within, kind, severity),
        now=clock.now(),
        after=typed_key(cursor, int, UUID) if cursor else None,
        limit=limit,
        prefix=f"{link(FINDINGS)}/",
    )
    return page_body_of(row, limit)


def members_of_finding(
    session: Session, actor: Actor, *, finding_id: UUID, limit: int, cursor: str | None = None
) -> bytes:
    """Return a page of the areas, premises, households or cases of a finding, as JSON.

    Raises:
        NotFound: There is no such finding, or the actor may not read it.
    """
    finding = finding_queries.finding(session, actor, finding_id, now=clock.now())
    if finding is None:
        raise NotFound("not_found")
    source = finding_members.MemberSource(
        finding_id,
        KINDS[finding["kind"]].member,
        # If no grid borders on the land, the member is the area itself.
        finding["grid_ids"] or [finding["area_id"]],
    )
    row = finding_members.members(
        session,
        source,
        after=typed_key(cursor, UUID) if cursor else None,
        limit=limit,
        prefix=link("/api/v1/"),
    )
    return page_body_of(row, limit)


# --- the audit of shapes ----------------------------------------------------------------------


def jurisdictions_to_audit(session: Session, now: datetime) -> Sequence[UUID]:
    """Return the ids of the jurisdictions whose areas changed since their last audit."""
    return queries.stale_jurisdictions(session, now=now)


def audit_shapes(jurisdiction_id: UUID, now: datetime) -> int:
    """Audit the geometry of the current grids of a jurisdiction, and store the findings.

    The new findings replace those of the last audit. Return their number. Nothing is locked during the audit. If areas are
    redrawn meanwhile, the findings about the old versions are void. The stored digest then differs from the current digest, so
    that the next audit is due.
    """
    with db.snapshot_session() as session:
        digest, sliver_m, rows = queries.shapes(session, jurisdiction_id, now=now)
    parts = {row["area_id"]: _part(row) for row in rows}
    versions = {row["area_id"]: row["id"] for row in rows}
    grids: dict[UUID, list[Part]] = defaultdict(list)
    for row in rows:
        if row["level"] == "grid":
            grids[row["parent_id"]].append(parts[row["area_id"]])
    families = [
        Family(parts[row["area_id"]], grids[row["area_id"]]) for row in rows if row["level"] == "community"
    ]
    findings = [_row(flaw, versions) for flaw in flaws(families, sliver_m)]
    with db.transaction(SYSTEM) as session:
        queries.replace_findings(session, jurisdiction_id, digest=digest, at=now, findings=findings)
    return len(findings)


def _part(row: Any) -> Part:
    return Part(str(row["area_id"]), row["code"], shapely.from_wkb(bytes(row["wkb"])))


def _row(flaw: Flaw, versions: dict[UUID, UUID]) -> dict[str, Any]:
    """Convert a finding of the audit to a row of the table `land_finding`.

    The id is a hash of kind, area versions and position, so that the same finding has the same id in every audit.
    """
    finding = flaw.finding
    grid_ids = [UUID(key) for key in finding.keys]
    version_ids = sorted({versions[UUID(flaw.parent)], *(versions[grid] for grid in grid_ids)})
    assert finding.place is not None  # findings of land have one
    geometry = shape(finding.place)
    identity = repr(
        (finding.code, version_ids, shapely.to_wkt(geometry.representative_point(), rounding_precision=7))
    )
    return {
        "id": UUID(bytes=hashlib.sha256(identity.encode()).digest()[:16]),
        "kind": finding.code,
        "area_id": UUID(flaw.parent),
        "grid_ids": grid_ids,
        "version_ids": version_ids,
        "wkb": shapely.to_wkb(geometry),
        "area_m2": finding.size_m2,
        "width_m": finding.width_m,
    }
