"""SQL of the areas and units that figures are counted of."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.workforce import scope


def top_directed_areas(session: Session, actor: Actor, *, now: datetime) -> Sequence[RowMapping]:
    """Return the areas where the actor directs the work, without those inside another of them; everywhere: the top areas."""
    if actor.everywhere_with(Permission.INCIDENT_DIRECT):
        is_top, binds = "v.parent_id is null", {}
    else:
        is_top = f"""v.path = any({scope.paths_sql()}) and not exists (
          select 1 from unnest({scope.paths_sql()}) above(path) where v.path <@ above.path and v.path <> above.path)"""
        binds = scope.scope_binds(actor, now, Permission.INCIDENT_DIRECT)
    sql = f"""
      select v.area_id id, v.code, v.name, v.level, v.jurisdiction_id from area_version v
      where upper_inf(v.valid) and {is_top} order by v.code, v.area_id
    """
    return session.execute(text(sql), binds).mappings().all()


def area_within(
    session: Session, actor: Actor, area_id: UUID, *, now: datetime, then: datetime | None = None
) -> RowMapping | None:
    """A current area, or one that was in force `then`, and whether it lies where the actor directs the work."""
    is_mine, binds = "true", {}
    if not actor.everywhere_with(Permission.INCIDENT_DIRECT):
        is_mine = f"v.path <@ any({scope.paths_sql()})"
        binds = scope.scope_binds(actor, now, Permission.INCIDENT_DIRECT)
    sql = f"""
      select v.area_id id, v.code, v.name, v.level, v.jurisdiction_id, {is_mine} is_mine from area_version v
      where v.area_id = :area_id and (upper_inf(v.valid) or v.valid @> cast(:then as timestamptz))
      order by upper_inf(v.valid) desc limit 1
    """
    return session.execute(text(sql), binds | {"area_id": area_id, "then": then}).mappings().one_or_none()


def area_of_figures(session: Session, area_id: UUID) -> RowMapping | None:
    """An area as it is, or as it was last: `path`, `level` and `jurisdiction_id`."""
    sql = """
      select v.area_id id, v.code, v.name, v.level, v.jurisdiction_id, cast(v.path as text) path from area_version v
      where v.area_id = :area_id and not isempty(v.valid) order by upper_inf(v.valid) desc, lower(v.valid) desc limit 1
    """
    return session.execute(text(sql), {"area_id": area_id}).mappings().one_or_none()


def areas_named(session: Session, area_ids: Sequence[str]) -> Sequence[RowMapping]:
    """Areas with their present name, or the last one they had, by code."""
    sql = """
      select distinct on (v.area_id) v.area_id id, v.code, v.name, v.level from area_version v
      where v.area_id = any(cast(:ids as uuid[])) order by v.area_id, upper_inf(v.valid) desc, lower(v.valid) desc
    """
    rows = session.execute(text(sql), {"ids": list(area_ids)}).mappings().all()
    return sorted(rows, key=lambda row: (row["code"], str(row["id"])))


def units(session: Session, unit_ids: Sequence[str]) -> Sequence[RowMapping]:
    sql = "select id, code, name from unit where id = any(cast(:ids as uuid[])) order by code, id"
    return session.execute(text(sql), {"ids": list(unit_ids)}).mappings().all()


def units_of_few(
    session: Session, unit_ids: Sequence[str], *, at: datetime, fewer_than: int
) -> frozenset[str]:
    """Which of these units had members at that time, but fewer than so many."""
    sql = """
      select cast(g.unit_id as text) id from account_grant g
      where g.unit_id = any(cast(:ids as uuid[])) and g.granted_at <= :at and (g.revoked_at is null or g.revoked_at > :at)
      group by g.unit_id having count(distinct g.account_id) < :least
    """
    binds = {"ids": list(unit_ids), "at": at, "least": fewer_than}
    return frozenset(session.scalars(text(sql), binds))
