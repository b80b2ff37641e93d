"""SQL of open work of directors: counts, and the queue. Only cases that the actor directs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.core.links import link
from app.dispatch.rules.states import ACTIVE_SQL, HELD, HELD_SQL, sql_list
from app.incidents.cases.queries.fields import DEADLINE_FLAGS_SQL, ROLE, case_fields
from app.incidents.cases.queries.lists import conditions_of
from app.incidents.cases.queries.open_proposals import PROPOSAL
from app.incidents.scope import ENDED, LATE, directed_clause, for_alias

WORKER_STATES_SQL = sql_list(("offered", *HELD))

_COUNTS = """count(*) open, count(*) filter (where is_late) late, count(*) filter (where priority = 1) urgent,
  count(*) filter (where is_waiting) waiting, count(*) filter (where is_warned) warned,
  count(*) filter (where is_stage_late) stage_late, count(*) filter (where is_verify_late) verify_late,
  count(*) filter (where is_escalated) escalated,
  count(*) filter (where is_supervised) supervised, count(*) filter (where is_extension_asked) extension"""


def tally(
    session: Session, actor: Actor, *, parts: Sequence[UUID], filters: dict[str, Any], now: datetime
) -> Sequence[RowMapping]:
    """Open cases counted once, in one snapshot: all together, and by status, waiting reason, attempt, unit and part.

    `parts` are areas that do not lie in each other. Rows: `dimension` (all, status, waiting_reason, attempt, unit, part,
    joint_unit: of the units that have an open part in it),
    `value` (NULL for none), and how many are open, late, urgent, waiting, warned of, late with a stage or with
    verifying, and told to a level.
    """
    clause, binds = directed_clause(actor, now, Permission.INCIDENT_DIRECT)
    conditions, filter_binds = conditions_of(filters)
    sql = f"""
      with part as materialized (
        select area_id, path from area_version where area_id = any(cast(:parts as uuid[])) and upper_inf(valid)),
      told as materialized ({DEADLINE_FLAGS_SQL}),
      work as (
        select i.id, i.status, i.waiting_reason, i.owner_unit_id, part.area_id part_id, a.state attempt, i.priority,
               i.supervised_at is not null is_supervised, i.extension_asked_at is not null is_extension_asked,
               i.waiting_since is not null is_waiting, coalesce({LATE}, false) is_late,
               told.is_warned, told.is_stage_late, told.is_verify_late, told.is_escalated
        from incident i left join part on i.scope_path <@ part.path left join told on told.incident_id = i.id
        left join assignment a on a.incident_id = i.id and a.state in {ACTIVE_SQL}
             and a.role = {ROLE}
        where i.deleted_at is null and i.status not in {ENDED} and {clause} {"".join(f" and {c}" for c in conditions)})
      select case grouping(status, waiting_reason, owner_unit_id, part_id, attempt)
               when 15 then 'status' when 23 then 'waiting_reason' when 27 then 'unit' when 29 then 'part'
               when 30 then 'attempt' else 'all' end dimension,
             coalesce(status, waiting_reason, owner_unit_id::text, part_id::text, attempt) "value",
             {_COUNTS}
      from work group by grouping sets ((), (status), (waiting_reason), (owner_unit_id), (part_id), (attempt))
      union all
      select 'joint_unit', p.unit_id::text, {_COUNTS}
      from work join assignment p on p.incident_id = work.id and p.role = 'joint' and p.state in {ACTIVE_SQL}
      group by p.unit_id
    """
    return (
        session.execute(sql_text(sql), binds | filter_binds | {"parts": list(parts), "now": now})
        .mappings()
        .all()
    )


def per_worker(
    session: Session, actor: Actor, *, worker_ids: Sequence[UUID], now: datetime
) -> Sequence[RowMapping]:
    """Count, by worker, the cases the actor directs that are offered, accepted, en route or on scene."""
    clause, binds = directed_clause(actor, now, Permission.INCIDENT_DIRECT)
    sql = f"""
      select a.worker_id, count(distinct i.id) filter (where a.state = 'offered') offered,
             count(distinct i.id) filter (where a.state = 'accepted') accepted,
             count(distinct i.id) filter (where a.state = 'en_route') en_route,
             count(distinct i.id) filter (where a.state = 'on_scene') on_scene
      from assignment a join incident i on i.id = a.incident_id
      where a.worker_id = any(cast(:worker_ids as uuid[])) and a.state in {WORKER_STATES_SQL}
        and i.deleted_at is null and {clause}
      group by a.worker_id
    """
    return session.execute(sql_text(sql), binds | {"worker_ids": list(worker_ids)}).mappings().all()


def among(
    session: Session, actor: Actor, *, path: str, incident_ids: Sequence[UUID], now: datetime
) -> Sequence[UUID]:
    """Return those of the cases that are under the path and that the actor directs."""
    clause, binds = directed_clause(actor, now, Permission.INCIDENT_DIRECT)
    sql = f"""
      select i.id from incident i
      where i.id = any(cast(:ids as uuid[])) and i.scope_path <@ cast(:under as ltree) and i.deleted_at is null
        and {clause}
    """
    return session.execute(sql_text(sql), binds | {"ids": list(incident_ids), "under": path}).scalars().all()


def accepted_by(session: Session, actor: Actor, *, worker_id: UUID, now: datetime) -> Sequence[RowMapping]:
    """The open cases that a worker has accepted, by id, among those the actor directs."""
    clause, binds = directed_clause(actor, now, Permission.INCIDENT_DIRECT)
    sql = f"""
      select i.id, i.case_no, i.status, i.category, i.due_at, a.role from assignment a join incident i on i.id = a.incident_id
      where a.worker_id = :worker_id and a.state in {HELD_SQL} and i.deleted_at is null and {clause}
      order by i.id limit 500
    """
    return session.execute(sql_text(sql), binds | {"worker_id": worker_id}).mappings().all()


def queue(
    session: Session,
    actor: Actor,
    *,
    sentences: dict[str, dict[str, str]],
    filters: dict[str, Any],
    after: list[str] | None,
    now: datetime,
    limit: int,
) -> RowMapping:
    """Return a page of cases that wait for a director, longest first, by (waiting_since, id): `items`, `n`, last key."""
    clause, binds = directed_clause(actor, now, Permission.INCIDENT_DIRECT)
    fields = case_fields(for_alias(clause))
    conditions, filter_binds = conditions_of(filters)
    if after:
        conditions.append(
            "(i.waiting_since, i.id) > (cast(:after_at as timestamptz), cast(:after_id as uuid))"
        )
        filter_binds |= {"after_at": after[0], "after_id": after[1]}
    sql = f"""
      with page as (
        select i.* from incident i
        where i.deleted_at is null and i.waiting_since is not null and {clause} {"".join(f" and {c}" for c in conditions)}
        order by i.waiting_since, i.id limit :limit + 1),
      shown as (select * from page order by waiting_since, id limit :limit)
      select (select coalesce(json_agg(json_build_object(
                'since', i.waiting_since, 'reason', i.waiting_reason,
                'sentence', coalesce(cast(:sentences as jsonb) -> i.waiting_reason,
                                     jsonb_build_object('en', i.waiting_reason, 'zh', i.waiting_reason)),
                'act', cast(:cases as text) || '/' || i.id || '/transitions',
                'proposal', {PROPOSAL},
                'incident', json_build_object({fields})) order by i.waiting_since, i.id), '[]') from shown i) items,
             (select count(*) from page) n,
             (select array[to_char(waiting_since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), id::text]
              from shown order by waiting_since desc, id desc limit 1) last_key
    """
    binds |= filter_binds | {"now": now, "limit": limit, "cases": link("/api/v1/incidents")}
    binds |= {"sentences": orjson.dumps(sentences).decode()}
    return session.execute(sql_text(sql), binds).mappings().one()
