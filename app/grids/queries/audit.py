"""SQL of grid findings as one relation: land by the last audit of shapes, everything else as of now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, RowMapping, bindparam, delete, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import SRID, sql_text
from app.core.sentences_sql import with_singular
from app.grids.models import LandAudit, LandFinding
from app.grids.rules.audit import KINDS, SEVERITIES
from app.incidents import service as incidents
from app.workforce import scope

_GRID = "upper_inf(g.valid) and g.level = 'grid'"
_NOW = "cast(:audit_now as timestamptz)"
# The standards now in force of each jurisdiction; NULL where its profile sets none.
_STANDARD = f"""
  (select distinct on (p.jurisdiction_id) p.jurisdiction_id,
     cast(p.data #>> '{{grids,households_most}}' as float8) households_most,
     cast(p.data #>> '{{grids,large_community_households}}' as float8) large_community,
     cast(p.data #>> '{{grids,households_most_in_large_community}}' as float8) households_most_in_large,
     cast(p.data #>> '{{grids,open_work_most}}' as float8) open_work_most,
     cast(p.data #>> '{{grids,area_m2_most}}' as float8) area_m2_most
   from profile_version p where p.in_force_from <= {_NOW}
   order by p.jurisdiction_id, p.number desc) s
"""
_OUTSIDE_ID = "cast(md5(concat('premises_outside:', p.jurisdiction_id, ':', p.scope_path)) as uuid)"
_HOMES = "(select count(*) n from household h where h.grid_id = g.area_id and h.deleted_at is null) c"


def _id(kind: str) -> str:
    needs = KINDS[kind].needs.value
    return f"cast(md5(concat('{kind}:', g.area_id)) as uuid) id, '{kind}' kind, '{needs}' needs"


_NOTHING = "cast(null as float8)"
# Its land is measured when it is told of: that takes longer than all the rest.
_OF_GRID = f"g.area_id, array[g.area_id] grid_ids, array[g.path] paths, g.geom place, {_NOTHING} area_m2"


def _branches() -> str:
    """Each: id, kind, needs, area_id, grid_ids, paths, place, area_m2, width_m, figure, standard, members.

    `needs` stands here so that PostgreSQL looks at nothing outside of the reader's places.
    """
    land = """
      select f.id, f.kind, 'area:read' needs, f.area_id, f.grid_ids,
        array(select v.path from area_version v where upper_inf(v.valid) and v.area_id = any(f.grid_ids || f.area_id)) paths,
        f.place, f.area_m2, f.width_m, f.area_m2 figure, cast(null as float8) standard,
        greatest(cardinality(f.grid_ids), 1) members
      from land_finding f
      where not exists (select 1 from unnest(f.version_ids) m(id) where not exists (
        select 1 from area_version v where v.id = m.id and upper_inf(v.valid)))"""
    unowned = f"""
      select {_id("unowned")}, {_OF_GRID}, {_NOTHING}, cast(0 as float8), cast(1 as float8), 1
      from area_version g where {_GRID} and not exists (
        select 1 from responsibility r
          join account a on a.id = r.worker_id and a.disabled_at is null and a.deleted_at is null
        where r.area_id = g.area_id and r.role in ('worker', 'substitute') and r.deleted_at is null and r.valid @> {_NOW})"""
    outside = f"""
      select {_OUTSIDE_ID}, 'premises_outside', '{KINDS["premises_outside"].needs.value}',
        (select v.area_id from area_version v where v.path = p.scope_path and upper_inf(v.valid)),
        cast('{{}}' as uuid[]), array_remove(array[p.scope_path], null),
        ST_Multi(ST_Buffer(ST_ConvexHull(ST_Collect(p.location)), 0.0001, 2)), {_NOTHING}, {_NOTHING},
        cast(count(*) as float8), cast(0 as float8), cast(count(*) as int)
      from premises p where p.grid_id is null and p.deleted_at is null group by p.jurisdiction_id, p.scope_path"""
    households = f"""
      select {_id("overloaded_households")}, {_OF_GRID}, {_NOTHING}, cast(c.n as float8), m.most, cast(c.n as int)
      from {_STANDARD} join area_version g on g.jurisdiction_id = s.jurisdiction_id and {_GRID}
        cross join lateral {_HOMES}
        cross join lateral (select case
          when c.n > s.households_most then s.households_most
          when c.n > s.households_most_in_large and s.large_community < (
            select count(*) from area_version b join household h on h.grid_id = b.area_id and h.deleted_at is null
            where b.parent_id = g.parent_id and upper_inf(b.valid)) then s.households_most_in_large end most) m
      where (s.households_most is not null or s.large_community is not null) and m.most is not null"""
    work = f"""
      select {_id("overloaded_work")}, {_OF_GRID}, {_NOTHING}, cast(c.n as float8), s.open_work_most, cast(c.n as int)
      from (select i.grid_id, count(*) n from incident i
            where {incidents.ordinary_open_work()} and i.grid_id is not null group by i.grid_id) c
        join area_version g on g.area_id = c.grid_id and {_GRID}
        join {_STANDARD} on s.jurisdiction_id = g.jurisdiction_id
      where c.n > s.open_work_most"""
    oversized = f"""
      select {_id("oversized")}, {_OF_GRID}, {_NOTHING}, ST_Area(cast(g.geom as geography)), s.area_m2_most, 1
      from {_STANDARD} join area_version g on g.jurisdiction_id = s.jurisdiction_id and {_GRID}
      where s.area_m2_most is not null and ST_Area(cast(g.geom as geography)) > s.area_m2_most"""
    return " union all ".join((land, unowned, outside, households, work, oversized))


def _kinds() -> str:
    rows = ", ".join(
        f"('{k.code}', '{k.severity}', {SEVERITIES.index(k.severity)}, '{k.unit}',"
        f" '{k.en.replace(chr(39), chr(39) * 2)}', '{k.zh}')"
        for k in KINDS.values()
    )
    return f"(values {rows}) k(kind, severity, rank, unit, en, zh)"


_FINDINGS = f"(select f.*, k.severity, k.rank, k.unit, k.en, k.zh from ({_branches()}) f join {_kinds()} on k.kind = f.kind)"


_ENGLISH = """format(f.en, coalesce(a.name ->> 'en', 'the land outside all areas'),
  to_char(f.figure, 'FM999999999990'), to_char(f.standard, 'FM999999999990'))"""


def _described(relation: str) -> str:
    """Findings with all that is said of them."""
    return f"""
      (select f.id, f.kind, f.severity, f.rank, f.needs, f.unit, f.paths, f.grid_ids, f.place, f.width_m,
         f.figure, f.standard, f.members, f.area_id, a.code area_code, a.level area_level,
         case when f.kind = 'premises_outside' then null
              else coalesce(f.area_m2, ST_Area(cast(f.place as geography))) end area_m2,
         a.name ->> 'zh' area_name_zh, a.name ->> 'en' area_name_en,
         {with_singular(_ENGLISH)} sentence_en,
         format(f.zh, coalesce(a.name ->> 'zh', '各区域之外'), to_char(f.figure, 'FM999999999990'),
                to_char(f.standard, 'FM999999999990')) sentence_zh,
         (select string_agg(v.code, ',' order by v.code) from area_version v
          where upper_inf(v.valid) and v.area_id = any(f.grid_ids)) grid_codes
       from {relation} f left join area_version a on a.area_id = f.area_id and upper_inf(a.valid))
    """


FINDINGS = _described(_FINDINGS)


def visible_findings(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return the condition on findings `f` that the actor may read, and its binds."""
    clauses: list[str] = []
    binds: dict[str, Any] = {"audit_now": now}
    for needs in (Permission.AREA_READ, Permission.HOUSEHOLD_READ, Permission.INCIDENT_READ):
        clause, clause_binds = scope.reach(actor, needs, "f.paths", now=now)
        clauses.append(f"(f.needs = '{needs.value}' and {clause})")
        binds |= clause_binds
    return f"({' or '.join(clauses)})", binds


def _narrowed(
    actor: Actor,
    now: datetime,
    within: UUID | None,
    kind: Sequence[str] | None,
    severity: Sequence[str] | None,
) -> tuple[str, dict[str, Any]]:
    clause, binds = visible_findings(actor, now)
    conditions = [clause]
    if within is not None:
        conditions.append(
            "f.paths <@ (select v.path from area_version v where v.area_id = :within and upper_inf(v.valid))"
        )
        binds["within"] = within
    if kind:
        conditions.append("f.kind = any(cast(:kind as text[]))")
        binds["kind"] = list(kind)
    if severity:
        conditions.append("f.severity = any(cast(:severity as text[]))")
        binds["severity"] = list(severity)
    return " and ".join(conditions), binds


def tally(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    within: UUID | None = None,
) -> dict[str, int]:
    """How many findings there are of each kind."""
    clause, binds = _narrowed(actor, now, within, None, None)
    sql = f"select f.kind, count(*) n from {_FINDINGS} f where {clause} group by f.kind"
    return {row.kind: row.n for row in session.execute(sql_text(sql), binds)}


def findings(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    within: UUID | None,
    kind: Sequence[str] | None,
    severity: Sequence[str] | None,
    after: list[str] | None,
    limit: int,
    prefix: str,
) -> RowMapping:
    """A page, the gravest first: `items` as JSON bytes, `n` of them (one more than `limit` if more follow), `last_key`."""
    clause, binds = _narrowed(actor, now, within, kind, severity)
    if after:
        clause += " and (f.rank, f.id) > (cast(:after_rank as int), cast(:after_id as uuid))"
        binds |= {"after_rank": after[0], "after_id": after[1]}
    sql = f"""
      with page as materialized (select f.* from {_FINDINGS} f where {clause} order by f.rank, f.id limit :limit + 1),
      shown as (select * from page order by rank, id limit :limit)
      select (select coalesce(json_agg({_ITEM} order by f.rank, f.id), '[]') from {_described("shown")} f) items,
             (select count(*) from page) n,
             (select array[rank::text, id::text] from shown order by rank desc, id desc limit 1) last_key
    """
    binds |= {"limit": limit, "prefix": prefix}
    return session.execute(sql_text(sql), binds).mappings().one()


_ITEM = """
  json_build_object(
    'id', f.id, 'kind', f.kind, 'severity', f.severity,
    'sentence', json_build_object('en', f.sentence_en, 'zh', f.sentence_zh),
    'area', case when f.area_id is not null then json_build_object('id', f.area_id, 'code', f.area_code, 'level', f.area_level,
      'name', json_build_object('zh', f.area_name_zh, 'en', f.area_name_en)) end,
    'area_m2', round(cast(f.area_m2 as numeric), 1), 'width_m', round(cast(f.width_m as numeric), 2),
    'figure', json_build_object('value', round(cast(f.figure as numeric), 1), 'standard', f.standard, 'unit', f.unit),
    'members', json_build_object('count', f.members, 'members', :prefix || f.id || '/members'),
    'place', ST_AsGeoJSON(ST_ForcePolygonCCW(f.place), 7)::json)
"""


def finding(session: Session, actor: Actor, finding_id: UUID, *, now: datetime) -> RowMapping | None:
    """What its members follow from: `kind`, `area_id`, `grid_ids`."""
    clause, binds = visible_findings(actor, now)
    sql = f"select f.kind, f.area_id, f.grid_ids from {_FINDINGS} f where f.id = :finding_id and {clause}"
    return session.execute(sql_text(sql), binds | {"finding_id": finding_id}).mappings().one_or_none()


# By the member's kind: where its rows are, as `m` with id, kind, code and name.
_MEMBERS = {
    "area": """select v.area_id id, v.level kind, v.code, v.name, 'areas/' href from area_version v
               where upper_inf(v.valid) and v.area_id = any(cast(:member_ids as uuid[]))""",
    "premises": f"""select p.id, 'premises' kind, cast(null as text) code, cast(null as jsonb) "name", 'premises/' href
               from premises p where p.grid_id is null and p.deleted_at is null and {_OUTSIDE_ID} = :finding_id""",
    "household": """select h.id, 'household' kind, cast(null as text) code, cast(null as jsonb) "name", 'households/' href
               from household h where h.grid_id = any(cast(:member_ids as uuid[])) and h.deleted_at is null""",
    "incident": f"""select i.id, 'incident' kind, i.case_no code, cast(null as jsonb) "name", 'incidents/' href
               from incident i where i.grid_id = any(cast(:member_ids as uuid[])) and {incidents.ordinary_open_work()}""",
}


def members(
    session: Session,
    *,
    finding_id: UUID,
    member: str,
    member_ids: Sequence[UUID],
    after: list[str] | None,
    limit: int,
    prefix: str,
) -> RowMapping:
    """A page of what a finding is about, by id: `items` as JSON bytes, `n`, `last_key`."""
    source = _MEMBERS[member]
    binds: dict[str, Any] = {"limit": limit, "prefix": prefix}
    binds |= {"finding_id": finding_id} if ":finding_id" in source else {"member_ids": list(member_ids)}
    condition = "true"
    if after:
        condition = "m.id > cast(:after_id as uuid)"
        binds["after_id"] = after[0]
    sql = f"""
      with page as materialized (select m.* from ({source}) m where {condition} order by m.id limit :limit + 1),
      shown as (select * from page order by id limit :limit)
      select (select coalesce(json_agg(json_build_object('id', m.id, 'kind', m.kind, 'code', m.code, 'name', m.name,
                'href', :prefix || m.href || m.id) order by m.id), '[]') from shown m) items,
             (select count(*) from page) n, (select array[id::text] from shown order by id desc limit 1) last_key
    """
    return session.execute(sql_text(sql), binds).mappings().one()


# --- the audit of shapes ----------------------------------------------------------------------

_SHAPES = "upper_inf(v.valid) and v.level in ('community', 'grid')"
# How wide a sliver is at most, in metres, by the profile now in force of jurisdiction `j`.
_SLIVER = f"""
  coalesce((select cast(p.data #>> '{{grids,sliver_width_m}}' as float8) from profile_version p
            where p.jurisdiction_id = j.id and p.in_force_from <= {_NOW}
            order by p.number desc limit 1), 1.0)
"""
# Stands for all shapes that an audit looks at, and for what it calls narrow.
_DIGEST = f"""
  (select md5(concat(string_agg(cast(v.id as text), ',' order by v.id), '|', max(w.sliver)))
   from area_version v, (select {_SLIVER} sliver) w
   where v.jurisdiction_id = j.id and {_SHAPES})
"""


def stale_jurisdictions(session: Session, *, now: datetime) -> Sequence[UUID]:
    """The jurisdictions whose shapes are not those of their last audit."""
    sql = f"""
      select j.id from jurisdiction j left join land_audit a on a.jurisdiction_id = j.id
      where j.deleted_at is null and {_DIGEST} is distinct from a.digest order by j.id
    """
    return session.scalars(text(sql), {"audit_now": now}).all()


def audit_state(session: Session, actor: Actor, *, now: datetime) -> RowMapping:
    """`audited_at` of the oldest audit of those whose grids the actor looks at, and whether all are of today's shapes."""
    clause, binds = scope.reach(actor, Permission.AREA_READ, "g.path", now=now)
    sql = f"""
      select min(a.audited_at) audited_at, coalesce(bool_and({_DIGEST} is not distinct from a.digest), true) is_current
      from jurisdiction j left join land_audit a on a.jurisdiction_id = j.id
      where j.deleted_at is null and exists (
        select 1 from area_version g where g.jurisdiction_id = j.id and {_GRID} and {clause})
    """
    return session.execute(sql_text(sql), binds | {"audit_now": now}).mappings().one()


def shapes(
    session: Session, jurisdiction_id: UUID, *, now: datetime
) -> tuple[str, float, Sequence[RowMapping]]:
    """Their digest, how wide a sliver is at most, and all shapes (`wkb` in degrees) with the area above, by code."""
    head = f"""
      select {_DIGEST} digest, {_SLIVER} sliver from jurisdiction j where j.id = :jurisdiction_id
    """
    digest, sliver = session.execute(text(head), {"jurisdiction_id": jurisdiction_id, "audit_now": now}).one()
    sql = f"""
      select v.id, v.area_id, v.parent_id, v.level, v.code, ST_AsBinary(v.geom) wkb
      from area_version v where v.jurisdiction_id = :jurisdiction_id and {_SHAPES} order by v.code, v.area_id
    """
    rows = session.execute(text(sql), {"jurisdiction_id": jurisdiction_id}).mappings().all()
    return digest, float(sliver), rows


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
    """Replace the findings of the previous audit of a jurisdiction.

    Args:
        digest: Digest of the shapes that were audited, as `shapes` returns it.
        findings: Rows of `land_finding`, with `wkb` (WGS 84) for the place.
    """
    session.execute(_DELETE_FINDINGS, {"jurisdiction_id": jurisdiction_id})
    if findings:
        session.execute(_INSERT_FINDING, [row | {"jurisdiction_id": jurisdiction_id} for row in findings])
    binds = {"jurisdiction_id": jurisdiction_id, "digest": digest, "audited_at": at}
    session.execute(_STORE_AUDIT, binds)
