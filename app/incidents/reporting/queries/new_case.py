"""Two statements for a new report: claim its operation and read what it needs; write its placement and its case.

To claim an operation is to insert its idempotency key, so that no other transaction applies it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import literal_column
from sqlalchemy.orm import Session

from app.areas.models import AreaVersion
from app.areas.scope import deepest_area, unit_in_charge
from app.core import locks
from app.core.actor import Actor
from app.core.db import Fragment
from app.core.db.caller_check import AFTER_WRITES
from app.core.db.raw_read import PLAN_ONCE, fetch_one
from app.core.idempotency import CLAIM, Request, claim_binds
from app.dispatch.scope import INSERT_RUN, PLACEMENT, PLACEMENT_COLUMNS, candidates_in
from app.incidents.cases.queries.writes import place_is_stored
from app.incidents.deadlines.queries.deadlines import INSERT_INTO, NEW_ROWS

# The route of reports in the table of applied operations.
ROUTE = "incidents"


def _situation(*, lon: str, lat: str, category: str, candidates: Fragment) -> Fragment:
    """Return a SELECT with one row: the area at a point, and further values that a case there needs.

    Args:
        lon, lat, category: Names of binds or columns.
        candidates: Expression with the candidates as JSON. The CTEs `chain` and `own` are visible in it.
    """
    point = Fragment("ST_SetSRID(ST_MakePoint({lon}, {lat}), 4326)", lon=Fragment(lon), lat=Fragment(lat))
    return Fragment(
        _SITUATION,
        leaf=deepest_area(AreaVersion.area_id, AreaVersion.path, AreaVersion.jurisdiction_id, point=point),
        owner=unit_in_charge(
            literal_column("cast(place.path as text)"),
            Fragment("cast({category} as text)", category=Fragment(category)),
            jurisdiction_id=literal_column("place.jurisdiction_id"),
        ),
        candidates=candidates,
    )


_SITUATION = """
  with leaf as {leaf},
  place as materialized (
    select area_id, path, jurisdiction_id, true is_inside from leaf
    union all
    (select v.area_id, v.path, j.id, false
     from jurisdiction j left join area_version v
          on v.jurisdiction_id = j.id and v.parent_id is null and upper_inf(v.valid)
     where j.deleted_at is null and not exists (select 1 from leaf)
     order by j.id = any(cast(:own_jurisdictions as uuid[])) desc, v.area_id is null, j.id, v.code limit 1)),
  chain as materialized (
    select u.level, u.area_id, u.path from place join area_version u on place.path <@ u.path and upper_inf(u.valid)),
  own as materialized (
    select w.name from place join responsibility r on r.area_id = place.area_id
      join worker w on w.id = r.worker_id and w.deleted_at is null
    where r.worker_id = :actor_id and r.role <> 'chief' and r.deleted_at is null
      and r.valid @> cast(:now as timestamptz) limit 1)
  select place.area_id, cast(place.path as text) path, place.jurisdiction_id, coalesce(place.is_inside, false) is_inside,
    (select jsonb_object_agg(u.level, jsonb_build_object('id', u.area_id, 'path', cast(u.path as text))) from chain u) chain,
    (select f.id from profile_version f
     where f.jurisdiction_id = place.jurisdiction_id and f.in_force_from <= :now
     order by f.number desc limit 1) profile_version_id,
    nextval('case_number') sequence,
    (select name from own) own_worker_name,
    (select w.name from worker w where w.id = :actor_id and w.deleted_at is null and exists (
       select 1 from responsibility r join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
       where r.worker_id = w.id and r.deleted_at is null and r.valid @> cast(:now as timestamptz)
         and v.jurisdiction_id = place.jurisdiction_id)) worker_name,
    (select owner.id from ({owner}) owner) owner_unit_id,
    {candidates} candidates
  from (select 1) one left join place on true
