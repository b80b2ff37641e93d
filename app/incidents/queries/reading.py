"""Reads of incidents: JSON made by PostgreSQL, under the actor's visibility."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.accounts.rules.personal import masked_name
from app.core.actor import Actor, Permission
from app.incidents.queries.components import COMPONENT_FIELDS
from app.incidents.queries.desk import MERGED, SAME_AS
from app.incidents.queries.visibility import directed, reader_binds, visible
from app.workforce import scope

ENDED = "('not_filed', 'closed', 'force_closed')"
# Late: the clock runs and the time is over. It stands still while a case is deferred, and from the handler's
# feedback until a check sends it back.
LATE = (
    f"(i.status not in {ENDED} and i.status not in ('deferred', 'fed_back', 'checking') and i.due_at < :now)"
)


def _area(column: str) -> str:
    """The area with its present code and name, or its last ones if it was retired."""
    return f"""(select json_build_object('id', v.area_id, 'code', v.code, 'name', v.name)
      from area_version v where v.area_id = {column}
      order by upper_inf(v.valid) desc, lower(v.valid) desc limit 1)"""


def _name(column: str) -> str:
    """The name of somebody on the staff, masked for those who only look."""
    return f"case when :sees_names then {column} else {masked_name(column)} end"


_UNIT = "(select json_build_object('id', u.id, 'name', u.name) from unit u where u.id = {})"

ASSIGNMENT = f"""
  json_build_object('id', a.id, 'role', a.role, 'state', a.state, 'reason', a.reason,
    'worker', (select json_build_object('id', w.id, 'name', {_name("w.name")}) from worker w where w.id = a.worker_id),
    'unit', {_UNIT.format("a.unit_id")},
    'offer_expires_at', (select o.expires_at from offer o where o.assignment_id = a.id and o.state = 'offered'))
"""

# One case `i` in the shape every list and answer uses.
CASE_FIELDS = f"""
  'id', i.id, 'case_no', i.case_no, 'status', i.status, 'version', i.version, 'category', i.category,
  'priority', i.priority,
  'description', (select r.words from report r where r.incident_id = i.id order by r.received_at, r.id limit 1),
  'location', ST_AsGeoJSON(i.location, 7)::json,
  'area', {_area("i.area_id")}, 'grid', {_area("i.grid_id")},
  'owner_unit', {_UNIT.format("i.owner_unit_id")},
  'due_at', i.due_at, 'is_overdue', coalesce({LATE}, false),
  'assignment', (select {ASSIGNMENT} from assignment a
                 where a.incident_id = i.id and a.state in ('offered', 'queued', 'accepted')
                 order by a.created_at desc limit 1),
  'waiting', case when i.waiting_since is not null
             then json_build_object('since', i.waiting_since, 'reason', i.waiting_reason) end,
  'reported_at', i.reported_at, 'updated_at', i.updated_at, 'closed_at', i.closed_at,
  'rework_count', i.rework_count, 'reported_by_me', coalesce(i.reported_by = :me, false),
  {COMPONENT_FIELDS}, 'same_as', {SAME_AS}
"""

_DETAIL_FIELDS = f"""
  'reports', (select json_agg(json_build_object('id', r.id, 'incident_id', r.incident_id,
      'channel', r.channel, 'occurred_at', r.occurred_at,
      'received_at', r.received_at, 'words', r.words, 'category', r.category,
      'sent', json_build_object('lon', r.lon_sent, 'lat', r.lat_sent, 'coord_sys', r.coord_sys),
      'accuracy_m', r.accuracy_m, 'attributes', r.attributes,
      'reporter_kind', (select p.kind from reporter p where p.id = r.reporter_id)) order by r.received_at, r.id)
    from report r where r.incident_id = i.id
      or r.incident_id in (select m.id from incident m where m.merged_into = i.id
                          and (:has_part or i.reported_by is distinct from :me))),
  'merged', {MERGED},
  'deadlines', (select coalesce(json_agg(json_build_object('stage', d.stage, 'condition', d.condition,
      'unit', d.unit, 'amount', d.amount, 'started_at', d.started_at, 'due_at', d.due_at,
      'paused_at', d.paused_at, 'stopped_at', d.stopped_at, 'outcome', d.outcome) order by d.started_at), '[]')
    from deadline d where d.incident_id = i.id and d.deleted_at is null)
