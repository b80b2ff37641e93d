"""Use cases of the periodic jobs: find the days to plan, and delete old plans."""

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
    """Return the workers whose shift begins today and who have no plan, each with the date.

    Before 5:00 local time, only shifts that begin within two hours count.
    """
    return [(row["worker_id"], row["day"]) for row in queries.unplanned_days(session, now=now, limit=limit)]


def changed_days(session: Session, *, now: datetime, limit: int) -> Sequence[tuple[UUID, date]]:
    """Return the workers and dates of plans whose inputs have changed since the planning."""
    return [(row["worker_id"], row["day"]) for row in queries.changed_days(session, now=now, limit=limit)]


def delete_old_plans(session: Session, now: datetime, *, days: int) -> int:
    """Delete plans of days that were more than `days` days ago.

    Returns the number of deleted plans.
    """
    return queries.delete_before(session, before=now.date() - timedelta(days=days))


def device_plan(
    actor: Actor, now: datetime, plan: Any = DayPlan
) -> tuple[ColumnElement[Any], dict[str, Any]]:
    """Return (SQL column with a plan as JSON for the worker's device, its binds).

    Args:
        plan: The mapped class `DayPlan` or an alias of it.
    """
    return plans.device_plan(actor, now, plan)
