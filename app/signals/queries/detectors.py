"""SQL of the signal detectors: candidate rows of a jurisdiction, without confidential cases and cases about somebody."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.incidents import service as incidents

_ORDINARY = f"i.jurisdiction_id = :jurisdiction_id and i.deleted_at is null and {incidents.not_confidential().strip()}"
_OPEN = f"{_ORDINARY} and i.status not in ('not_filed', 'closed', 'force_closed')"
# The community that a case stands in, or the deepest area above one.
_COMMUNITY = "cast(cast(subpath(i.scope_path, least(nlevel(i.scope_path), 3) - 1, 1) as text) as uuid)"
_NO_STEP = f"({', '.join(repr(step) for step in sorted(incidents.NO_PROGRESS_ACTIONS))})"
# It rests by order until a day that has not come.
_RESTS = "(i.status in ('deferred', 'on_books') and coalesce(i.waiting_since >= :before, true))"
# Reports of cases that were there already: few, with an index of their own.
_JOINED = "report r join incident i on i.id = r.incident_id and r.joined_by is not null"
MAX_REPORTS = 5000


def _rows(session: Session, sql: str, **binds: Any) -> Sequence[RowMapping]:
    return session.execute(sql_text(sql), binds).mappings().all()


def unanswered(session: Session, jurisdiction_id: UUID, *, before: datetime) -> Sequence[RowMapping]:
    """Return open cases without a step since `before`, by community and responsible unit.

    Columns: `area_id`, `unit_id`, `name`, `ids`, `since` (the oldest step).
    """
    sql = f"""
      with still as (
        select i.id, {_COMMUNITY} area_id, i.owner_unit_id unit_id, s.last
        from incident i cross join lateral (
          select max(e.occurred_at) last from incident_event e
          where e.incident_id = i.id and e.action not in {_NO_STEP}) s
        where {_OPEN} and not {_RESTS} and i.scope_path is not null and i.reported_at < :before
          and s.last < :before)
      select area_id, unit_id, (select u.name from unit u where u.id = unit_id) "name",
             array_agg(id order by id) ids, min(last) since
      from still group by area_id, unit_id order by area_id, unit_id
    """
    return _rows(session, sql, jurisdiction_id=jurisdiction_id, before=before)


def bouncing(session: Session, jurisdiction_id: UUID, *, moves: int) -> list[dict[str, Any]]:
    """Open cases that went so often from one unit to another, by community and category: `area_id`, `category`, `ids`,
    `since`, `units` (JSON: id and names of those they went to and fro between).

    However it went: sent back and given on, or given on by a desk. A part that a unit gives back is a move, too;
    what a unit or a worker gives back and gets again is none, and neither is what goes from worker to worker.
    """
    sql = f"""
      with had as (  -- each attempt of a unit, and the unit that had it before
        select i.id, a.role, a.state, a.unit_id,
               lag(a.unit_id) over (partition by i.id, a.role order by a.created_at, a.id) came_from
        from incident i join assignment a on a.incident_id = i.id
        where {_OPEN} and i.scope_path is not null and a.role in ('handle', 'joint') and a.unit_id is not null),
      moved as (
        select id, array_agg(distinct unit_id) units from had group by id
        having count(*) filter (where role = 'handle' and unit_id <> came_from or role = 'joint' and state = 'failed')
          >= :moves),
      back as (
        select i.id, {_COMMUNITY} area_id, i.category, i.reported_at, m.units
        from incident i join moved m on m.id = i.id)
      select b.area_id, b.category, array_agg(distinct b.id order by b.id) ids, min(b.reported_at) since,
        (select json_agg(json_build_object('id', u.id, 'zh', u.name ->> 'zh', 'en', u.name ->> 'en') order by u.code)
         from unit u where u.id = any(array_agg(distinct x.unit_id))) units
      from back b cross join lateral unnest(b.units) x(unit_id)
      group by b.area_id, b.category order by b.area_id, b.category
    """
    rows = _rows(session, sql, jurisdiction_id=jurisdiction_id, moves=moves)
    return [dict(row) | {"units": orjson.loads(row["units"])} for row in rows]


def visits_missed(session: Session, jurisdiction_id: UUID, *, by: date, least: int) -> Sequence[RowMapping]:
    """Households whose visit was due by that day and has not been made, by grid: `area_id`, `ids`, `since` (a day)."""
    sql = """
      select h.grid_id area_id, array_agg(h.id order by h.id) ids,
             min(coalesce(h.next_visit_due, cast(h.created_at as date))) since
      from household h
      where h.jurisdiction_id = :jurisdiction_id and h.grid_id is not null and h.deleted_at is null
        and h.declined_at is null and h.moved_away_at is null
        and coalesce(h.next_visit_due, cast(h.created_at as date)) <= :by
      group by h.grid_id having count(*) >= :least order by h.grid_id
    """
    return _rows(session, sql, jurisdiction_id=jurisdiction_id, by=by, least=least)


def report_counts(
    session: Session, jurisdiction_id: UUID, *, past: datetime, since: datetime, until: datetime, least: int
) -> Sequence[RowMapping]:
    """By grid and category with `least` reports from `since` to `until`: their `ids`, how many there were from `past` on
    before that (`past`), when anything was first reported there or elsewhere in that time (`first`), and in how many
    grids and categories anything was reported at all (`cells`)."""
    sql = f"""
      with cell as (
        select i.grid_id area_id, i.category, count(*) filter (where i.reported_at < :since) past,
               count(*) filter (where i.reported_at >= :since) lately,
               array_agg(i.id order by i.id) filter (where i.reported_at >= :since) ids
        from incident i
        where {_ORDINARY} and i.grid_id is not null and i.reported_at >= :past and i.reported_at < :until
          and i.category <> 'unclassified'
        group by i.grid_id, i.category)
      select c.area_id, c.category, c.past, c.ids, (select count(*) from cell) cells,
             (select min(o.reported_at) from incident o where o.jurisdiction_id = :jurisdiction_id
                and o.reported_at >= :past and o.deleted_at is null) first
      from cell c where c.lately >= :least order by c.area_id, c.category
    """
    binds = {"past": past, "since": since, "until": until, "least": least}
    return _rows(session, sql, jurisdiction_id=jurisdiction_id, **binds)


def _reports_sql(source: str, at: str) -> str:
    return f"""
      select i.id, ST_X(i.location) lon, ST_Y(i.location) lat, cast({at} at time zone :zone as date) "day"
      from {source} where {_ORDINARY} and i.scope_path is not null and {at} >= :since and {at} < :until"""


def reported(
    session: Session, jurisdiction_id: UUID, *, since: datetime, until: datetime, zone: str
) -> Sequence[RowMapping]:
    """Every report of that time, those that joined a case among them: `id`, `lon` and `lat` of the case, and on which
    `day` it was reported where that is."""
    sql = f"""
      {_reports_sql("incident i", "i.reported_at")} union all {_reports_sql(_JOINED, "r.received_at")} order by id, "day"
    """
    return _rows(session, sql, jurisdiction_id=jurisdiction_id, since=since, until=until, zone=zone)


def unclassified(session: Session, jurisdiction_id: UUID, *, since: datetime) -> Sequence[RowMapping]:
    """Return open cases without a category: `id`, `lon`, `lat`, `reported_at`, letter pairs of the words."""
    sql = f"""
      select i.id, ST_X(i.location) lon, ST_Y(i.location) lat, i.reported_at, letter_pairs(r.words, '') pairs
      from incident i join report r on r.id = i.id
      where {_OPEN} and i.category = 'unclassified' and i.scope_path is not null and i.reported_at >= :since
        and r.words <> ''
      order by i.reported_at desc, i.id limit {MAX_REPORTS}
    """
    return _rows(session, sql, jurisdiction_id=jurisdiction_id, since=since)


def reports_by_group(
    session: Session,
    jurisdiction_id: UUID,
    *,
    since: datetime,
    today: date,
    reach_m: float,
    reach: tuple[float, float],
    least: int,
) -> Sequence[RowMapping]:
    """By community and group of homes (a kind of dwelling, or a care tag): how many households the group and the community
    have, and how many reports came from around those of both.

    A report is of the homes at the nearest premises that somebody lives in, within `reach_m`, of each of them in equal
    parts: of ten households with one of the group a tenth of it is the group's. Groups of fewer than `least`
    households, and those that leave fewer than `least` others, are not told.
    """
    sql = f"""
      with home as not materialized (
        select h.id, h.premises_id, p.kind, cast(cast(subpath(h.scope_path, 2, 1) as text) as uuid) area_id
        from household h join premises p on p.id = h.premises_id
        where h.jurisdiction_id = :jurisdiction_id and h.deleted_at is null and h.moved_away_at is null
          and nlevel(h.scope_path) >= 3),
      said as materialized (  -- by where they lie, so that the next one finds what the last one read
        select i.location from incident i where {_ORDINARY} and i.reported_at >= :since order by i.location),
      near as materialized (
        select n.premises_id from said i cross join lateral (
          select p.id premises_id from premises p
          where p.location && ST_Expand(i.location, :across, :up) and p.deleted_at is null
            and exists (select 1 from household h where h.premises_id = p.id and h.deleted_at is null)
            and ST_DWithin(cast(p.location as geography), cast(i.location as geography), :reach_m)
          order by p.location <-> i.location, p.id limit 1) n),
      told as materialized (select premises_id, count(*) n from near group by premises_id),
      tagged as materialized (
        select distinct t.household_id, t.kind from care_tag t
        where t.deleted_at is null and t.kind <> 'erased' and t.ends_on >= :today),
      grouped as (
        select 'dwelling' sort, h.kind value, h.area_id, count(*) households from home h group by h.kind, h.area_id
        union all
        select 'care', t.kind, h.area_id, count(*)
        from home h join tagged t on t.household_id = h.id group by t.kind, h.area_id),
      shared as materialized (  -- of each household that share of the reports of its premises
        select h.id, h.kind, h.area_id, cast(t.n as numeric) / count(*) over (partition by h.premises_id) n
        from told t join home h on h.premises_id = t.premises_id),
      spoken as (
        select 'dwelling' sort, kind value, area_id, sum(n) reports from shared group by kind, area_id
        union all
        select 'care', c.kind, s.area_id, sum(s.n)
        from shared s join tagged c on c.household_id = s.id group by c.kind, s.area_id),
      counted as materialized (
        select g.*, coalesce(s.reports, 0) reports
        from grouped g left join spoken s on (s.sort, s.value, s.area_id) = (g.sort, g.value, g.area_id)),
      whole as (
        select area_id, sum(households) households, sum(reports) reports
        from counted where sort = 'dwelling' group by area_id)
      select g.sort, g.value, g.area_id, g.households, w.households of_households, w.reports of_reports, g.reports
      from counted g join whole w on w.area_id = g.area_id
      where g.households >= :least and w.households - g.households >= :least
      order by g.area_id, g.sort, g.value
    """
    binds = {
        "since": since,
        "today": today,
        "reach_m": reach_m,
        "across": reach[0],
        "up": reach[1],
        "least": least,
    }
    return _rows(session, sql, jurisdiction_id=jurisdiction_id, **binds)


def jurisdictions(session: Session) -> Sequence[RowMapping]:
    """Return all jurisdictions with their latitude and the time of the last run by cadence."""
    sql = """
      select j.id, coalesce((
        select ST_Y(ST_Centroid(v.geom)) from area_version v
        where v.jurisdiction_id = j.id and v.parent_id is null and upper_inf(v.valid) order by v.code limit 1), 0) lat,
        (select max(r.occurred_at) from signal_run r where r.jurisdiction_id = j.id and r.cadence = 'hourly') hourly,
        (select max(r.occurred_at) from signal_run r where r.jurisdiction_id = j.id and r.cadence = 'daily') daily
      from jurisdiction j where j.deleted_at is null order by j.id
    """
    return _rows(session, sql)