"""


def receipt(session: Session, actor: Actor, *, incident_id: UUID, now: datetime) -> RowMapping:
    """The case as its reporter gets it back, whatever else she may see."""
    sql = f"select i.version, json_build_object({CASE_FIELDS}) body from incident i where i.id = :id"
    return session.execute(text(sql), reader_binds(actor) | {"id": incident_id, "now": now}).mappings().one()


def detail(
    session: Session, actor: Actor, *, incident_id: UUID, has_part: bool, now: datetime
) -> RowMapping | None:
    """The case with reports and deadlines, or None if hidden. Objects are joined as jsonb text by the service.

    Who only reported it (`has_part` false) does not read what others said in cases merged into it.
    """
    clause, binds = visible(actor, now)
    sql = f"""
      select i.version, i.status, json_build_object({CASE_FIELDS}) body, json_build_object({_DETAIL_FIELDS}) more
      from incident i where i.id = :id and i.deleted_at is null and {clause}
    """
    return (
        session.execute(text(sql), binds | {"id": incident_id, "now": now, "has_part": has_part})
        .mappings()
        .one_or_none()
    )


ITEM = f"json_build_object({CASE_FIELDS})"
FEATURE = f"""json_build_object('type', 'Feature', 'id', i.id, 'geometry', ST_AsGeoJSON(i.location, 7)::json,
  'properties', json_build_object({CASE_FIELDS}))"""


def page(
    session: Session, actor: Actor, *, form: str, filters: dict[str, Any], now: datetime, limit: int
) -> RowMapping:
    """Newest first, by (reported_at, id), each row in `form` (ITEM or FEATURE): `items`, `n` and the last key."""
    # What an actor directs is a part of what she sees.
    directs_only = filters.get("directed")
    clause, binds = directed(actor, now, Permission.INCIDENT_DIRECT) if directs_only else visible(actor, now)
    conditions, more = conditions_of(filters)
    sql = f"""
      with box as (select ST_MakeEnvelope(:west, :south, :east, :north, 4326) e),
      page as (
        select i.* from incident i
        where i.deleted_at is null and {clause} {"".join(f" and {c}" for c in conditions)}
        order by i.reported_at desc, i.id desc limit :limit + 1),
      shown as (select * from page order by reported_at desc, id desc limit :limit)
      select (select coalesce(json_agg({form} order by i.reported_at desc, i.id desc), '[]') from shown i) items,
             (select count(*) from page) n,
             (select array[to_char(reported_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), id::text]
              from shown order by reported_at, id limit 1) last_key
    """
    return session.execute(text(sql), binds | more | {"now": now, "limit": limit}).mappings().one()


# In an area itself, not in one of those directly under it: no grid covers the place, or the case goes one level up.
_DIRECTLY_IN = """(i.scope_path <@ (select path from area_version where area_id = :f_directly_in and upper_inf(valid))
  and not exists (select 1 from area_version c
                  where c.parent_id = :f_directly_in and upper_inf(c.valid) and i.scope_path <@ c.path))"""
_NO_AREA = """not exists (
  select 1 from area_version t where t.parent_id is null and upper_inf(t.valid) and i.scope_path <@ t.path)"""
ACTIVE = ["offered", "accepted"]


def conditions_of(filters: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Each filter as a condition; only those given are written, so that each shape gets its own plan."""
    west, south, east, north = filters.get("bbox") or (0, 0, 0, 0)
    binds: dict[str, Any] = {"west": west, "south": south, "east": east, "north": north}
    conditions: list[str] = []

    def add(key: str, condition: str, value: Any = None) -> None:
        if filters.get(key) is not None:
            conditions.append(condition)
            binds[f"f_{key}"] = filters[key] if value is None else value

    if filters.get("bbox"):
        conditions.append(
            "i.location && (select e from box) and ST_Intersects(i.location, (select e from box))"
        )
    add("status", f"(i.status = any(:f_status) or ('open' = any(:f_status) and i.status not in {ENDED}))")
    add("category", "i.category = any(:f_category)")
    add("grid", "i.grid_id = :f_grid")
    add(
        "area", "i.scope_path <@ (select path from area_version where area_id = :f_area and upper_inf(valid))"
    )
    add("directly_in", _DIRECTLY_IN)
    add("unit", "i.owner_unit_id = :f_unit")
    add("ids", "i.id = any(:f_ids)")
    add("component", "i.component_id = :f_component")
    add("waiting_reason", "i.waiting_reason = any(:f_waiting_reason)")
    add("priority", "i.priority = :f_priority")
    if filters.get("worker"):
        binds |= {"f_worker": filters["worker"], "f_assignment": filters.get("assignment") or ACTIVE}
        conditions.append(
            "i.id in (select incident_id from assignment where worker_id = :f_worker and state = any(:f_assignment))"
        )
    for key, condition in (("no_area", _NO_AREA), ("unowned", "i.owner_unit_id is null")):
        if filters.get(key) is not None:
            conditions.append(condition if filters[key] else f"not ({condition})")
    add("updated_since", "i.updated_at >= :f_updated_since")
    add("case_no", "i.case_no = :f_case_no")
    if filters.get("q"):
        escaped = str(filters["q"]).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        add(
            "q",
            "(i.case_no like :f_q or exists (select 1 from report r where r.incident_id = i.id and r.words ilike :f_q))",
            f"%{escaped}%",
        )
    if filters.get("overdue") is not None:
        conditions.append(LATE if filters["overdue"] else f"not coalesce({LATE}, false)")
    if filters.get("waiting") is not None:
        conditions.append(f"i.waiting_since is {'not ' if filters['waiting'] else ''}null")
    if filters.get("mine") is not None:
        mine = """(i.reported_by = :me or i.id in (
          select incident_id from offer where worker_id = :me and state in ('offered', 'accepted')
          union all select incident_id from assignment where account_id = :me))"""
        conditions.append(mine if filters["mine"] else f"not {mine}")
    if filters.get("after"):
        conditions.append("(i.reported_at, i.id) < (cast(:after_at as timestamptz), cast(:after_id as uuid))")
        binds |= {"after_at": filters["after"][0], "after_id": filters["after"][1]}
    return conditions, binds


