"""SQL of monthly statistics of grids (table `cycle_fact`).

A *fact* is a row of this table: a count of one measure in one grid and month, with its members.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, DateTime, RowMapping, and_, bindparam, select
from sqlalchemy.orm import Session, aliased

from app.areas.models import AreaVersion
from app.core.actor import Permission
from app.core.db import Fragment
from app.core.links import link
from app.incidents.models import Incident
from app.incidents.scope import case_visibility
from app.profiles.rules.levels import LEVELS
from app.statistics.models import CycleFact
from app.statistics.queries.columns import (
    area_at,
    area_id_of,
    columns_of,
    constant,
    filter_binds,
    filter_names,
    listed,
    named,
)
from app.statistics.queries.figures import grouping_place, state_at
from app.statistics.rules.figure_query import FigureQuery
from app.workforce.scope import area_reach

_FACT = aliased(CycleFact, name="c")
_CASE = aliased(Incident, name="i")
_GRID = aliased(AreaVersion, name="v")

# Columns of counted facts `c` by which they are grouped, as text.
_GROUPINGS = {
    **{
        f"area:{level}": area_id_of(area_at(Fragment("c.scope_path"), place))
        for place, level in enumerate(LEVELS)
    },
    "unit": Fragment("c.unit_id::text"),
    "category": Fragment("c.category"),
}
# When the month `m` of a jurisdiction `v` is over, by its clock.
MONTH_END = Fragment("""
  select (m.month + interval '1 month') at time zone (p.data ->> 'timezone') until from profile_version p
  where p.jurisdiction_id = v.jurisdiction_id and p.in_force_from <= :now order by p.number desc limit 1""")

_GRIDS_TO_CLOSE = Fragment("""
  select v.area_id id, cast(v.path as text) path from area_version v
  where v.jurisdiction_id = :jurisdiction_id and v.level = 'grid'
    and lower(v.valid) < :until and (upper_inf(v.valid) or upper(v.valid) >= :until)
    and exists (select 1 from area_version n where n.area_id = v.area_id and n.level = 'grid' and upper_inf(n.valid))
    and not exists (select 1 from cycle_fact c where c.grid_id = v.area_id and c.month = :month)
  order by v.area_id limit :limit
""")


def grids_to_close(
    session: Session, jurisdiction_id: UUID, *, month: date, until: datetime, limit: int
) -> Sequence[RowMapping]:
    """Return at most `limit` grids whose statistics of a month are not stored yet.

    Columns: `id`, and `path` at the end of the month (`until`). Only grids that existed then and still exist are returned.
    """
    binds = {"jurisdiction_id": jurisdiction_id, "month": month, "until": until, "limit": limit}
    return session.execute(_GRIDS_TO_CLOSE, binds).mappings().all()


_INSERT_FACTS = Fragment("""
  insert into cycle_fact
         (jurisdiction_id, month, grid_id, scope_path, measure, unit_id, told, members, is_whole, occurred_at)
  select :jurisdiction_id, :month, f.grid_id, cast(f.path as ltree), f.measure, f.unit_id,
         cardinality(f.members), f.members, f.is_whole, :at
  from jsonb_to_recordset(cast(:facts as jsonb)) f(grid_id uuid, path text, measure text, unit_id uuid, members text[],
                                                      is_whole boolean)
  on conflict do nothing
