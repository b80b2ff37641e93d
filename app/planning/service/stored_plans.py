"""Use cases that read plans: the actor's own plan and those of supervised workers."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound, invalid_field
from app.core.paging import id_after, page_body
from app.planning.queries import plans as queries
from app.planning.service.day_input import local_date
from app.workforce import service as workforce

PAST_LIMIT, FUTURE_LIMIT = timedelta(days=1), timedelta(days=31)


def day_of(session: Session, worker_id: UUID, day: date | None) -> date:
    """Return `day`, or if it is None, today's local date at the worker's first grid."""
    return day or local_date(session, worker_id, clock.now())


def day_to_plan(session: Session, worker_id: UUID, day: date | None) -> date:
    """Return the day to plan: `day`, or if it is None, today's date at the worker's first grid.

    Raises:
        Invalid: The day is too far in the past or the future.
    """
    current_day = local_date(session, worker_id, clock.now())
    chosen = day or current_day
    if not current_day - PAST_LIMIT <= chosen <= current_day + FUTURE_LIMIT:
        raise invalid_field("day", "out_of_range")
    return chosen


def plan(
    session: Session, actor: Actor, *, worker_id: UUID, day: date | None = None, is_geojson: bool = False
) -> tuple[bytes, int]:
    """Return (plan of a day as JSON, its version)."""
    workforce.require_director(session, actor, worker_id)
    row = queries.plan(
        session,
        actor,
        worker_id,
        day=day_of(session, worker_id, day),
        now=clock.now(),
        is_geojson=is_geojson,
    )
    if row is None:
        raise NotFound("plan_missing")
    return row["body"], row["version"]


def plans(
    session: Session,
    actor: Actor,
    *,
    day: date | None = None,
    within: UUID | None = None,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """Return a page of the plans of a day: the actor's own, and those of supervised workers."""
    row = queries.plans(
        session,
        actor,
        day=day_of(session, actor.id, day),
        within=within,
        after=id_after(cursor),
        now=clock.now(),
        limit=limit,
    )
    return page_body(row["items"], row["next_key"])
