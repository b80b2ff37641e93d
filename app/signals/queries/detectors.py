"""SQL of the signal detectors: the rows of a jurisdiction from which signals are made.

Confidential cases and cases about a person or unit are left out.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session, aliased

from app.core.db import Fragment
from app.dispatch.scope import constant
from app.incidents import service as incidents
from app.incidents.models import Incident, IncidentEvent
from app.incidents.scope import has_ended, is_ordinary

_CASE = aliased(Incident, name="i")
_EVENT = aliased(IncidentEvent, name="e")
_ORDINARY = Fragment(
    "(i.jurisdiction_id = :jurisdiction_id and i.deleted_at is null and ({is_ordinary}))",
    is_ordinary=is_ordinary(_CASE),
)
_OPEN = Fragment("({ordinary} and not ({has_ended}))", ordinary=_ORDINARY, has_ended=has_ended(_CASE))
# The community of a case, or the smallest area above one.
_COMMUNITY = Fragment(
    "cast(cast(subpath(i.scope_path, least(nlevel(i.scope_path), 3) - 1, 1) as text) as uuid)"
)
_IS_STEP = _EVENT.action.not_in([constant(action) for action in sorted(incidents.NO_PROGRESS_ACTIONS)])
MAX_REPORTS = 5000

_UNANSWERED = Fragment(
    """
  with resting_case as (
    select i.id, {community} area_id, i.owner_unit_id unit_id, last_step.occurred_at
    from incident i cross join lateral (
      select max(e.occurred_at) occurred_at from incident_event e where e.incident_id = i.id and ({is_step})) last_step
    where {is_open} and i.scope_path is not null and i.reported_at < :before and last_step.occurred_at < :before
      -- A case that was deferred or put on long-term hold rests until its review date.
      and not (i.status in ('deferred', 'on_books') and coalesce(i.waiting_since >= :before, true)))
  select area_id, unit_id, (select u.name from unit u where u.id = unit_id) "name",
         array_agg(id order by id) ids, min(occurred_at) since
  from resting_case group by area_id, unit_id order by area_id, unit_id
    """,
    community=_COMMUNITY,
    is_step=_IS_STEP,
    is_open=_OPEN,
)


def unanswered(session: Session, jurisdiction_id: UUID, *, before: datetime) -> Sequence[RowMapping]:
    """Return groups of open cases without progress since `before`, by community and owning unit.

    A deferred case, or one on long-term hold (postponed to a review date), is left out unless it was due for review before
    `before`. Columns: `area_id`, `unit_id`, `name` (of the unit), `ids` (of the cases), `since` (the time of the earliest of
    the last steps of these cases).
    """
    binds = {"jurisdiction_id": jurisdiction_id, "before": before}
    return session.execute(_UNANSWERED, binds).mappings().all()


_BOUNCING = Fragment(
    """
  with unit_attempt as (  -- each attempt of a unit, and the unit that had the case before
    select i.id, a.role, a.state, a.unit_id,
           lag(a.unit_id) over (partition by i.id, a.role order by a.created_at, a.id) came_from
    from incident i join assignment a on a.incident_id = i.id
    where {is_open} and i.scope_path is not null and a.role in ('handle', 'joint') and a.unit_id is not null),
  moved_case as (
    select id, array_agg(distinct unit_id) units from unit_attempt group by id
    having count(*) filter (where role = 'handle' and unit_id <> came_from or role = 'joint' and state = 'failed')
      >= :moves),
  placed_case as (
    select i.id, {community} area_id, i.category, i.reported_at, m.units
    from incident i join moved_case m on m.id = i.id)
  select c.area_id, c.category, array_agg(distinct c.id order by c.id) ids, min(c.reported_at) since,
    (select json_agg(json_build_object('id', u.id, 'zh', u.name ->> 'zh', 'en', u.name ->> 'en') order by u.code)
     from unit u where u.id = any(array_agg(distinct x.unit_id))) units
  from placed_case c cross join lateral unnest(c.units) x(unit_id)
  group by c.area_id, c.category order by c.area_id, c.category
    """,
    is_open=_OPEN,
    community=_COMMUNITY,
)


def bouncing(session: Session, jurisdiction_id: UUID, *, moves: int) -> list[dict[str, Any]]:
    """Return groups of open cases that were moved between units at least `moves` times.

    A case is moved if it gets another handling unit (by a return or a reassignment), or if a joint unit (which handles a
    part of the case) returns its part. A case that comes back to the same unit, or goes from worker to worker, is not moved.

    Columns, one row per community and category: `area_id`, `category`, `ids` (of the cases), `since` (time of the earliest
    report of these cases), `units` (id and names of the units between which the cases were moved).
    """
    rows = session.execute(_BOUNCING, {"jurisdiction_id": jurisdiction_id, "moves": moves}).mappings().all()
    return [dict(row) | {"units": orjson.loads(row["units"])} for row in rows]


_VISITS_MISSED = Fragment("""
  select h.grid_id area_id, array_agg(h.id order by h.id) ids,
         min(coalesce(h.next_visit_due, cast(h.created_at as date))) since
  from household h
  where h.jurisdiction_id = :jurisdiction_id and h.grid_id is not null and h.deleted_at is null
    and h.declined_at is null and h.moved_away_at is null
    and coalesce(h.next_visit_due, cast(h.created_at as date)) <= :by
  group by h.grid_id having count(*) >= :least order by h.grid_id
