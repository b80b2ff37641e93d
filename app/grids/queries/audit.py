"""SQL of the audit of grid geometry: reads the areas to audit, and stores the findings."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    LargeBinary,
    RowMapping,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    literal,
    select,
)
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
_SHAPES: Any = (
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


_EXAMINED_SHAPES = _SHAPES.where(AreaVersion.area_id == any_(bindparam("area_ids", None, ARRAY(Uuid()))))


def digest_and_sliver(session: Session, jurisdiction_id: UUID, *, now: datetime) -> tuple[str, float]:
    """Return the digest of the areas that an audit examines, and the maximum width of a sliver in metres."""
    binds = {"jurisdiction_id": jurisdiction_id, "audit_now": now}
    digest, sliver_m = session.execute(_DIGEST_AND_SLIVER, binds).one()
    return digest, float(sliver_m)


def shapes(
    session: Session, jurisdiction_id: UUID, *, area_ids: Sequence[UUID] | None = None
) -> Sequence[RowMapping]:
    """Return the current communities and grids of a jurisdiction, to audit their geometry, sorted by code.

    A row has `id` (of the area version), `area_id`, `parent_id`, `level`, `code`, and `wkb` (EPSG:4326).

    Args:
        area_ids: Only these areas. None: all.
    """
    if area_ids is None:
        return session.execute(_SHAPES, {"jurisdiction_id": jurisdiction_id}).mappings().all()
    binds = {"jurisdiction_id": jurisdiction_id, "area_ids": list(area_ids)}
    return session.execute(_EXAMINED_SHAPES, binds).mappings().all()


# The versions that were in force at the last audit are those that it examined, if they have its digest. The digest differs
# if a redraw from before the audit was committed after it, and if the width of a sliver has changed.
_LAST_AUDIT = Fragment(
    """
  select a.digest, a.audited_at, a.digest is not distinct from (
    select md5(concat(string_agg(cast(v.id as text), ',' order by v.id), '|', max(w.sliver_m)))
    from area_version v, (select {sliver_m} sliver_m) w
    where v.jurisdiction_id = j.id and v.valid @> a.audited_at and v.level in ('community', 'grid')) is_known
  from jurisdiction j join land_audit a on a.jurisdiction_id = j.id where j.id = :jurisdiction_id
""",
    sliver_m=_SLIVER_M,
)
# A margin around each area, wider than that by which a grid borders on a piece of land.
_MARGIN_DEGREES = literal(1e-6, literal_execute=True)
# Communities whose findings may differ from those of the last audit, with removed ones, and all areas that are compared
# with theirs. Boxes are compared, with a margin.
_CHANGES = Fragment(
    """
  with version as materialized (
    select v.area_id, v.parent_id, v.level, v.geom, upper_inf(v.valid) is_current,
           v.valid @> cast(:audited_at as timestamptz) was_audited
    from area_version v
    where v.jurisdiction_id = :jurisdiction_id and v.level in ('community', 'grid')
      and (upper_inf(v.valid) or v.valid @> cast(:audited_at as timestamptz))),
  changed as materialized (select * from version where is_current <> was_audited),
  changed_community as materialized (select distinct area_id from changed where level = 'community'),
  outline as materialized (
    select geom from changed
    union all
    select g.geom from version g where g.is_current and g.level = 'grid'
      and g.parent_id in (select area_id from changed_community)),
  touched as materialized (
    select distinct v.area_id, v.parent_id, v.level from outline o
    join area_version v on v.geom && ST_Expand(o.geom, {margin}) and upper_inf(v.valid)
      and v.jurisdiction_id = :jurisdiction_id and v.level in ('community', 'grid')),
  family as materialized (
    select area_id from changed_community
    union select parent_id from changed where level = 'grid' and parent_id is not null
    union select area_id from touched where level = 'community'
    union select parent_id from touched where level = 'grid' and parent_id is not null),
  land as materialized (
    select v.geom from version v join family f on v.area_id = f.area_id where v.is_current
    union all
    select v.geom from version v join family f on v.parent_id = f.area_id where v.is_current and v.level = 'grid'),
  compared as (
    select distinct v.area_id, v.parent_id, v.level from land l
    join area_version v on v.geom && ST_Expand(l.geom, {margin}) and upper_inf(v.valid)
      and v.jurisdiction_id = :jurisdiction_id and v.level in ('community', 'grid'))
  select array(select area_id from family) families,
         array(select area_id from compared union select parent_id from compared where level = 'grid') area_ids,
         (select count(*) from changed) changes
""",
    margin=_MARGIN_DEGREES,
)


def last_audit(session: Session, jurisdiction_id: UUID, *, now: datetime) -> RowMapping | None:
    """Return the last audit of a jurisdiction, or None.

    The row has its `digest`, its instant `audited_at`, and `is_known`: the versions in force at this instant are those that
    it examined.

    Args:
        now: Current instant, which decides the profile in force.
    """
    binds = {"jurisdiction_id": jurisdiction_id, "audit_now": now}
    return session.execute(_LAST_AUDIT, binds).mappings().one_or_none()


def changes_since(session: Session, jurisdiction_id: UUID, audited_at: datetime) -> RowMapping:
    """Return which communities an audit has to examine after the areas changed since the last one.

    The row has `families`, the ids of these communities, with those that were removed; `area_ids`, the areas with which they
    and their grids are compared; and `changes`, the number of area versions that were added or ended.
    """
    binds = {"jurisdiction_id": jurisdiction_id, "audited_at": audited_at}
    return session.execute(_CHANGES, binds).mappings().one()


_DELETE_FINDINGS = delete(LandFinding).where(LandFinding.jurisdiction_id == bindparam("jurisdiction_id"))
_DELETE_FINDINGS_OF = _DELETE_FINDINGS.where(
    LandFinding.area_id == any_(bindparam("families", None, ARRAY(Uuid())))
)
_COUNT_FINDINGS = select(func.count()).where(LandFinding.jurisdiction_id == bindparam("jurisdiction_id"))
_LOCK_AUDIT = (
    select(LandAudit.digest)
    .where(LandAudit.jurisdiction_id == bindparam("jurisdiction_id"))
    .with_for_update()
)
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


def lock_audit(session: Session, jurisdiction_id: UUID) -> str | None:
    """Lock the last audit of a jurisdiction and return its digest; None: there is none."""
    digest: str | None = session.scalar(_LOCK_AUDIT, {"jurisdiction_id": jurisdiction_id})
    return digest


def replace_findings(
    session: Session,
    jurisdiction_id: UUID,
    *,
    digest: str,
    at: datetime,
    findings: Sequence[dict[str, Any]],
    families: Sequence[UUID] | None = None,
) -> int:
    """Replace the stored findings on the geometry of a jurisdiction by those of a new audit. Return how many there are now.

    Args:
        digest: Digest of the areas that were audited, as `digest_and_sliver` returns it.
        findings: Rows of `land_finding`, with `wkb` (WGS 84) for the place.
        families: The communities that were examined: findings about others stay. None: all.
    """
    of = {"jurisdiction_id": jurisdiction_id}
    if families is None:
        session.execute(_DELETE_FINDINGS, of)
    else:
        session.execute(_DELETE_FINDINGS_OF, of | {"families": list(families)})
    if findings:
        session.execute(_INSERT_FINDING, [row | of for row in findings])
    session.execute(_STORE_AUDIT, of | {"digest": digest, "audited_at": at})
    return session.scalar(_COUNT_FINDINGS, of) or 0
