"""Insert cases of a month by two SQL statements, with only the columns that figures read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM

CASES = """
  with given as (
    select c.*, row_number() over () place, gen_random_uuid() id from jsonb_to_recordset(cast(:kinds as jsonb)) as c(
        many int, category text, status text, reported_at timestamptz, due_at timestamptz, outcome text, handled boolean,
        rework int, area uuid, unit uuid, handling uuid, source text, answers jsonb), generate_series(1, c.many) n),
  made as (
    insert into incident (id, case_no, jurisdiction_id, profile_version_id, grid_id, area_id, scope_path, category, condition,
      status, priority, location, owner_unit_id, handled_by, handling_unit_id, reported_at, closed_at, due_at, updated_at,
      rework_count, reporter_answers)
    select g.id, 'T-' || g.id, v.jurisdiction_id,
      (select p.id from profile_version p where p.jurisdiction_id = v.jurisdiction_id limit 1),
      case when v.level = 'grid' then v.area_id end, v.area_id, v.path, g.category, 'standard', g.status, 2,
      ST_SetSRID(ST_MakePoint(0, 0), 4326), g.unit, case when g.handled then gen_random_uuid() end, g.handling, g.reported_at,
      case when g.status = 'closed' then g.due_at end, g.due_at, g.reported_at, coalesce(g.rework, 0), nullif(g.answers, 'null')
    from given g join area_version v on v.area_id = g.area and upper_inf(v.valid)
    order by g.reported_at, g.place returning id, profile_version_id),
  reporters as (
    insert into reporter (id, kind) select g.id, 'anonymous' from given g where g.source is not null returning id),
  said as (
    insert into report (id, incident_id, reporter_id, channel, occurred_at, received_at, words, category, lon_sent, lat_sent,
      coord_sys, location, source)
    select g.id, m.id, r.id, 'api', g.reported_at, g.reported_at, '', g.category, 0, 0, 'wgs84',
      ST_SetSRID(ST_MakePoint(0, 0), 4326), g.source
    from given g join made m on m.id = g.id join reporters r on r.id = g.id)
  insert into deadline (id, incident_id, stage, condition, unit, amount, profile_version_id, started_at, due_at,
    running_since, spent, stopped_at, outcome)
  select gen_random_uuid(), g.id, 'handle', 'standard', 'work_day', 5, m.profile_version_id, g.reported_at, g.due_at,
    case when g.outcome is null then g.reported_at end, interval '0',
    case when g.outcome is not null then g.due_at end, g.outcome
  from given g join made m on m.id = g.id where g.due_at is not null
"""


def make_cases(kinds: Sequence[dict[str, Any]]) -> None:
    """Insert `many` cases of each kind. `area`, `unit` and `handling` are ids of areas and units.

    Without `source` the case has no report.
    """
    from json import dumps

    with db.transaction(SYSTEM) as session:
        session.execute(text(CASES), {"kinds": dumps(kinds, default=str)})
