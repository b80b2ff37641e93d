"""Weekly counts about workers, used by dispatch; workers see their own and can contest them.

Such a count (*figure*) is about one worker and week, for example accepted assignments.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.core.ids import uuid7
from app.dispatch.queries import fairness as queries
from app.dispatch.rules.batch_input import PoolWorker
from app.dispatch.rules.fairness import FIGURES, LOAD, WEEK, Duty, hours_exclusion, surplus
from app.dispatch.rules.ranking import Candidate
from app.dispatch.service.context import DispatchContext
from app.workforce import service as workforce

MAX_MEMBERS = 500
# Duties of the last four days decide about hours: those of a day, the rest before it, and the end of the duty before.
_DUTY_LOOKBACK = timedelta(days=4)


def with_workload(
    session: Session, context: DispatchContext, candidates: Sequence[Candidate]
) -> list[Candidate]:
    """Return copies of the candidates with their limits of working hours and their workload set.

    `hours` is the rule about working hours that excludes the worker, or None. `surplus` is the share by which the worker's
    assignments of the week exceed the mean of the street. Nothing is read or set if the profile (rules of the city) uses
    neither.
    """
    hour_exclusions, surpluses = _hours_and_surpluses(session, context, [c.worker_id for c in candidates])
    if not hour_exclusions and not surpluses:
        return list(candidates)
    return [
        replace(c, hours=hour_exclusions.get(c.worker_id), surplus=surpluses.get(c.worker_id))
        for c in candidates
    ]


def pool_with_workload(
    session: Session, context: DispatchContext, workers: Sequence[PoolWorker]
) -> list[PoolWorker]:
    """Return copies of the workers with their limits of working hours and their workload set.

    `kept_out` becomes the rule about working hours that excludes the worker. It is changed only where it was None or `full`
    (no free capacity). `surplus` is the share by which the worker's assignments of the week exceed the mean of the street.
    """
    on_duty = [w.id for w in workers if w.kept_out in (None, "full")]
    hour_exclusions, surpluses = _hours_and_surpluses(session, context, on_duty)
    if not hour_exclusions and not surpluses:
        return list(workers)
    return [
        replace(w, kept_out=hour_exclusions.get(w.id, w.kept_out), surplus=surpluses.get(w.id))
        for w in workers
    ]


def _hours_and_surpluses(
    session: Session, context: DispatchContext, worker_ids: Sequence[UUID]
) -> tuple[dict[UUID, str], dict[UUID, float]]:
    """Return (rules about working hours that exclude workers, workloads): two dicts by worker.

    The workload is the share by which a worker's assignments of the week exceed the mean of the street.
    """
    hours: dict[UUID, str] = {}
    surpluses: dict[UUID, float] = {}
    now, limits = context.now, context.profile.profile.duty
    if limits is not None and worker_ids:
        duties: dict[UUID, list[Duty]] = defaultdict(list)
        for row in queries.recent_duties(session, worker_ids, since=now - _DUTY_LOOKBACK, now=now):
            duties[row["worker_id"]].append(Duty(row["since"], row["until"]))
        exclusions = {
            worker: hours_exclusion(worker_duties, now, limits) for worker, worker_duties in duties.items()
        }
        hours = {worker: reason for worker, reason in exclusions.items() if reason is not None}
    if context.weights.fairness > 0 and worker_ids:
        for row in queries.loads(session, worker_ids, since=now - WEEK, now=now):
            # A contested figure is not used before the contest is resolved.
            surpluses[row["id"]] = 0.0 if row["is_contested"] else surplus(row["load"], row["mean"])
    return hours, surpluses


def my_figures(session: Session, actor: Actor) -> dict[str, Any]:
    """Return the actor's counts of the last seven days, to compare with the mean of the street.

    The counts are accepted assignments, and declined and expired offers. Each has the actor's claims that it is wrong. Only the
    accepted assignments have a mean.

    Raises:
        NotFound: The actor is not a worker.
    """
    _require_worker(session, actor)
    now = clock.now()
    since = now - WEEK
    (row,) = queries.counts(session, [actor.id], since=since, now=now)
    (load,) = queries.loads(session, [actor.id], since=since, now=now)
    contests = queries.contests_of(session, actor.id)
    return {
        "since": since,
        "until": now,
        "street": {"id": load["street_id"], "name": load["street_name"], "people": load["people"]}
        if load["street_id"]
        else None,
        "figures": [
            {
                "name": name,
                "count": row[name],
                "street_mean": round(load["mean"], 1) if name == LOAD and load["mean"] is not None else None,
                "is_contested": row[f"{name}_contested"],
                "contests": [item for item in contests if item["figure"] == name],
            }
            for name in FIGURES
        ],
    }


def my_members(session: Session, actor: Actor, figure: str) -> list[dict[str, Any]]:
    """Return the assignments or offers that a weekly count of the actor includes, newest first.

    At most 500 rows are returned.

    Args:
        figure: Name of the count: `load` (accepted assignments), `declined` or `expired` (offers).

    Raises:
        NotFound: The actor is not a worker, or there is no such figure.
    """
    _require_worker(session, actor, figure)
    now = clock.now()
    rows = queries.members(session, actor.id, figure, since=now - WEEK, now=now, limit=MAX_MEMBERS)
    return [dict(row) for row in rows]


def contest(
    session: Session, actor: Actor, figure: str, *, words: str, member_id: UUID | None = None
) -> dict[str, Any]:
    """Store the actor's claim that one of their weekly counts (figures) is wrong.

    Dispatch does not use the count until a supervisor has resolved the claim.

    Args:
        words: The claim in the actor's words.
        member_id: The row that should not be counted, from `my_members`. None: the whole count is wrong.

    Raises:
        NotFound: The actor is not a worker, or there is no such count or row.
        Conflict: The actor has an open claim about this count.
    """
    _require_worker(session, actor, figure)
    now = clock.now()
    if member_id is not None:
        rows = queries.members(session, actor.id, figure, since=now - WEEK, now=now, limit=MAX_MEMBERS)
        if member_id not in {row["id"] for row in rows}:
            raise NotFound("not_found")
    values = {
        "id": uuid7(),
        "worker_id": actor.id,
        "figure": figure,
        "member_id": member_id,
        "words": words,
        "made_at": now,
    }
    contest_id = queries.insert_contest(session, values)
    if contest_id is None:
        raise Conflict("contest_open")
    accounts.record(
        session,
        actor,
        action="figure.contest",
        entity="worker",
        entity_id=actor.id,
        detail={"figure": figure},
    )
    return _item(session, contest_id)


def open_contests(session: Session, actor: Actor, *, limit: int) -> list[dict[str, Any]]:
    """Return unresolved claims of supervised workers that a weekly count is wrong, oldest first."""
    return queries.open_contests(session, actor, now=clock.now(), limit=limit)


def resolve_contest(
    session: Session, actor: Actor, contest_id: UUID, *, outcome: str, reason: str
) -> dict[str, Any]:
    """Uphold or dismiss a worker's claim that a weekly count is wrong.

    If the claim is upheld, the contested rows are not counted any more.

    Raises:
        NotFound: There is no such claim, or the actor may not read the worker.
        Forbidden: The actor may read the worker, but does not direct them.
        Conflict: The actor made the claim, or it is resolved already.
    """
    row = queries.contest(session, contest_id, for_update=True)
    if row is None:
        raise NotFound("not_found")
    workforce.require_director(session, actor, row["worker_id"])
    if row["worker_id"] == actor.id:
        raise Conflict("own_contest")
    if row["resolved_at"] is not None:
        raise Conflict("contest_resolved")
    queries.resolve(session, contest_id, outcome=outcome, reason=reason, by=actor.id, now=clock.now())
    accounts.record(
        session,
        actor,
        action="figure.resolve",
        entity="worker",
        entity_id=row["worker_id"],
        detail={"figure": row["figure"], "outcome": outcome},
    )
    return _item(session, contest_id)


def week_figures_of(
    session: Session, worker_ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, dict[str, Any]]:
    """Return the weekly counts of workers, for their supervisors. A contested count is None."""
    since = now - WEEK
    means = {row["id"]: row["mean"] for row in queries.loads(session, worker_ids, since=since, now=now)}
    return {
        row["id"]: {name: None if row[f"{name}_contested"] else row[name] for name in FIGURES}
        | {"street_mean": None if means.get(row["id"]) is None else round(means[row["id"]], 1)}
        for row in queries.counts(session, worker_ids, since=since, now=now)
    }


def _item(session: Session, contest_id: UUID) -> dict[str, Any]:
    """Return a worker's claim about a weekly count as JSON for the API."""
    row = queries.contest(session, contest_id)
    if row is None:
        raise NotFound("not_found")
    item: dict[str, Any] = row["item"]
    return item


def _require_worker(session: Session, actor: Actor, figure: str = LOAD) -> None:
    """Check that the actor is a worker and that the figure exists.

    Raises:
        NotFound: The actor is not a worker, or there is no such figure.
    """
    if figure not in FIGURES or not queries.is_worker(session, actor.id):
        raise NotFound("not_found")
