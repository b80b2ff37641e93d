"""What parts of a cursor may be, and reach, as every use case here needs them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Forbidden, NotFound
from app.workforce.queries import visible as queries


def any_text(part: str) -> str:
    """Any text that PostgreSQL can hold."""
    if "\0" in part:
        raise ValueError("NUL in text")
    part.encode()
    return part


def instant(part: str) -> datetime:
    moment = datetime.fromisoformat(part)
    if moment.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return moment


def require_worker(
    session: Session, actor: Actor, worker_id: UUID, permission: Permission, *, herself: bool = False
) -> None:
    """Refuse unless the actor holds `permission` where she works: 403 if the actor may see her, else 404."""
    now = clock.now()
    if queries.is_worker_visible(session, actor, worker_id, now=now, permission=permission, herself=herself):
        return
    if queries.is_worker_visible(
        session, actor, worker_id, now=now, permission=Permission.WORKER_READ, herself=True
    ):
        raise Forbidden("permission_missing", permission=permission.value)
    raise NotFound("not_found")
