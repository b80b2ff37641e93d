"""Use cases of the audit of grids: findings on geometry, workers, households and open cases."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
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
# After more changes of areas than this all grids are audited.
_CHANGES_MOST = 2_000
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


@dataclass(frozen=True, slots=True)
class _Shapes:
    """The areas that an audit examines.

    Attributes:
        digest: Of all areas of the jurisdiction.
        previous: Digest of the last audit, whose findings about other communities stay.
        families: Ids of the communities that are examined. None: all.
    """

    digest: str
    sliver_m: float
    rows: Sequence[Any]
    previous: str | None = None
    families: Sequence[UUID] | None = None


def audit_shapes(jurisdiction_id: UUID, now: datetime, *, is_whole: bool = False) -> int:
    """Audit the geometry of the current grids of a jurisdiction, and store the findings.

    Return their number. Only communities are examined whose findings may differ from those of the last audit. Nothing is
    locked during the audit. If areas are redrawn meanwhile, the findings about the old versions are void. The stored digest
    then differs from the current digest, so that the next audit is due.

    Args:
        is_whole: Examine all communities, whatever the last audit has examined.
    """
    with db.snapshot_session() as session:
        examined = _shapes(session, jurisdiction_id, now, is_whole=is_whole)
    findings = _findings(examined)
    with db.transaction(SYSTEM) as session:
        last = queries.lock_audit(session, jurisdiction_id)
        if examined.families is None or last == examined.previous:
            return queries.replace_findings(
                session,
                jurisdiction_id,
                digest=examined.digest,
                at=now,
                findings=findings,
                families=examined.families,
            )
    # Another audit came between: what stays is not what this audit has compared with.
    return audit_shapes(jurisdiction_id, now, is_whole=True)


def _shapes(session: Session, jurisdiction_id: UUID, now: datetime, *, is_whole: bool) -> _Shapes:
    digest, sliver_m = queries.digest_and_sliver(session, jurisdiction_id, now=now)
    last = None if is_whole else queries.last_audit(session, jurisdiction_id, now=now)
    if last is not None and last["is_known"]:
        changes = queries.changes_since(session, jurisdiction_id, last["audited_at"])
        if changes["changes"] <= _CHANGES_MOST:
            rows = queries.shapes(session, jurisdiction_id, area_ids=changes["area_ids"])
            return _Shapes(digest, sliver_m, rows, last["digest"], changes["families"])
    return _Shapes(digest, sliver_m, queries.shapes(session, jurisdiction_id))


def _findings(examined: _Shapes) -> list[dict[str, Any]]:
    parts = {row["area_id"]: _part(row) for row in examined.rows}
    versions = {row["area_id"]: row["id"] for row in examined.rows}
    grids: dict[UUID, list[Part]] = defaultdict(list)
    for row in examined.rows:
        if row["level"] == "grid":
            grids[row["parent_id"]].append(parts[row["area_id"]])
    families = [
        Family(parts[row["area_id"]], grids[row["area_id"]])
        for row in examined.rows
        if row["level"] == "community"
    ]
    of = None if examined.families is None else {str(area_id) for area_id in examined.families}
    return [_row(flaw, versions) for flaw in flaws(families, examined.sliver_m, of=of)]


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
