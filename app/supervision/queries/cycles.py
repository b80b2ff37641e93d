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
    if asked.get("lacks_level") is not None:
        conditions.append(f"nlevel(c.scope_path) <= {LEVELS.index(asked['lacks_level'])}")
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
    spans: Mapping[str, Sequence[date]],
    group_by: str | None,
    measures: Sequence[str],
    still: tuple[str, Mapping[str, Any]],
    asked: Mapping[str, Any],
    now: datetime,
) -> Sequence[RowMapping]:
    """Sums of facts by span (its months), group and measure: `span`, `value`, `measure`, `told`.

    `still`: which cases `i` may be told of, and its binds; others are not counted.
    """
    where, binds = _kept(actor, asked, now)
    may_be_told, more = still
    grouped = _BY.get(group_by or "", "cast(null as text)")
    sql = f"""
      with c as materialized (
        select c.month, c.scope_path, c.unit_id, c.measure, c.told - case when c.measure <> 'open_cases' then 0 else (
                 select count(*) from unnest(c.members) m join incident i on i.id = cast(m as uuid)
                 where not coalesce({may_be_told}, false)) end told
        from cycle_fact c
        where c.month = any(cast(:months as date[])) and c.measure = any(:measures) and {where})
      select s.span, {grouped} "value", c.measure, sum(c.told) told
      from jsonb_to_recordset(cast(:spans as jsonb)) s(span text, month date) join c on c.month = s.month
      group by 1, 2, 3
    """
    listed = [{"span": name, "month": str(month)} for name, months in spans.items() for month in months]
    binds |= {
        **more,
        "spans": orjson.dumps(listed).decode(),
        "months": sorted({month for months in spans.values() for month in months}),
        "measures": list(measures),
    }
    return session.execute(sql_text(sql), binds).mappings().all()


def kept_months(
    session: Session, actor: Actor, *, months: Sequence[date], asked: Mapping[str, Any], now: datetime
) -> Mapping[date, bool]:
    """The months of which something was kept of any of its grids, and whether all that was counted whole."""
    where, binds = _kept(actor, asked, now)
    sql = f"""
      select c.month, bool_and(c.is_whole) is_whole from cycle_fact c
      where c.month = any(cast(:months as date[])) and {where} group by c.month
    """
    rows = session.execute(sql_text(sql), binds | {"months": list(months)})
    return {row.month: row.is_whole for row in rows}


def unfinished_months(
    session: Session, actor: Actor, *, months: Sequence[date], asked: Mapping[str, Any], now: datetime
) -> Sequence[date]:
    """Those of the months, in order, of which nothing was kept of some grid that stood at the end of it and stands still."""
    directs, binds = reach(actor, Permission.INCIDENT_DIRECT, "v.path", now=now)
    within = ""
    if asked.get("area") is not None:
        within = "and v.path ~ cast(:f_area as lquery)"
        binds["f_area"] = f"*.{asked['area'].hex}.*"
    sql = f"""
      select m.month from unnest(cast(:months as date[])) m(month)
      where exists (
        select 1 from area_version v
        cross join lateral (
          select (m.month + interval '1 month') at time zone (p.data ->> 'timezone') until from profile_version p
          where p.jurisdiction_id = v.jurisdiction_id and p.in_force_from <= :now order by p.number desc limit 1) p
        where v.level = 'grid' and {directs} {within}
          and lower(v.valid) < p.until and (upper_inf(v.valid) or upper(v.valid) >= p.until)
          and exists (select 1 from area_version n where n.area_id = v.area_id and n.level = 'grid' and upper_inf(n.valid))
          and not exists (select 1 from cycle_fact c where c.month = m.month and c.grid_id = v.area_id
                            and c.recorded_at <= :as_of))
      order by m.month
    """
    binds |= {"months": list(months), "now": now, "as_of": asked["as_of"]}
    return session.execute(sql_text(sql), binds).scalars().all()


def members(
    session: Session,
    actor: Actor,
    *,
    measure: str,
    less: str | None,
    first: date,
    last: date,
    still: tuple[str, Mapping[str, Any]],
    asked: Mapping[str, Any],
    after: tuple[int, int] | None,
    now: datetime,
    limit: int,
) -> RowMapping:
    """A page of what facts counted: `items` (month, grid_id, id), `n`, the last key.

    `less`: without what another measure counted of the same grid and month. `still`: as in `tally`.
    """
    where, binds = _kept(actor, asked, now)
    more = ""
    if less is not None:
        more += """and not exists (select 1 from cycle_fact l where l.month = c.month and l.grid_id = c.grid_id
                                     and l.measure = :less and m.id = any(l.members))"""
        binds["less"] = less
    if measure == "open_cases":
        more += f"""and not exists (select 1 from incident i where i.id = cast(m.id as uuid)
                                      and not coalesce({still[0]}, false))"""
        binds |= still[1]
    sql = f"""
      with page as (
        select c.seq, m.place, c.month, c.grid_id, m.id from cycle_fact c, unnest(c.members) with ordinality m(id, place)
        where c.measure = :measure and c.month >= :first and c.month <= :last and {where} {more}
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
