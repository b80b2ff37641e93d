"""SQL of the files of notices: pictures and documents in the media store, with a title by language."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, RowMapping, text
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.db import Fragment
from app.notices.scope import notice_visibility

# Attached to the notice, or sent by its author and attached to nothing.
_CANDIDATES = text("""
  select id, kind, state, coalesce(size, declared_size) size, notice_id from media
  where id = any(cast(:ids as uuid[])) and deleted_at is null and (notice_id = :notice_id
    or uploaded_by = :account_id and incident_id is null and visit_id is null and notice_id is null)
""")
_SET = text("update notice set attachments = cast(:attachments as jsonb) where id = :id")
_ATTACHED = text("""
  select m.id, m.kind, m.state, m.content_type, m.size, m.sha256, given.item->'titles' titles
  from notice n cross join jsonb_array_elements(n.attachments) with ordinality given(item, place)
  join media m on m.id = (given.item->>'media_id')::uuid and m.notice_id = n.id and m.deleted_at is null
  where n.id = :id order by given.place
""")


def candidates(
    session: Session, ids: Sequence[UUID], *, notice_id: UUID, account_id: UUID
) -> dict[UUID, RowMapping]:
    """Return the files that an account may attach to a notice, or that are attached to it, by id."""
    binds = {"ids": list(ids), "notice_id": notice_id, "account_id": account_id}
    return {row["id"]: row for row in session.execute(_CANDIDATES, binds).mappings()}


def set_attachments(session: Session, notice_id: UUID, items: Sequence[dict[str, Any]]) -> None:
    """Store the files of a notice: `media_id` and `titles` of each, in their order."""
    session.execute(_SET, {"id": notice_id, "attachments": orjson.dumps(list(items)).decode()})


def attached(session: Session, notice_id: UUID) -> Sequence[RowMapping]:
    """Return the files of a notice in their order: columns of the media store, and `titles`."""
    return session.execute(_ATTACHED, {"id": notice_id}).mappings().all()


@lru_cache(maxsize=100)
def _sees(condition: ColumnElement[bool]) -> Fragment:
    return Fragment(
        "select exists (select from notice where notice.id = :notice_id and {condition})", condition=condition
    )


def sees_notice(session: Session, actor: Actor, notice_id: UUID) -> bool:
    """Return True if the actor sees a notice."""
    rule = notice_visibility(actor, clock.now())
    return bool(session.scalar(_sees(rule.condition), rule.binds | {"notice_id": notice_id}))
