"""Orders of supervisors: pin a case to a worker, lock it, or assign it against rules."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import SYSTEM, Actor
from app.core.errors import Conflict, NotFound
from app.dispatch import service as dispatch
from app.dispatch.rules.ranking import WAITS_FOR_PINNED
from app.dispatch.service import Placement
from app.incidents.cases.queries import views, writes
from app.incidents.cases.rules.lifecycle import Status, role_of
from app.incidents.cases.rules.waiting_reasons import LOCKED
from app.incidents.cases.service import admission
from app.incidents.deadlines.service.transition_events import record
from app.incidents.dispatching.service import exclusions, placement
from app.incidents.dispatching.service.second_handler import request_second

# Nobody has it, and somebody is to be found.
_TO_BE_PLACED = frozenset({Status.FILED, Status.RETURNED})


def pin(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    worker_id: UUID,
    **_: Any,
) -> None:
    """Pin a case to a worker. A case that waits to be placed is offered to them at once, or waits for them."""
    if not views.directs_worker(session, actor, worker_id=worker_id, now=now):
        raise NotFound("not_found")
    admission.require_admitted(session, case)
    exclusions.require_free(session, case, worker_id, role="handle")
    dispatch.require_of_city(session, worker_id=worker_id, incident_id=case["id"], now=now)
    record(session, actor, case, "pin", to, now=now, note=note, detail={"worker_id": worker_id})
    writes.update_case(session, case["id"], now=now, pinned_to=worker_id)
    if Status(case["status"]) in _TO_BE_PLACED and case["locked_at"] is None:
        placement.place_again(session, case["id"], now=now)


def unpin(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    """The rules choose again."""
    if case["pinned_to"] is None:
        raise Conflict("not_pinned")
    record(session, actor, case, "unpin", to, now=now, note=note, detail={"worker_id": case["pinned_to"]})
    writes.update_case(session, case["id"], now=now, pinned_to=None)
    if case["waiting_reason"] == WAITS_FOR_PINNED:
        placement.place_again(session, case["id"], now=now)


def remove_pin_of(
    session: Session, case: RowMapping, worker_id: UUID | None, *, now: datetime, because: str
) -> None:
    """Remove the pin if the case is pinned to this worker, who has not taken it."""
    if case["pinned_to"] is None or case["pinned_to"] != worker_id:
        return
    detail = {"worker_id": worker_id, "because": because}
    record(session, SYSTEM, case, "unpin", Status(case["status"]), now=now, detail=detail)
    writes.update_case(session, case["id"], now=now, pinned_to=None)


def give_to(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    worker_id: UUID | None,
    now: datetime,
    unit_id: UUID | None = None,
    is_override: bool = False,
) -> Placement:
    """End the live handling and the pin to another worker, and ask the worker or unit that was chosen."""
    dispatch.end_active(session, incident_id=case["id"], role="handle", state="failed", now=now)
    if case["pinned_to"] != worker_id:
        remove_pin_of(session, case, case["pinned_to"], now=now, because="given_to_other")
    return placement.assign_by_choice(
        session,
        actor,
        case,
        role="handle",
        worker_id=worker_id,
        unit_id=unit_id,
        now=now,
        is_override=is_override,
    )


def lock(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    """No rule gives it to anybody, or takes it from whoever has it; people may."""
    record(session, actor, case, "lock", to, now=now, note=note)
    writes.update_case(session, case["id"], now=now, locked_at=case["locked_at"] or now)


def unlock(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    """The rules go on where they stopped."""
    if case["locked_at"] is None:
        raise Conflict("not_locked")
    record(session, actor, case, "unlock", to, now=now, note=note)
    writes.update_case(session, case["id"], now=now, locked_at=None)
    if case["waiting_reason"] == LOCKED:
        placement.ask_next(session, case["id"], role=role_of(to), now=now)


def override(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    worker_id: UUID,
    **_: Any,
) -> None:
    """Ask a worker against rules, which are recorded. Some rules cannot be set aside."""
    result = give_to(session, actor, case, worker_id=worker_id, now=now, is_override=True)
    detail = {
        "worker_id": result.worker_id,
        "assignment_id": result.assignment_id,
        "overridden": result.overridden,
    }
    record(session, actor, case, "override", to, now=now, note=note, detail=detail)
    writes.update_case(session, case["id"], now=now, status=to, waiting_since=None, waiting_reason=None)
    request_second(session, case, now=now)
