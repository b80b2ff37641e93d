"""Pages and reach, as every use case here needs them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock, paging
from app.core.actor import Actor, Permission
from app.core.errors import Forbidden, NotFound
from app.workforce.queries import visible as queries


def key_of(cursor: str | None, *kinds: Callable[[str], object]) -> list[str] | None:
    """The key to go on after. It comes from the client, so each part is read as what it should be."""
    if not cursor:
        return None
    return paging.typed_key(cursor, *kinds)


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


def page(row: RowMapping, limit: int) -> bytes:
    """`items` as PostgreSQL made them, and the cursor of the next page."""
    following: Any = paging.encode_cursor(row["last_key"]) if row["n"] > limit else None
    items: bytes = row["items"]
    return b'{"items":' + items + b',"next":' + orjson.dumps(following) + b"}"


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
