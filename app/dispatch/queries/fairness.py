"""Statements on weekly counts about workers, claims that one is wrong, and recent duties.

A *figure* is a count about one worker and week: `load` (accepted assignments), `declined` or `expired` (offers). A
worker can contest a figure, or one of the rows that it counts.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    RowMapping,
    Text,
    Uuid,
    any_,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import Fragment, unscoped
from app.dispatch.models import FigureContest
from app.dispatch.rules.fairness import DECLINED, EXPIRED, LOAD
from app.dispatch.scope import constant
from app.workforce import service as workforce
from app.workforce.models import Duty, Worker

_NOW = bindparam("now", type_=DateTime(timezone=True))
_WORKER_IDS = any_(bindparam("worker_ids", type_=ARRAY(Uuid())))
_OWN_FIGURES = "the caller's own figures, or those of workers that the caller directs"

# Rows that a figure counts: id, worker, incident, role, instant and reason, before contested ones are left out. To declare a
# conflict of interest is a duty, so it is not counted as declined. An undelivered offer is neither declined nor expired.
_FIGURE_SOURCES = {
    LOAD: Fragment("""select a.id, a.worker_id, a.incident_id, a.role, a.accepted_at at, a.reason
                      from assignment a where a.accepted_at > :since and a.accepted_at <= :now"""),
    DECLINED: Fragment("""select o.id, o.worker_id, o.incident_id, a.role, o.answered_at at, o.reason
                          from offer o join assignment a on a.id = o.assignment_id
                          where o.state = 'declined' and o.because is distinct from 'conflict_of_interest'
                            and o.answered_at > :since and o.answered_at <= :now"""),
    EXPIRED: Fragment("""select o.id, o.worker_id, o.incident_id, a.role, o.answered_at at, o.reason
                         from offer o join assignment a on a.id = o.assignment_id
                         where o.state = 'expired' and o.answered_at > :since and o.answered_at <= :now"""),
}


def _members(figure: str, worker_id: Any) -> Fragment:
    """Return a subquery of the assignments or offers that a weekly count of a worker includes.

    Rows that the worker contested are left out if a supervisor agreed. If the worker contested the whole count, these are
    all rows until the time of the claim.

    Args:
        figure: Name of the count: `load`, `declined` or `expired`.
        worker_id: SQL expression with the id of the worker.
    """
    return Fragment(
        """(select m.* from ({source}) m where m.worker_id = {worker_id} and not exists (
          select from figure_contest c
          where c.worker_id = m.worker_id and c.figure = {figure} and c.outcome = 'upheld' and c.deleted_at is null
            and (c.member_id = m.id or c.member_id is null and m.at <= c.made_at)))""",
        source=_FIGURE_SOURCES[figure],
        worker_id=worker_id,
        figure=constant(figure),
    )


def _is_contested(figure: str, worker_id: Any) -> Fragment:
    """Return the SQL condition that a worker has an unresolved claim against a weekly count."""
    return Fragment(
        """exists (select from figure_contest c where c.worker_id = {worker_id} and c.figure = {figure}
                   and c.resolved_at is null and c.deleted_at is null)""",
        worker_id=worker_id,
        figure=constant(figure),
    )


_COUNTS = unscoped(
    Fragment(
        """
        select worker.id,
               (select count(*) from {loads} m) load, {is_load_contested} load_contested,
               (select count(*) from {declined} m) declined, {is_declined_contested} declined_contested,
               (select count(*) from {expired} m) expired, {is_expired_contested} expired_contested
        from worker where worker.id = any(cast(:worker_ids as uuid[])) order by worker.id
        """,
        loads=_members(LOAD, Worker.id),
        is_load_contested=_is_contested(LOAD, Worker.id),
        declined=_members(DECLINED, Worker.id),
        is_declined_contested=_is_contested(DECLINED, Worker.id),
        expired=_members(EXPIRED, Worker.id),
        is_expired_contested=_is_contested(EXPIRED, Worker.id),
    ),
    worker=_OWN_FIGURES,
)


def counts(
    session: Session, worker_ids: Sequence[UUID], *, since: datetime, now: datetime
) -> Sequence[RowMapping]:
    """Return the weekly counts of each worker, and whether the worker contests each count.

    Columns: `id`; `load` (accepted assignments), `declined` and `expired` (offers); and for each of them a Boolean
    `load_contested`, `declined_contested`, `expired_contested`.
    """
    binds = {"worker_ids": list(worker_ids), "since": since, "now": now}
    return session.execute(_COUNTS, binds).mappings().all()


# The street of a worker is that of their first area. Contested figures are in no mean.
_LOADS = unscoped(
    Fragment(
        """
        with worker_street as (
          select distinct on (r.worker_id) r.worker_id, s.area_id street_id, s.path, s.name
          from responsibility r
          join area_version g on g.area_id = r.area_id and upper_inf(g.valid)
          join area_version s on g.path <@ s.path and s.level = 'street' and upper_inf(s.valid)
          where r.worker_id = any(cast(:worker_ids as uuid[])) and r.deleted_at is null
            and r.valid @> cast(:now as timestamptz)
          order by r.worker_id, s.path),
        street_worker as materialized (
          select distinct s.street_id, r.worker_id
          from (select distinct street_id, path from worker_street) s
          join area_version g on g.path <@ s.path and upper_inf(g.valid)
          join responsibility r on r.area_id = g.area_id and r.deleted_at is null and r.valid @> cast(:now as timestamptz)
          join worker w on w.id = r.worker_id and w.deleted_at is null),
        worker_figure as materialized (
          select worker.id, (select count(*) from {members} m) load, {is_contested} is_contested
          from worker where worker.id in (select worker_id from street_worker)
            or worker.id = any(cast(:worker_ids as uuid[]))),
        street_mean as (
          select s.street_id, cast(avg(f.load) as float) mean, count(*) people
          from street_worker s join worker_figure f on f.id = s.worker_id where not f.is_contested group by s.street_id)
        select f.id, f.load, f.is_contested, s.street_id, s.name street_name, m.mean, coalesce(m.people, 0) people
        from worker_figure f left join worker_street s on s.worker_id = f.id
        left join street_mean m on m.street_id = s.street_id
        where f.id = any(cast(:worker_ids as uuid[])) order by f.id
        """,
        members=_members(LOAD, Worker.id),
        is_contested=_is_contested(LOAD, Worker.id),
    ),
    worker=_OWN_FIGURES,
)


def loads(
    session: Session, worker_ids: Sequence[UUID], *, since: datetime, now: datetime
) -> Sequence[RowMapping]:
    """Return each worker's number of assignments in a week, and the mean of the worker's street.

    Columns: `id`, `load` (the number), `is_contested`, `street_id`, `street_name`, `mean`, and `people` (the number of
    workers in the mean). A number that the worker contests is not in the mean.
    """
    binds = {"worker_ids": list(worker_ids), "since": since, "now": now}
    return session.execute(_LOADS, binds).mappings().all()


_MEMBERS_OF_FIGURE = {
    figure: Fragment(
        """
        select m.id, m.incident_id, m.role, m.at, m.reason from {members} m
        order by m.at desc, m.id limit :limit
        """,
        members=_members(figure, bindparam("worker_id", type_=Uuid())),
    )
    for figure in _FIGURE_SOURCES
}


def members(
    session: Session, worker_id: UUID, figure: str, *, since: datetime, now: datetime, limit: int
) -> Sequence[RowMapping]:
    """Return the assignments or offers that a weekly count of the worker includes, newest first."""
    binds = {"worker_id": worker_id, "since": since, "now": now, "limit": limit}
    return session.execute(_MEMBERS_OF_FIGURE[figure], binds).mappings().all()


_IS_WORKER = unscoped(
    select(exists().where(Worker.id == bindparam("account_id", type_=Uuid()), Worker.deleted_at.is_(None))),
    worker="whether the caller is a worker",
)


def is_worker(session: Session, account_id: UUID) -> bool:
    """Return True if the account belongs to a worker."""
    return bool(session.scalar(_IS_WORKER, {"account_id": account_id}))


_RECENT_DUTIES = (
    select(Duty.worker_id, func.lower(Duty.during).label("since"), func.upper(Duty.during).label("until"))
    .where(
        Duty.worker_id == _WORKER_IDS,
        Duty.deleted_at.is_(None),
        Duty.during.overlaps(
            func.tstzrange(bindparam("since", type_=DateTime(timezone=True)), _NOW, literal_column("'[]'"))
        ),
    )
    .order_by(Duty.worker_id, func.lower(Duty.during))
)


def recent_duties(
    session: Session, worker_ids: Sequence[UUID], *, since: datetime, now: datetime
) -> Sequence[RowMapping]:
    """Return recent periods on duty of workers, sorted by worker and start.

    Columns: `worker_id`, `since`, `until` (None: still on duty).
    """
    binds = {"worker_ids": list(worker_ids), "since": since, "now": now}
    return session.execute(_RECENT_DUTIES, binds).mappings().all()


# A contest as the API shows it. `contest` is the alias of the table in the statements below.
_CONTEST = Fragment("""jsonb_build_object('id', contest.id, 'figure', contest.figure, 'member_id', contest.member_id,
  'words', contest.words, 'made_at', contest.made_at, 'resolved_at', contest.resolved_at, 'outcome', contest.outcome,
  'reason', contest.reason)""")

_INSERT_CONTEST = (
    insert(FigureContest).on_conflict_do_nothing().returning(FigureContest.id)
    # The strategy `auto` would take the values for the rows of a bulk insert.
)


def insert_contest(session: Session, values: dict[str, Any]) -> UUID | None:
    """Insert a worker's claim that a weekly count is wrong, and return the id of the claim.

    Returns None, and inserts nothing, if the worker has an unresolved claim about the same count.
    """
    contest_id: UUID | None = session.scalar(_INSERT_CONTEST, values)
    return contest_id


_CONTESTS_OF = Fragment(
    """
    select coalesce(jsonb_agg({contest} order by contest.made_at desc, contest.id), '[]')
    from figure_contest contest where contest.worker_id = :worker_id and contest.deleted_at is null
    """,
    contest=_CONTEST,
)


def contests_of(session: Session, worker_id: UUID) -> list[dict[str, Any]]:
    """Return all claims of a worker that a weekly count is wrong, newest first.

    Resolved claims are returned too.
    """
    contests: list[dict[str, Any]] = session.scalar(_CONTESTS_OF, {"worker_id": worker_id})
    return contests


_CONTEST_BY_ID = """
  select contest.id, contest.worker_id, contest.figure, contest.resolved_at, {contest} item
  from figure_contest contest where contest.id = :id and contest.deleted_at is null
