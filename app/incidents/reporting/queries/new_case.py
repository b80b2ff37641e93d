"""Two statements for a new report: claim its operation, and insert its case with all rows.

To claim an operation is to insert its idempotency key, so that no other transaction applies it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, literal_column
from sqlalchemy.orm import Session

from app.areas.models import AreaVersion
from app.areas.scope import deepest_area
from app.core.actor import Actor
from app.core.db import Fragment
from app.core.idempotency import CLAIM, Request, claim_binds
from app.core.jobs import ENQUEUE_SQL
from app.incidents.cases.queries.writes import place_is_stored
from app.incidents.deadlines.queries.deadlines import INSERT_INTO, NEW_ROWS

# The route of reports in the table of applied operations.
ROUTE = "incidents"

_CLAIM = Fragment(
    """
  with claimed as ({claim}),
  leaf as {leaf},
  place as (
    select area_id, path, jurisdiction_id, true is_inside from leaf
    union all
    (select v.area_id, v.path, j.id, false
     from jurisdiction j left join area_version v
          on v.jurisdiction_id = j.id and v.parent_id is null and upper_inf(v.valid)
     where j.deleted_at is null and not exists (select 1 from leaf)
     order by j.id = any(cast(:own_jurisdictions as uuid[])) desc, v.area_id is null, j.id, v.code limit 1))
  select place.area_id, cast(place.path as text) path, place.jurisdiction_id, coalesce(place.is_inside, false) is_inside,
    (select jsonb_object_agg(u.level, jsonb_build_object('id', u.area_id, 'path', cast(u.path as text)))
     from area_version u where place.path <@ u.path and upper_inf(u.valid)) chain,
    (select f.id from profile_version f
     where f.jurisdiction_id = place.jurisdiction_id and f.in_force_from <= :now
     order by f.number desc limit 1) profile_version_id,
    nextval('case_number') sequence,
    (select w.name from responsibility r join worker w on w.id = r.worker_id and w.deleted_at is null
     where r.worker_id = :actor_id and r.role <> 'chief' and r.area_id = place.area_id and r.deleted_at is null
       and r.valid @> cast(:now as timestamptz) limit 1) own_worker_name,
    (select w.name from worker w where w.id = :actor_id and w.deleted_at is null and exists (
       select 1 from responsibility r join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
       where r.worker_id = w.id and r.deleted_at is null and r.valid @> cast(:now as timestamptz)
         and v.jurisdiction_id = place.jurisdiction_id)) worker_name,
    exists (select 1 from claimed) is_claimed,
    exists (select 1 from incident i where i.id = :id) is_id_used
  from (select 1) one left join place on true
    """,
    claim=CLAIM,
    leaf=deepest_area(
        AreaVersion.area_id,
        AreaVersion.path,
        AreaVersion.jurisdiction_id,
        point=Fragment("ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)"),
    ),
)


def claim(
    session: Session,
    operation: Request,
    actor: Actor,
    *,
    incident_id: UUID,
    lon: float,
    lat: float,
    now: datetime,
) -> RowMapping:
    """Claim the operation of a report, and read all values that its case needs.

    One statement does both. It waits for another transaction that applies the same operation; then `is_claimed` is False, and
    the caller must not write anything. `is_id_used`: a case of another operation has this id.

    Returns:
        One row. Columns `area_id`, `path`, `jurisdiction_id` and `chain` (this area and all areas above it, by level) are
        about the area of the case. It is the lowest area at the point; on a shared border it is the one with the lowest code.
        `is_inside` is False if the point is outside all areas. The area is then the top area of the actor's jurisdiction, or
        else of the default jurisdiction.
        Further columns: `profile_version_id` in force; `sequence` for the case number; `own_worker_name`, the actor's name if
        they are responsible for the grid; `worker_name`, the actor's name if they are responsible for any area of the
        jurisdiction.
    """
    binds = {
        "id": incident_id,
        "lon": lon,
        "lat": lat,
        "actor_id": actor.id,
        "own_jurisdictions": list(actor.jurisdiction_ids),
    }
    claimed = claim_binds(operation, {"incident_id": incident_id}, now=now)
    return session.execute(_CLAIM, binds | claimed).mappings().one()


# One statement writes the case with all its rows. It has no more than 50 binds and 4,096 characters: psycopg parses a longer
# statement again at each execution. `tests/incidents/test_reports.py` measures it.
_INSERT = Fragment(
    """
  with new_reporter as (
    insert into reporter (id, kind, account_id, name, phone, may_be_shown_to_handlers)
    select :reporter_id, :reporter_kind, :reporter_account, :reporter_name, :reporter_phone, :reporter_shown returning id),
  new_incident as (
    insert into incident (id, case_no, jurisdiction_id, profile_version_id, grid_id, area_id, scope_path, category,
      condition, status, priority, location, owner_unit_id, reported_by, handled_by, handling_unit_id, about_kind, about_id,
      waiting_since, waiting_reason, reported_at, closed_at, due_at, updated_at, component_id, component_link, owner_basis)
    select :id, :case_no, :jurisdiction_id, :profile_version_id, :grid_id, :area_id, cast(:scope_path as ltree),
      :category, :condition, :status, :priority, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :owner_unit_id,
      :actor_id, case when cast(:stopped_at as timestamptz) is not null then cast(:actor_id as uuid) end,
      cast(:handling_unit_id as uuid), :about_kind, :about_id,
      case when cast(:waiting_reason as text) is not null then cast(:now as timestamptz) end,
      :waiting_reason, :now, :closed_at, :due_at, :now,
      :component_id, :component_link, :owner_basis
    returning id),
  new_report as (
    insert into report (id, incident_id, reporter_id, channel, occurred_at, received_at, words, category, lon_sent,
      lat_sent, coord_sys, location, accuracy_m, attributes, device_id, source)
    select :id, new_incident.id, new_reporter.id, 'app', :occurred_at, :now, :words, :category_said, :lon_sent, :lat_sent,
      :coord_sys, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :accuracy_m, cast(:attributes as jsonb), :device_id,
      :source
    from new_incident, new_reporter returning id),
  new_event as (
    insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at, note, detail,
      location, accuracy_m)
    select new_incident.id, action, from_status, to_status, actor_kind, actor_id, :now, note, detail,
      case when p.is_kept then ST_SetSRID(ST_MakePoint(e.lon, e.lat), 4326) end, case when p.is_kept then e.accuracy_m end
    from new_incident, jsonb_to_recordset(cast(:events as jsonb)) as e(n int, action text, from_status text, to_status text,
      actor_kind text, actor_id uuid, note text, detail jsonb, lon float, lat float, accuracy_m float, there_at timestamptz)
      cross join lateral (
        select {is_place_stored} is_kept) p
    order by n returning 1),
  new_deadline as (
    {insert_deadlines}
    select r.* from new_incident, jsonb_to_recordset(cast(:limits as jsonb)) as r{new_rows} returning 1),
  new_audit_event as (
    insert into audit_event (occurred_at, actor_kind, actor_id, device_id, action, entity, entity_id)
    select :now, :actor_kind, :actor_id, :device_id, 'incident.report', 'incident', new_incident.id
    from new_incident returning 1),
  job as (select {enqueue} from new_incident where :has_job)
  select (select id from new_incident) id, (select count(*) from job) jobs
""",
    is_place_stored=place_is_stored(
        lon=literal_column("e.lon"),
        actor_id=literal_column("e.actor_id"),
        at=literal_column("e.there_at"),
    ),
    insert_deadlines=Fragment(INSERT_INTO),
    new_rows=Fragment(NEW_ROWS),
    enqueue=Fragment(ENQUEUE_SQL),
)


def insert_case(session: Session, values: dict[str, Any]) -> None:
    """Insert a case with its reporter, report, events, deadlines, audit event and job.

    Args:
        values: The result of `service.new_case.new_case_values`.
    """
    session.execute(_INSERT, values)
