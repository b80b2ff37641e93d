"""Plans, read by the worker herself and by those who direct her."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound, invalid_field
from app.core.paging import id_after, page
from app.planning.queries import plans as queries
from app.planning.service.gathering import today
from app.workforce import service as workforce

BACK, AHEAD = timedelta(days=1), timedelta(days=31)


def day_of(session: Session, worker_id: UUID, day: date | None) -> date:
    """The day that is meant: today, where she works, if none is named."""
    return day or today(session, worker_id, clock.now())


def day_to_plan(session: Session, worker_id: UUID, day: date | None) -> date:
    """The same, if it is near: nobody knows what a far day will hold."""
    now = today(session, worker_id, clock.now())
    chosen = day or now
    if not now - BACK <= chosen <= now + AHEAD:
        raise invalid_field("day", "out_of_range")
    return chosen


def plan(
    session: Session, actor: Actor, *, worker_id: UUID, day: date | None = None, is_geojson: bool = False
) -> tuple[bytes, int]:
    """The plan of a day and its version."""
    workforce.require_director(session, actor, worker_id)
    found = queries.plan(
        session,
        actor,
        worker_id,
        day=day_of(session, worker_id, day),
        now=clock.now(),
        is_geojson=is_geojson,
    )
    if found is None:
        raise NotFound("plan_missing")
    return found["body"], found["version"]


def plans(
    session: Session,
    actor: Actor,
    *,
    day: date | None = None,
    within: UUID | None = None,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """A page of the plans of a day that the actor may see: her own, and those of whom she directs."""
    found = queries.plans(
        session,
        actor,
        day=day_of(session, actor.id, day),
        within=within,
        after=id_after(cursor),
        now=clock.now(),
        limit=limit,
    )
    return page(found["items"], found["next_key"])
