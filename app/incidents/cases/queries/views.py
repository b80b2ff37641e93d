"""Reads of incidents: JSON made by PostgreSQL, under the actor's visibility."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.core.db.raw_read import read_one
from app.dispatch.rules.states import ACTIVE_SQL, HELD_SQL
from app.incidents.cases.queries.fields import (
    ASSIGNMENT,
    JOINED_BY_ME,
    REPORTED_OR_JOINED_BY_ME,
    case_fields,
    name_of_staff,
)
from app.incidents.cases.queries.open_proposals import PROPOSAL
from app.incidents.cases.queries.parts import HAS_OPEN_PARTS, PARTS_OF_CASE
from app.incidents.cases.queries.related_cases import linked, merged
from app.incidents.scope import (
    ENDED,
    NOT_CONFIDENTIAL,
    case_visibility,
    directed_clause,
    for_alias,
    reader_binds,
    visible_clause,
)
from app.workforce import scope

# Who only reported or joined a case does not read what others said when they joined it, or in cases merged into it.
_HAS_PART = """(rel.is_director or rel.is_handler or rel.is_checker or rel.is_verifier or rel.is_offered
  or rel.is_part_asked or rel.is_part_holder)"""
_ORDINARY_OTHER = for_alias(NOT_CONFIDENTIAL.strip())
_ONLY_REPORTED = f"i.reported_by is not distinct from :me or {JOINED_BY_ME}"


def _detail_fields(sees: str) -> str:
    """SQL of what only a case `i` by itself shows, for a reader who `sees` another one `t`."""
    return f"""
  'reports', (select json_agg(json_build_object('id', r.id, 'incident_id', r.incident_id,
      'channel', r.channel, 'occurred_at', r.occurred_at,
      'received_at', r.received_at, 'words', r.words, 'category', r.category,
      'sent', json_build_object('lon', r.lon_sent, 'lat', r.lat_sent, 'coord_sys', r.coord_sys),
      'accuracy_m', r.accuracy_m, 'attributes', r.attributes,
      'reporter_kind', (select p.kind from reporter p where p.id = r.reporter_id)) order by r.received_at, r.id)
    from report r where r.incident_id = any(array(
      select i.id union all
      select t.id from incident t where t.merged_into = i.id
        and ({_HAS_PART} or not ({_ONLY_REPORTED}) and {sees})))
      and (r.joined_by is null or r.joined_by = :me or {_HAS_PART} or not ({_ONLY_REPORTED}))),
  'merged', {merged(sees)}, 'linked', {linked(f"({REPORTED_OR_JOINED_BY_ME} and {_ORDINARY_OTHER} or {sees})")},
  'second', case when i.status not in {ENDED} then (
    select {ASSIGNMENT} from assignment a
    where a.incident_id = i.id and a.role = 'second' and a.state in {ACTIVE_SQL} limit 1) end,
  'proposal', case when rel.is_director then {PROPOSAL} end, 'parts', {PARTS_OF_CASE},
  'deadlines', (select coalesce(json_agg(json_build_object('stage', d.stage, 'name', d.name,
      'condition', d.condition, 'ends_with', d.ends_with, 'unit', d.unit, 'amount', d.amount,
      'started_at', d.started_at, 'due_at', d.due_at,
      'paused_at', d.paused_at, 'stopped_at', d.stopped_at, 'outcome', d.outcome,
      'warned_at', d.warned_at, 'escalated_to', d.escalated_to,
      'extended', d.extended, 'first_due_at', d.first_due_at)
      order by d.started_at, d.stage <> 'handle', d.outcome is distinct from 'replaced', d.due_at, d.id), '[]')
    from deadline d where d.incident_id = i.id and d.deleted_at is null)
"""


# A stage that ends when its handler says so.
_HAS_STAGE = """exists (select 1 from deadline d where d.incident_id = i.id and d.ends_with = 'done'
  and d.stopped_at is null and d.deleted_at is null)"""


def receipt(session: Session, actor: Actor, *, incident_id: UUID, now: datetime) -> RowMapping:
    """Return version and JSON of the case for the actor who wrote it, visible to them or not."""
    visibility = case_visibility(actor, now)
    fields = case_fields(for_alias(visibility.clause))
    sql = f"select i.version, json_build_object({fields}) body from incident i where i.id = :id"
    return (
        session.execute(
            sql_text(visibility.with_staff_names(sql)), visibility.binds | {"id": incident_id, "now": now}
        )
        .mappings()
        .one()
    )


def detail(actor: Actor, *, incident_id: UUID, now: datetime) -> dict[str, Any] | None:
    """The case with reports and deadlines, and what the actor is to it, or None if hidden. The service joins the objects."""
    sees = for_alias(visible_clause(actor, now)[0])
    columns = f"json_build_object({case_fields(sees)}) body, json_build_object({_detail_fields(sees)}) more"
    return read_one(*_with_relations(actor, columns, incident_id=incident_id, now=now))


def relation_facts(session: Session, actor: Actor, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    """The actor's relations to a case that they may see: offered, handler, checker, director; and `is_named` of its staff.

    None if hidden.
    """
    sql, binds = _with_relations(actor, ":sees_names is_named", incident_id=incident_id, now=now)
    return session.execute(sql_text(sql), binds).mappings().one_or_none()


# The words with which it ended, where a reason stands beside them.
_ENDING_WORDS = f"""case when i.ended_reason is not null then (
  select e.note from incident_event e where e.incident_id = i.id and e.to_status in {ENDED} and e.from_status <> e.to_status
  order by e.seq desc limit 1) end"""
_ABOUT = """
  case when i.about_kind is not null then json_build_object('kind', i.about_kind, 'id', i.about_id,
    'name', coalesce((select to_jsonb(w.name) from worker w where w.id = i.about_id),
                     (select u.name from unit u where u.id = i.about_id),
                     (select to_jsonb(a.name) from account a where a.id = i.about_id))) end about
