"""Every step of a case is an event."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import SYSTEM, Actor
from app.incidents.queries import writing
from app.incidents.rules.lifecycle import Status


def record(
    session: Session,
    actor: Actor,
    case: RowMapping,
    action: str,
    to: Status,
    *,
    now: datetime,
    note: str | None = None,
    detail: dict[str, Any] | None = None,
    came_from: Status | None = None,
) -> None:
    """Write the event of one step; `came_from` when an earlier step of the same act moved the case already."""
    writing.insert_event(
        session,
        {
            "incident_id": case["id"],
            "action": action,
            "from_status": (came_from or Status(case["status"])).value,
            "to_status": to.value,
            "actor_kind": actor.kind.value,
            "actor_id": actor.id,
            "now": now,
            "note": note,
            "detail": detail,
        },
    )


def newly_overdue(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Cases whose deadline has passed and that do not say so yet."""
    return list(writing.newly_overdue(session, now=now, limit=limit))


def mark_overdue(session: Session, *, incident_id: UUID, now: datetime) -> bool:
    """Write the overdue event of a case, once for each deadline."""
    case = writing.lock_case(session, incident_id)
    deadline = writing.deadline(session, incident_id)
    if case is None or deadline is None or deadline["paused_at"] or deadline["outcome"]:
        return False
    if deadline["due_at"] >= now:
        return False
    writing.mark_overdue(session, deadline["id"])
    detail = {"due_at": deadline["due_at"]}
    record(session, SYSTEM, case, "overdue", Status(case["status"]), now=now, detail=detail)
    writing.update_case(session, incident_id, now=now)
    return True
