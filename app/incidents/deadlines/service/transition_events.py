"""Every step of a case is an event."""

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.cases.rules.other_transitions import Step, require_transition
from app.incidents.cases.rules.presence import Spot
from app.incidents.deadlines.rules.stages import CLOCK_ONLY_ACTIONS
from app.incidents.deadlines.service import limits


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
    spot: Spot | None = None,
    done_at: datetime | None = None,
) -> None:
    """Write the event of one step; `came_from` when an earlier step of the same act moved the case already.

    `spot`: where it was taken; not kept of a worker who was not on duty there. `done_at`: when it was taken, if it is told
    later; the event keeps both.
    """
    source = came_from or Status(case["status"])
    require_transition(Step(action, source, to))
    if done_at is not None and done_at < now:
        detail = (detail or {}) | {"received_at": now}
    writes.insert_event(
        session,
        {
            "incident_id": case["id"],
            "action": action,
            "from_status": source.value,
            "to_status": to.value,
            "actor_kind": actor.kind.value,
            "actor_id": actor.id,
            "now": done_at or now,
            "note": note,
            "detail": detail,
            "lon": spot.lon if spot else None,
            "lat": spot.lat if spot else None,
            "accuracy_m": spot.accuracy_m if spot else None,
            "there_at": spot.at if spot else None,
        },
    )
    if to is not source or action in CLOCK_ONLY_ACTIONS:
        limits.sync_stage_deadlines(session, case, now=now)


def blank_places(session: Session, before: datetime) -> int:
    """Erase positions of transitions before an instant. Returns their number."""
    return writes.blank_places(session, before=before)