def relation_facts(session: Session, actor: Actor, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    """What the actor is to a case she may see: offered, handler, checker, director. None if hidden."""
    clause, binds = visible(actor, now)
    directs, more = directed(actor, now, Permission.INCIDENT_DIRECT)
    sql = f"""
      select i.version, i.status, {directs} is_director,
        case when i.about_kind is not null then json_build_object('kind', i.about_kind, 'id', i.about_id,
          'name', coalesce((select to_jsonb(w.name) from worker w where w.id = i.about_id),
                           (select u.name from unit u where u.id = i.about_id))) end about,
        exists (select 1 from assignment a where a.incident_id = i.id and a.state = 'accepted'
                and a.account_id = :me and a.role = 'handle') is_handler,
        exists (select 1 from assignment a where a.incident_id = i.id and a.state = 'accepted'
                and a.account_id = :me and a.role = 'check') is_checker,
        exists (select 1 from offer o where o.incident_id = i.id and o.worker_id = :me and o.state = 'offered')
          or exists (select 1 from assignment a where a.incident_id = i.id and a.state = 'queued'
                     and a.unit_id = any(cast(:my_units as uuid[]))) is_offered
      from incident i where i.id = :id and i.deleted_at is null and {clause}
    """
    # Both clauses bind the scope under the same names; the narrower one (direct) is computed apart.
    if "scope_area_ids" in more and "scope_area_ids" in binds:
        sql = sql.replace(directs, _renamed(directs), 1)
        binds |= {f"d_{key}": value for key, value in more.items() if key.startswith("scope_")}
    return session.execute(text(sql), more | binds | {"id": incident_id, "now": now}).mappings().one_or_none()


def _renamed(clause: str) -> str:
    return clause.replace(":scope_", ":d_scope_")


def may_direct(
    session: Session, actor: Actor, *, incident_id: UUID, permission: Permission, now: datetime
) -> bool:
    clause, binds = directed(actor, now, permission)
    sql = f"select exists (select 1 from incident i where i.id = :id and {clause})"
    return bool(session.scalar(text(sql), binds | {"id": incident_id}))


def directs_worker(session: Session, actor: Actor, *, worker_id: UUID, now: datetime) -> bool:
    """Whether the worker looks after something where the actor directs."""
    if actor.everywhere_with(Permission.INCIDENT_DIRECT):
        return True
    sql = f"""
      select exists (
        select 1 from responsibility r join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
        where r.worker_id = :worker_id and r.deleted_at is null and r.valid @> cast(:scope_now as timestamptz)
          and v.path <@ any({scope.paths_sql()}))
    """
    binds = scope.scope_binds(actor, now, Permission.INCIDENT_DIRECT)
    return bool(session.scalar(text(sql), binds | {"worker_id": worker_id}))


def is_visible(session: Session, actor: Actor, *, incident_id: UUID, now: datetime) -> bool:
    clause, binds = visible(actor, now)
    sql = f"select exists (select 1 from incident i where i.id = :id and i.deleted_at is null and {clause})"
    return bool(session.scalar(text(sql), binds | {"id": incident_id}))


# Residents, and those who complain of a person or unit, are shown for a purpose only.
_REPORTED_IN_DUTY = """(
  select i.about_kind is null and i.waiting_reason is distinct from 'conduct' and bool_and(p.kind = 'worker')
  from incident i join report r on r.incident_id = i.id join reporter p on p.id = r.reporter_id
  where i.id = :id group by i.id)"""


def events(session: Session, *, incident_id: UUID, actor: Actor, is_director: bool) -> bytes:
    """The history, oldest first. A colleague who reported is shown to those who direct the case, and to herself."""
    sql = f"""
      select coalesce(json_agg(json_build_object('seq', e.seq, 'action', e.action, 'from_status', e.from_status,
        'to_status', e.to_status,
        'actor', case when e.action = 'report' and not (:is_director and {_REPORTED_IN_DUTY}) and e.actor_id <> :me
                      then json_build_object('kind', 'reporter')
                      else json_build_object('kind', e.actor_kind, 'id', e.actor_id,
                             'name', (select {_name("a.name")} from account a where a.id = e.actor_id)) end,
        'occurred_at', e.occurred_at, 'note', e.note, 'detail', e.detail) order by e.seq), '[]')
      from incident_event e where e.incident_id = :id
    """
    binds = reader_binds(actor) | {"id": incident_id, "is_director": is_director}
    found: bytes = session.execute(text(sql), binds).scalar_one()
    return found


def my_assignments(
    session: Session, actor: Actor, *, role: str | None, states: Sequence[str], now: datetime
) -> bytes:
    """What stands with me: live offers, what I accepted, and my units' queues; soonest due first."""
    clause, binds = visible(actor, now)
    sql = f"""
      select coalesce(json_agg(t.item order by t.due_at nulls last, t.id), '[]') from (
        select a.id, i.due_at, (cast(({ASSIGNMENT}) as jsonb)
          || jsonb_build_object('incident', cast(json_build_object({CASE_FIELDS}) as jsonb))) item
        from assignment a join incident i on i.id = a.incident_id
        where a.state = any(:states) and (cast(:role as text) is null or a.role = :role)
          and (a.account_id = :me or (a.worker_id = :me and a.state = 'offered')
               or (a.state = 'queued' and a.unit_id = any(cast(:my_units as uuid[]))))
          and {clause}
        order by i.due_at nulls last, a.id limit 200) t
    """
    found: bytes = session.execute(
        text(sql), binds | {"role": role, "states": list(states), "now": now}
    ).scalar_one()
    return found


def reporter(session: Session, incident_id: UUID) -> RowMapping | None:
    sql = """
      select p.id, p.kind, coalesce(p.name, a.name) name, p.phone, p.may_be_shown_to_handlers
      from report r join reporter p on p.id = r.reporter_id left join account a on a.id = p.account_id
      where r.incident_id = :id order by r.received_at limit 1
    """
    return session.execute(text(sql), {"id": incident_id}).mappings().one_or_none()
