"""SQL of monthly statistics (table `cycle_fact`): grids to close, facts and their members, where the actor directs."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Permission
from app.core.db import sql_text
from app.core.links import link
from app.incidents import service as incidents
from app.profiles.rules.measures import Selection
from app.profiles.rules.validation import LEVELS
from app.statistics.queries.figures import state_at
from app.statistics.rules.figure_query import FigureQuery
from app.workforce.scope import reach

_BY = {
    **{
        f"area:{level}": f"""case when nlevel(c.scope_path) > {place}
                                  then subpath(c.scope_path, {place}, 1)::text::uuid::text end"""
        for place, level in enumerate(LEVELS)
    },
    "unit": "c.unit_id::text",
    "category": "c.category",
}
# What each measure of cases counts of those that were open at the end, by how they stood then.
OF_CASES = {"open_cases": "true", "open_overdue": "coalesce(h.is_late, false)"}
# When the month `m` of a jurisdiction `v` is over, by its clock.
_ENDS = """
  select (m.month + interval '1 month') at time zone (p.data ->> 'timezone') until from profile_version p
  where p.jurisdiction_id = v.jurisdiction_id and p.in_force_from <= :now order by p.number desc limit 1"""


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


def _filter_condition(query: FigureQuery) -> tuple[str, dict[str, Any]]:
    """Return the condition on facts `c` that the query counts, and its binds."""
    filters = query.filters
    directs, binds = reach(query.actor, Permission.INCIDENT_DIRECT, "c.scope_path", now=query.now)
    conditions = [directs]
    for name in ("area", "part"):
        if getattr(filters, name) is not None:
            conditions.append(f"c.scope_path ~ cast(:f_{name} as lquery)")
            binds[f"f_{name}"] = f"*.{getattr(filters, name).hex}.*"
    if filters.lacks_level is not None:
        conditions.append(f"nlevel(c.scope_path) <= {LEVELS.index(filters.lacks_level)}")
    if filters.unit is not None:
        conditions.append("c.unit_id = :f_unit")
        binds["f_unit"] = filters.unit
    if filters.unowned is not None:
        conditions.append(f"c.unit_id is {'' if filters.unowned else 'not '}null")
    if query.moment.is_past:
        conditions.append("c.recorded_at <= :f_as_of")
        binds["f_as_of"] = query.moment.at
    return " and ".join(conditions), binds


def _states_at_month_end(query: FigureQuery) -> tuple[str, str, dict[str, Any]]:
    """Return joins and a condition for the case `m.id` of a fact `c` as it was when its month ended, at `e.until`; and binds.

    A member that is no case any more is counted.
    """
    still_visible, binds = incidents.still_visible_cases(query.actor, query.now)
    joins = f"""left join incident i on i.id = cast(m.id as uuid)
                 left join lateral {state_at("i.id", "e.until")} h on true"""
    counted = f"(i.id is null or coalesce({still_visible}, false))"
    if query.filters.category is not None:
        counted += " and coalesce(h.category, 'unknown') = :f_category"
        binds = {**binds, "f_category": query.filters.category}
    return joins, counted, dict(binds)


def _counted(query: FigureQuery, *, measures: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """Return CTEs of the open `cases` at the end of each of `:months` and of all counted facts (`c`), and their binds.

    Cases are counted one by one: their visibility is that of now, their category and limit are those of then.
    """
    condition, binds = _filter_condition(query)
    joins, is_counted, state_binds = _states_at_month_end(query)
    sql = f"""
      kept as materialized (
        select c.seq, c.jurisdiction_id, c.month, c.grid_id, c.scope_path, c.unit_id, c.measure, c.told,
               case when c.measure = 'open_cases' then c.members end members
        from cycle_fact c where c.month = any(cast(:months as date[])) and c.measure = any(:measures) and {condition}),
      ends as materialized (
        select v.jurisdiction_id, v.month, p.until
        from (select distinct k.jurisdiction_id, k.month from kept k where k.measure = 'open_cases') v
        cross join lateral (select v.month) m cross join lateral ({_ENDS}) p),
      cases as materialized (
        select c.seq, c.month, c.grid_id, c.scope_path, c.unit_id, i.id, i.case_no, i.reported_at, h.due_at,
               coalesce(h.category, 'unknown') category, coalesce(h.is_late, false) is_late
        from kept c cross join unnest(c.members) m(id)
        left join ends e on e.jurisdiction_id = c.jurisdiction_id and e.month = c.month
        {joins} where {is_counted}),
      piles as (
        select k.month, k.grid_id, k.scope_path, k.unit_id, k.category, count(*) n, count(*) filter (where k.is_late) late
        from cases k group by k.seq, k.month, k.grid_id, k.scope_path, k.unit_id, k.category),
      c as materialized (
        select k.month, k.grid_id, k.scope_path, k.unit_id, cast(null as text) category, k.measure, k.told
        from kept k where k.measure <> 'open_cases'
        union all
        select p.month, p.grid_id, p.scope_path, p.unit_id, p.category, of.measure, of.told
        from piles p cross join lateral (values ('open_cases', p.n), ('open_overdue', p.late)) of(measure, told))
    """
    return sql, binds | state_binds | {"measures": list(measures), "now": query.now}


def tally(
    session: Session,
    query: FigureQuery,
    *,
    measures: Sequence[str],
    spans: Mapping[str, Sequence[date]],
    whole: Sequence[str],
    dimensions: Sequence[str],
) -> Sequence[RowMapping]:
    """Sum stored `measures` by span (its months) and measure, in total and by each dimension.

    Rows: `span`, `dimension` (its place; NULL: in total), `value`, `measure`, `told`. Only the spans that are named in `whole`
    are counted by dimension.
    """
    counted, binds = _counted(query, measures=measures)
    columns = {f"g{place}": _BY[name] for place, name in enumerate(dimensions)}
    group_columns = "".join(f", {column} {name}" for name, column in columns.items())
    dimension_cases = "".join(
        f" when grouping(f.{name}) = 0 then {place}" for place, name in enumerate(columns)
    )
    sql = f"""
      with {counted}
      select coalesce(f.span, f."whole") span, {f"case{dimension_cases} end" if columns else "cast(null as int)"} dimension,
             {f"coalesce({', '.join(f'f.{name}' for name in columns)})" if columns else "cast(null as text)"} "value",
             f.measure, sum(f.told) told
      from (select s.span, case when s.is_whole then s.span end "whole", c.measure, c.told{group_columns}
            from jsonb_to_recordset(cast(:spans as jsonb)) s(span text, month date, is_whole boolean)
            join c on c.month = s.month) f
      group by grouping sets ((f.span, f.measure){"".join(f', (f."whole", f.measure, f.{name})' for name in columns)})
      having grouping(f.span) = 0 or f."whole" is not null
    """
    listed = [
        {"span": name, "month": str(month), "is_whole": name in whole}
        for name, months in spans.items()
        for month in months
    ]
    binds |= {
        "spans": orjson.dumps(listed).decode(),
        "months": sorted({month for months in spans.values() for month in months}),
    }
    return session.execute(sql_text(sql), binds).mappings().all()


def worst_grids(
    session: Session,
    query: FigureQuery,
    *,
    months: Sequence[date],
    shares: Sequence[Mapping[str, Any]],
    measures: Sequence[str],
    most: int,
) -> Sequence[RowMapping]:
    """Return the `most` grids in which each share leaves the most to be done, the worst first.

    Rows: `name`, `grid_id`, `whole`, `part`. A grid in which nothing is left is not returned. `shares`: `name`, the measures
    `whole` and `part`, and `is_part_bad` (False: the rest of the whole is left to be done).
    """
    counted, binds = _counted(query, measures=measures)
    sql = f"""
      with {counted},
      g as (select c.grid_id, c.measure, sum(c.told) told from c group by 1, 2),
      of as (select s.name, w.grid_id, w.told "whole", coalesce(p.told, 0) part,
                    case when s.is_part_bad then coalesce(p.told, 0) else w.told - coalesce(p.told, 0) end bad
             from jsonb_to_recordset(cast(:shares as jsonb)) s(name text, "whole" text, part text, is_part_bad boolean)
             join g w on w.measure = s."whole" and w.told > 0
             left join g p on p.grid_id = w.grid_id and p.measure = s.part),
      placed as (
        select of.*, row_number() over (
          partition by of.name order by cast(of.bad as float8) / cast(of."whole" as float8) desc, of.bad desc, of.grid_id) n
        from of where of.bad > 0)
      select name, grid_id, "whole", part from placed where n <= :most order by name, n
    """
    binds |= {"months": list(months), "shares": orjson.dumps(list(shares)).decode(), "most": most}
    return session.execute(sql_text(sql), binds).mappings().all()


def longest_overdue(session: Session, query: FigureQuery, *, month: date, most: int) -> bytes:
    """Return the cases that were overdue for the longest when a month ended, as JSON."""
    counted, binds = _counted(query, measures=["open_cases"])
    sql = f"""
      with {counted},
      shown as (select k.* from cases k where k.is_late order by k.due_at, k.id limit :most)
      select coalesce(json_agg(json_build_object(
               'id', s.id, 'case_no', s.case_no, 'category', s.category, 'grid_id', s.grid_id,
               'reported_at', s.reported_at, 'due_at', s.due_at, 'href', cast(:cases as text) || '/' || s.id)
               order by s.due_at, s.id), '[]') from shown s
    """
    binds |= {"months": [month], "cases": link("/api/v1/incidents"), "most": most}
    body: bytes = session.execute(sql_text(sql), binds).scalar_one()
    return body


def stored_months(session: Session, query: FigureQuery, *, months: Sequence[date]) -> Mapping[date, bool]:
    """Return the months of which some grid has facts, and whether all of these were counted in time."""
    where, binds = _filter_condition(query)
    sql = f"""
      select c.month, bool_and(c.is_whole) is_whole from cycle_fact c
      where c.month = any(cast(:months as date[])) and {where} group by c.month
    """
    rows = session.execute(sql_text(sql), binds | {"months": list(months)})
    return {row.month: row.is_whole for row in rows}


def unfinished_months(session: Session, query: FigureQuery, *, months: Sequence[date]) -> Sequence[date]:
    """Return those of the months, in order, of which some grid has no facts that existed at their end and still exists."""
    directs, binds = reach(query.actor, Permission.INCIDENT_DIRECT, "v.path", now=query.now)
    within = ""
    if query.filters.area is not None:
        within = "and v.path ~ cast(:f_area as lquery)"
        binds["f_area"] = f"*.{query.filters.area.hex}.*"
    sql = f"""
      select m.month from unnest(cast(:months as date[])) m(month)
      where exists (
        select 1 from area_version v
        cross join lateral ({_ENDS}) p
        where v.level = 'grid' and {directs} {within}
          and lower(v.valid) < p.until and (upper_inf(v.valid) or upper(v.valid) >= p.until)
          and exists (select 1 from area_version n where n.area_id = v.area_id and n.level = 'grid' and upper_inf(n.valid))
          and not exists (select 1 from cycle_fact c where c.month = m.month and c.grid_id = v.area_id
                            and c.recorded_at <= :as_of))
      order by m.month
    """
    binds |= {"months": list(months), "now": query.now, "as_of": query.moment.at}
    return session.execute(sql_text(sql), binds).scalars().all()


def members(
    session: Session,
    query: FigureQuery,
    *,
    selection: Selection,
    after: tuple[int, int] | None,
    limit: int,
) -> RowMapping:
    """Return a page of the members of a measure, without those that another measure of the same grid and month has.

    Columns: `items` (month, grid_id, id), `n`, `last_key`.
    """
    measure, less = selection.of, next(iter(selection.less), None)
    where, binds = _filter_condition(query)
    joins, extra_condition, ends = "", "", ""
    if measure in OF_CASES:
        joins, is_counted, state_binds = _states_at_month_end(query)
        joins = f"join ends e on e.jurisdiction_id = c.jurisdiction_id and e.month = c.month {joins}"
        extra_condition = f"and {is_counted}" + "".join(
            f" and {'' if is_included else 'not '}{OF_CASES[name]}"
            for name, is_included in ((measure, True), (less, False))
            if name
        )
        ends = f"""ends as materialized (
          select v.jurisdiction_id, v.month, p.until
          from (select distinct c.jurisdiction_id, c.month from cycle_fact c
                where c.measure = 'open_cases' and c.month >= :first and c.month <= :last and {where}) v
          cross join lateral (select v.month) m cross join lateral ({_ENDS}) p),"""
        binds |= state_binds
    elif less is not None:
        extra_condition = """and not exists (select 1 from cycle_fact l where l.month = c.month and l.grid_id = c.grid_id
                                     and l.measure = :less and m.id = any(l.members))"""
        binds["less"] = less
    sql = f"""
      with {ends} page as (
        select c.seq, m.place, c.month, c.grid_id, m.id
        from cycle_fact c cross join unnest(c.members) with ordinality m(id, place) {joins}
        where c.measure = :measure and c.month >= :first and c.month <= :last and {where} {extra_condition}
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
        "measure": "open_cases" if measure in OF_CASES else measure,
        "now": query.now,
        "first": query.days.first,
        "last": query.days.last.replace(day=1),
        "after_seq": seq,
        "after_place": place,
        "limit": limit,
    }
    return session.execute(sql_text(sql), binds).mappings().one()


def months_kept_since(session: Session, since: datetime) -> Sequence[date]:
    """Return the months whose open cases by grid were kept at this instant or later."""
    sql = """
      select distinct month from cycle_fact where measure = 'open_cases' and recorded_at >= :since order by month
    """
    return session.scalars(sql_text(sql), {"since": since}).all()
