"""The audit trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.accounts.models import AuditEvent
from app.core.actor import Actor


def insert_event(
    session: Session,
    actor: Actor,
    *,
    at: datetime,
    action: str,
    entity: str,
    entity_id: UUID | None,
    purpose: str | None,
    detail: dict[str, Any],
) -> None:
    session.execute(
        insert(AuditEvent).values(
            occurred_at=at,
            actor_kind=actor.kind.value,
            actor_id=actor.id,
            device_id=actor.device_id,
            action=action,
            entity=entity,
            entity_id=entity_id,
            purpose=purpose,
            detail=detail,
        )
    )