"""
_RELATIONS = f"""
  exists (select 1 from assignment a where a.incident_id = i.id and a.state in {HELD_SQL}
          and a.account_id = :me and a.role = 'handle') is_handler,
  exists (select 1 from assignment a where a.incident_id = i.id and a.state in {HELD_SQL}
          and a.account_id = :me and a.role = 'second') is_second,
  exists (select 1 from assignment a where a.incident_id = i.id and a.state in {HELD_SQL}
          and a.account_id = :me and a.role = 'check') is_checker,
  exists (select 1 from assignment a where a.incident_id = i.id and a.state in {HELD_SQL}
          and a.account_id = :me and a.role = 'verify') is_verifier,
  (i.reported_by is not distinct from :me or {JOINED_BY_ME}) and i.handled_by is distinct from :me is_reporter,
  exists (select 1 from offer o where o.incident_id = i.id and o.worker_id = :me and o.state = 'offered')
    or exists (select 1 from assignment a where a.incident_id = i.id and a.state = 'queued'
               and a.role <> 'joint' and a.unit_id = any(cast(:my_units as uuid[]))) is_offered,
  exists (select 1 from assignment a where a.incident_id = i.id and a.state = 'queued'
          and a.role = 'joint' and a.unit_id = any(cast(:my_units as uuid[]))) is_part_asked,
  exists (select 1 from assignment a where a.incident_id = i.id and a.state in {HELD_SQL}
          and a.role = 'joint' and a.account_id = :me) is_part_holder
