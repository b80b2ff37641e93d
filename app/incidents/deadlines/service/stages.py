"""A handler says that a stage of a case is finished."""

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.cases.rules.presence import Spot
from app.incidents.deadlines.queries import deadlines
from app.incidents.deadlines.rules.stages import STAGE_DONE, omitted_stages
from app.incidents.deadlines.service import limits
from app.incidents.deadlines.service.transition_events import record
from app.profiles.rules.stages import DONE_BY_HANDLER


def stages_left(session: Session, case: RowMapping) -> list[str]:
    """Return the stages that are left out if the case is handed in now, in their order."""
    begun = [limits.deadline_of(row) for row in deadlines.of_stages(session, case["id"])]
    return omitted_stages(limits.stages_of(session, case), begun)


def stage_done(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    stage: str,
    spot: Spot | None = None,
    done_at: datetime,
    **_: Any,
) -> None:
    """Finish a stage that ends when its handler says so; those that count from there begin. 409 with the stages that
    may be finished now, for any other."""
    running = [
        row["stage"]
        for row in deadlines.of_stages(session, case["id"])
        if row["stopped_at"] is None and row["ends_with"] == DONE_BY_HANDLER
    ]
    if stage not in running:
        raise Conflict("stage_not_running", stage=stage, extra={"stages": running})
    event_values: dict[str, Any] = {
        "note": note,
        "detail": {"stage": stage},
        "spot": spot,
        "done_at": done_at,
    }
    record(session, actor, case, STAGE_DONE, to, now=now, **event_values)
    writes.update_case(session, case["id"], now=now)
