"""Statements for the demo: the stored progress of the load, its cases, its workers."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import idempotency
from app.core.db import Fragment
from app.demo.case_acts import Case
from app.incidents.service import FOLLOW_UP

PRINCIPAL = "demo"

_CASES = """
  select i.id, i.version, i.status, i.category, i.priority, i.grid_id, i.owner_unit_id, i.handled_by, i.about_kind,
         i.waiting_reason, i.rework_count, i.due_at, i.urged_at, a.id assignment_id, a.role,
         case a.state when 'open' then 'offered' else a.state end state, coalesce(a.worker_id, o.worker_id) worker_id,
         a.unit_id, a.account_id, o.id offer_id, o.expires_at, s.stage, s.due_at stage_due_at, i.reported_by,
         i.extension_asked_by asked_for_time, i.extended_count, i.contested_count,
         i.supervised_at is not null is_supervised,
         (select count(*) from assignment r where r.incident_id = i.id and r.unit_id is not null
            and r.state in ('returned', 'failed', 'withdrawn')) moves
  from incident i
  left join lateral (
    select * from assignment
    where incident_id = i.id and state in ('open', 'offered', 'queued', 'accepted', 'en_route', 'on_scene')
    order by created_at desc limit 1) a on true
  left join lateral (
    select * from offer where assignment_id = a.id and state = 'offered' order by offered_at, id limit 1) o on true
  left join lateral (
    select stage, due_at from deadline
    where incident_id = i.id and ends_with = 'done' and stopped_at is null and deleted_at is null
    order by due_at limit 1) s on true
"""
_CASE = Fragment("{cases} where i.id = :id", cases=Fragment(_CASES))
_CHANGED_AT = Fragment("{cases} where i.updated_at = :at order by i.id", cases=Fragment(_CASES))
_OPEN_CASES = Fragment(
    """select demo_case.*, incident.updated_at from ({cases}) demo_case join incident on incident.id = demo_case.id
    where incident.jurisdiction_id = :jurisdiction_id and demo_case.status not in ('closed', 'not_filed', 'force_closed')
    order by demo_case.id""",
    cases=Fragment(_CASES),
)


def marker(session: Session, key: str) -> dict[str, Any] | None:
    """Lock the stored progress of the load of the demo, and return it, or None."""
    sql = "select result from applied_op where principal = :principal and key = :key for update"
    stored: dict[str, Any] | None = session.scalar(text(sql), {"principal": PRINCIPAL, "key": key})
    return stored


def set_marker(session: Session, key: str, content: dict[str, Any], *, at: datetime) -> None:
    """Store the progress of the load of the demo."""
    sql = """
      insert into applied_op (principal, key, route, digest, result, applied_at)
      values (:principal, :key, 'demo', :digest, cast(:noted as jsonb), :at)
      on conflict (principal, key) do update set result = excluded.result, applied_at = excluded.applied_at
    """
    values = {"principal": PRINCIPAL, "key": key, "digest": idempotency.digest({"key": key}), "at": at}
    session.execute(text(sql), values | {"noted": orjson.dumps(content, default=str).decode()})


def is_code_used(session: Session, code: str) -> bool:
    """Return True if there is a jurisdiction with this code."""
    sql = "select exists (select 1 from jurisdiction where code = :code)"
    return bool(session.scalar(text(sql), {"code": code}))


def has_cities(session: Session) -> bool:
    """Return True if the database has areas or cases already. A new one has a city without any."""
    sql = "select exists (select 1 from area) or exists (select 1 from incident)"
    return bool(session.scalar(text(sql)))


def case(session: Session, incident_id: UUID) -> Case:
    """Return a demo case with its newest unfinished assignment, to choose the next action."""
    row = session.execute(_CASE, {"id": incident_id}).mappings().one()
    return Case(**row)


def changed_at(session: Session, at: datetime) -> Iterator[Case]:
    """Return the demo cases whose last change was exactly at an instant."""
    rows = session.execute(_CHANGED_AT, {"at": at})
    return (Case(**row) for row in rows.mappings().all())


def open_cases(session: Session, jurisdiction_id: UUID) -> Iterator[tuple[Case, datetime]]:
    """Yield the unfinished cases of a jurisdiction, each with the time of its last change."""
    for row in session.execute(_OPEN_CASES, {"jurisdiction_id": jurisdiction_id}).mappings():
        values = dict(row)
        updated_at = values.pop("updated_at")
        yield Case(**values), updated_at


def reported(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Return the given ids for which a case is stored."""
    return set(session.scalars(text("select id from incident where id = any(:ids)"), {"ids": list(ids)}))


