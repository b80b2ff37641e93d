"""Writes of incidents. Hot ones are single statements with a pure rule between them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas.scope import deepest
from app.core import locks
from app.core.db import sql_text
from app.core.jobs import ENQUEUE_SQL
from app.dispatch.rules.states import HELD_SQL
from app.incidents.queries.deadlines import COLUMNS, INSERT_INTO, NEW_ROWS
from app.incidents.queries.fields import HAS_RETURNED_PART
from app.incidents.rules.lifecycle import ENDED, TOLD_STEPS, WITH_HANDLER
from app.incidents.rules.stages import STANDING


def claim(
    session: Session,
    *,
    incident_id: UUID,
    lon: float,
    lat: float,
    now: datetime,
    principal: str,
    key: str,
    digest: bytes,
    actor_id: UUID,
    own_jurisdictions: Sequence[UUID],
) -> RowMapping:
    """Claim the operation, and all that a report needs to know, in one statement.

    The same operation under way elsewhere is waited for here; `is_claimed` is then false, and nothing may be
    written. `is_id_used`: the id belongs to a case of another operation.

    The area chain at the point (on a shared edge the lowest code); for a point in no area, the top of the reporter's own
    jurisdiction, else of the default one; the profile in force; the next case number; the worker's name if the actor is
    one who looks after the grid (`own_worker_name`) or something else in the jurisdiction (`worker_name`); and what was
    applied before under this key.
    """
    sql = f"""
      with claimed as (
        insert into applied_op (principal, key, route, digest, result, applied_at)
        values (:principal, :key, 'incidents', :digest, jsonb_build_object('incident_id', cast(:id as uuid)), :now)
        on conflict do nothing returning 1),
      point as (select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p),
      leaf as (
        {deepest("v.area_id, v.path, v.jurisdiction_id", "p", beside="point")}),
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
    """
    binds = {
        "id": incident_id,
        "lon": lon,
        "lat": lat,
        "now": now,
        "principal": principal,
        "key": key,
        "digest": digest,
        "actor_id": actor_id,
        "own_jurisdictions": list(own_jurisdictions),
    }
    return session.execute(sql_text(sql), binds).mappings().one()


def keep_warnings(session: Session, *, principal: str, key: str, warnings: list[dict[str, Any]]) -> None:
    """Keep what the answer to a report warned of, for when the report is sent again."""
    sql = """
      update applied_op set result = result || jsonb_build_object('warnings', cast(:warnings as jsonb))
      where principal = :principal and key = :key
    """
    session.execute(
        sql_text(sql), {"principal": principal, "key": key, "warnings": orjson.dumps(warnings).decode()}
    )


def applied(session: Session, *, principal: str, key: str) -> RowMapping:
    sql = """
      select digest, cast(result ->> 'incident_id' as uuid) incident_id,
             coalesce(result -> 'warnings', '[]') warnings from applied_op
      where principal = :principal and key = :key
    """
    return session.execute(sql_text(sql), {"principal": principal, "key": key}).mappings().one()


# Whether the place of a step is kept: a worker's only if she was on duty when she was there.
_PLACED = """(cast({lon} as float) is not null and (
  not exists (select 1 from worker w where w.id = cast({actor} as uuid))
  or exists (select 1 from duty d where d.worker_id = cast({actor} as uuid) and d.deleted_at is null
             and d.during @> cast({at} as timestamptz))))"""

# One statement writes the case with all that belongs to it. It has no more than 50 binds: psycopg reads a statement
# with more of them anew each time.
_INSERT = f"""
  with who as (
    insert into reporter (id, kind, account_id, name, phone, may_be_shown_to_handlers)
    select :reporter_id, :reporter_kind, :reporter_account, :reporter_name, :reporter_phone, :reporter_shown returning id),
  made as (
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
  said as (
    insert into report (id, incident_id, reporter_id, channel, occurred_at, received_at, words, category, lon_sent,
      lat_sent, coord_sys, location, accuracy_m, attributes, device_id, source)
    select :id, made.id, who.id, 'app', :occurred_at, :now, :words, :category_said, :lon_sent, :lat_sent,
      :coord_sys, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :accuracy_m, cast(:attributes as jsonb), :device_id,
      :source
    from made, who returning id),
  told as (
    insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at, note, detail,
      location, accuracy_m)
    select made.id, e.action, e.from_status, e.to_status, e.actor_kind, cast(e.actor_id as uuid), :now, e.note, e.detail,
      case when p.is_kept then ST_SetSRID(ST_MakePoint(e.lon, e.lat), 4326) end, case when p.is_kept then e.accuracy_m end
    from made, rows from (jsonb_to_recordset(cast(:events as jsonb)) as (action text, from_status text, to_status text,
      actor_kind text, actor_id text, note text, detail jsonb, lon float, lat float, accuracy_m float, there_at timestamptz))
      with ordinality
      as e(action, from_status, to_status, actor_kind, actor_id, note, detail, lon, lat, accuracy_m, there_at, n)
      cross join lateral (
        select {_PLACED.format(lon="e.lon", actor="e.actor_id", at="e.there_at")} is_kept) p
    order by e.n returning 1),
  limited as (
    {INSERT_INTO}
    select r.id, made.id, {COLUMNS} from made, jsonb_to_recordset(cast(:limits as jsonb)) as r{NEW_ROWS} returning 1),
  audited as (
    insert into audit_event (occurred_at, actor_kind, actor_id, device_id, action, entity, entity_id)
    select :now, :actor_kind, :actor_id, :device_id, 'incident.report', 'incident', made.id from made returning 1),
  job as (select {ENQUEUE_SQL} from made where :has_job)
  select (select id from made) id, (select count(*) from job) jobs
