"""Where signals are looked for: what stands in the books of a jurisdiction, as rows to be judged. What is confidential or
about somebody is never among them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.incidents import service as incidents

_ORDINARY = f"i.jurisdiction_id = :jurisdiction_id and i.deleted_at is null and {incidents.not_confidential().strip()}"
_OPEN = f"{_ORDINARY} and i.status not in ('not_filed', 'closed', 'force_closed')"
# The community that a case stands in, or the deepest area above one.
_COMMUNITY = "cast(cast(subpath(i.scope_path, least(nlevel(i.scope_path), 3) - 1, 1) as text) as uuid)"
# Said beside a case, by a desk or by whoever reports: nobody has come nearer to settling it.
_NO_STEP = "('note', 'join', 'link', 'unlink', 'take_in', 'give_out', 'urge', 'overdue')"
MOST = 5000


def _rows(session: Session, sql: str, **binds: Any) -> Sequence[RowMapping]:
    return session.execute(sql_text(sql), binds).mappings().all()


def unanswered(session: Session, jurisdiction_id: UUID, *, before: datetime) -> Sequence[RowMapping]:
    """Open cases in which nobody took a step since, by community and responsible unit: `area_id`, `unit_id`, `name`,
    `ids`, `since` (the oldest step)."""
    sql = f"""
      with still as (
        select i.id, {_COMMUNITY} area_id, i.owner_unit_id unit_id, s.last
        from incident i cross join lateral (
          select max(e.occurred_at) last from incident_event e
          where e.incident_id = i.id and e.action not in {_NO_STEP}) s
        where {_OPEN} and i.status <> 'deferred' and i.scope_path is not null and i.reported_at < :before
          and s.last < :before)
      select area_id, unit_id, (select u.name from unit u where u.id = unit_id) "name",
             array_agg(id order by id) ids, min(last) since
      from still group by area_id, unit_id order by area_id, unit_id
    """
    return _rows(session, sql, jurisdiction_id=jurisdiction_id, before=before)


def bouncing(session: Session, jurisdiction_id: UUID, *, returns: int) -> Sequence[RowMapping]:
    """Open cases that were sent back so often, by community and category: `area_id`, `category`, `ids`, `since`."""
    sql = f"""
      with back as (
        select i.id, {_COMMUNITY} area_id, i.category, i.reported_at
        from incident i
        where {_OPEN} and i.scope_path is not null and :returns <= (
          select count(*) from incident_event e where e.incident_id = i.id and e.action = 'return'))
      select area_id, category, array_agg(id order by id) ids, min(reported_at) since
      from back group by area_id, category order by area_id, category
    """
    return _rows(session, sql, jurisdiction_id=jurisdiction_id, returns=returns)


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


def paces(
    session: Session, jurisdiction_id: UUID, *, past: datetime, since: datetime, until: datetime, least: int
) -> Sequence[RowMapping]:
    """By grid and category with `least` reports from `since` to `until`: their `ids`, how many there were from `past` on
    before that (`past`), and when anything was first reported there or elsewhere in that time (`first`)."""
    sql = f"""
      select i.grid_id area_id, i.category, count(*) filter (where i.reported_at < :since) past,
             array_agg(i.id order by i.id) filter (where i.reported_at >= :since) ids,
             (select min(o.reported_at) from incident o where o.jurisdiction_id = :jurisdiction_id
                and o.reported_at >= :past and o.deleted_at is null) first
      from incident i
      where {_ORDINARY} and i.grid_id is not null and i.reported_at >= :past and i.reported_at < :until
        and i.category <> 'unclassified'
      group by i.grid_id, i.category having count(*) filter (where i.reported_at >= :since) >= :least
      order by i.grid_id, i.category
    """
    binds = {"past": past, "since": since, "until": until, "least": least}
    return _rows(session, sql, jurisdiction_id=jurisdiction_id, **binds)


def reported(
    session: Session, jurisdiction_id: UUID, *, since: datetime, until: datetime, zone: str
) -> Sequence[RowMapping]:
    """Every case that was reported in an area in that time: `id`, `lon`, `lat`, and on which `day` where it is."""
    sql = f"""
      select i.id, ST_X(i.location) lon, ST_Y(i.location) lat, cast(i.reported_at at time zone :zone as date) "day"
      from incident i
      where {_ORDINARY} and i.scope_path is not null and i.reported_at >= :since and i.reported_at < :until
      order by i.id
    """
    return _rows(session, sql, jurisdiction_id=jurisdiction_id, since=since, until=until, zone=zone)


def unclassified(session: Session, jurisdiction_id: UUID, *, since: datetime) -> Sequence[RowMapping]:
    """Open cases without a category: `id`, `lon`, `lat`, `reported_at`, and the pairs of letters of their words."""
    sql = f"""
      select i.id, ST_X(i.location) lon, ST_Y(i.location) lat, i.reported_at, letter_pairs(r.words, '') pairs
      from incident i join report r on r.id = i.id
      where {_OPEN} and i.category = 'unclassified' and i.scope_path is not null and i.reported_at >= :since
        and r.words <> ''
      order by i.reported_at desc, i.id limit {MOST}
    """
    return _rows(session, sql, jurisdiction_id=jurisdiction_id, since=since)


def heard(
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
    have, and from around how many of both something was reported.

    A report is of the homes at the nearest premises that somebody lives in, within `reach_m`. Groups of fewer than `least`
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
      spoken as (
        select sort, value, area_id, sum(n) reports from (
          select 'dwelling' sort, h.kind value, h.area_id, t.premises_id, t.n
          from told t join home h on h.premises_id = t.premises_id
          union
          select 'care', c.kind, h.area_id, t.premises_id, t.n
          from told t join home h on h.premises_id = t.premises_id join tagged c on c.household_id = h.id) x
        group by sort, value, area_id),
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
    """All of them, each with where it lies on the whole (`lat`) and when it was looked at last, by cadence."""
    sql = """
      select j.id, coalesce((
        select ST_Y(ST_Centroid(v.geom)) from area_version v
        where v.jurisdiction_id = j.id and v.parent_id is null and upper_inf(v.valid) order by v.code limit 1), 0) lat,
        (select max(r.occurred_at) from signal_run r where r.jurisdiction_id = j.id and r.cadence = 'hourly') hourly,
        (select max(r.occurred_at) from signal_run r where r.jurisdiction_id = j.id and r.cadence = 'daily') daily
      from jurisdiction j where j.deleted_at is null order by j.id
    """
    return _rows(session, sql)