"""


def _with_relations(
    actor: Actor, columns: str, *, incident_id: UUID, now: datetime
) -> tuple[str, dict[str, Any]]:
    visibility = case_visibility(actor, now)
    binds = dict(visibility.binds)
    directed_sql, directed_binds = directed_clause(actor, now, Permission.INCIDENT_DIRECT)
    sql = f"""
      select i.version, i.status, i.pinned_to is not null is_pinned, i.locked_at is not null is_locked,
             i.supervised_at is not null is_supervised, i.extension_asked_at is not null is_extension_asked,
             i.ended_reason, i.profile_version_id, {_ENDING_WORDS} ending_words, {HAS_OPEN_PARTS} has_open_parts,
             {_HAS_STAGE} has_stage, coalesce(i.waiting_reason = 'proposed', false) is_proposed,
             coalesce(i.contested_order_by = :me, false) is_own_order, rel.*, {_ABOUT}, {columns}
      from incident i cross join lateral (select {directed_sql} is_director, {_RELATIONS} offset 0) rel
      where i.id = :id and i.deleted_at is null and {visibility.clause}
    """
    return visibility.with_staff_names(sql), directed_binds | binds | {"id": incident_id, "now": now}


def may_direct(
    session: Session, actor: Actor, *, incident_id: UUID, permission: Permission, now: datetime
) -> bool:
    clause, binds = directed_clause(actor, now, permission)
    sql = f"select exists (select 1 from incident i where i.id = :id and {clause})"
    return bool(session.scalar(sql_text(sql), binds | {"id": incident_id}))


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
    return bool(session.scalar(sql_text(sql), binds | {"worker_id": worker_id}))


def is_visible(session: Session, actor: Actor, *, incident_id: UUID, now: datetime) -> bool:
    clause, binds = visible_clause(actor, now)
    sql = f"select exists (select 1 from incident i where i.id = :id and i.deleted_at is null and {clause})"
    return bool(session.scalar(sql_text(sql), binds | {"id": incident_id}))


# Residents, and those who complain of a person or unit or say something confidential, are shown for a purpose only.
_REPORTED_IN_DUTY = f"""(
  select {NOT_CONFIDENTIAL.strip()} and i.waiting_reason is distinct from 'conduct' and bool_and(p.kind = 'worker')
  from incident i join report r on r.incident_id = i.id join reporter p on p.id = r.reporter_id
  where i.id = :id group by i.id)"""


# Transitions that only reporters take. A note counts if it is about a repair on the spot that does not count as handled,
# or if its author reported or joined and has done no other transition.
_BY_REPORTER = """(e.action in ('report', 'join', 'contest') or e.action = 'note' and (e.detail ? 'on_the_spot'
  or (select bool_or(s.action in ('report', 'join')) and bool_and(s.action in ('report', 'join', 'contest', 'note'))
      from incident_event s where s.incident_id = e.incident_id and s.actor_id = e.actor_id)))"""


# Steps that name other cases, and by what.
_NAMES = "array['with', 'into', 'from', 'to', 'same_as', 'said_of', 'case_no']"
_NAMING = "('link', 'unlink', 'merge', 'take_in', 'unmerge', 'give_out', 'contest')"
_NAMED = """array(select cast(n.id as uuid) from unnest(array[e.detail ->> 'with', e.detail ->> 'into',
  e.detail ->> 'from', e.detail ->> 'to', e.detail ->> 'same_as', e.detail ->> 'said_of']) n(id) where n.id is not null)"""


def events(session: Session, *, incident_id: UUID, actor: Actor, facts: RowMapping, now: datetime) -> bytes:
    """Return the history of a case as JSON, oldest first.

    Only those who direct the case, and the actor of the event, see: a colleague as reporter or contester, the place of a
    transition and its distance, the gain of a redispatch, a proposed worker, and when a backdated transition was received.
    Another case named in an event is named only to those who see it; a reporter of this case sees where it was merged to.
    """
    clause, visibility_binds = visible_clause(actor, now)
    sql = f"""
      select coalesce(json_agg(json_build_object('seq', e.seq, 'action', e.action, 'from_status', e.from_status,
        'to_status', e.to_status,
        'actor', case when {_BY_REPORTER} and not (:is_director and {_REPORTED_IN_DUTY}) and e.actor_id <> :me
                      then json_build_object('kind', 'reporter')
                      else json_build_object('kind', e.actor_kind, 'id', e.actor_id,
                             'name', (select {name_of_staff("a.name")} from account a where a.id = e.actor_id)) end,
        'occurred_at', e.occurred_at, 'note', case when not h.names_hidden or e.action = 'contest' then e.note end,
        'place', case when :is_director and e.location is not null then json_build_object(
          'lon', ST_X(e.location), 'lat', ST_Y(e.location), 'accuracy_m', e.accuracy_m) end,
        'detail', case when :is_director or e.actor_id = :me then e.detail
                       when e.action = 'propose' then jsonb_build_object('role', e.detail -> 'role')
                       else e.detail - 'presence' - 'gain_s' - 'received_at' end
                  - case when h.names_hidden then {_NAMES} else '{{}}' end)
        order by e.seq), '[]')
      from incident_event e cross join lateral (select e.action in {_NAMING} and exists (
        select 1 from incident t where t.id = any({_NAMED}) and {for_alias(clause)} is not true and (:is_reporter and (
          t.id = (select i.merged_into from incident i where i.id = :id) or e.actor_id = :me
          or e.action in ('link', 'unlink') and {_ORDINARY_OTHER})) is not true) names_hidden) h
      where e.incident_id = :id
    """
    binds = (
        visibility_binds
        | {"id": incident_id, "is_director": bool(facts["is_director"])}
        | {"is_reporter": bool(facts["is_reporter"]), "sees_names": facts["is_named"]}
    )
    items: bytes = session.execute(sql_text(sql), binds).scalar_one()
    return items


def orders(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return the orders in force for a case: `kind` (pin, lock), since when, the worker, and the note."""
    sql = """
      select e.action kind, e.occurred_at since, e.note, w.id worker_id, w.name worker_name
      from incident i cross join lateral (
        select distinct on (e.action) e.action, e.occurred_at, e.note from incident_event e
        where e.incident_id = i.id and (e.action = 'pin' and i.pinned_to is not null
                                        or e.action = 'lock' and i.locked_at is not null)
        order by e.action, e.seq desc) e
      left join worker w on e.action = 'pin' and w.id = i.pinned_to
      where i.id = :id order by e.action
    """
    return session.execute(sql_text(sql), {"id": incident_id}).mappings().all()


def parts(session: Session, actor: Actor, *, incident_id: UUID) -> list[dict[str, Any]]:
    """Return the leading part and each joint unit's part; empty if one unit handles the case alone."""
    sql = f"select cast({PARTS_OF_CASE} as jsonb) from incident i where i.id = :id"
    items: list[dict[str, Any]] = session.execute(
        sql_text(sql), reader_binds(actor) | {"id": incident_id}
    ).scalar_one()
    return items


def unit_named(session: Session, unit_id: UUID | None) -> RowMapping | None:
    """A unit's `id` and `name`."""
    sql = "select id, name from unit where id = :id"
    return session.execute(sql_text(sql), {"id": unit_id}).mappings().one_or_none()


def reporter(session: Session, incident_id: UUID, report_id: UUID | None = None) -> RowMapping | None:
    """Return the reporter of the named report, or of the one that opened the case."""
    sql = """
      select p.id, p.kind, coalesce(p.name, a.name) name, p.phone, p.may_be_shown_to_handlers
      from report r join reporter p on p.id = r.reporter_id left join account a on a.id = p.account_id
      where r.incident_id = :id and (cast(:report_id as uuid) is null or r.id = :report_id) order by r.received_at limit 1
    """
    return (
        session.execute(sql_text(sql), {"id": incident_id, "report_id": report_id}).mappings().one_or_none()
    )