"""
# Nobody is asked in their stead if the actor is responsible for the grid.
_FIRST_RING = candidates_in(
    grid_path=Fragment("(select path from chain where level = 'grid' limit 1)"),
    ring_path=Fragment(
        "(select path from chain where level = cast(:ring as text) and not exists (select 1 from own) limit 1)"
    ),
)
_CLAIM = Fragment(
    """
  with claimed as ({claim}) {after_writes}
  select s.*, exists (select 1 from claimed) is_claimed, exists (select 1 from incident i where i.id = :id) is_id_used
  from ({situation}) s
    """,
    claim=CLAIM,
    after_writes=Fragment(AFTER_WRITES),
    situation=_situation(
        lon=":lon",
        lat=":lat",
        category=":category",
        candidates=Fragment("(select json_agg(c) from ({candidates}) c)", candidates=_FIRST_RING),
    ),
)
_CLAIM_EACH = Fragment(
    """
  with given as materialized (
    select * from unnest(cast(:ids as uuid[]), cast(:keys as text[]), cast(:digests as bytea[]), cast(:lons as float8[]),
      cast(:lats as float8[]), cast(:categories as text[])) with ordinality g(id, key, digest, lon, lat, category, n)),
  claimed as (
    insert into applied_op (principal, key, route, digest, result, applied_at)
    select :principal, g.key, :route, g.digest, jsonb_build_object('incident_id', g.id), :now from given g order by g.key
    on conflict do nothing returning key)
  select s.*, exists (select 1 from claimed c where c.key = g.key) is_claimed,
    exists (select 1 from incident i where i.id = g.id) is_id_used
  from given g cross join lateral ({situation}) s order by g.n
    """,
    situation=_situation(
        lon="g.lon", lat="g.lat", category="g.category", candidates=Fragment("cast(null as json)")
    ),
)


@dataclass(frozen=True, slots=True)
class Expected:
    """Values that the case of a report will probably need, to be read with its place.

    Attributes:
        category: Code of the category.
        ring: Level of the area in which workers are looked for first. None: read no candidates.
        skills: Skills that the category needs.
    """

    category: str
    ring: str | None = None
    skills: frozenset[str] = frozenset()


def claim(
    session: Session,
    operation: Request,
    actor: Actor,
    expected: Expected,
    *,
    incident_id: UUID,
    point: tuple[float, float],
    now: datetime,
) -> dict[str, Any]:
    """Claim the operation of a report, and read all values that its case needs.

    One statement does both. It waits for another transaction that applies the same operation; then `is_claimed` is False, and
    the caller must not write anything. `is_id_used`: a case of another operation has this id.

    Args:
        point: WGS 84 (EPSG:4326), longitude first.

    Returns:
        One row. Columns `area_id`, `path`, `jurisdiction_id` and `chain` (this area and all areas above it, by level) are
        about the area of the case. It is the lowest area at the point; on a shared border it is the one with the lowest code.
        `is_inside` is False if the point is outside all areas. The area is then the top area of the actor's jurisdiction, or
        else of the default jurisdiction.
        Further columns: `profile_version_id` in force; `sequence` for the case number; `own_worker_name`, the actor's name if
        they are responsible for the grid; `worker_name`, the actor's name if they are responsible for any area of the
        jurisdiction; `owner_unit_id`, the unit that owns the expected category there; `candidates`, those of the expected
        area (empty if the actor is responsible for the grid).
    """
    lon, lat = point
    binds = {
        "id": incident_id,
        "lon": lon,
        "lat": lat,
        "actor_id": actor.id,
        "own_jurisdictions": list(actor.jurisdiction_ids),
        "category": expected.category,
        "ring": expected.ring,
        "skills": sorted(expected.skills),
        "excluded": [],
    }
    row = fetch_one(session, _CLAIM, binds | claim_binds(operation, {"incident_id": incident_id}, now=now))
    assert row is not None, "the statement has one row"
    row["candidates"] = _candidate_rows(row["candidates"])
    return row


def claim_each(
    session: Session,
    actor: Actor,
    reports: Sequence[tuple[UUID, Request, Expected, tuple[float, float]]],
    *,
    now: datetime,
) -> list[dict[str, Any]]:
    """Claim the operations of several reports as `claim` does, by one statement. No candidates are read.

    Args:
        reports: For each report the id of the case, the operation, what its case will probably need, and the point.

    Returns:
        One row for each report, in their order.
    """
    operations = [operation for _, operation, _, _ in reports]
    binds = {
        "ids": [incident_id for incident_id, *_ in reports],
        "keys": [operation.key for operation in operations],
        "digests": [operation.digest for operation in operations],
        "categories": [expected.category for _, _, expected, _ in reports],
        "lons": [point[0] for *_, point in reports],
        "lats": [point[1] for *_, point in reports],
        "principal": actor.principal,
        "route": ROUTE,
        "actor_id": actor.id,
        "own_jurisdictions": list(actor.jurisdiction_ids),
        "now": now,
    }
    return [dict(row) for row in session.execute(_CLAIM_EACH, binds).mappings()]


def _candidate_rows(candidates: bytes | None) -> list[dict[str, Any]]:
    """Return the rows of candidates, which PostgreSQL sent as JSON."""
    rows: list[dict[str, Any]] = orjson.loads(candidates) if candidates else []
    return [row | {"worker_id": UUID(row["worker_id"])} for row in rows]


# The columns of a case in `given`, which is made from JSON. `events` and `limits` are lists of rows.
_CASE_COLUMNS = Fragment("""
  id uuid, case_no text, jurisdiction_id uuid, grid_id uuid, area_id uuid, scope_path text, category text, condition text,
  status text, priority int, lon float, lat float, owner_unit_id uuid, component_id uuid, component_link text,
  handling_unit_id uuid, owner_basis text, about_kind text, about_id uuid, case_waiting_reason text, closed_at timestamptz,
  due_at timestamptz, events jsonb, limits jsonb, stopped_at timestamptz, actor_kind text, actor_id uuid, device_id uuid,
  has_job boolean, job_queue text, job_task text, job_args jsonb, job_at timestamptz, reporter_id uuid, reporter_kind text,
  reporter_account uuid, reporter_name text, reporter_phone text, reporter_shown boolean, source text,
  occurred_at timestamptz, words text, category_said text, lon_sent float, lat_sent float, coord_sys text,
  accuracy_m float, attributes jsonb
