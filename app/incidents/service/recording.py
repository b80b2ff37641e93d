"""Every step of a case is an event."""

from datetime import datetime
from typing import Any

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


def mark_overdue(session: Session, *, now: datetime, limit: int = 200) -> int:
    """Write the overdue event of deadlines that have passed, once each."""
    rows = writing.newly_overdue(session, now=now, limit=limit)
    for row in rows:
        writing.mark_overdue(session, row["deadline_id"])
        record(
            session, SYSTEM, row, "overdue", Status(row["status"]), now=now, detail={"due_at": row["due_at"]}
        )
        writing.update_case(session, row["id"], now=now)
    return len(rows)
