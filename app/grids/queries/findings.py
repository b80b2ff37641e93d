"""SQL that reads the findings of all kinds about grids as one table expression.

A finding is a fault that the audit finds, such as land in two grids or a grid without a responsible worker. The last audit has
stored the findings on geometry. Findings of all other kinds are computed when they are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    RowMapping,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    column,
    literal,
    literal_column,
    not_,
    or_,
    tuple_,
    values,
)
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment, Ltree, RowRule, unscoped
from app.core.sentences_sql import with_singular
from app.grids.rules.audit import KINDS, SEVERITIES
from app.incidents.models import Incident
from app.incidents.scope import has_ended, is_ordinary
from app.workforce.scope import area_reach

# Why the statements here need no rule of the tables that they read.
_UNSCOPED = {
    "household": "numbers by grid, for actors who may read households there",
    "incident": "numbers of ordinary cases by grid, for actors who may read cases there",
    "premises": "numbers by area, for actors who may read households there",
    "worker": "whether there is any",
}
# The columns of a finding `f`.
_ID, _RANK = literal_column("f.id", Uuid()), literal_column("f.rank", Integer())
_KIND, _SEVERITY = literal_column("f.kind", Text()), literal_column("f.severity", Text())
_NEEDS, _PATHS = literal_column("f.needs", Text()), literal_column("f.paths", ARRAY(Ltree()))


def _constant(value: str) -> ColumnElement[str]:
    return literal(value, literal_execute=True)


OPEN_WORK = and_(Incident.deleted_at.is_(None), not_(has_ended(Incident)), is_ordinary(Incident))
# The standards in force of each jurisdiction; NULL where its profile sets none.
_AUDIT_NOW = bindparam("audit_now", None, DateTime(timezone=True))
_STANDARDS = Fragment(
    """
  (select distinct on (p.jurisdiction_id) p.jurisdiction_id,
     cast(p.data #>> '{grids,households_most}' as float8) households_most,
     cast(p.data #>> '{grids,large_community_households}' as float8) large_community,
     cast(p.data #>> '{grids,households_most_in_large_community}' as float8) households_most_in_large,
     cast(p.data #>> '{grids,open_work_most}' as float8) open_work_most,
     cast(p.data #>> '{grids,area_m2_most}' as float8) area_m2_most
   from profile_version p where p.in_force_from <= {audit_now}
   order by p.jurisdiction_id, p.number desc)
""",
    audit_now=_AUDIT_NOW,
)
OUTSIDE_ID = Fragment("cast(md5(concat('premises_outside:', p.jurisdiction_id, ':', p.scope_path)) as uuid)")


def _of_grid(kind: str) -> Fragment:
    """Return the columns `id` to `width_m` of a SELECT of findings that are about one grid each.

    The SELECT reads the grids as `g`. The column `area_m2` is null in this list. It is computed later, only for the findings
    that are returned, because to measure all grids would take longer than the rest of the statement.

    Args:
        kind: The kind of the findings.
    """
    return Fragment(
        """
      cast(md5(concat({prefix}, g.area_id)) as uuid) id, {kind} kind, {needs} needs, g.area_id,
      array[g.area_id] grid_ids, array[g.path] paths, g.geom place, cast(null as float8) area_m2,
      cast(null as float8) width_m
""",
        prefix=_constant(f"{kind}:"),
        kind=_constant(kind),
        needs=_constant(KINDS[kind].needs.value),
    )


# `needs` is a column of each branch, so that PostgreSQL does not compute branches that the actor may not read.
_BRANCHES = Fragment(
    """
  select l.id, l.kind, 'area:read' needs, l.area_id, l.grid_ids,
    array(select v.path from area_version v where upper_inf(v.valid) and v.area_id = any(l.grid_ids || l.area_id)) paths,
    l.place, l.area_m2, l.width_m, l.area_m2 figure, cast(null as float8) standard,
    greatest(cardinality(l.grid_ids), 1) members
  from land_finding l
  where not exists (select 1 from unnest(l.version_ids) m(id) where not exists (
    select 1 from area_version v where v.id = m.id and upper_inf(v.valid)))
  union all
  select {unowned}, cast(0 as float8), cast(1 as float8), 1
  from area_version g where upper_inf(g.valid) and g.level = 'grid' and not exists (
    select 1 from responsibility r
      join account a on a.id = r.worker_id and a.disabled_at is null and a.deleted_at is null
    where r.area_id = g.area_id and r.role in ('worker', 'substitute') and r.deleted_at is null
      and r.valid @> {audit_now})
  union all
  select {outside_id}, 'premises_outside', {outside_needs},
    (select v.area_id from area_version v where v.path = p.scope_path and upper_inf(v.valid)),
    cast('{}' as uuid[]), array_remove(array[p.scope_path], null),
    ST_Multi(ST_Buffer(ST_ConvexHull(ST_Collect(p.location)), 0.0001, 2)), cast(null as float8), cast(null as float8),
    cast(count(*) as float8), cast(0 as float8), cast(count(*) as int)
  from premises p where p.grid_id is null and p.deleted_at is null group by p.jurisdiction_id, p.scope_path
  union all
  select {overloaded_households}, cast(c.n as float8), m.most, cast(c.n as int)
  from {standards} s join area_version g
      on g.jurisdiction_id = s.jurisdiction_id and upper_inf(g.valid) and g.level = 'grid'
    cross join lateral (select count(*) n from household h where h.grid_id = g.area_id and h.deleted_at is null) c
    cross join lateral (select case
      when c.n > s.households_most then s.households_most
      when c.n > s.households_most_in_large and s.large_community < (
        select count(*) from area_version b join household h on h.grid_id = b.area_id and h.deleted_at is null
        where b.parent_id = g.parent_id and upper_inf(b.valid)) then s.households_most_in_large end most) m
  where (s.households_most is not null or s.large_community is not null) and m.most is not null
  union all
  select {overloaded_work}, cast(c.n as float8), s.open_work_most, cast(c.n as int)
  from (select incident.grid_id, count(*) n from incident
        where {is_open_work} and incident.grid_id is not null group by incident.grid_id) c
    join area_version g on g.area_id = c.grid_id and upper_inf(g.valid) and g.level = 'grid'
    join {standards} s on s.jurisdiction_id = g.jurisdiction_id
  where c.n > s.open_work_most
  union all
  select {oversized}, ST_Area(cast(g.geom as geography)), s.area_m2_most, 1
  from {standards} s join area_version g
    on g.jurisdiction_id = s.jurisdiction_id and upper_inf(g.valid) and g.level = 'grid'
  where s.area_m2_most is not null and ST_Area(cast(g.geom as geography)) > s.area_m2_most
""",
    unowned=_of_grid("unowned"),
    outside_id=OUTSIDE_ID,
    outside_needs=_constant(KINDS["premises_outside"].needs.value),
    overloaded_households=_of_grid("overloaded_households"),
    overloaded_work=_of_grid("overloaded_work"),
    oversized=_of_grid("oversized"),
    standards=_STANDARDS,
    audit_now=_AUDIT_NOW,
    is_open_work=OPEN_WORK,
)
_KIND_ROWS = values(
    column("kind", Text()),
    column("severity", Text()),
    column("rank", Integer()),
    column("unit", Text()),
    column("en", Text()),
    column("zh", Text()),
    name="k",
    literal_binds=True,
).data([(k.code, k.severity, SEVERITIES.index(k.severity), k.unit, k.en, k.zh) for k in KINDS.values()])
_FINDINGS = Fragment(
    "(select f.*, k.severity, k.rank, k.unit, k.en, k.zh from ({branches}) f join {kinds} on k.kind = f.kind)",
    branches=_BRANCHES,
    kinds=_KIND_ROWS,
)
_ENGLISH = with_singular("""format(f.en, coalesce(a.name ->> 'en', 'the land outside all areas'),
  to_char(f.figure, 'FM999999999990'), to_char(f.standard, 'FM999999999990'))""")


def _described(relation: Fragment) -> Fragment:
    """Return a SELECT of findings with their sentences, their size and the names of areas.

    Args:
        relation: Table expression of the findings.
    """
    return Fragment(
        """
      (select f.id, f.kind, f.severity, f.rank, f.needs, f.unit, f.paths, f.grid_ids, f.place, f.width_m,
         f.figure, f.standard, f.members, f.area_id, a.code area_code, a.level area_level,
         case when f.kind = 'premises_outside' then null
              else coalesce(f.area_m2, ST_Area(cast(f.place as geography))) end area_m2,
         a.name ->> 'zh' area_name_zh, a.name ->> 'en' area_name_en,
         {sentence_en} sentence_en,
         format(f.zh, coalesce(a.name ->> 'zh', '各区域之外'), to_char(f.figure, 'FM999999999990'),
                to_char(f.standard, 'FM999999999990')) sentence_zh,
         (select string_agg(v.code, ',' order by v.code) from area_version v
          where upper_inf(v.valid) and v.area_id = any(f.grid_ids)) grid_codes
       from {relation} f left join area_version a on a.area_id = f.area_id and upper_inf(a.valid))
""",
        sentence_en=literal_column(_ENGLISH),
        relation=relation,
    )


FINDINGS = _described(_FINDINGS)


@lru_cache
def _readable(*conditions_by_need: tuple[str, ColumnElement[bool]]) -> ColumnElement[bool]:
    condition = or_(*(and_(_constant(needs) == _NEEDS, area) for needs, area in conditions_by_need))
    # Findings are counted from these tables, each kind by the permission that it needs.
    return RowRule(condition, "household", "incident", "premises", "worker")


def visible_findings(actor: Actor, now: datetime) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """Return the SQL condition that the actor may read a finding (fault of a grid).

    The condition reads the findings by the alias `f`. The result is (condition, its binds).
    """
    conditions: list[tuple[str, ColumnElement[bool]]] = []
    binds: dict[str, Any] = {"audit_now": now}
    for needs in (Permission.AREA_READ, Permission.HOUSEHOLD_READ, Permission.INCIDENT_READ):
        area = area_reach(actor, needs, now)
        conditions.append((needs.value, area.condition(_PATHS)))
        binds |= area.binds
    return _readable(*conditions), binds


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Filters of a list of findings. A filter that is None is not applied.

    Attributes:
        within: Only findings about grids in or under this area.
    """

    within: UUID | None = None
    kind: Sequence[str] | None = None
    severity: Sequence[str] | None = None


_FILTERS: dict[str, ColumnElement[bool]] = {
    "within": Fragment(
        "f.paths <@ (select v.path from area_version v where v.area_id = {area_id} and upper_inf(v.valid))",
        area_id=bindparam("within", None, Uuid()),
    ),
    "kind": any_(bindparam("kind", None, ARRAY(Text()))) == _KIND,
    "severity": any_(bindparam("severity", None, ARRAY(Text()))) == _SEVERITY,
    "after": tuple_(_RANK, _ID)
    > tuple_(bindparam("after_rank", None, Integer()), bindparam("after_id", None, Uuid())),
}


def _conditions(
    actor: Actor, now: datetime, filters: FindingFilter, after: list[str] | None = None
) -> tuple[list[ColumnElement[bool]], dict[str, Any]]:
    """Return the SQL conditions that limit findings by the actor's permissions and by filters.

    The conditions read the findings by the alias `f`. The result is (conditions, their binds).

    Args:
        after: Rank of the severity and id of the last finding on the previous page.
    """
    is_readable, binds = visible_findings(actor, now)
    used: dict[str, Any] = {"within": filters.within}
    used |= {
        name: list(value) if value else None
        for name, value in (("kind", filters.kind), ("severity", filters.severity))
    }
    binds |= used
    if after:
        binds |= {"after_rank": int(after[0]), "after_id": after[1]}
    used["after"] = after
    return [is_readable, *(_FILTERS[name] for name in _FILTERS if used[name])], binds


@lru_cache(maxsize=100)
def _tally(*conditions: ColumnElement[bool]) -> Fragment:
    return unscoped(
        Fragment(
            "select f.kind, count(*) n from {findings} f where {condition} group by f.kind",
            findings=_FINDINGS,
            condition=and_(*conditions),
        ),
        **_UNSCOPED,
    )


def tally(session: Session, actor: Actor, *, now: datetime, within: UUID | None = None) -> dict[str, int]:
    """Count the findings (faults of grids) that the actor may read, by kind.

    Args:
        within: Only findings about grids in or under this area.
    """
    conditions, binds = _conditions(actor, now, FindingFilter(within))
    return {row.kind: row.n for row in session.execute(_tally(*conditions), binds)}


@lru_cache(maxsize=100)
def _page(*conditions: ColumnElement[bool]) -> Fragment:
    return unscoped(
        Fragment(
            """
      with page as materialized (
        select f.* from {findings} f where {condition} order by f.rank, f.id limit :limit + 1),
      shown as (select * from page order by rank, id limit :limit)
      select (
          select coalesce(json_agg(json_build_object(
              'id', f.id, 'kind', f.kind, 'severity', f.severity,
              'sentence', json_build_object('en', f.sentence_en, 'zh', f.sentence_zh),
              'area', case when f.area_id is not null then json_build_object(
                'id', f.area_id, 'code', f.area_code, 'level', f.area_level,
                'name', json_build_object('zh', f.area_name_zh, 'en', f.area_name_en)) end,
              'area_m2', round(cast(f.area_m2 as numeric), 1), 'width_m', round(cast(f.width_m as numeric), 2),
              'figure', json_build_object(
                'value', round(cast(f.figure as numeric), 1), 'standard', f.standard, 'unit', f.unit),
              'members', json_build_object('count', f.members, 'members', :prefix || f.id || '/members'),
              'place', cast(ST_AsGeoJSON(ST_ForcePolygonCCW(f.place), 7) as json)) order by f.rank, f.id), '[]')
          from {described} f) items,
        (select count(*) from page) n,
        (select array[rank::text, id::text] from shown order by rank desc, id desc limit 1) last_key
""",
            findings=_FINDINGS,
            condition=and_(*conditions),
            described=_described(Fragment("shown")),
        ),
        **_UNSCOPED,
    )


def findings(
    session: Session,
    actor: Actor,
    filters: FindingFilter,
    *,
    now: datetime,
    after: list[str] | None,
    limit: int,
    prefix: str,
) -> RowMapping:
    """Return a page of findings (faults of grids), the most severe first.

    The row has the columns that `page_body_of` needs.

    Args:
        prefix: URL that comes before the id of a finding.
    """
    conditions, binds = _conditions(actor, now, filters, after)
    binds |= {"limit": limit, "prefix": prefix}
    return session.execute(_page(*conditions), binds).mappings().one()


@lru_cache
def _finding(is_readable: ColumnElement[bool]) -> Fragment:
    return unscoped(
        Fragment(
            "select f.kind, f.area_id, f.grid_ids from {findings} f where f.id = :finding_id and {is_readable}",
            findings=_FINDINGS,
            is_readable=is_readable,
        ),
        **_UNSCOPED,
    )


def finding(session: Session, actor: Actor, finding_id: UUID, *, now: datetime) -> RowMapping | None:
    """Return `kind`, `area_id` and `grid_ids` of a finding that the actor may read, or None."""
    is_readable, binds = visible_findings(actor, now)
    binds |= {"finding_id": finding_id}
    return session.execute(_finding(is_readable), binds).mappings().one_or_none()
