"""Extensions of the handling limit: requested by the handler, decided by a director, in the limit's own unit."""

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, invalid_field
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.deadlines.service import limits
from app.incidents.deadlines.service.transition_events import record
from app.profiles import service as profiles
from app.profiles.rules.profile import Condition
from app.profiles.service import ProfileInForce

NOT_ASKED = {"extension_asked_at": None, "extension_asked_by": None, "extension_amount": None}


def ask(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    amount: float,
    **_: Any,
) -> None:
    """Request an extension, before the deadline and within the limits of the profile."""
    if case["extension_asked_at"] is not None:
        raise Conflict("extension_pending")
    clock = limits.running(session, case)
    if clock is None or clock["due_at"] <= now:
        raise Conflict("extension_too_late")
    rules = profiles.profile_by_id(session, case["profile_version_id"]).profile.lifecycle.extension
    if case["extended_count"] >= rules.times_most:
        raise Conflict("extended_enough", times=rules.times_most)
    max_amount = _max_amount(session, case, clock)
    if amount > max_amount:
        raise invalid_field("amount", "out_of_range", most=max_amount, unit=clock["unit"])
    detail = {"amount": amount, "unit": clock["unit"], "due_at": clock["due_at"]}
    record(session, actor, case, "ask_extension", to, now=now, note=note, detail=detail)
    writes.update_case(
        session,
        case["id"],
        now=now,
        extension_asked_at=now,
        extension_asked_by=actor.id,
        extension_amount=amount,
    )


def _max_amount(session: Session, case: RowMapping, clock: RowMapping) -> float:
    rules = profiles.profile_by_id(session, case["profile_version_id"]).profile.lifecycle.extension
    return rules.most(clock["unit"], clock["amount"])


def outlives(session: Session, case: RowMapping, profile: ProfileInForce, condition: Condition) -> bool:
    """Return True if the pending request fits the limit of another category: same unit, and within its maximum."""
    clock = limits.running(session, case)
    if clock is None or case["extension_asked_at"] is None:
        return False
    limit = condition.limit
    max_amount = profile.profile.lifecycle.extension.most(limit.unit, limit.amount)
    return bool(clock["unit"] == limit.unit and case["extension_amount"] <= max_amount)


def grant(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    """Grant the requested extension: the due time moves by it; the first due time is kept."""
    _require_pending(actor, case)
    amount = case["extension_amount"]
    clock = limits.running(session, case)
    if clock is None:
        raise Conflict("extension_too_late")
    if amount > _max_amount(
        session, case, clock
    ):  # of another limit, where an earlier version kept what was asked for then
        raise Conflict("extension_too_long")
    due_before, due_after = limits.extend(session, case, amount, now=now)
    detail = {
        "amount": amount,
        "unit": clock["unit"],
        "from": due_before,
        "to": due_after,
        "asked_by": case["extension_asked_by"],
    }
    record(session, actor, case, "grant_extension", to, now=now, note=note, detail=detail)
    writes.update_case(
        session,
        case["id"],
        now=now,
        due_at=due_after,
        extended_count=case["extended_count"] + 1,
        **NOT_ASKED,
    )


def refuse(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    _require_pending(actor, case)
    detail = {"amount": case["extension_amount"], "asked_by": case["extension_asked_by"]}
    record(session, actor, case, "refuse_extension", to, now=now, note=note, detail=detail)
    writes.update_case(session, case["id"], now=now, **NOT_ASKED)


def _require_pending(actor: Actor, case: RowMapping) -> None:
    if case["extension_asked_at"] is None:
        raise Conflict("extension_not_asked")
    if case["extension_asked_by"] == actor.id:
        raise Conflict("own_extension")
