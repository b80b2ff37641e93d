"""Looking at a matter on the spot, before it is filed or after it was handled: what both have in common."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.dispatch import service as dispatch
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.cases.rules.presence import Spot
from app.incidents.deadlines.service.transition_events import record
from app.incidents.dispatching.service import placement


def record_inconclusive(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    role: str,
    to: Status,
    now: datetime,
    note: str | None,
    detail: dict[str, Any] | None,
    spot: Spot | None = None,
    done_at: datetime,
) -> None:
    """Record that a check or verification was inconclusive; the next worker is asked, or a supervisor decides."""
    event_values: dict[str, Any] = {"note": note, "detail": detail, "spot": spot, "done_at": done_at}
    record(session, actor, case, f"{role}_unable", to, now=now, **event_values)
    dispatch.end_active(session, incident_id=case["id"], role=role, state="failed", now=now)
    writes.update_case(session, case["id"], now=now, status=to)
    placement.ask_next(session, case["id"], role=role, now=now)


def assign(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    role: str,
    to: Status,
    now: datetime,
    note: str | None,
    worker_id: UUID | None,
) -> None:
    """A supervisor chooses who looks."""
    dispatch.end_active(session, incident_id=case["id"], role=role, state="withdrawn", now=now)
    result = placement.assign_by_choice(
        session, actor, case, role=role, worker_id=worker_id, unit_id=None, now=now
    )
    detail = {"worker_id": worker_id, "assignment_id": result.assignment_id}
    record(session, actor, case, f"assign_{role}", to, now=now, note=note, detail=detail)
    writes.update_case(session, case["id"], now=now, status=to, waiting_since=None, waiting_reason=None)