def followers(session: Session, incident_id: UUID) -> list[UUID]:
    """Return the reports whose reporters have a secret link to a case, or to a case that was merged into it."""
    sql = """
      select p.report_id from public_report p join incident i on i.id = p.incident_id
      where (i.id = :id or i.merged_into = :id)
        and exists (select from follow_link f where f.report_id = p.report_id and f.revoked_at is null)
      order by p.received_at, p.report_id
    """
    return list(session.scalars(text(sql), {"id": incident_id}))


def unsolved_ratings(
    session: Session, jurisdiction_id: UUID, categories: Sequence[str], *, limit: int
) -> list[tuple[UUID, UUID]]:
    """Return reports that were rated as not solved at the present end of their case, with the cases, newest first."""
    sql = """
      select r.report_id, i.id from public_rating r
      join public_report p on p.report_id = r.report_id join incident i on i.id = p.incident_id
      where i.jurisdiction_id = :jurisdiction_id and i.category = any(:categories) and r.solved = 'no'
        and r.ended_at = i.closed_at
      order by r.rated_at desc, r.report_id limit :limit
    """
    values = {"jurisdiction_id": jurisdiction_id, "categories": list(categories), "limit": limit}
    return [(row[0], row[1]) for row in session.execute(text(sql), values)]


def is_notice_waiting(session: Session, notice_id: UUID) -> bool:
    """Return True if a second person has to approve a notice."""
    sql = "select state = 'awaiting_approval' from notice where id = :id"
    return bool(session.scalar(text(sql), {"id": notice_id}))


def addressees(session: Session, notice_id: UUID, grid_id: UUID) -> list[UUID]:
    """Return the households of a grid that a published notice reaches, in order of their ids."""
    sql = """
      select a.household_id from notice_household a join household h on h.id = a.household_id
      where a.notice_id = :notice_id and h.grid_id = :grid_id and a.state <> 'opted_out' order by a.household_id
    """
    return list(session.scalars(text(sql), {"notice_id": notice_id, "grid_id": grid_id}))


def last_event_at(session: Session) -> datetime | None:
    """Return the instant of the newest event of all cases, or None."""
    occurred_at: datetime | None = session.scalar(text("select max(occurred_at) from incident_event"))
    return occurred_at


def duty_of(session: Session, worker_ids: Sequence[UUID]) -> dict[UUID, tuple[datetime, datetime | None]]:
    """Return the workers who are on duty, among the given ones.

    The result maps the id of a worker to the start of the duty and the time of the last position (or None).
    """
    sql = """
      select d.worker_id, lower(d.during) since, p.at from duty d
      left join worker_position p on p.worker_id = d.worker_id and p.at >= lower(d.during)
      where d.worker_id = any(:ids) and upper_inf(d.during) and d.deleted_at is null
    """
    rows = session.execute(text(sql), {"ids": list(worker_ids)})
    return {row.worker_id: (row.since, row.at) for row in rows}


def clear_past_jobs(session: Session, *, now: datetime) -> int:
    """Delete the follow-up jobs that were due in the simulated days. Return their number.

    The simulation has already done the work of these jobs.
    """
    sql = """
      with gone as (
        delete from jobs.procrastinate_jobs
        where task_name = :task and status = 'todo' and (scheduled_at is null or scheduled_at <= :now) returning 1)
      select count(*) from gone
    """
    return int(session.execute(text(sql), {"task": FOLLOW_UP, "now": now}).scalar_one())


