"""Facts of months in grids: what is to be counted, what was, and its members. Under what the actor directs."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas.rules.profile_shape import LEVELS
from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.workforce.scope import reach

_BY = {
    **{
        f"area:{level}": f"""case when nlevel(c.scope_path) > {place}
                                  then subpath(c.scope_path, {place}, 1)::text::uuid::text end"""
        for place, level in enumerate(LEVELS)
    },
    "unit": "c.unit_id::text",
    "month": "to_char(c.month, 'YYYY-MM-DD')",
}


def grids_to_close(
    session: Session, jurisdiction_id: UUID, *, month: date, until: datetime, limit: int
) -> Sequence[RowMapping]:
    """Grids that stood at the end of a month, stand still, and of which nothing was kept yet: `id`, `path` as of then."""
    sql = """
      select v.area_id id, cast(v.path as text) path from area_version v
      where v.jurisdiction_id = :jurisdiction_id and v.level = 'grid'
        and lower(v.valid) < :until and (upper_inf(v.valid) or upper(v.valid) >= :until)
        and exists (select 1 from area_version n where n.area_id = v.area_id and n.level = 'grid' and upper_inf(n.valid))
        and not exists (select 1 from cycle_fact c where c.grid_id = v.area_id and c.month = :month)
      order by v.area_id limit :limit
    """
    binds = {"jurisdiction_id": jurisdiction_id, "month": month, "until": until, "limit": limit}
    return session.execute(sql_text(sql), binds).mappings().all()


def keep(
    session: Session, *, at: datetime, month: date, jurisdiction_id: UUID, facts: Sequence[Mapping[str, Any]]
) -> None:
    """Store facts: `grid_id`, `path`, `measure`, `unit_id`, `members`, `is_whole`. What is there already stays."""
    sql = """
      insert into cycle_fact
             (jurisdiction_id, month, grid_id, scope_path, measure, unit_id, told, members, is_whole, occurred_at)
      select :jurisdiction_id, :month, f.grid_id, cast(f.path as ltree), f.measure, f.unit_id,
             cardinality(f.members), f.members, f.is_whole, :at
      from jsonb_to_recordset(cast(:facts as jsonb)) f(grid_id uuid, path text, measure text, unit_id uuid, members text[],
                                                          is_whole boolean)
      on conflict do nothing
    """
    binds = {"at": at, "month": month, "jurisdiction_id": jurisdiction_id}
    session.execute(sql_text(sql), binds | {"facts": orjson.dumps(list(facts), default=str).decode()})


def _kept(actor: Actor, asked: Mapping[str, Any], now: datetime) -> tuple[str, dict[str, Any]]:
    directs, binds = reach(actor, Permission.INCIDENT_DIRECT, "c.scope_path", now=now)
    conditions = [directs]
    for name in ("area", "part"):
        if asked.get(name) is not None:
            conditions.append(f"c.scope_path ~ cast(:f_{name} as lquery)")
            binds[f"f_{name}"] = f"*.{asked[name].hex}.*"
    if asked.get("unit") is not None:
        conditions.append("c.unit_id = :f_unit")
        binds["f_unit"] = asked["unit"]
    if asked.get("unowned") is not None:
        conditions.append(f"c.unit_id is {'' if asked['unowned'] else 'not '}null")
    if asked.get("as_of") is not None:
        conditions.append("c.recorded_at <= :f_as_of")
        binds["f_as_of"] = asked["as_of"]
    return " and ".join(conditions), binds


def tally(
    session: Session,
    actor: Actor,
    *,
    spans: Mapping[str, tuple[date, date]],
    group_by: str | None,
    asked: Mapping[str, Any],
    now: datetime,
) -> Sequence[RowMapping]:
    """Sums of facts by span (first and last month), group and measure: `span`, `value`, `measure`, `told`."""
    where, binds = _kept(actor, asked, now)
    grouped = _BY.get(group_by or "", "cast(null as text)")
    sql = f"""
      select s.span, {grouped} "value", c.measure, sum(c.told) told
      from jsonb_to_recordset(cast(:spans as jsonb)) s(span text, first date, last date)
      join cycle_fact c on c.month >= s.first and c.month <= s.last
      where {where} group by 1, 2, 3
    """
    listed = [{"span": name, "first": str(first), "last": str(last)} for name, (first, last) in spans.items()]
    return session.execute(sql_text(sql), binds | {"spans": orjson.dumps(listed).decode()}).mappings().all()


def partial_months(
    session: Session, actor: Actor, *, first: date, last: date, asked: Mapping[str, Any], now: datetime
) -> Sequence[date]:
    """The months of which something that `tally` sums up was not counted whole, in order."""
    where, binds = _kept(actor, asked, now)
    sql = f"""
      select distinct c.month from cycle_fact c
      where c.month >= :first and c.month <= :last and not c.is_whole and {where} order by c.month
    """
    return session.execute(sql_text(sql), binds | {"first": first, "last": last}).scalars().all()


def members(
    session: Session,
    actor: Actor,
    *,
    measure: str,
    first: date,
    last: date,
    asked: Mapping[str, Any],
    after: tuple[int, int] | None,
    now: datetime,
    limit: int,
) -> RowMapping:
    """A page of what facts counted: `items` (month, grid_id, id), `n`, the last key."""
    where, binds = _kept(actor, asked, now)
    sql = f"""
      with page as (
        select c.seq, m.place, c.month, c.grid_id, m.id from cycle_fact c, unnest(c.members) with ordinality m(id, place)
        where c.measure = :measure and c.month >= :first and c.month <= :last and {where}
          and (c.seq, m.place) > (cast(:after_seq as bigint), cast(:after_place as bigint))
        order by c.seq, m.place limit :limit + 1),
      shown as (select * from page order by seq, place limit :limit)
      select (select coalesce(json_agg(json_build_object('month', to_char(month, 'YYYY-MM'), 'grid_id', grid_id, 'id', id)
                order by seq, place), '[]') from shown) items,
             (select count(*) from page) n,
             (select array[seq::text, place::text] from shown order by seq desc, place desc limit 1) last_key
    """
    seq, place = after or (0, 0)
    binds |= {
        "measure": measure,
        "first": first,
        "last": last,
        "after_seq": seq,
        "after_place": place,
        "limit": limit,
    }
    return session.execute(sql_text(sql), binds).mappings().one()
