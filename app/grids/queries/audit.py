"""SQL of the audit of grid geometry: reads the areas to audit, and stores the findings."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, RowMapping, Uuid, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from app.areas.models import AreaVersion
from app.core.actor import Actor, Permission
from app.core.db import SRID, Fragment
from app.grids.models import LandAudit, LandFinding
from app.workforce.scope import area_reach

# The greatest width of a sliver in metres, by the profile in force of jurisdiction `j`.
_SLIVER_M = Fragment("""
  coalesce((select cast(p.data #>> '{grids,sliver_width_m}' as float8) from profile_version p
            where p.jurisdiction_id = j.id and p.in_force_from <= cast(:audit_now as timestamptz)
            order by p.number desc limit 1), 1.0)
""")
# Changes with the shapes that an audit examines, and with the width of a sliver.
_DIGEST = Fragment(
    """
  (select md5(concat(string_agg(cast(v.id as text), ',' order by v.id), '|', max(w.sliver_m)))
   from area_version v, (select {sliver_m} sliver_m) w
   where v.jurisdiction_id = j.id and upper_inf(v.valid) and v.level in ('community', 'grid'))
""",
    sliver_m=_SLIVER_M,
)

_STALE_JURISDICTIONS = Fragment(
    """
  select j.id from jurisdiction j left join land_audit a on a.jurisdiction_id = j.id
  where j.deleted_at is null and {digest} is distinct from a.digest order by j.id
""",
    digest=_DIGEST,
)


def stale_jurisdictions(session: Session, *, now: datetime) -> Sequence[UUID]:
    """Return the ids of the jurisdictions whose areas changed since their last audit."""
    jurisdiction_ids: Sequence[UUID] = session.scalars(_STALE_JURISDICTIONS, {"audit_now": now}).all()
    return jurisdiction_ids


_GRID = aliased(AreaVersion, name="g")


@lru_cache
def _audit_state(is_in_scope: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
  select min(a.audited_at) audited_at, coalesce(bool_and({digest} is not distinct from a.digest), true) is_current
  from jurisdiction j left join land_audit a on a.jurisdiction_id = j.id
  where j.deleted_at is null and exists (
    select 1 from area_version g
    where g.jurisdiction_id = j.id and upper_inf(g.valid) and g.level = 'grid' and {is_in_scope})
""",
        digest=_DIGEST,
        is_in_scope=is_in_scope,
    )


def audit_state(session: Session, actor: Actor, *, now: datetime) -> RowMapping:
    """Return when the grids in the actor's scope were audited, and if areas changed since then.

    Args:
        now: Current instant, which decides the profile in force.

    Returns:
        A row with `audited_at`, the instant of the oldest audit among the jurisdictions of these grids, and `is_current`, which
        is true if no area of these jurisdictions changed since its audit.
    """
    area = area_reach(actor, Permission.AREA_READ, now)
    statement = _audit_state(area.condition(_GRID.path))
    return session.execute(statement, area.binds | {"audit_now": now}).mappings().one()


_DIGEST_AND_SLIVER = Fragment(
    "select {digest} digest, {sliver_m} sliver_m from jurisdiction j where j.id = :jurisdiction_id",
    digest=_DIGEST,
    sliver_m=_SLIVER_M,
)
_SHAPES = (
    select(
        AreaVersion.id,
        AreaVersion.area_id,
        AreaVersion.parent_id,
        AreaVersion.level,
        AreaVersion.code,
        func.ST_AsBinary(AreaVersion.geom).label("wkb"),
    )
    .where(
        AreaVersion.jurisdiction_id == bindparam("jurisdiction_id", None, Uuid()),
        func.upper_inf(AreaVersion.valid),
        AreaVersion.level.in_(["community", "grid"]),
    )
    .order_by(AreaVersion.code, AreaVersion.area_id)
)


def shapes(
    session: Session, jurisdiction_id: UUID, *, now: datetime
) -> tuple[str, float, Sequence[RowMapping]]:
    """Return the current communities and grids of a jurisdiction, to audit their geometry.

    Returns:
        (digest of these areas, maximum width of a sliver in metres, rows of the areas sorted by code). A row has `id` (of the
        area version), `area_id`, `parent_id`, `level`, `code`, and `wkb` (EPSG:4326).
    """
    binds = {"jurisdiction_id": jurisdiction_id}
    digest, sliver_m = session.execute(_DIGEST_AND_SLIVER, binds | {"audit_now": now}).one()
    rows = session.execute(_SHAPES, binds).mappings().all()
    return digest, float(sliver_m), rows


_DELETE_FINDINGS = delete(LandFinding).where(LandFinding.jurisdiction_id == bindparam("jurisdiction_id"))
_INSERT_FINDING = (
    insert(LandFinding)
    .values(
        id=bindparam("id"),
        jurisdiction_id=bindparam("jurisdiction_id"),
        kind=bindparam("kind"),
        area_id=bindparam("area_id"),
        grid_ids=bindparam("grid_ids"),
        version_ids=bindparam("version_ids"),
        place=func.ST_GeomFromWKB(bindparam("wkb", type_=LargeBinary()), SRID),
        area_m2=bindparam("area_m2"),
        width_m=bindparam("width_m"),
    )
    .on_conflict_do_nothing(index_elements=[LandFinding.id])
)
_AUDIT = insert(LandAudit).values(
    jurisdiction_id=bindparam("jurisdiction_id"),
    digest=bindparam("digest"),
    audited_at=bindparam("audited_at"),
)
_STORE_AUDIT = _AUDIT.on_conflict_do_update(
    index_elements=[LandAudit.jurisdiction_id],
    set_={"digest": _AUDIT.excluded.digest, "audited_at": _AUDIT.excluded.audited_at},
)


def replace_findings(
    session: Session, jurisdiction_id: UUID, *, digest: str, at: datetime, findings: Sequence[dict[str, Any]]
) -> None:
    """Replace the stored findings on the geometry of a jurisdiction by those of a new audit.

    Args:
        digest: Digest of the areas that were audited, as `shapes` returns it.
        findings: Rows of `land_finding`, with `wkb` (WGS 84) for the place.
    """
    session.execute(_DELETE_FINDINGS, {"jurisdiction_id": jurisdiction_id})
    if findings:
        session.execute(_INSERT_FINDING, [row | {"jurisdiction_id": jurisdiction_id} for row in findings])
    binds = {"jurisdiction_id": jurisdiction_id, "digest": digest, "audited_at": at}
    session.execute(_STORE_AUDIT, binds)