""")
_CASE = Fragment(
    """
  new_reporter as (
    insert into reporter (id, kind, account_id, name, phone, may_be_shown_to_handlers)
    select g.reporter_id, g.reporter_kind, g.reporter_account, g.reporter_name, g.reporter_phone, g.reporter_shown
    from written g),
  new_incident as (
    insert into incident (id, case_no, jurisdiction_id, profile_version_id, grid_id, area_id, scope_path, category,
      condition, status, priority, location, owner_unit_id, reported_by, handled_by, handling_unit_id, about_kind, about_id,
      waiting_since, waiting_reason, reported_at, closed_at, due_at, updated_at, component_id, component_link, owner_basis)
    select g.id, g.case_no, g.jurisdiction_id, g.profile_version_id, g.grid_id, g.area_id, cast(g.scope_path as ltree),
      g.category, g.condition, g.status, g.priority, ST_SetSRID(ST_MakePoint(g.lon, g.lat), 4326), g.owner_unit_id,
      g.actor_id, case when g.stopped_at is not null then g.actor_id end, g.handling_unit_id, g.about_kind, g.about_id,
      case when g.case_waiting_reason is not null then g.now end, g.case_waiting_reason, g.now, g.closed_at, g.due_at,
      g.now, g.component_id, g.component_link, g.owner_basis
    from written g returning id),
  new_report as (
    insert into report (id, incident_id, reporter_id, channel, occurred_at, received_at, words, category, lon_sent,
      lat_sent, coord_sys, location, accuracy_m, attributes, device_id, source)
    select g.id, g.id, g.reporter_id, 'app', g.occurred_at, g.now, g.words, g.category_said, g.lon_sent, g.lat_sent,
      g.coord_sys, ST_SetSRID(ST_MakePoint(g.lon, g.lat), 4326), g.accuracy_m, g.attributes, g.device_id, g.source
    from written g),
  new_event as (
    insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at, note, detail,
      location, accuracy_m)
    select g.id, e.action, e.from_status, e.to_status, e.actor_kind, e.actor_id, g.now, e.note, e.detail,
      case when p.is_kept then ST_SetSRID(ST_MakePoint(e.lon, e.lat), 4326) end, case when p.is_kept then e.accuracy_m end
    from written g, jsonb_to_recordset(g.events) as e(n int, action text, from_status text, to_status text,
      actor_kind text, actor_id uuid, note text, detail jsonb, lon float, lat float, accuracy_m float, there_at timestamptz)
      cross join lateral (
        select {is_place_stored} is_kept) p
    order by g.id, e.n),
  new_deadline as (
    {insert_deadlines} select r.* from written g, jsonb_to_recordset(g.limits) as r{new_rows}),
  new_audit_event as (
    insert into audit_event (occurred_at, actor_kind, actor_id, device_id, action, entity, entity_id)
    select g.now, g.actor_kind, g.actor_id, g.device_id, 'incident.report', 'incident', g.id from written g),
  job as materialized (
    select procrastinate_defer_jobs_v1(array_agg(
      row(cast(g.job_queue as varchar), cast(g.job_task as varchar), 0, null, null, g.job_args, g.job_at)
        ::procrastinate_job_to_defer_v1))
    from written g where g.has_job having count(*) > 0)
  select array(select id from new_incident) ids, array(select worker_id from chosen where worker_id is not null) loads,
    (select count(*) from job) jobs, case when :is_read_back then {plan_once} end plan_mode
