"""Whether a matter is there at all: looked at on the spot by somebody else than its reporter, before it is filed."""

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
from app.incidents.deadlines.service import limits
from app.incidents.deadlines.service.transition_events import record
from app.incidents.dispatching.service import placement
from app.incidents.lifecycle.service import inspection
from app.incidents.lifecycle.service.pauses import reason_of
from app.profiles import service as profiles
from app.profiles.rules.lifecycle import NOT_FOUND


def exists(
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
    """File a verified case: its clock begins, and it is dispatched."""
    event_values: dict[str, Any] = {"note": note, "detail": detail, "spot": spot, "done_at": done_at}
    record(session, actor, case, "verify_exists", to, now=now, **event_values)
    dispatch.end_active(session, incident_id=case["id"], role="verify", state="done", now=now)
    _file(session, case, to=to, now=now)


def not_exist(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    detail: dict[str, Any] | None = None,
    reason: str | None = None,
    spot: Spot | None = None,
    done_at: datetime,
    **_: Any,
) -> None:
    """There is nothing of the kind: it ends, and its reporter reads why."""
    code = reason_of(session, case, to, reason or NOT_FOUND)
    detail = (detail or {}) | {"reason": code}
    event_values: dict[str, Any] = {"note": note, "detail": detail, "spot": spot, "done_at": done_at}
    record(session, actor, case, "verify_not_exist", to, now=now, **event_values)
    dispatch.end_active(session, incident_id=case["id"], role="verify", state="done", now=now)
    writes.update_case(
        session,
        case["id"],
        now=now,
        status=to,
        closed_at=now,
        ended_reason=code,
        waiting_since=None,
        waiting_reason=None,
    )


def unable(
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
    """Record that the verifier could not decide; the next worker is asked, or a supervisor decides."""
    event_values: dict[str, Any] = {"note": note, "detail": detail, "spot": spot, "done_at": done_at}
    inspection.record_inconclusive(session, actor, case, role="verify", to=to, now=now, **event_values)


def file(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    """A supervisor files it without anybody having looked."""
    record(session, actor, case, "file", to, now=now, note=note)
    dispatch.end_active(session, incident_id=case["id"], role="verify", state="withdrawn", now=now)
    _file(session, case, to=to, now=now)


def assign_verify(
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
    inspection.assign(session, actor, case, role="verify", to=to, now=now, note=note, worker_id=worker_id)


def _file(session: Session, case: RowMapping, *, to: Status, now: datetime) -> None:
    """By the rules in force now, whatever it was reported under."""
    case = _under_current_rules(session, case, now=now)
    due_at = limits.begin(session, case, now=now)
    writes.update_case(
        session, case["id"], now=now, status=to, due_at=due_at, waiting_since=None, waiting_reason=None
    )
    placement.place_again(session, case["id"], now=now)


def _under_current_rules(session: Session, case: RowMapping, *, now: datetime) -> RowMapping:
    """Rules that have no such category, or let others see it, do not take it over: it stays under those of its report."""
    own_categories = profiles.profile_by_id(session, case["profile_version_id"]).profile.taxonomy.categories
    current = profiles.profile_at(session, case["jurisdiction_id"], now)
    category = current.profile.taxonomy.categories.get(case["category"])
    previous_category = own_categories.get(case["category"])
    if current.id == case["profile_version_id"] or category is None or previous_category is None:
        return case
    if (category.conduct, category.confidential) != (
        previous_category.conduct,
        previous_category.confidential,
    ):
        return case
    changed = {
        "profile_version_id": current.id,
        "condition": category.condition().code,
        "priority": category.priority,
    }
    writes.update_case(session, case["id"], now=now, **changed)
    return placement.lock(session, case["id"])
