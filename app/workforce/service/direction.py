"""Workers whose work an actor directs: the actor, and the workers of the areas where the actor directs cases."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.workforce.queries.visible import visible, visible_binds
from app.workforce.service.guards import require_worker


def directed(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """A condition on a worker `w`, and its binds: the actor herself, or whoever works where she directs cases."""
    binds = visible_binds(actor, now, Permission.INCIDENT_DIRECT, includes_self=True)
    # Named after what it is: in one statement other things are looked at by other rights.
    return (
        visible().replace(":scope_", ":directed_"),
        {f"directed_{name.removeprefix('scope_')}": value for name, value in binds.items()},
    )


def require_director(session: Session, actor: Actor, worker_id: UUID) -> None:
    """Require that the actor is this worker or directs the worker.

    Raises:
        Forbidden: The actor may read the worker, but not more.
        NotFound: The actor may not read the worker.
    """
    require_worker(session, actor, worker_id, Permission.INCIDENT_DIRECT, includes_self=True)
