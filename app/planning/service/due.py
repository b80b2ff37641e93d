"""Use cases of the jobs: days to plan now, and the deletion of old plans."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.planning.models import DayPlan
from app.planning.queries import due as queries
from app.planning.queries import plans


def unplanned_days(session: Session, *, now: datetime, limit: int) -> Sequence[tuple[UUID, date]]:
    """Return days that begin, with a shift and without a plan."""
    return [(row["worker_id"], row["day"]) for row in queries.unplanned_days(session, now=now, limit=limit)]


def changed_days(session: Session, *, now: datetime, limit: int) -> Sequence[tuple[UUID, date]]:
    """Return planned days whose inputs changed since."""
    return [(row["worker_id"], row["day"]) for row in queries.changed_days(session, now=now, limit=limit)]


def delete_old_plans(session: Session, now: datetime, *, days: int) -> int:
    """Delete plans whose day was more than `days` ago. Return how many."""
    return queries.delete_before(session, before=now.date() - timedelta(days=days))


def device_plan(
    actor: Actor, now: datetime, plan: Any = DayPlan
) -> tuple[ColumnElement[Any], dict[str, Any]]:
    """Return a plan as the worker's device stores it (JSON), and its binds.

    Args:
        plan: The mapped class `DayPlan` or an alias of it.
    """
    return plans.device_plan(actor, now, plan)