""",
    plan_once=PLAN_ONCE,
    is_place_stored=place_is_stored(
        lon=literal_column("e.lon"),
        actor_id=literal_column("e.actor_id"),
        at=literal_column("e.there_at"),
    ),
    insert_deadlines=Fragment(INSERT_INTO),
    new_rows=Fragment(NEW_ROWS),
)
_INSERT = Fragment(
    """
  with written as materialized (
    select * from jsonb_to_recordset(cast(:rows as jsonb)) as g({columns}, now timestamptz, profile_version_id uuid)),
  chosen as (select cast(null as uuid) worker_id where false), {case}
""",
    columns=_CASE_COLUMNS,
    case=_CASE,
)
# Placements and cases by one statement. A case whose worker was filled meanwhile is not written.
_INSERT_PLACED = Fragment(
    """
  with given as materialized (
    select * from jsonb_to_recordset(cast(:rows as jsonb)) as g({columns}, {placement_columns})),
  {placement},
  chosen as (
    {insert_run} where c.worker_id is not null or cardinality(g.ranked) = 0 returning incident_id, worker_id),
  written as materialized (select g.* from given g join chosen c on c.incident_id = g.id), {case}
""",
    columns=_CASE_COLUMNS,
    placement_columns=PLACEMENT_COLUMNS,
    placement=PLACEMENT,
    insert_run=INSERT_RUN,
    case=_CASE,
)


def insert_case(session: Session, values: dict[str, Any]) -> None:
    """Insert a case with its reporter, report, events, deadlines, audit event and job.

    Args:
        values: The result of `service.new_case.new_case_values`.
    """
    fetch_one(session, _INSERT, {"rows": orjson.dumps([values]).decode(), "is_read_back": False})


def insert_placed_cases(
    session: Session, rows: Sequence[dict[str, Any]], *, is_read_back: bool = False
) -> set[UUID]:
    """Insert cases as `insert_case`, with the placements of their work, by one statement.

    Args:
        rows: For each case its values and those of a placement with one ranked worker at most.
        is_read_back: The transaction only reads the case after this, for the response.

    Returns:
        The ids of the cases that were written. A case is not written if its worker has no capacity any more.
    """
    binds = {
        "rows": orjson.dumps(rows).decode(),
        "held": list(locks.locked_loads(session)),
        "is_read_back": is_read_back,
    }
    row = fetch_one(session, _INSERT_PLACED, binds)
    assert row is not None, "the statement has one row"
    locks.record_locked_loads(session, row["loads"])
    return set(row["ids"])
