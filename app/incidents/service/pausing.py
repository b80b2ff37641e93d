"""Urged, put off, taken up again, ended by order."""

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.dispatch import service as dispatch
from app.incidents.queries import writing
from app.incidents.rules import deadlines
from app.incidents.rules.lifecycle import Status
from app.incidents.service import dispatching, joint, limits
from app.incidents.service.recording import record
from app.incidents.service.seconds import end_second, want_second


def urge(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    record(session, actor, case, "urge", to, now=now, note=note)
    writing.update_case(session, case["id"], now=now, urged_at=now)


def defer(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    """The clock pauses; whoever has it keeps it. What waited for somebody waits for the resumption now."""
    record(session, actor, case, "defer", to, now=now, note=note)
    limits.change_running(session, case, deadlines.pause, now=now)
    live = dispatch.active(session, incident_id=case["id"], role="handle")
    if live is not None and live["state"] in ("offered", "open"):
        dispatch.end_active(session, incident_id=case["id"], role="handle", state="withdrawn", now=now)
    second = dispatch.active(session, incident_id=case["id"], role="second")
    if second is not None and second["state"] == "offered":
        end_second(session, case["id"], state="withdrawn", now=now)
    writing.update_case(session, case["id"], now=now, status=to, waiting_since=None, waiting_reason=None)


def resume(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    """The clock runs on for exactly what was left. With nobody at work any more, somebody is asked."""
    due_at = limits.change_running(session, case, deadlines.resume, now=now)
    live = dispatch.active(session, incident_id=case["id"], role="handle")
    if live is not None and live["state"] == "queued":
        to = Status.DISPATCHED
    if live is None:
        to = Status.FILED
    record(session, actor, case, "resume", to, now=now, note=note, detail={"due_at": due_at})
    writing.update_case(session, case["id"], now=now, status=to, due_at=due_at)
    if live is None:
        dispatching.place_again(session, case["id"], now=now)
    else:
        want_second(session, case, now=now)


def end(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    action = "force_close" if to is Status.FORCE_CLOSED else "not_file"
    record(session, actor, case, action, to, now=now, note=note)
    for role in ("verify", "handle", "check", "second"):
        dispatch.end_active(session, incident_id=case["id"], role=role, state="withdrawn", now=now)
    joint.end_all(session, case, now=now)
    limits.stop(session, case, now=now)
    writing.update_case(
        session, case["id"], now=now, status=to, closed_at=now, waiting_since=None, waiting_reason=None
    )
