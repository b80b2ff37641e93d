"""Reading the register."""

from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.paging import encode_cursor, typed_key
from app.households.queries import listing as queries


def list_households(
    session: Session,
    actor: Actor,
    *,
    grid: UUID | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> bytes:
    """A page of the households the actor looks after."""
    found = queries.households(
        session, actor, now=clock.now(), grid=grid, bbox=bbox, after=_after(cursor), limit=limit
    )
    following = orjson.dumps(encode_cursor(found["next_key"]) if found["next_key"] else None)
    return b'{"items":%b,"next":%b}' % (found["items"], following)


def _after(cursor: str | None) -> UUID | None:
    return None if cursor is None else UUID(typed_key(cursor, UUID)[0])
