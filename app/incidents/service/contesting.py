"""Whoever reported a case says that it is not done: once for each time that it was closed, within so many days."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core.actor import Actor
from app.core.errors import Conflict
from app.incidents.queries import writing
from app.incidents.rules.lifecycle import Status
from app.incidents.service import dispatching, limits
from app.incidents.service.recording import record


def contest(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    """It is open again: with whoever handled it, or with a supervisor where the profile says so. The clock runs on."""
    rules = areas.profile_by_id(session, case["profile_version_id"]).profile.lifecycle.contest
    if case["closed_at"] + timedelta(days=rules.days) < now:
        raise Conflict("contest_too_late", days=rules.days)
    is_reworked = rules.goes_to == "rework"
    to = to if is_reworked else Status.RETURNED
    detail = {"closed_at": case["closed_at"], "handled_by": case["handled_by"]}
    record(session, actor, case, "contest", to, now=now, note=note, detail=detail)
    writing.update_case(
        session,
        case["id"],
        now=now,
        status=to,
        closed_at=None,
        contested_count=case["contested_count"] + 1,
        rework_count=case["rework_count"] + 1,
    )
    limits.restart(session, case, now=now)
    if is_reworked:
        dispatching.give_back(session, case, now=now)
    else:
        writing.update_case(session, case["id"], now=now, waiting_since=now, waiting_reason="contested")
