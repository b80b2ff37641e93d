"""Checks of what was handled: passed, sent back, or handed on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict
from app.dispatch import service as dispatch
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.cases.rules.presence import Spot
from app.incidents.deadlines.service import limits
from app.incidents.deadlines.service.transition_events import record
from app.incidents.dispatching.service import exclusions, placement
from app.incidents.lifecycle.service import inspection


def pass_check(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    detail: dict[str, Any] | None = None,
    spot: Spot | None = None,
    done_at: datetime,
    **_: Any,
) -> None:
    event_values: dict[str, Any] = {"note": note, "detail": detail, "spot": spot, "done_at": done_at}
    record(session, actor, case, "check_pass", to, now=now, **event_values)
    dispatch.end_active(session, incident_id=case["id"], role="check", state="done", now=now)
    writes.update_case(session, case["id"], now=now, status=to, closed_at=now)


def fail_check(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    detail: dict[str, Any] | None = None,
    spot: Spot | None = None,
    done_at: datetime,
    **_: Any,
) -> None:
    """Send a case back to its handler after a failed check; the clock continues, and the rework is counted."""
    event_values: dict[str, Any] = {"note": note, "detail": detail, "spot": spot, "done_at": done_at}
    record(session, actor, case, "check_fail", to, now=now, **event_values)
    dispatch.end_active(session, incident_id=case["id"], role="check", state="done", now=now)
    limits.restart(session, case, now=now)
    writes.update_case(session, case["id"], now=now, status=to, rework_count=case["rework_count"] + 1)
    placement.give_back(session, case, now=now)


def unable_to_check(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    detail: dict[str, Any] | None = None,
    spot: Spot | None = None,
    done_at: datetime,
    **_: Any,
) -> None:
    """Record that the checker could not decide; another one is asked."""
    event_values: dict[str, Any] = {"note": note, "detail": detail, "spot": spot, "done_at": done_at}
    inspection.record_inconclusive(session, actor, case, role="check", to=to, now=now, **event_values)


def assign_check(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    worker_id: UUID | None,
    **_: Any,
) -> None:
    if worker_id and exclusions.part_exclusions(session, case, "check").get(worker_id) == "handled_it":
        raise Conflict("own_work_check")
    inspection.assign(session, actor, case, role="check", to=to, now=now, note=note, worker_id=worker_id)