""")


def store_facts(
    session: Session, *, at: datetime, month: date, jurisdiction_id: UUID, facts: Sequence[Mapping[str, Any]]
) -> None:
    """Insert facts into `cycle_fact`. A fact that is already stored stays unchanged.

    `facts`: mappings with `grid_id`, `path`, `measure`, `unit_id`, `members` and `is_whole`.
    """
    binds = {"at": at, "month": month, "jurisdiction_id": jurisdiction_id}
    session.execute(_INSERT_FACTS, binds | {"facts": orjson.dumps(list(facts), default=str).decode()})


# Filters of facts `c`; those of class and of how a case was handled are of cases only.
_FILTERS = {
    "area": Fragment("c.scope_path ~ cast(:f_area as lquery)"),
    "part": Fragment("c.scope_path ~ cast(:f_part as lquery)"),
    "lacks_level": Fragment("nlevel(c.scope_path) <= :f_lacks_level"),
    "unit": Fragment("c.unit_id = :f_unit"),
    "unowned": Fragment("c.unit_id is null"),
    "not unowned": Fragment("c.unit_id is not null"),
}
_IS_STORED = Fragment("c.recorded_at <= :as_of")
_OF_CATEGORY = Fragment("coalesce(h.category, 'unknown') = :f_category")


class FactShape(NamedTuple):
    """The parts of a request that decide the SQL over `cycle_fact` (`c`). Key of a cache.

    `is_directed`: the actor directs the area of `c`. `is_still_visible`: the actor may see the case `i` now. `filters`:
    names of the filters that are set. `is_past`: read only facts that were stored by :as_of.
    """

    is_directed: ColumnElement[bool]
    is_still_visible: ColumnElement[bool]
    filters: tuple[str, ...]
    is_past: bool


def fact_shape(query: FigureQuery) -> tuple[FactShape, dict[str, Any]]:
    """Return the key under which the SQL of a query is cached, and its bind values."""
    reach = area_reach(query.actor, Permission.INCIDENT_DIRECT, query.now)
    visibility = case_visibility(query.actor, query.now, Permission.INCIDENT_DIRECT)
    shape = FactShape(
        reach.condition(_FACT.scope_path),
        visibility.still_visible(_CASE),
        filter_names(query.filters),
        query.moment.is_past,
    )
    binds = visibility.binds | reach.binds | filter_binds(query.filters)
    return shape, binds | {"now": query.now, "as_of": query.moment.at}


def fact_condition(shape: FactShape) -> ColumnElement[bool]:
    """Return the condition that a row of `cycle_fact` (`c`) is visible and passes the filters."""
    conditions = [_FILTERS[name] for name in shape.filters if name in _FILTERS]
    return and_(shape.is_directed, *conditions, *([_IS_STORED] if shape.is_past else []))


# The state `h` of the case `m.id` of a fact `c` when its month ended, at `e.until`.
STATE_JOINS = Fragment(
    "left join incident i on i.id = cast(m.id as uuid) left join lateral {state} h on true",
    state=state_at(Fragment("i.id"), Fragment("e.until")),
)


def is_counted(shape: FactShape) -> ColumnElement[bool]:
    """Return the condition that the case `i` of a fact is visible and passes the filters.

    A case that no longer exists counts as visible, with the category `unknown`.
    """
    visible = Fragment(
        "(i.id is null or coalesce(({still_visible}), false))", still_visible=shape.is_still_visible
    )
    return and_(visible, _OF_CATEGORY) if "category" in shape.filters else visible


def _counted(shape: FactShape) -> Fragment:
    """Return CTEs for counts of months: `c` (counts by measure) and `month_open_case` (open cases).

    Counts are of the months :months. Most are read as they were stored. Only open cases are counted again: those that the
    actor may see now, with the category and deadline that they had at the end of the month.
    """
    return Fragment(
        """
      fact as materialized (
        select c.seq, c.jurisdiction_id, c.month, c.grid_id, c.scope_path, c.unit_id, c.measure, c.told,
               case when c.measure = 'open_cases' then c.members end members
        from cycle_fact c where c.month = any(cast(:months as date[])) and c.measure = any(:measures) and ({condition})),
      month_end as materialized (
        select v.jurisdiction_id, v.month, p.until
        from (select distinct jurisdiction_id, month from fact where measure = 'open_cases') v
        cross join lateral (select v.month) m cross join lateral ({month_end}) p),
      month_open_case as materialized (
        select c.seq, c.month, c.grid_id, c.scope_path, c.unit_id, i.id, i.case_no, i.reported_at, h.due_at,
               coalesce(h.category, 'unknown') category, coalesce(h.is_late, false) is_late
        from fact c cross join unnest(c.members) m(id)
        left join month_end e on e.jurisdiction_id = c.jurisdiction_id and e.month = c.month
        {state_joins} where ({is_counted})),
      open_count as (
        select month, grid_id, scope_path, unit_id, category, count(*) n, count(*) filter (where is_late) late
        from month_open_case group by seq, month, grid_id, scope_path, unit_id, category),
      c as materialized (
        select month, grid_id, scope_path, unit_id, cast(null as text) category, measure, told
        from fact where measure <> 'open_cases'
        union all
        select o.month, o.grid_id, o.scope_path, o.unit_id, o.category, of.measure, of.told
        from open_count o cross join lateral (values ('open_cases', o.n), ('open_overdue', o.late)) of(measure, told))
        """,
        condition=fact_condition(shape),
        month_end=MONTH_END,
        state_joins=STATE_JOINS,
        is_counted=is_counted(shape),
    )


def tally(
    session: Session,
    query: FigureQuery,
    *,
    measures: Sequence[str],
    spans: Mapping[str, Sequence[date]],
    whole: Sequence[str],
    dimensions: Sequence[str],
) -> Sequence[RowMapping]:
    """Sum the stored counts of each measure over spans of months, in total and by groups.

    `spans`: the months of each span by its name. `whole`: names of spans (at least one) that are also summed by each
    grouping in `dimensions`. Columns: `span` (name), `dimension` (index in `dimensions`; NULL in a row of totals),
    `value` (of the grouping), `measure`, `told` (the sum).
    """
    shape, binds = fact_shape(query)
    spans_by_month = [
        {"span": name, "month": str(month), "is_whole": name in whole}
        for name, months in spans.items()
        for month in months
    ]
    binds |= {
        "measures": list(measures),
        "spans": orjson.dumps(spans_by_month).decode(),
        "months": sorted({month for months in spans.values() for month in months}),
    }
    return session.execute(_tally(shape, tuple(dimensions)), binds).mappings().all()


@lru_cache(maxsize=200)
def _tally(shape: FactShape, dimensions: tuple[str, ...]) -> Fragment:
    aliases = [f"g{place}" for place, _ in enumerate(dimensions)]
    columns = columns_of("f", aliases)
    groups = [named(_GROUPINGS[name], alias) for name, alias in zip(dimensions, aliases, strict=True)]
    return Fragment(
        """
      with {counted}
      select coalesce(f.span, f."whole") span, {dimension} dimension, coalesce({columns}) "value",
             f.measure, sum(f.told) told
      from (select {facts}
            from jsonb_to_recordset(cast(:spans as jsonb)) s(span text, month date, is_whole boolean)
            join c on c.month = s.month) f
      group by grouping sets ({sets})
      having grouping(f.span) = 0 or f."whole" is not null
        """,
        counted=_counted(shape),
        dimension=grouping_place(columns),
        columns=listed(columns),
        facts=listed([_FACT_OF_SPAN, *groups]),
        sets=listed(
            [
                Fragment("(f.span, f.measure)"),
                *(Fragment('(f."whole", f.measure, {column})', column=column) for column in columns),
            ]
        ),
    )


_FACT_OF_SPAN = Fragment('s.span, case when s.is_whole then s.span end "whole", c.measure, c.told')


def worst_grids(
    session: Session,
    query: FigureQuery,
    *,
    months: Sequence[date],
    shares: Sequence[Mapping[str, Any]],
    measures: Sequence[str],
    most: int,
) -> Sequence[RowMapping]:
    """Return, for each rate in `shares`, the `most` grids with the highest share of undone work.

    Columns: `name` (of the rate), `grid_id`, `whole` and `part` (counts). Grids without undone work are left out.
    `shares`: for each rate a mapping with `name`, `whole` (the measure of all work), `part` (the measure of a part of it)
    and `is_part_bad` (True: `part` is undone work. False: it is done work).
    """
    shape, binds = fact_shape(query)
    binds |= {
        "measures": list(measures),
        "months": list(months),
        "shares": orjson.dumps(list(shares)).decode(),
        "most": most,
    }
    return session.execute(_worst_grids(shape), binds).mappings().all()


@lru_cache(maxsize=200)
def _worst_grids(shape: FactShape) -> Fragment:
    return Fragment(
        """
      with {counted},
      grid_count as (select grid_id, measure, sum(told) told from c group by 1, 2),
      grid_share as (
        select s.name, w.grid_id, w.told "whole", coalesce(p.told, 0) part,
               case when s.is_part_bad then coalesce(p.told, 0) else w.told - coalesce(p.told, 0) end bad
        from jsonb_to_recordset(cast(:shares as jsonb)) s(name text, "whole" text, part text, is_part_bad boolean)
        join grid_count w on w.measure = s."whole" and w.told > 0
        left join grid_count p on p.grid_id = w.grid_id and p.measure = s.part),
      ranked_share as (
        select *, row_number() over (
          partition by name order by cast(bad as float8) / cast("whole" as float8) desc, bad desc, grid_id) n
        from grid_share where bad > 0)
      select name, grid_id, "whole", part from ranked_share where n <= :most order by name, n
        """,
        counted=_counted(shape),
    )


def longest_overdue(session: Session, query: FigureQuery, *, month: date, most: int) -> bytes:
    """Return the `most` cases overdue for the longest at the end of a month, as JSON bytes."""
    shape, binds = fact_shape(query)
    binds |= {"measures": ["open_cases"], "months": [month], "cases": link("/api/v1/incidents"), "most": most}
    body: bytes = session.execute(_longest_overdue(shape), binds).scalar_one()
    return body


@lru_cache(maxsize=200)
def _longest_overdue(shape: FactShape) -> Fragment:
    return Fragment(
        """
      with {counted},
      shown as (select * from month_open_case where is_late order by due_at, id limit :most)
      select coalesce(json_agg(json_build_object(
               'id', s.id, 'case_no', s.case_no, 'category', s.category, 'grid_id', s.grid_id,
               'reported_at', s.reported_at, 'due_at', s.due_at, 'href', cast(:cases as text) || '/' || s.id)
               order by s.due_at, s.id), '[]') from shown s
        """,
        counted=_counted(shape),
    )


def stored_months(session: Session, query: FigureQuery, *, months: Sequence[date]) -> Mapping[date, bool]:
    """Return the months with stored counts. The value is True if all these counts are complete."""
    shape, binds = fact_shape(query)
    rows = session.execute(_stored_months(shape), binds | {"months": list(months)})
    return {row.month: row.is_whole for row in rows}


@lru_cache(maxsize=200)
def _stored_months(shape: FactShape) -> Fragment:
    return Fragment(
        """
      select c.month, bool_and(c.is_whole) is_whole from cycle_fact c
      where c.month = any(cast(:months as date[])) and ({condition}) group by c.month
        """,
        condition=fact_condition(shape),
    )


def unfinished_months(session: Session, query: FigureQuery, *, months: Sequence[date]) -> Sequence[date]:
    """Return which of `months` lack the facts of at least one grid, in order.

    Only grids that existed at the end of the month and still exist are considered.
    """
    reach = area_reach(query.actor, Permission.INCIDENT_DIRECT, query.now)
    binds = reach.binds | filter_binds(query.filters)
    binds |= {"months": list(months), "now": query.now, "as_of": query.moment.at}
    statement = _unfinished_months(reach.condition(_GRID.path), has_area=query.filters.area is not None)
    return session.execute(statement, binds).scalars().all()


@lru_cache(maxsize=200)
def _unfinished_months(is_directed: ColumnElement[bool], *, has_area: bool) -> Fragment:
    in_area = Fragment("v.path ~ cast(:f_area as lquery)")
    return Fragment(
        """
      select m.month from unnest(cast(:months as date[])) m(month)
      where exists (
        select 1 from area_version v
        cross join lateral ({month_end}) p
        where v.level = 'grid' and ({conditions})
          and lower(v.valid) < p.until and (upper_inf(v.valid) or upper(v.valid) >= p.until)
          and exists (select 1 from area_version n where n.area_id = v.area_id and n.level = 'grid' and upper_inf(n.valid))
          and not exists (select 1 from cycle_fact c where c.month = m.month and c.grid_id = v.area_id
                            and c.recorded_at <= :as_of))
      order by m.month
        """,
        month_end=MONTH_END,
        conditions=and_(is_directed, in_area) if has_area else is_directed,
    )


_MONTHS_STORED_SINCE = (
    select(CycleFact.month)
    .where(
        CycleFact.measure == constant("open_cases"),
        CycleFact.recorded_at >= bindparam("since", None, DateTime(timezone=True)),
    )
    .distinct()
    .order_by(CycleFact.month)
)


def months_stored_since(session: Session, since: datetime) -> Sequence[date]:
    """Return the months whose counts of open cases were stored at this instant or later."""
    months: Sequence[date] = session.scalars(_MONTHS_STORED_SINCE, {"since": since}).all()
    return months
