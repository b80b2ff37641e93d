"""The audit trail: who did, saw or changed what, and why."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries import audit as queries
from app.core import clock
from app.core.actor import Actor


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
