"""SQL of weekly figures of workers, of contests of these figures, and of recent duties."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import sql_text
from app.dispatch.rules.fairness import DECLINED, EXPIRED, LOAD
from app.workforce import service as workforce

# Rows that a figure counts: id, worker, incident, role, instant and reason, before contested ones are left out.
_FIGURE_SOURCES = {
    LOAD: """select a.id, a.worker_id, a.incident_id, a.role, a.accepted_at at, a.reason
             from assignment a where a.accepted_at > :since and a.accepted_at <= :now""",
    # A conflict of interest is a duty to decline, and what never reached a phone was declined by nobody.
    DECLINED: """select o.id, o.worker_id, o.incident_id, a.role, o.answered_at at, o.reason
                 from offer o join assignment a on a.id = o.assignment_id
                 where o.state = 'declined' and o.because is distinct from 'conflict_of_interest'
                   and o.answered_at > :since and o.answered_at <= :now""",
    EXPIRED: """select o.id, o.worker_id, o.incident_id, a.role, o.answered_at at, o.reason
                from offer o join assignment a on a.id = o.assignment_id
                where o.state = 'expired' and o.answered_at > :since and o.answered_at <= :now""",
}


def _members(figure: str, condition: str) -> str:
    """Return SQL for the rows that a figure counts. `condition`: on `m.worker_id`."""
    return f"""(select m.* from ({_FIGURE_SOURCES[figure]}) m where {condition} and not exists (
      select 1 from figure_contest c
      where c.worker_id = m.worker_id and c.figure = '{figure}' and c.outcome = 'upheld' and c.deleted_at is null
        and (c.member_id = m.id or c.member_id is null and m.at <= c.made_at)))"""


def _is_contested(figure: str, worker: str) -> str:
    return f"""exists (select 1 from figure_contest c where c.worker_id = {worker} and c.figure = '{figure}'
                       and c.resolved_at is null and c.deleted_at is null)"""


def counts(
    session: Session, worker_ids: Sequence[UUID], *, since: datetime, now: datetime
) -> Sequence[RowMapping]:
    """Return each worker's figures, and which of them are contested (`load_contested` and so on)."""
    columns = ", ".join(
        f"(select count(*) from {_members(figure, 'm.worker_id = w.id')} x) {figure}, "
        f"{_is_contested(figure, 'w.id')} {figure}_contested"
        for figure in _FIGURE_SOURCES
    )
    sql = f"select w.id, {columns} from worker w where w.id = any(cast(:ids as uuid[])) order by w.id"
    binds = {"ids": list(worker_ids), "since": since, "now": now}
    return session.execute(sql_text(sql), binds).mappings().all()


# The street of a worker is that of their first area. Contested figures are in no mean.
_LOADS = f"""
  with hers as (
    select distinct on (r.worker_id) r.worker_id, s.area_id street_id, s.path, s.name
    from responsibility r
    join area_version g on g.area_id = r.area_id and upper_inf(g.valid)
    join area_version s on g.path <@ s.path and s.level = 'street' and upper_inf(s.valid)
    where r.worker_id = any(cast(:ids as uuid[])) and r.deleted_at is null and r.valid @> cast(:now as timestamptz)
    order by r.worker_id, s.path),
  mates as materialized (
    select distinct h.street_id, r.worker_id
    from (select distinct street_id, path from hers) h
    join area_version g on g.path <@ h.path and upper_inf(g.valid)
    join responsibility r on r.area_id = g.area_id and r.deleted_at is null and r.valid @> cast(:now as timestamptz)
    join worker w on w.id = r.worker_id and w.deleted_at is null),
  loads as materialized (
    select w.id, (select count(*) from {_members(LOAD, "m.worker_id = w.id")} x) load,
           {_is_contested(LOAD, "w.id")} is_contested
    from worker w where w.id in (select worker_id from mates) or w.id = any(cast(:ids as uuid[]))),
  means as (
    select m.street_id, cast(avg(l.load) as float) mean, count(*) people
    from mates m join loads l on l.id = m.worker_id where not l.is_contested group by m.street_id)
  select l.id, l.load, l.is_contested, h.street_id, h.name street_name, t.mean, coalesce(t.people, 0) people
  from loads l left join hers h on h.worker_id = l.id left join means t on t.street_id = h.street_id
  where l.id = any(cast(:ids as uuid[])) order by l.id
"""


