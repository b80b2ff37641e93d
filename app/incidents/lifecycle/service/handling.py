"""Handling of a case: start, feed back, return, reassign, redispatch."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core.actor import Actor
from app.core.errors import Conflict, invalid_field
from app.dispatch import service as dispatch
from app.dispatch.rules.states import HELD
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status, role_of
from app.incidents.cases.rules.presence import Spot
from app.incidents.cases.service import admission
from app.incidents.deadlines.service import limits, stages
from app.incidents.deadlines.service.transition_events import record
from app.incidents.dispatching.service import joint_handling, orders, placement
from app.incidents.dispatching.service.second_handler import end_second, request_second, require_second
from app.incidents.reporting.rules.handling_unit import handling_unit
from app.profiles import service as profiles


def start(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    spot: Spot | None = None,
    done_at: datetime,
    alone_reason: str | None = None,
    **_: Any,
) -> None:
    alone = require_second(session, case, action="start", alone_reason=alone_reason)
    record(session, actor, case, "start", to, now=now, note=note, detail=alone, spot=spot, done_at=done_at)
    writes.update_case(session, case["id"], now=now, status=to)


def feed_back(
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
    alone_reason: str | None = None,
    **_: Any,
) -> None:
    """Hand in a case as handled: its clock stops at `done_at`, and another worker is asked to check."""
    joint_handling.require_parts_done(session, case)
    event_detail = (detail or {}) | require_second(
        session, case, action="feed_back", alone_reason=alone_reason
    )
    stages_left_out = stages.stages_left(session, case)
    if stages_left_out:
        event_detail["stages_left"] = stages_left_out
    event_values: dict[str, Any] = {"note": note, "detail": event_detail, "spot": spot, "done_at": done_at}
    record(session, actor, case, "feed_back", to, now=now, **event_values)
    ended_assignment = dispatch.end_active(
        session, incident_id=case["id"], role="handle", state="done", now=now
    )
    # Who had accepted does not check it either, whatever the lead says of having worked alone.
    second = dispatch.live_assignment(session, incident_id=case["id"], role="second")
    was_held = second is not None and second["state"] in HELD
    end_second(session, case["id"], state="done" if was_held else "withdrawn", now=now)
    limits.meet(session, case, now=done_at)
    writes.update_case(
        session,
        case["id"],
        now=now,
        status=to,
        handled_by=actor.id,
        handling_unit_id=handling_unit(
            ended_assignment["unit_id"] if ended_assignment else None, actor.unit_ids, case["owner_unit_id"]
        ),
        waiting_since=None,
        waiting_reason=None,
    )
    if done_at < now:
        writes.update_case(session, case["id"], now=now, handled_at=done_at)
    placement.send_to_check(session, case["id"], now=now)


def send_back(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    unit_id: UUID | None = None,
    spot: Spot | None = None,
    done_at: datetime,
    **_: Any,
) -> None:
    """Return a case that is not theirs: to the named unit, or to wait for a supervisor.

    A case returned too often (the profile's `returns_most`) waits for a supervisor in any case.
    """
    if unit_id is not None:
        _require_other_unit(session, case, unit_id)
    orders.remove_pin_of(session, case, actor.id, now=now, because="returned")
    record(
        session,
        actor,
        case,
        "return",
        to,
        now=now,
        note=note,
        detail={"unit_id": unit_id} if unit_id else None,
        spot=spot,
        done_at=done_at,
    )
    dispatch.end_active(session, incident_id=case["id"], state="failed", now=now)
    end_second(session, case["id"], state="withdrawn", now=now)
    writes.update_case(
        session,
        case["id"],
        now=now,
        status=to,
        waiting_since=now,
        waiting_reason="returned",
        returned_count=case["returned_count"] + 1,
    )
    rules = profiles.profile_by_id(session, case["profile_version_id"]).profile.lifecycle
    if unit_id is not None and case["returned_count"] < rules.returns_most:
        placement.pass_to_unit(session, case["id"], unit_id, now=now)


def _require_other_unit(session: Session, case: RowMapping, unit_id: UUID) -> None:
    live = dispatch.live_assignment(session, incident_id=case["id"], role="handle")
    if live is not None and live["unit_id"] == unit_id:
        raise Conflict("same_unit")
    if unit_id == case["about_id"] or areas.jurisdiction_of_unit(session, unit_id) != case["jurisdiction_id"]:
        raise invalid_field("unit_id", "reference_unknown")


def reassign(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    worker_id: UUID | None,
    unit_id: UUID | None,
) -> None:
    result = orders.give_to(session, actor, case, worker_id=worker_id, unit_id=unit_id, now=now)
    detail = {"worker_id": result.worker_id, "unit_id": unit_id, "assignment_id": result.assignment_id}
    record(session, actor, case, "reassign", to, now=now, note=note, detail=detail)
    writes.update_case(session, case["id"], now=now, status=to, waiting_since=None, waiting_reason=None)
    if unit_id is not None:
        end_second(session, case["id"], state="withdrawn", now=now)
    request_second(session, case, now=now)


def redispatch(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    """Dispatch a case again by the rules, as if it had just come in. 409 if it is locked."""
    if case["locked_at"] is not None:
        raise Conflict("case_locked")
    if case["owner_unit_id"] is None and role_of(to) == "handle":
        admission.require_admitted(session, case)
    record(session, actor, case, "redispatch", to, now=now, note=note)
    if to is Status.COLLECTED:
        placement.send_to_verify(session, case["id"], now=now, is_ordered=True)
        return
    if to is Status.FED_BACK:
        placement.send_to_check(session, case["id"], now=now, is_ordered=True)
        return
    dispatch.end_active(session, incident_id=case["id"], role="handle", state="withdrawn", now=now)
    placement.place_again(session, case["id"], now=now, is_ordered=True)


def assign_second(
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
    """Somebody helps the lead, whether the category asks for two or not."""
    end_second(session, case["id"], state="withdrawn", now=now)
    result = placement.assign_by_choice(
        session, actor, case, role="second", worker_id=worker_id, unit_id=None, now=now
    )
    detail = {"worker_id": worker_id, "assignment_id": result.assignment_id}
    record(session, actor, case, "assign_second", to, now=now, note=note, detail=detail)
    values = {"waiting_since": None, "waiting_reason": None} if case["waiting_reason"] == "no_second" else {}
    writes.update_case(session, case["id"], now=now, **values)
