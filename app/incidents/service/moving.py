"""Moving a case along: the table of moves decides, and every step is an event."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound, Stale, invalid_field
from app.dispatch import service as dispatch
from app.incidents.queries import reading, writing
from app.incidents.rules import deadlines, lifecycle
from app.incidents.rules.lifecycle import Relation, Status
from app.incidents.service import answering, dispatching, limits, ordering
from app.incidents.service.attaching import named_photos
from app.incidents.service.presence import at_step
from app.incidents.service.recording import record
from app.incidents.service.seconds import end_second, want_second


def move(
    session: Session,
    actor: Actor,
    *,
    incident_id: UUID,
    action: str,
    expected: int | None = None,
    note: str | None = None,
    result: str | None = None,
    worker_id: UUID | None = None,
    unit_id: UUID | None = None,
    media: list[UUID] | None = None,
    fix: dict[str, Any] | None = None,
    presence_reason: str | None = None,
) -> UUID:
    """Do what the actor asks, if the table lets her; else 409 with what she may do. Returns the case."""
    case = writing.lock_case(session, incident_id)
    now = clock.now()  # after the lock: steps of one case follow each other
    facts = reading.relation_facts(session, actor, incident_id=incident_id, now=now)
    if case is None or facts is None:
        raise NotFound("not_found")
    if expected is not None and expected != case["version"]:
        raise Stale("version_stale")
    status = Status(case["status"])
    relations = relations_of(facts)
    step = _check_move(action, result) if action == "check" else action
    line = lifecycle.find(step, status, relations)
    if line is None:
        raise Conflict(
            "transition_illegal",
            status=status.value,
            action=action,
            extra={"allowed": allowed_of(status, relations, facts)},
        )
    _require_fitting(action, {"media": media, "fix": fix, "presence_reason": presence_reason})
    given: dict[str, Any] = {"note": note, "worker_id": worker_id, "unit_id": unit_id}
    for name in line.needs:
        if not given.get(name):
            raise invalid_field(name, "required")
    to = line.to or status
    if action in _ON_SITE:
        given["detail"] = at_step(session, case, fix=fix, reason=presence_reason, now=now)
    if media:
        given["detail"]["media"] = named_photos(session, actor, incident_id=incident_id, media_ids=media)
    effect: Callable[..., None] = _EFFECTS.get(step, _only_record)
    effect(session, actor, case, to=to, now=now, **given)
    if step == "accept":
        return incident_id  # audited as the assignment's acceptance
    accounts.record(
        session,
        actor,
        action=f"incident.{step}",
        entity="incident",
        entity_id=incident_id,
        detail={"note": bool(note)},
    )
    return incident_id


# Steps that are taken where the case is.
_ON_SITE = ("feed_back", "check")
_FITS = {"media": ("feed_back",), "fix": _ON_SITE, "presence_reason": _ON_SITE}


def _require_fitting(action: str, given: dict[str, Any]) -> None:
    for name, value in given.items():
        if value and action not in _FITS[name]:
            raise invalid_field(name, "unknown_field")


def _check_move(action: str, result: str | None) -> str:
    if result is None:
        raise invalid_field("result", "required")
    return lifecycle.CHECK_RESULTS[result]


def relations_of(facts: RowMapping | Mapping[str, Any]) -> frozenset[Relation]:
    found = {Relation.ANYONE}
    for name, relation in (
        ("is_offered", Relation.OFFERED),
        ("is_handler", Relation.HANDLER),
        ("is_checker", Relation.CHECKER),
        ("is_director", Relation.DIRECTOR),
    ):
        if facts[name]:
            found.add(relation)
    return frozenset(found)


def allowed_of(
    status: Status, relations: frozenset[Relation], facts: RowMapping | Mapping[str, Any]
) -> list[str]:
    """Allowed actions as clients name them: the three outcomes of a check are one action, and no order is ended that
    does not hold (`facts`: is_pinned, is_locked)."""
    without = {"lock", "redispatch"} if facts["is_locked"] else {"unlock"}
    without |= set() if facts["is_pinned"] else {"unpin"}
    actions = [action for action in lifecycle.allowed(status, relations) if action not in without]
    return list(dict.fromkeys("check" if a.startswith("check_") else a for a in actions))


def _only_record(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    record(session, actor, case, "note", to, now=now, note=note)
    writing.update_case(session, case["id"], now=now)


def _accept(session: Session, actor: Actor, case: RowMapping, **_: Any) -> None:
    hers = dispatch.active_of(session, incident_id=case["id"], worker_id=actor.id)
    live = dispatch.active(session, incident_id=case["id"])
    if live is None:
        raise Conflict("offer_not_live")
    answering.accept(session, actor, assignment_id=hers or live["id"])


def _start(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    record(session, actor, case, "start", to, now=now, note=note)
    writing.update_case(session, case["id"], now=now, status=to)


def _feed_back(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    detail: dict[str, Any] | None = None,
    **_: Any,
) -> None:
    """The work is done as the handler sees it; the clock stops, and another worker is asked to check."""
    record(session, actor, case, "feed_back", to, now=now, note=note, detail=detail)
    dispatch.end_active(session, incident_id=case["id"], role="handle", state="done", now=now)
    end_second(session, case["id"], state="done", now=now)
    limits.stop(session, case, now=now)
    writing.update_case(
        session,
        case["id"],
        now=now,
        status=to,
        handled_by=actor.id,
        waiting_since=None,
        waiting_reason=None,
    )
    dispatching.send_to_check(session, case["id"], now=now)


def _pass_check(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    detail: dict[str, Any] | None = None,
    **_: Any,
) -> None:
    record(session, actor, case, "check_pass", to, now=now, note=note, detail=detail)
    dispatch.end_active(session, incident_id=case["id"], role="check", state="done", now=now)
    writing.update_case(session, case["id"], now=now, status=to, closed_at=now)


def _fail_check(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    detail: dict[str, Any] | None = None,
    **_: Any,
) -> None:
    """Not done: it goes back to whoever handled it, the clock runs on, and the rework is counted."""
    record(session, actor, case, "check_fail", to, now=now, note=note, detail=detail)
    dispatch.end_active(session, incident_id=case["id"], role="check", state="done", now=now)
    limits.restart(session, case, now=now)
    writing.update_case(session, case["id"], now=now, status=to, rework_count=case["rework_count"] + 1)
    dispatching.give_back(session, case, now=now)


def _check_unable(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    detail: dict[str, Any] | None = None,
    **_: Any,
) -> None:
    """The checker could not tell: another one is asked."""
    record(session, actor, case, "check_unable", to, now=now, note=note, detail=detail)
    dispatch.end_active(session, incident_id=case["id"], role="check", state="failed", now=now)
    writing.update_case(session, case["id"], now=now, status=to)
    dispatching.send_to_check(session, case["id"], now=now)


def _return(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    """Not theirs: it waits for a supervisor, with the reason."""
    ordering.free_of(session, case, actor.id, now=now, because="returned")
    record(session, actor, case, "return", to, now=now, note=note)
    dispatch.end_active(session, incident_id=case["id"], state="failed", now=now)
    end_second(session, case["id"], state="withdrawn", now=now)
    writing.update_case(session, case["id"], now=now, status=to, waiting_since=now, waiting_reason="returned")


def _reassign(
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
    if (worker_id is None) == (unit_id is None):
        raise invalid_field("worker_id", "required")
    placement = ordering.give_to(session, actor, case, worker_id=worker_id, unit_id=unit_id, now=now)
    detail = {"worker_id": placement.worker_id, "unit_id": unit_id, "assignment_id": placement.assignment_id}
    record(session, actor, case, "reassign", to, now=now, note=note, detail=detail)
    writing.update_case(session, case["id"], now=now, status=to, waiting_since=None, waiting_reason=None)
    if unit_id is not None:
        end_second(session, case["id"], state="withdrawn", now=now)
    want_second(session, case, now=now)


def _redispatch(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    """Ask again by the rules, as if it had just come in. 409 for what is locked against them."""
    if case["locked_at"] is not None:
        raise Conflict("case_locked")
    record(session, actor, case, "redispatch", to, now=now, note=note)
    if to is Status.FED_BACK:
        dispatching.send_to_check(session, case["id"], now=now, is_ordered=True)
        return
    dispatch.end_active(session, incident_id=case["id"], role="handle", state="withdrawn", now=now)
    dispatching.place_again(session, case["id"], now=now, is_ordered=True)


def _assign_check(
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
    if worker_id == case["handled_by"]:
        raise Conflict("own_work_check")
    dispatch.end_active(session, incident_id=case["id"], role="check", state="withdrawn", now=now)
    placement = dispatching.assign_by_choice(
        session, actor, case, role="check", worker_id=worker_id, unit_id=None, now=now
    )
    detail = {"worker_id": worker_id, "assignment_id": placement.assignment_id}
    record(session, actor, case, "assign_check", to, now=now, note=note, detail=detail)
    writing.update_case(session, case["id"], now=now, status=to, waiting_since=None, waiting_reason=None)


def _assign_second(
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
    placement = dispatching.assign_by_choice(
        session, actor, case, role="second", worker_id=worker_id, unit_id=None, now=now
    )
    detail = {"worker_id": worker_id, "assignment_id": placement.assignment_id}
    record(session, actor, case, "assign_second", to, now=now, note=note, detail=detail)
    values = {"waiting_since": None, "waiting_reason": None} if case["waiting_reason"] == "no_second" else {}
    writing.update_case(session, case["id"], now=now, **values)


def _urge(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    record(session, actor, case, "urge", to, now=now, note=note)
    writing.update_case(session, case["id"], now=now, urged_at=now)


def _defer(
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


def _resume(
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


def _end(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    action = "force_close" if to is Status.FORCE_CLOSED else "not_file"
    record(session, actor, case, action, to, now=now, note=note)
    for role in ("handle", "check", "second"):
        dispatch.end_active(session, incident_id=case["id"], role=role, state="withdrawn", now=now)
    limits.stop(session, case, now=now)
    writing.update_case(
        session, case["id"], now=now, status=to, closed_at=now, waiting_since=None, waiting_reason=None
    )


_EFFECTS: dict[str, Callable[..., None]] = {
    "accept": _accept,
    "start": _start,
    "feed_back": _feed_back,
    "check_pass": _pass_check,
    "check_fail": _fail_check,
    "check_unable": _check_unable,
    "return": _return,
    "reassign": _reassign,
    "redispatch": _redispatch,
    "override": ordering.override,
    "pin": ordering.pin,
    "unpin": ordering.unpin,
    "lock": ordering.lock,
    "unlock": ordering.unlock,
    "assign_check": _assign_check,
    "assign_second": _assign_second,
    "urge": _urge,
    "defer": _defer,
    "resume": _resume,
    "force_close": _end,
    "not_file": _end,
}