def counts(session: Session, jurisdiction_id: UUID) -> dict[str, int]:
    """Return the number of the cases of a jurisdiction by status, the most frequent status first."""
    sql = """
      select status, count(*) n from incident where jurisdiction_id = :jurisdiction_id
      group by status order by n desc, status
    """
    rows = session.execute(text(sql), {"jurisdiction_id": jurisdiction_id})
    return {row.status: row.n for row in rows}


def spread_first_visits(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Set the days on which homes are to be visited first, as a register from before would have them.

    Args:
        rows: Mappings of `id` (of the household) and `due` (date).
    """
    sql = """
      update household h set next_visit_due = d.due
      from unnest(cast(:ids as uuid[]), cast(:days as date[])) d(id, due) where h.id = d.id
    """
    session.execute(text(sql), {"ids": [row["id"] for row in rows], "days": [row["due"] for row in rows]})


def store_tracks(session: Session, tracks: Sequence[tuple[UUID, str]], *, now: datetime) -> int:
    """Store the lines of ended duties, as the job makes them of positions. Return their number.

    Args:
        tracks: Id of the worker and the line (EWKT with Unix times as M values) of each.
    """
    sql = """
      with track as (
        select t.worker_id, ST_GeomFromEWKT(t.line) geom
        from unnest(cast(:workers as uuid[]), cast(:lines as text[])) t(worker_id, line)),
      stored as (
        insert into duty_track (id, worker_id, since, until, fixes, length_m, geom, made_at)
        select d.id, d.worker_id, lower(d.during), upper(d.during), 12 * ST_NPoints(t.geom),
               ST_Length(cast(t.geom as geography)), t.geom, :now
        from track t join duty d on d.worker_id = t.worker_id and d.deleted_at is null and not upper_inf(d.during)
          and d.during @> to_timestamp(ST_M(ST_StartPoint(t.geom)))
        on conflict (id) do nothing returning 1)
      select count(*) from stored
    """
    binds = {"workers": [worker for worker, _ in tracks], "lines": [way for _, way in tracks], "now": now}
    return int(session.execute(text(sql), binds).scalar_one())


def insert_photo(session: Session, values: dict[str, Any]) -> None:
    """Store the record of a complete photo, as an upload leaves it when it was cleaned."""
    sql = """
      insert into media (id, kind, state, uploaded_by, declared_type, declared_size, content_type, size, sha256, width,
        height, stripped, created_at, received_at, completed_at)
      values (:id, :kind, 'ready', :by, 'image/jpeg', :size, 'image/jpeg', :size, :sha256, :width, :height, '[]',
        :now, :now, :now)
    """
    session.execute(text(sql), values)


def workers_named(session: Session, usernames: Sequence[str]) -> list[UUID]:
    """Return the ids of the workers whose accounts have these usernames."""
    sql = """
      select w.id from worker w join account a on a.id = w.id
      where a.username = any(cast(:names as text[])) and w.deleted_at is null order by w.id
    """
    return list(session.scalars(text(sql), {"names": list(usernames)}))


class Adult(NamedTuple):
    """A resident without an e-mail address."""

    id: UUID
    version: int
    household_id: UUID
    grid_id: UUID


def adults_without_address(session: Session, jurisdiction_id: UUID, *, born_at_latest: int) -> list[Adult]:
    """Return the adult residents of a city who have no e-mail address, in order of their ids."""
    sql = """
      select r.id, r.version, r.household_id, r.grid_id
      from resident r join household h on h.id = r.household_id
      where h.jurisdiction_id = :jurisdiction_id and r.email is null and r.birth_year <= :born_at_latest
        and r.deleted_at is null and r.erased_at is null and h.deleted_at is null and h.moved_away_at is null
      order by r.id
    """
    binds = {"jurisdiction_id": jurisdiction_id, "born_at_latest": born_at_latest}
    return [Adult(*row) for row in session.execute(text(sql), binds)]