"""


def insert_case(session: Session, values: dict[str, Any]) -> None:
    """Write report and case."""
    session.execute(sql_text(_INSERT), values)


def lock_case(session: Session, incident_id: UUID) -> RowMapping | None:
    """Lock a case and return it as it is then; None if there is none.

    Cases are locked before all else of them, and several of one transaction in one order (`lock_cases`, app.core.locks).
    """
    sql = f"""
      select id, version, status, category, condition, priority, grid_id, area_id, cast(scope_path as text) scope_path,
             jurisdiction_id, profile_version_id, owner_unit_id, reported_by, handled_by, about_kind, about_id,
             rework_count, due_at, waiting_since, waiting_reason, component_id, component_link, owner_basis,
             case_no, merged_into, pinned_to, locked_at, closed_at, accepted_at, extension_asked_at, extension_asked_by,
             extension_amount, extended_count, returned_count, contested_count, urged_count, supervised_at,
             supervised_level, review_at, contested_order_by, ST_X(location) lon, ST_Y(location) lat,
             {HAS_RETURNED_PART.format(case="incident.id")} has_returned_part
      from incident where id = :id and deleted_at is null for update{locks.or_start_again(session)}
    """
    return session.execute(sql_text(sql), {"id": incident_id}).mappings().one_or_none()


def lock_cases(session: Session, incident_ids: Iterable[UUID]) -> None:
    """Lock cases and those linked with them: first those that are not merged into another, each kind in the order of ids.

    Two triggers set this order: a case that moves raises those merged into it (`tell_merged`), and one that ends, is opened
    again or gets another category raises those linked with it (`tell_linked`).
    """
    sql = f"""
      with named as materialized (select unnest(cast(:ids as uuid[])) id),
      linked as (
        select l.other_id id from incident_link l join named n on n.id = l.incident_id where l.unlinked_at is null
        union all
        select l.incident_id from incident_link l join named n on n.id = l.other_id where l.unlinked_at is null)
      select 1 from incident where id in (select id from named union select id from linked)
      order by merged_into is not null, id for update{locks.or_start_again(session)}
    """
    session.execute(sql_text(sql), {"ids": list(incident_ids)})


_COLUMNS = {
    "profile_version_id",
    "status",
    "category",
    "condition",
    "priority",
    "grid_id",
    "area_id",
    "jurisdiction_id",
    "owner_unit_id",
    "handled_by",
    "handling_unit_id",
    "handled_at",
    "accepted_at",
    "rework_count",
    "urged_at",
    "waiting_since",
    "waiting_reason",
    "closed_at",
    "due_at",
    "component_id",
    "component_link",
    "owner_basis",
    "merged_into",
    "pinned_to",
    "locked_at",
    "ended_reason",
    "extension_asked_at",
    "extension_asked_by",
    "extension_amount",
    "extended_count",
    "returned_count",
    "contested_count",
    "urged_count",
    "supervised_at",
    "supervised_level",
    "supervised_until",
    "review_at",
    "contested_order_by",
}
# Where nothing is decided yet about an end that was contested.
_UNDECIDED = ("collected", "verifying", "returned")


def update_case(session: Session, incident_id: UUID, *, now: datetime, **values: Any) -> None:
    """Set the named columns; `scope_path` and a new `point` (lon, lat) are cast here.

    What its handler asked for ends when she has it no more, supervision when it ends, a review when it is taken up again,
    and whose order it is that was contested is asked no more once somebody has decided.
    """
    sets = ["updated_at = :now"]
    status = values.get("status")
    if status is not None and status not in WITH_HANDLER:
        values = {"extension_asked_at": None, "extension_asked_by": None, "extension_amount": None} | values
    if status is not None and status not in STANDING:
        values = {"review_at": None} | values
    if status is not None and status not in _UNDECIDED:
        values = {"contested_order_by": None} | values
    if status is not None and status in ENDED:
        values = {"supervised_at": None, "supervised_level": None, "supervised_until": None} | values
    binds: dict[str, Any] = {"id": incident_id, "now": now}
    for name, value in values.items():
        if name == "scope_path":
            sets.append("scope_path = cast(:scope_path as ltree)")
            binds["scope_path"] = value
        elif name == "point":
            sets.append("location = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)")
            binds["lon"], binds["lat"] = value
        elif name in _COLUMNS:
            sets.append(f"{name} = :{name}")
            binds[name] = value
        else:
            raise ValueError(f"not a column that a case may change: {name}")
    session.execute(sql_text(f"update incident set {', '.join(sets)} where id = :id"), binds)


def insert_event(session: Session, values: dict[str, Any]) -> None:
    is_kept = _PLACED.format(lon=":lon", actor=":actor_id", at=":there_at")
    sql = f"""
      insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at, note, detail,
        location, accuracy_m)
      select :incident_id, :action, :from_status, :to_status, :actor_kind, :actor_id, :now, :note, cast(:detail as jsonb),
        case when p.is_kept then ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) end,
        case when p.is_kept then cast(:accuracy_m as float) end
      from (select {is_kept} is_kept) p
    """
    detail = orjson.dumps(values.get("detail") or {}, default=str).decode()
    session.execute(sql_text(sql), values | {"detail": detail})


def blank_places(session: Session, *, before: datetime) -> int:
    """Steps that are older keep when, who and what; no longer where. How many had a place."""
    return int(
        session.execute(sql_text("select blank_step_places(:before)"), {"before": before}).scalar_one()
    )


def enqueue(session: Session, binds: dict[str, Any]) -> None:
    session.execute(sql_text(f"select {ENQUEUE_SQL}"), binds)


_TOLD_SQL = "(" + ", ".join(f"'{step}'" for step in sorted(TOLD_STEPS)) + ")"
# Of a case that others have parts of, the whole is done no sooner than these.
_PARTS_END = "('part_done', 'part_return', 'withdraw_unit', 'waive_parts')"


def may_be_done_since(
    session: Session, incident_id: UUID, *, account_id: UUID, role: str, is_whole: bool
) -> datetime | None:
    """Since when somebody may have taken the next step of hers with a case: since she has it in this role, and since her
    last step; `is_whole`: and since the last part of others ended. None for who does not have it."""
    sql = f"""
      select greatest(held.since, (
        select max(e.occurred_at) from incident_event e
        where e.incident_id = :id
          and (e.actor_id = :account_id and e.action in {_TOLD_SQL} or :is_whole and e.action in {_PARTS_END})))
      from (select max(coalesce(a.accepted_at, a.created_at)) since from assignment a
            where a.incident_id = :id and a.role = :role and a.account_id = :account_id and a.state in {HELD_SQL}) held
      where held.since is not null
    """
    binds = {"id": incident_id, "account_id": account_id, "role": role, "is_whole": is_whole}
    found: datetime | None = session.scalar(sql_text(sql), binds)
    return found


def was_filed(session: Session, incident_id: UUID) -> bool:
    """Whether it was ever decided that the case is one."""
    sql = "select exists (select 1 from incident_event where incident_id = :id and to_status = 'filed')"
    return bool(session.scalar(sql_text(sql), {"id": incident_id}))


def due_for_review(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Cases put off or on the books whose date has come, or that have none, and that wait for nobody yet."""
    sql = """
      select id from (
        select id, review_at from incident
        where review_at <= :now and status in ('deferred', 'on_books') and waiting_since is null and deleted_at is null
        union all
        select id, null from incident
        where review_at is null and status = 'deferred' and waiting_since is null and deleted_at is null) d
      order by review_at nulls first, id limit :limit
    """
    return session.execute(sql_text(sql), {"now": now, "limit": limit}).scalars().all()


def supervisions_due(
    session: Session, *, now: datetime, limit: int, incident_id: UUID | None = None
) -> Sequence[UUID]:
    """Cases under supervision until a time that has come, which was not told since that time was set."""
    sql = """
      select i.id from incident i
      where i.supervised_at is not null and i.supervised_until <= :now and i.deleted_at is null
        and (cast(:incident_id as uuid) is null or i.id = :incident_id)
        and coalesce((select e.action from incident_event e
                      where e.incident_id = i.id and e.action in ('supervise', 'supervision_due')
                      order by e.seq desc limit 1), '') <> 'supervision_due'
      order by i.supervised_until, i.id limit :limit
    """
    binds = {"now": now, "limit": limit, "incident_id": incident_id}
    return session.execute(sql_text(sql), binds).scalars().all()