""")


def visits_missed(session: Session, jurisdiction_id: UUID, *, by: date, least: int) -> Sequence[RowMapping]:
    """Return the households whose visit is overdue, grouped by grid.

    A visit is overdue if it was due by the day `by` and was not made. A grid is left out if it has fewer than `least` such
    households. Columns: `area_id` (of the grid), `ids` (of the households), `since` (the earliest due day).
    """
    binds = {"jurisdiction_id": jurisdiction_id, "by": by, "least": least}
    return session.execute(_VISITS_MISSED, binds).mappings().all()


_REPORT_COUNTS = Fragment(
    """
  with cell as (
    select i.grid_id area_id, i.category, count(*) filter (where i.reported_at < :since) past,
           count(*) filter (where i.reported_at >= :since) lately,
           array_agg(i.id order by i.id) filter (where i.reported_at >= :since) ids
    from incident i
    where {is_ordinary} and i.grid_id is not null and i.reported_at >= :past and i.reported_at < :until
      and i.category <> 'unclassified'
    group by i.grid_id, i.category)
  select c.area_id, c.category, c.past, c.ids, (select count(*) from cell) cells,
         (select min(o.reported_at) from incident o where o.jurisdiction_id = :jurisdiction_id
            and o.reported_at >= :past and o.deleted_at is null) first
  from cell c where c.lately >= :least order by c.area_id, c.category
    """,
    is_ordinary=_ORDINARY,
)


def report_counts(
    session: Session, jurisdiction_id: UUID, *, past: datetime, since: datetime, until: datetime, least: int
) -> Sequence[RowMapping]:
    """Return the cases reported in [since, until), grouped by grid and category.

    Unclassified cases are left out, and groups with fewer than `least` cases. Columns: `area_id` (of the grid), `category`,
    `ids` (of the cases), `past` (number of earlier cases of the group), `first` (time of the first case of the
    jurisdiction), `cells` (number of all groups, also of those left out).

    Args:
        past: The start of the earlier period, which ends at `since`. No older cases are read.
    """
    binds = {"jurisdiction_id": jurisdiction_id, "past": past, "since": since, "until": until, "least": least}
    return session.execute(_REPORT_COUNTS, binds).mappings().all()


# Reports of cases that existed already are few and have an index of their own.
_REPORTED = Fragment(
    """
  select i.id, ST_X(i.location) lon, ST_Y(i.location) lat, cast(i.reported_at at time zone :zone as date) "day"
  from incident i
  where {is_ordinary} and i.scope_path is not null and i.reported_at >= :since and i.reported_at < :until
  union all
  select i.id, ST_X(i.location) lon, ST_Y(i.location) lat, cast(r.received_at at time zone :zone as date) "day"
  from report r join incident i on i.id = r.incident_id and r.joined_by is not null
  where {is_ordinary} and i.scope_path is not null and r.received_at >= :since and r.received_at < :until
  order by id, "day"
    """,
    is_ordinary=_ORDINARY,
)


def reported(
    session: Session, jurisdiction_id: UUID, *, since: datetime, until: datetime, zone: str
) -> Sequence[RowMapping]:
    """Return one row for each report received in [since, until).

    Several reports may belong to the same case. Columns: `id` of the case, `lon` and `lat` of the case (WGS 84), `day` of
    the report (local day in the time zone `zone`).
    """
    binds = {"jurisdiction_id": jurisdiction_id, "since": since, "until": until, "zone": zone}
    return session.execute(_REPORTED, binds).mappings().all()


_UNCLASSIFIED = Fragment(
    """
  select i.id, ST_X(i.location) lon, ST_Y(i.location) lat, i.reported_at, letter_pairs(r.words, '') pairs
  from incident i join report r on r.id = i.id
  where {is_open} and i.category = 'unclassified' and i.scope_path is not null and i.reported_at >= :since
    and r.words <> ''
  order by i.reported_at desc, i.id limit {most}
    """,
    is_open=_OPEN,
    most=constant(MAX_REPORTS),
)


def unclassified(session: Session, jurisdiction_id: UUID, *, since: datetime) -> Sequence[RowMapping]:
    """Return open cases without a category that were reported since `since`, the newest first.

    Columns: `id`, `lon`, `lat` (WGS 84), `reported_at`, `pairs` (the pairs of adjacent letters in the text of the report).
    At most MAX_REPORTS rows are returned.
    """
    return (
        session.execute(_UNCLASSIFIED, {"jurisdiction_id": jurisdiction_id, "since": since}).mappings().all()
    )


_REPORTS_BY_GROUP = Fragment(
    """
  with home as not materialized (
    select h.id, h.premises_id, p.kind, cast(cast(subpath(h.scope_path, 2, 1) as text) as uuid) area_id
    from household h join premises p on p.id = h.premises_id
    where h.jurisdiction_id = :jurisdiction_id and h.deleted_at is null and h.moved_away_at is null
      and nlevel(h.scope_path) >= 3),
  report_place as materialized (  -- in the order of their places, so that neighbours use the same pages
    select i.location from incident i where {is_ordinary} and i.reported_at >= :since order by i.location),
  reported_premises as materialized (
    select n.premises_id from report_place i cross join lateral (
      select p.id premises_id from premises p
      where p.location && ST_Expand(i.location, :across, :up) and p.deleted_at is null
        and exists (select 1 from household h where h.premises_id = p.id and h.deleted_at is null)
        and ST_DWithin(cast(p.location as geography), cast(i.location as geography), :reach_m)
      order by ST_Distance(cast(p.location as geography), cast(i.location as geography)), p.id limit 1) n),
  premises_report_count as materialized (select premises_id, count(*) n from reported_premises group by premises_id),
  tagged_household as materialized (
    select distinct t.household_id, t.kind from care_tag t
    where t.deleted_at is null and t.kind <> 'erased' and t.ends_on >= :today),
  household_group as (
    select 'dwelling' sort, h.kind value, h.area_id, count(*) households from home h group by h.kind, h.area_id
    union all
    select 'care', t.kind, h.area_id, count(*)
    from home h join tagged_household t on t.household_id = h.id group by t.kind, h.area_id),
  household_share as materialized (  -- the share of each household in the reports of its premises
    select h.id, h.kind, h.area_id, cast(t.n as numeric) / count(*) over (partition by h.premises_id) n
    from premises_report_count t join home h on h.premises_id = t.premises_id),
  group_share as (
    select 'dwelling' sort, kind value, area_id, sum(n) reports from household_share group by kind, area_id
    union all
    select 'care', c.kind, s.area_id, sum(s.n)
    from household_share s join tagged_household c on c.household_id = s.id group by c.kind, s.area_id),
  group_count as materialized (
    select g.*, coalesce(s.reports, 0) reports
    from household_group g left join group_share s on (s.sort, s.value, s.area_id) = (g.sort, g.value, g.area_id)),
  community_count as (
    select area_id, sum(households) households, sum(reports) reports
    from group_count where sort = 'dwelling' group by area_id)
  select g.sort, g.value, g.area_id, g.households, w.households of_households, w.reports of_reports, g.reports
  from group_count g join community_count w on w.area_id = g.area_id
  where g.households >= :least and w.households - g.households >= :least
  order by g.area_id, g.sort, g.value
    """,
    is_ordinary=_ORDINARY,
)


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
    """Count households and reports of each group of households in each community.

    A group is all households with one kind of dwelling or one care tag. A report is assigned to the nearest inhabited
    premises within `reach_m` metres. If several households live there, each gets an equal part of the report: if one of ten
    households is in a group, a tenth of the report counts for the group. A group is left out if the community has fewer
    than `least` households in the group, or fewer than `least` outside of it.

    Args:
        since: Reports since this instant are counted.
        reach_m: Search radius in metres.
        reach: The same radius in degrees of longitude and of latitude.

    Columns: `sort` (`dwelling` or `care`), `value` (the kind of dwelling or care tag), `area_id` (of the community),
    `households` and `reports` (of the group), `of_households` and `of_reports` (of the whole community).
    """
    binds = {
        "jurisdiction_id": jurisdiction_id,
        "since": since,
        "today": today,
        "reach_m": reach_m,
        "across": reach[0],
        "up": reach[1],
        "least": least,
    }
    return session.execute(_REPORTS_BY_GROUP, binds).mappings().all()


_JURISDICTIONS = Fragment("""
  select j.id, coalesce((
    select ST_Y(ST_Centroid(v.geom)) from area_version v
    where v.jurisdiction_id = j.id and v.parent_id is null and upper_inf(v.valid) order by v.code limit 1), 0) lat,
    (select max(r.occurred_at) from signal_run r where r.jurisdiction_id = j.id and r.cadence = 'hourly') hourly,
    (select max(r.occurred_at) from signal_run r where r.jurisdiction_id = j.id and r.cadence = 'daily') daily
  from jurisdiction j where j.deleted_at is null order by j.id
""")


def jurisdictions(session: Session) -> Sequence[RowMapping]:
    """Return all jurisdictions with the times of their last detector runs.

    Columns: `id`, `lat` (latitude in degrees), `hourly` and `daily` (time of the last run of each cadence).
    """
    return session.execute(_JURISDICTIONS).mappings().all()
