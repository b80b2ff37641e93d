"""Application of transitions to cases.

The transition table in `cases.rules` allows or refuses each transition. Each applied transition is stored as an event.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
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
from app.incidents.deadlines.service.transition_events import CaseTransition, record_transition
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

Handler = Callable[[Session, CaseTransition], None]
# Actions that may end a case. A trigger then updates its linked cases. All are locked first, in one order: else two such
# transactions could wait for each other.
_MAY_END = ("check", "verify", "not_file", "force_close")


def apply_transition(
    session: Session,
    actor: Actor,
    *,
    incident_id: UUID,
    action: str,
    expected: int | None = None,
    result: str | None = None,
    happened_at: datetime | None = None,
    **fields: Any,
) -> UUID:
    """Apply a transition to a case, if the transition table allows it to the actor.

    Returns the case after the transition.

    Args:
        action: The name that clients use; `check` and `verify` come with a `result`.
        expected: The version that the case must have. None: any version.
        happened_at: Time of the action, if the device reports it later.
        fields: The fields of the action in the table, such as `note` or `worker_id`. None and "" count as absent.

    Raises:
        NotFound: The actor cannot see the case.
        Stale: The version of the case is not `expected`.
        Conflict: The table does not allow the transition; the error lists the allowed actions.
        Invalid: A needed field is missing, or the action does not accept a field that was sent.
    """
    case, facts, now = _locked(session, actor, incident_id, action)
    if expected is not None and expected != case["version"]:
        raise Stale("version_stale")
    status = Status(case["status"])
    relations = relations_of(facts)
    internal_action = _action_of_result(action, result) if action in lifecycle.RESULTS else action
    row = lifecycle.find_transition(internal_action, status, relations)
    if row is None:
        raise illegal_transition(status.value, action, allowed_actions_of(status, relations, facts))
    if lifecycle.is_director_decision(row, relations):
        contests.require_not_own_order(case, actor)
    if action == "defer":
        pauses.require_not_own_work(relations)
    require_fields(row, fields)
    transition = CaseTransition(
        actor,
        case,
        internal_action,
        row.to or status,
        now,
        note=fields.get("note"),
        done_at=_done_at(session, actor, incident_id, action, claimed_at=happened_at, now=now),
        claimed_at=happened_at,
        fields=fields,
    )
    _HANDLERS.get(internal_action, _only_record)(session, with_evidence(session, transition, row))
    if internal_action != "accept":  # the acceptance of the assignment is audited
        accounts.record(
            session,
            actor,
            action=f"incident.{internal_action}",
            entity="incident",
            entity_id=incident_id,
            detail={"note": bool(transition.note)},
        )
    return incident_id


def _locked(
    session: Session, actor: Actor, incident_id: UUID, action: str
) -> tuple[RowMapping, Mapping[str, Any], datetime]:
    """Lock a case. Returns the case, the actor's relations to it, and the present time.

    The time is read after the lock, so that the transitions of one case have increasing times.
    """
    if action == "contest":
        contests.lock_with_target(session, incident_id)
    elif action in _MAY_END:
        writes.lock_cases(session, [incident_id])
    case = writes.lock_case(session, incident_id)
    # After the lock: else a transition that waited for another one of this case could have an earlier time than that one.
    now = clock.now()
    facts = views.relation_facts(session, actor, incident_id=incident_id, now=now)
    if case is None or facts is None:
        raise NotFound("not_found")
    return case, facts, now


def with_evidence(session: Session, transition: CaseTransition, row: Transition) -> CaseTransition:
    """Return the transition with the position of the actor's device and the photos added.

    Raises:
        Conflict, Invalid: The profile refuses the position, or a photo cannot be used.
    """
    fields, detail = transition.fields, dict(transition.detail)
    fix = fields.get("fix")
    spot = spot_of(fix, now=transition.effective_at)
    if "presence_reason" in row.fields:
        detail |= presence_at_transition(
            session,
            transition.case,
            fix=fix,
            reason=fields.get("presence_reason"),
            now=transition.effective_at,
        )
    if fields.get("media"):
        detail["media"] = named_photos(
            session, transition.actor, incident_id=transition.case_id, media_ids=fields["media"]
        )
    return replace(transition, spot=spot, detail=detail)


def _done_at(
    session: Session,
    actor: Actor,
    incident_id: UUID,
    action: str,
    *,
    claimed_at: datetime | None,
    now: datetime,
) -> datetime:
    """Return the time at which the work of a late-reported action counts as done.

    It is the time that the device claims. A claim before the earliest possible time counts as that time, and a claim in the
    future as now. The claim is ignored for actions that cannot be reported later, and for a case that the actor does not hold.
    """
    if action not in lifecycle.BACKDATABLE or claimed_at is None or claimed_at >= now:
        return now
    since = writes.earliest_done_at(
        session,
        incident_id,
        account_id=actor.id,
        role=lifecycle.BACKDATABLE[action],
        counts_parts=action == "feed_back",
    )
    return done_between(since, claimed_at, now)


def done_between(since: datetime | None, claimed_at: datetime, now: datetime) -> datetime:
    """Return the claimed time of an action, moved into the time in which the actor may have done it.

    Args:
        since: The earliest possible time. None: the claim is ignored.
    """
    return now if since is None else min(max(claimed_at, since), now)


def require_fields(row: Transition, sent: Mapping[str, Any]) -> None:
    """Check the fields of a transition against the table.

    Requests and pushed operations were checked by a schema before. Bulk assignments and hand-overs have no schema, so
    all transitions are checked here.

    Raises:
        Invalid: Lists all missing and all unknown fields.
    """
    names = {name for name, value in sent.items() if value}
    faults = [
        *({"field": name, "code": "required"} for name in row.needs if name not in names),
        *({"field": name, "code": "unknown_field"} for name in sorted(names - row.fields)),
    ]
    chosen = [name for name in row.one_of if name in names]
    if row.one_of and not chosen:
        faults.append({"field": row.one_of[0], "code": "required"})
    faults += [{"field": name, "code": "one_of_two"} for name in chosen[1:]]
    if faults:
        raise Invalid("validation_failed", extra={"errors": faults})


def _action_of_result(action: str, result: str | None) -> str:
    """Return the action in the table for a `check` or `verify` with this result."""
    if result is None:
        raise invalid_field("result", "required")
    if result not in lifecycle.RESULTS[action]:
        raise invalid_field("result", "not_one_of", allowed=list(lifecycle.RESULTS[action]))
    return lifecycle.RESULTS[action][result]


def _only_record(session: Session, transition: CaseTransition) -> None:
    """Store the event of a transition that has no other effect."""
    record_transition(session, transition)
    writes.update_case(session, transition.case_id, now=transition.now)


def _accept(session: Session, transition: CaseTransition) -> None:
    """Accept the actor's own offer of the case or, without an offer, its live assignment."""
    incident_id, worker_id = transition.case_id, transition.actor.id
    own_assignment_id = dispatch.live_assignment_of_worker(
        session, incident_id=incident_id, worker_id=worker_id
    )
    live = dispatch.live_assignment(session, incident_id=incident_id)
    if live is None:
        raise Conflict("offer_not_live")
    answers.accept(
        session,
        transition.actor,
        assignment_id=own_assignment_id or live["id"],
        happened_at=transition.claimed_at,
    )


_HANDLERS: Mapping[str, Handler] = {
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