def loads(
    session: Session, worker_ids: Sequence[UUID], *, since: datetime, now: datetime
) -> Sequence[RowMapping]:
    """Return each worker's load, whether it is contested, and the mean of the street with its number of people."""
    binds = {"ids": list(worker_ids), "since": since, "now": now}
    return session.execute(sql_text(_LOADS), binds).mappings().all()


def members(
    session: Session, worker_id: UUID, figure: str, *, since: datetime, now: datetime, limit: int
) -> Sequence[RowMapping]:
    """Return the rows that a figure of the worker counts, newest first."""
    sql = f"""
      select x.id, x.incident_id, x.role, x.at, x.reason from {_members(figure, "m.worker_id = :worker_id")} x
      order by x.at desc, x.id limit :limit
    """
    binds = {"worker_id": worker_id, "since": since, "now": now, "limit": limit}
    return session.execute(sql_text(sql), binds).mappings().all()


def is_worker(session: Session, account_id: UUID) -> bool:
    sql = "select exists (select 1 from worker where id = :id and deleted_at is null)"
    return bool(session.scalar(sql_text(sql), {"id": account_id}))


def recent_duties(
    session: Session, worker_ids: Sequence[UUID], *, since: datetime, now: datetime
) -> Sequence[RowMapping]:
    """Return recent duties in order: `worker_id`, `since`, `until` (None: still on duty)."""
    sql = """
      select worker_id, lower(during) since, upper(during) until from duty
      where worker_id = any(cast(:ids as uuid[])) and deleted_at is null
        and during && tstzrange(cast(:since as timestamptz), cast(:now as timestamptz), '[]')
      order by worker_id, lower(during)
    """
    binds = {"ids": list(worker_ids), "since": since, "now": now}
    return session.execute(sql_text(sql), binds).mappings().all()


_CONTEST = """jsonb_build_object('id', c.id, 'figure', c.figure, 'member_id', c.member_id, 'words', c.words,
  'made_at', c.made_at, 'resolved_at', c.resolved_at, 'outcome', c.outcome, 'reason', c.reason)"""


def insert_contest(session: Session, values: dict[str, Any]) -> UUID | None:
    """Insert a contest. Returns its id, or None if the worker contests this figure already."""
    sql = """
      insert into figure_contest (id, worker_id, figure, member_id, words, made_at)
      values (:id, :worker_id, :figure, :member_id, :words, :now) on conflict do nothing returning id
    """
    contest_id: UUID | None = session.scalar(sql_text(sql), values)
    return contest_id


def contests_of(session: Session, worker_id: UUID) -> list[dict[str, Any]]:
    """Return all contests of a worker, open or resolved, newest first."""
    sql = f"""
      select coalesce(jsonb_agg({_CONTEST} order by c.made_at desc, c.id), '[]')
      from figure_contest c where c.worker_id = :worker_id and c.deleted_at is null
    """
    contests: list[dict[str, Any]] = session.scalar(sql_text(sql), {"worker_id": worker_id})
    return contests


def contest(session: Session, contest_id: UUID, *, for_update: bool = False) -> RowMapping | None:
    sql = f"""
      select c.id, c.worker_id, c.figure, c.resolved_at, {_CONTEST} item from figure_contest c
      where c.id = :id and c.deleted_at is null {"for update" if for_update else ""}
    """
    return session.execute(sql_text(sql), {"id": contest_id}).mappings().one_or_none()


def resolve(
    session: Session, contest_id: UUID, *, outcome: str, reason: str, by: UUID, now: datetime
) -> None:
    sql = """
      update figure_contest set outcome = :outcome, reason = :reason, resolved_by = :by, resolved_at = :now where id = :id
    """
    binds = {"id": contest_id, "outcome": outcome, "reason": reason, "by": by, "now": now}
    session.execute(sql_text(sql), binds)


def open_contests(session: Session, actor: Actor, *, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Return the open contests of workers whom the actor directs, oldest first, without the actor's own."""
    reach_sql, binds = workforce.directed(actor, now)
    sql = f"""
      select coalesce(jsonb_agg(t.item order by t.made_at, t.id), '[]') from (
        select c.id, c.made_at, {_CONTEST} || jsonb_build_object(
                 'worker', jsonb_build_object('id', w.id, 'name', w.name)) item
        from figure_contest c join worker w on w.id = c.worker_id
        where c.resolved_at is null and c.deleted_at is null and c.worker_id <> :me and {reach_sql}
        order by c.made_at, c.id limit :limit) t
    """
    contests: list[dict[str, Any]] = session.scalar(
        sql_text(sql), binds | {"me": actor.id, "limit": limit, "now": now}
    )
    return contests