"""
_READ_CONTEST = Fragment(_CONTEST_BY_ID, contest=_CONTEST)
_LOCK_CONTEST = Fragment("{statement} for update", statement=_READ_CONTEST)


def contest(session: Session, contest_id: UUID, *, for_update: bool = False) -> RowMapping | None:
    """Return a worker's claim that a weekly count is wrong, or None if it does not exist.

    Columns: `id`, `worker_id`, `figure` (name of the count), `resolved_at`, and `item` (the claim as JSON for the API).
    """
    statement = _LOCK_CONTEST if for_update else _READ_CONTEST
    return session.execute(statement, {"id": contest_id}).mappings().one_or_none()


# Binds of updates have other names than columns: SQLAlchemy sets a column to a bind of its name.
_RESOLVE: Any = (
    update(FigureContest)
    .where(FigureContest.id == bindparam("of_id", type_=Uuid()))
    .values(
        outcome=bindparam("new_outcome", type_=Text()),
        reason=bindparam("new_reason", type_=Text()),
        resolved_by=bindparam("by_id", type_=Uuid()),
        resolved_at=_NOW,
    )
)


def resolve(
    session: Session, contest_id: UUID, *, outcome: str, reason: str, by: UUID, now: datetime
) -> None:
    """Store whether a worker's claim about a weekly count was upheld or dismissed."""
    binds = {"of_id": contest_id, "new_outcome": outcome, "new_reason": reason, "by_id": by, "now": now}
    session.execute(_RESOLVE, binds)


@lru_cache
def _open_contests(is_directed: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
        select coalesce(jsonb_agg(t.item order by t.made_at, t.id), '[]') from (
          select contest.id, contest.made_at, {contest} || jsonb_build_object(
                   'worker', jsonb_build_object('id', worker.id, 'name', worker.name)) item
          from figure_contest contest join worker on worker.id = contest.worker_id
          where contest.resolved_at is null and contest.deleted_at is null and contest.worker_id <> :me and {is_directed}
          order by contest.made_at, contest.id limit :limit) t
        """,
        contest=_CONTEST,
        is_directed=is_directed,
    )


def open_contests(session: Session, actor: Actor, *, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Return unresolved claims of supervised workers that a weekly count is wrong, oldest first.

    These are the workers whom the actor supervises. The actor's own claims are left out.
    """
    is_directed, binds = workforce.directed_workers(actor, now)
    binds = binds | {"me": actor.id, "limit": limit}
    contests: list[dict[str, Any]] = session.scalar(_open_contests(is_directed), binds)
    return contests
