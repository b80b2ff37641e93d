"""Transitions of a case: the table of `cases.rules.lifecycle` decides, and each transition is an event."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Invalid, NotFound, Stale, invalid_field
from app.dispatch import service as dispatch
from app.incidents.cases.queries import views, writes
from app.incidents.cases.rules import lifecycle
from app.incidents.cases.rules.lifecycle import Status, Transition
from app.incidents.cases.rules.names import illegal_transition
from app.incidents.cases.service.allowed_actions import allowed_actions_of, relations_of
from app.incidents.cases.service.attachments import named_photos
from app.incidents.cases.service.presence import presence_at_transition, spot_of
from app.incidents.deadlines.service import stages
from app.incidents.deadlines.service.transition_events import record
from app.incidents.dispatching.service import answers, joint_handling, orders, proposals, second_handler
from app.incidents.lifecycle.service import (
    closing_checks,
    contests,
    extensions,
    handling,
    pauses,
    report_verification,
    supervision,
)


def apply_transition(
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
    happened_at: datetime | None = None,
    **extra: Any,
) -> UUID:
    """Apply a transition to a case, if the table allows it to the actor. Returns the case.

    `extra`: fields that only some actions take, by the table. `happened_at`: when it was done, if reported later.

    Raises:
        NotFound: The actor cannot see the case.
        Conflict: The table does not allow it; the error lists the allowed actions.
        Invalid: Fields that the action needs are missing, or it does not take some that were sent.
    """
    if action == "contest":
        contests.lock_with_target(session, incident_id)
    elif action in _MAY_END:
        writes.lock_cases(session, [incident_id])
    case = writes.lock_case(session, incident_id)
    now = clock.now()  # after the lock: transitions of one case follow each other
    facts = views.relation_facts(session, actor, incident_id=incident_id, now=now)
    if case is None or facts is None:
        raise NotFound("not_found")
    if expected is not None and expected != case["version"]:
        raise Stale("version_stale")
    status = Status(case["status"])
    relations = relations_of(facts)
    internal_action = _action_of_result(action, result) if action in lifecycle.RESULTS else action
    transition = lifecycle.find_transition(internal_action, status, relations)
    if transition is None:
        raise illegal_transition(status.value, action, allowed_actions_of(status, relations, facts))
    if lifecycle.is_director_decision(transition, relations):
        contests.require_not_own_order(case, actor)
    if action == "defer":
        pauses.require_not_own_work(relations)
    arguments: dict[str, Any] = {"note": note, "worker_id": worker_id, "unit_id": unit_id} | extra
    _require_fields(transition, arguments | {"media": media, "fix": fix, "presence_reason": presence_reason})
    to = transition.to or status
    done_at = now
    if action in lifecycle.BACKDATABLE:
        done_at = arguments["done_at"] = _done_at(
            session, actor, incident_id, action, claimed_at=happened_at, now=now
        )
    elif action == "accept":
        arguments["happened_at"] = happened_at
    if fix is not None:
        arguments["spot"] = spot_of(fix, now=done_at)
    if "presence_reason" in transition.fields:
        arguments["detail"] = presence_at_transition(
            session, case, fix=fix, reason=presence_reason, now=done_at
        )
    if media:
        arguments["detail"]["media"] = named_photos(session, actor, incident_id=incident_id, media_ids=media)
    effect: Callable[..., None] = _HANDLERS.get(internal_action, _only_record)
    effect(session, actor, case, to=to, now=now, **arguments)
    if internal_action == "accept":
        return incident_id  # audited as the assignment's acceptance
    accounts.record(
        session,
        actor,
        action=f"incident.{internal_action}",
        entity="incident",
        entity_id=incident_id,
        detail={"note": bool(note)},
    )
    return incident_id


# Actions that may end a case; its linked cases are updated then, so all are locked first.
_MAY_END = ("check", "verify", "not_file", "force_close")


def _done_at(
    session: Session,
    actor: Actor,
    incident_id: UUID,
    action: str,
    *,
    claimed_at: datetime | None,
    now: datetime,
) -> datetime:
    """Return when backdatable work counts as done: as claimed, but never before it was possible nor later than now.

    A claim about a case that the actor does not have is ignored.
    """
    if claimed_at is None or claimed_at >= now:
        return now
    since = writes.earliest_done_at(
        session,
        incident_id,
        account_id=actor.id,
        role=lifecycle.BACKDATABLE[action],
        counts_parts=action == "feed_back",
    )
    return now if since is None else min(max(claimed_at, since), now)


def _require_fields(transition: Transition, sent: dict[str, Any]) -> None:
    """Raise Invalid with all fields that are missing, and all that the transition does not take."""
    names = {name for name, value in sent.items() if value}
    faults = [
        *({"field": name, "code": "required"} for name in transition.needs if name not in names),
        *({"field": name, "code": "unknown_field"} for name in sorted(names - transition.fields)),
    ]
    chosen = [name for name in transition.one_of if name in names]
    if transition.one_of and not chosen:
        faults.append({"field": transition.one_of[0], "code": "required"})
    faults += [{"field": name, "code": "one_of_two"} for name in chosen[1:]]
    if faults:
        raise Invalid("validation_failed", extra={"errors": faults})


def _action_of_result(action: str, result: str | None) -> str:
    if result is None:
        raise invalid_field("result", "required")
    if result not in lifecycle.RESULTS[action]:
        raise invalid_field("result", "not_one_of", allowed=list(lifecycle.RESULTS[action]))
    return lifecycle.RESULTS[action][result]


def _only_record(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    record(session, actor, case, "note", to, now=now, note=note)
    writes.update_case(session, case["id"], now=now)


def _accept(
    session: Session, actor: Actor, case: RowMapping, *, happened_at: datetime | None, **_: Any
) -> None:
    own_assignment_id = dispatch.live_assignment_of_worker(
        session, incident_id=case["id"], worker_id=actor.id
    )
    live = dispatch.live_assignment(session, incident_id=case["id"])
    if live is None:
        raise Conflict("offer_not_live")
    answers.accept(session, actor, assignment_id=own_assignment_id or live["id"], happened_at=happened_at)


_HANDLERS: dict[str, Callable[..., None]] = {
    "accept": _accept,
    "verify_exists": report_verification.exists,
    "verify_not_exist": report_verification.not_exist,
    "verify_unable": report_verification.unable,
    "file": report_verification.file,
    "assign_verify": report_verification.assign_verify,
    "start": handling.start,
    "stage_done": stages.stage_done,
    "feed_back": handling.feed_back,
    "check_pass": closing_checks.pass_check,
    "check_fail": closing_checks.fail_check,
    "check_unable": closing_checks.unable_to_check,
    "return": handling.send_back,
    "reassign": handling.reassign,
    "confirm": proposals.confirm,
    "redispatch": handling.redispatch,
    "override": orders.override,
    "pin": orders.pin,
    "unpin": orders.unpin,
    "lock": orders.lock,
    "unlock": orders.unlock,
    "add_unit": joint_handling.add_unit,
    "withdraw_unit": joint_handling.withdraw_unit,
    "waive_parts": joint_handling.waive_parts,
    "make_lead": joint_handling.make_lead,
    "accept_part": joint_handling.accept_part,
    "part_done": joint_handling.part_done,
    "part_return": joint_handling.part_return,
    "assign_check": closing_checks.assign_check,
    "assign_second": handling.assign_second,
    "second_done": second_handler.second_done,
    "ask_extension": extensions.ask,
    "grant_extension": extensions.grant,
    "refuse_extension": extensions.refuse,
    "urge": supervision.urge,
    "supervise": supervision.supervise,
    "end_supervision": supervision.end_supervision,
    "put_on_books": supervision.put_on_books,
    "take_from_books": supervision.take_from_books,
    "contest": contests.contest,
    "defer": pauses.defer,
    "resume": pauses.resume,
    "force_close": pauses.end,
    "not_file": pauses.end,
}
