"""Checks for all use cases of the workforce: values in page cursors, rights over a worker."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Forbidden, NotFound
from app.workforce.queries import visible as queries


def any_text(part: str) -> str:
    """Return the text of a cursor part, after checking that PostgreSQL can store it.

    Raises:
        ValueError: PostgreSQL cannot store the text.
    """
    if "\0" in part:
        raise ValueError("NUL in text")
    part.encode()
    return part


def instant(part: str) -> datetime:
    """Parse the instant in a part of a cursor.

    Raises:
        ValueError: The text is not an instant.
    """
    moment = datetime.fromisoformat(part)
    if moment.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return moment


def require_worker(
    session: Session, actor: Actor, worker_id: UUID, permission: Permission, *, includes_self: bool = False
) -> None:
    """Check that the actor holds `permission` over an area for which the worker is responsible.

    Args:
        includes_self: Also accept the actor as the worker.

    Raises:
        Forbidden: The actor may read the worker, but does not hold the permission.
        NotFound: The actor may not read the worker.
    """
    now = clock.now()
    if queries.is_worker_visible(
        session, actor, worker_id, now=now, permission=permission, includes_self=includes_self
    ):
        return
    if queries.is_worker_visible(
        session, actor, worker_id, now=now, permission=Permission.WORKER_READ, includes_self=True
    ):
        raise Forbidden("permission_missing", permission=permission.value)
    raise NotFound("not_found")
