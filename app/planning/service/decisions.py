"""Use cases of decisions of persons about a plan: fixed times, and a manual order of stops.

Every such decision is stored. A stop that is not feasible because of it is left out of the plan.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound, invalid_field
from app.planning.queries import day_inputs, pins
from app.planning.rules.day_items import BREAK_KINDS
from app.workforce import service as workforce


def pin(
    session: Session,
    actor: Actor,
    *,
    worker_id: UUID,
    day: date,
    stop_id: UUID,
    begins_at: datetime | None = None,
) -> None:
    """Fix the begin of a stop in the plan of a day.

    Args:
        begins_at: The begin. None: the begin that the stop has in the present plan.
    """
    workforce.require_director(session, actor, worker_id)
    plan = _plan(session, worker_id, day)
    stop = _stop_of_plan(plan, stop_id)
    if begins_at is None:
        if "begin" not in stop:
            raise invalid_field("at", "required")
        begins_at = datetime.fromisoformat(stop["begin"])
    pins.set_time(
        session,
        worker_id,
        day=day,
        stop_id=stop_id,
        begins_at=begins_at.replace(microsecond=0),
        decided_by=actor.id,
        now=clock.now(),
    )
    _record(session, actor, "plan.pin", worker_id, day=day, stop_id=stop_id, at=begins_at)


def unpin(session: Session, actor: Actor, *, worker_id: UUID, day: date, stop_id: UUID) -> None:
    """Remove the fixed time or manual position of a stop. Idempotent."""
    workforce.require_director(session, actor, worker_id)
    if pins.delete_pins(session, worker_id, day=day, stop_ids=[stop_id], now=clock.now()):
        _record(session, actor, "plan.unpin", worker_id, day=day, stop_id=stop_id)


def order(session: Session, actor: Actor, *, worker_id: UUID, day: date, stops: Sequence[UUID]) -> None:
    """Put these stops first in the plan, in the given order.

    An empty list removes the manual order.
    """
    workforce.require_director(session, actor, worker_id)
    plan = _plan(session, worker_id, day)
    if len(set(stops)) < len(stops):
        raise invalid_field("stops", "repeated")
    for stop_id in stops:
        _stop_of_plan(plan, stop_id)
    pins.set_order(session, worker_id, day=day, stop_ids=stops, decided_by=actor.id, now=clock.now())
    _record(session, actor, "plan.order", worker_id, day=day, stops=list(stops))


def _plan(session: Session, worker_id: UUID, day: date) -> RowMapping:
    plan = day_inputs.current_plan(session, worker_id, day)
    if plan is None:
        raise NotFound("plan_missing")
    return plan


def _stop_of_plan(plan: RowMapping, stop_id: UUID) -> dict[str, Any]:
    for stop in (*plan["stops"], *plan["left_out"]):
        if stop["id"] == str(stop_id) and stop["kind"] not in BREAK_KINDS:
            named_stop: dict[str, Any] = stop
            return named_stop
    raise NotFound("not_found")


def _record(session: Session, actor: Actor, action: str, worker_id: UUID, **detail: Any) -> None:
    accounts.record(session, actor, action=action, entity="worker", entity_id=worker_id, detail=detail)
