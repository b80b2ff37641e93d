"""The audit trail: who did, saw or changed what, and why."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries import audit as queries
from app.accounts.service.pages import key_of, page_bytes
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import invalid_field


def record(
    session: Session,
    actor: Actor,
    *,
    action: str,
    entity: str,
    entity_id: UUID | None = None,
    purpose: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write one audit event, in the transaction of what it tells. No secrets, no personal values."""
    queries.insert_event(
        session,
        actor,
        at=clock.now(),
        action=action,
        entity=entity,
        entity_id=entity_id,
        purpose=purpose,
        detail=detail or {},
    )


def list_events(
    session: Session,
    reader: Actor,
    *,
    limit: int,
    actor: UUID | None = None,
    entity: str | None = None,
    entity_id: UUID | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
) -> bytes:
    """Audit events that concern the accounts of the reader's areas, the last first."""
    found = queries.page(
        session,
        everywhere=reader.everywhere_with(Permission.AUDIT_READ),
        me=reader.id,
        areas=reader.area_ids_with(Permission.AUDIT_READ),
        actor=actor,
        entity=entity,
        entity_id=entity_id,
        action=action,
        since=since,
        until=until,
        after=_event_number(key_of(cursor, 1)),
        limit=limit,
    )
    return page_bytes(found)


def _event_number(key: list[str] | None) -> int | None:
    if key is None:
        return None
    number = key[0]
    if not (number.isascii() and number.isdecimal() and len(number) <= 18):
        raise invalid_field("cursor", "cursor_invalid")
    return int(number)
