"""What people decide of a day: times and an order. Nothing is refused because a plan says otherwise."""

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
from app.planning.queries import gathering, pins
from app.planning.rules.work import RESTS
from app.workforce import service as workforce


def pin(
    session: Session, actor: Actor, *, worker_id: UUID, day: date, stop_id: UUID, at: datetime | None = None
) -> None:
    """Let a stop begin at a time, or, if none is named, when it does now."""
    workforce.require_director(session, actor, worker_id)
    plan = _plan(session, worker_id, day)
    stop = _named(plan, stop_id)
    if at is None:
        if "begin" not in stop:
            raise invalid_field("at", "required")
        at = datetime.fromisoformat(stop["begin"])
    pins.set_time(
        session,
        worker_id,
        day=day,
        stop_id=stop_id,
        at=at.replace(microsecond=0),
        by=actor.id,
        now=clock.now(),
    )
    _note(session, actor, "plan.pin", worker_id, day=day, stop_id=stop_id, at=at)


def unpin(session: Session, actor: Actor, *, worker_id: UUID, day: date, stop_id: UUID) -> None:
    """Let a stop stand where it suits; one that is not pinned stays so."""
    workforce.require_director(session, actor, worker_id)
    if pins.take_back(session, worker_id, day=day, stop_ids=[stop_id], now=clock.now()):
        _note(session, actor, "plan.unpin", worker_id, day=day, stop_id=stop_id)


def order(session: Session, actor: Actor, *, worker_id: UUID, day: date, stops: Sequence[UUID]) -> None:
    """Let these stops come first, in this order; an empty list lets all stand where it suits."""
    workforce.require_director(session, actor, worker_id)
    plan = _plan(session, worker_id, day)
    if len(set(stops)) < len(stops):
        raise invalid_field("stops", "repeated")
    for stop_id in stops:
        _named(plan, stop_id)
    pins.set_order(session, worker_id, day=day, stop_ids=stops, by=actor.id, now=clock.now())
    _note(session, actor, "plan.order", worker_id, day=day, stops=list(stops))


def _plan(session: Session, worker_id: UUID, day: date) -> RowMapping:
    plan = gathering.present_plan(session, worker_id, day)
    if plan is None:
        raise NotFound("plan_missing")
    return plan


def _named(plan: RowMapping, stop_id: UUID) -> dict[str, Any]:
    for stop in (*plan["stops"], *plan["left_out"]):
        if stop["id"] == str(stop_id) and stop["kind"] not in RESTS:
            found: dict[str, Any] = stop
            return found
    raise NotFound("not_found")


def _note(session: Session, actor: Actor, action: str, worker_id: UUID, **detail: Any) -> None:
    accounts.record(session, actor, action=action, entity="worker", entity_id=worker_id, detail=detail)
