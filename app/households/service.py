"""Use cases of households."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.paging import encode_cursor, typed_key
from app.households import queries


@dataclass(frozen=True, slots=True)
class Rehomed:
    """Households on redrawn land: all of them, those whose place changed, those that lost theirs."""

    inside: int
    moved: int
    lost: int


def insert_many(session: Session, actor: Actor, *, rows: Sequence[dict[str, Any]]) -> int:
    """Store households (id, jurisdiction_id, address, lon, lat, is_generated) where they stand; how many."""
    queries.hold_jurisdictions(session, list({row["jurisdiction_id"] for row in rows}))
    made = queries.insert_households(session, rows, at=clock.now())
    accounts.record(session, actor, action="household.insert", entity="household", detail={"count": made})
    return made


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


def rehome(session: Session, *, area_ids: Sequence[UUID], depth: int, at: datetime) -> Rehomed:
    """Give the households on the land of redrawn areas their places in the tree."""
    return Rehomed(**queries.rehome(session, area_ids=area_ids, depth=depth, at=at))


def _after(cursor: str | None) -> UUID | None:
    return None if cursor is None else UUID(typed_key(cursor, UUID)[0])
