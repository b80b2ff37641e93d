"""The rule about which workers an actor directs: those whose cases the actor may direct.

These are the workers in whose areas the actor directs cases.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor, Permission
from app.workforce.models import Worker
from app.workforce.queries.visible import visibility_binds, worker_visibility
from app.workforce.service.guards import require_worker

_PREFIX = "directed"  # of the binds: one statement may ask for other permissions, too
_WORKER_W = aliased(Worker, name="w")


def directed_workers(
    actor: Actor, now: datetime, of: Any = Worker
) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """Return (SQL condition that the actor directs a worker, its bind values).

    The actor directs themselves, and the workers in whose areas the actor directs cases.

    Args:
        of: The mapped class `Worker` or an alias of it.
    """
    binds = visibility_binds(actor, now, Permission.INCIDENT_DIRECT, includes_self=True, prefix=_PREFIX)
    return worker_visibility(of, _PREFIX), binds


def require_director(session: Session, actor: Actor, worker_id: UUID) -> None:
    """Check that the actor is this worker or directs the worker.

    Raises:
        Forbidden: The actor may read the worker, but does not direct them.
        NotFound: The actor may not read the worker.
    """
    require_worker(session, actor, worker_id, Permission.INCIDENT_DIRECT, includes_self=True)
