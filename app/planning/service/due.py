"""Which days are to be planned now, and which are forgotten."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.planning.queries import due as queries
from app.planning.queries import plans


def beginning(session: Session, *, now: datetime, limit: int) -> Sequence[tuple[UUID, date]]:
    """Days that begin, with a shift and without a plan."""
    return [(row["worker_id"], row["day"]) for row in queries.beginning(session, now=now, limit=limit)]


def changed(session: Session, *, now: datetime, limit: int) -> Sequence[tuple[UUID, date]]:
    """Days of whose parts something changed since they were planned."""
    return [(row["worker_id"], row["day"]) for row in queries.changed(session, now=now, limit=limit)]


def forget(session: Session, now: datetime, *, days: int) -> int:
    """Delete plans whose day was over so many days ago; how many."""
    return queries.forget(session, before=now.date() - timedelta(days=days))


def on_phone(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """SQL for a plan `p` as its worker's phone holds it, and its binds, for audiences."""
    return plans.on_phone(actor, now)
