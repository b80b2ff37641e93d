"""Answers to offers, progress of accepted work, and the expiry and withdrawal of offers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.errors import NotFound, invalid_field
from app.dispatch import service as dispatch
from app.dispatch.rules.states import HELD
from app.incidents.cases.queries import views, writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.cases.rules.names import illegal_transition
from app.incidents.cases.rules.other_transitions import HOLDER_OF_ROLE, destination, states_of_holder
from app.incidents.deadlines.service.transition_events import CaseTransition, record, record_transition
from app.incidents.dispatching.service import exclusions, joint_handling
from app.incidents.dispatching.service.orders import remove_pin_of
from app.incidents.dispatching.service.placement import ask_next, give_up, lock
from app.incidents.dispatching.service.second_handler import request_second


def accept(
    session: Session, actor: Actor, *, assignment_id: UUID, happened_at: datetime | None = None
) -> UUID:
    """Accept an offer, or an assignment from the unit's queue. Idempotent.

    Returns the id of the case.

    Args:
        happened_at: Time of the acceptance, if a device reports it later. A time before the offer counts as the time of the
            offer, and a time in the future as now.
    """
    attempt = _visible_attempt(session, actor, assignment_id=assignment_id, now=clock.now())
    incident_id: UUID = attempt["incident_id"]
    case = lock(session, incident_id)
    now = clock.now()
    if attempt["role"] == "joint":
        if joint_handling.accept_assignment(session, actor, case, assignment_id=assignment_id, now=now):
            _audit(session, actor, "accept_part", incident_id)
        return incident_id
    since = min(max(happened_at or now, attempt["created_at"]), now)
    assignment = dispatch.accept(session, actor, assignment_id=assignment_id, now=now, since=since)
    if assignment["state"] in HELD:
        return incident_id
    if assignment["state"] == "queued":  # the exclusions of a worker with an offer were judged with the offer
        exclusions.require_free(session, case, actor.id, role=assignment["role"])
    if assignment["role"] == "handle" and case["status"] != Status.DISPATCHED:
        # A deferred case stays in its unit's queue, but cannot be accepted before it is resumed.
        raise illegal_transition(case["status"], "accept", states={Status.DISPATCHED})
    is_lead = assignment["role"] == "handle"
    to = destination("accept", Status(case["status"])) if is_lead else Status(case["status"])
    detail = {"assignment_id": assignment_id, "role": assignment["role"]}
    record_transition(session, CaseTransition(actor, case, "accept", to, now, detail=detail, done_at=since))
    if not is_lead:
        writes.update_case(session, incident_id, now=now)
    else:
        writes.update_case(session, incident_id, now=now, status=to)
        if since < now and case["accepted_at"] is None:
            writes.update_case(session, incident_id, now=now, accepted_at=since)
        request_second(session, case, now=now)  # of several workers with offers, this one leads now
    _audit(session, actor, "accept", incident_id)
    return incident_id


def decline(
    session: Session, actor: Actor, *, assignment_id: UUID, reason: str, because: str | None = None
) -> UUID:
    """Decline an offer with a reason, and offer the work to the next candidate.

    Returns the id of the case.

    Args:
        because: Code of the reason, or None. With `conflict_of_interest` the refusal is not counted in the worker's figures,
            and the worker gets no more offers of this work.
    """
    incident_id = _visible_case(session, actor, assignment_id=assignment_id, now=clock.now())
    case = lock(session, incident_id)
    now = clock.now()
    attempt, has_ended = dispatch.decline(
        session, actor, assignment_id=assignment_id, reason=reason, because=because, now=now
    )
    detail = {"assignment_id": assignment_id, "role": attempt["role"]}
    if because is not None:
        detail["because"] = because
    record(session, actor, case, "decline", Status(case["status"]), now=now, note=reason, detail=detail)
    _audit(session, actor, "decline", incident_id)
    remove_pin_of(session, case, actor.id, now=now, because="declined")
    if has_ended:
        ask_next(session, incident_id, role=attempt["role"], now=now)
    return incident_id


def deliver(session: Session, actor: Actor, *, offer_id: UUID) -> UUID:
    """Mark an offer as delivered to the actor's device. Returns the id of the case."""
    return dispatch.confirm_delivery(session, actor, offer_id=offer_id, now=clock.now())


def record_progress(
    session: Session,
    actor: Actor,
    *,
    assignment_id: UUID,
    action: str,
    at: datetime | None = None,
    because: str | None = None,
    note: str | None = None,
) -> UUID:
    """Record progress of the actor's assignment: `en_route`, `on_scene` or `fail`. Idempotent.

    Returns the id of the case.

    Args:
        at: Time of the progress, if a device reports it later. A time before the acceptance counts as the time of the
            acceptance, and a time in the future as now.
    """
    incident_id = _visible_case(session, actor, assignment_id=assignment_id, now=clock.now())
    case = lock(session, incident_id)
    now = clock.now()
    if action == "fail" and joint_handling.fail(
        session, actor, case, assignment_id=assignment_id, because=because, note=note, now=now
    ):
        _audit(session, actor, "part_return", incident_id)
        return incident_id
    if action == "fail":
        return _fail(session, actor, case, assignment_id=assignment_id, because=because, note=note, now=now)
    if because is not None:
        raise invalid_field("because", "unknown_field")
    attempt = dispatch.assignment(session, assignment_id)
    since = attempt["accepted_at"] if attempt is not None else None
    happened_at = max(min(at or now, now), since or now) if since is None or since <= now else now
    if not dispatch.record_progress(
        session, actor, assignment_id=assignment_id, state=action, at=happened_at
    ):
        return incident_id
    detail = {"assignment_id": assignment_id, "role": attempt["role"] if attempt else None, "at": happened_at}
    to = destination(action, Status(case["status"]))
    record_transition(
        session,
        CaseTransition(actor, case, action, to, now, note=note, detail=detail, done_at=happened_at),
    )
    writes.update_case(session, incident_id, now=now)
    _audit(session, actor, action, incident_id)
    return incident_id


def _fail(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    assignment_id: UUID,
    because: str | None,
    note: str | None,
    now: datetime,
) -> UUID:
    """Take work from its holder, who cannot do it, and offer it to another worker.

    The holder gets no more offers of this work. Returns the id of the case.
    """
    if because is None:
        raise invalid_field("because", "required")
    attempt = dispatch.fail(session, actor, assignment_id=assignment_id, because=because, now=now)
    sources = states_of_holder("fail", attempt["role"])
    status = Status(case["status"])
    if status not in sources:
        raise illegal_transition(status.value, "fail", states=sources)
    to = destination("fail", status, by=HOLDER_OF_ROLE[attempt["role"]])
    detail = {"assignment_id": assignment_id, "role": attempt["role"], "because": because}
    remove_pin_of(session, case, actor.id, now=now, because=because)
    record(session, actor, case, "fail", to, now=now, note=note, detail=detail)
    writes.update_case(session, case["id"], now=now, status=to)
    _audit(session, actor, "fail", case["id"])
    ask_next(session, case["id"], role=attempt["role"], now=now)
    incident_id: UUID = case["id"]
    return incident_id


def _visible_case(session: Session, actor: Actor, *, assignment_id: UUID, now: datetime) -> UUID:
    """Return the id of the case of an assignment.

    Raises:
        NotFound: The actor cannot see the case.
    """
    incident_id: UUID = _visible_attempt(session, actor, assignment_id=assignment_id, now=now)["incident_id"]
    return incident_id


def _visible_attempt(session: Session, actor: Actor, *, assignment_id: UUID, now: datetime) -> RowMapping:
    """Return the row of an assignment.

    Raises:
        NotFound: The actor cannot see its case.
    """
    assignment = dispatch.assignment(session, assignment_id)
    if assignment is None or not views.is_visible(
        session, actor, incident_id=assignment["incident_id"], now=now
    ):
        raise NotFound("not_found")
    return assignment


def _audit(session: Session, actor: Actor, action: str, incident_id: UUID) -> None:
    accounts.record(session, actor, action=f"incident.{action}", entity="incident", entity_id=incident_id)


def expire_offer(session: Session, *, incident_id: UUID, now: datetime) -> bool:
    """Expire the overdue offers of a case, and offer the work to the next candidate.

    Returns False if no offer of the case is overdue. A job calls this function for one case.
    """
    case = writes.lock_case(session, incident_id)
    attempt = dispatch.expired_offer(session, incident_id=incident_id, now=now)
    if case is None or attempt is None:
        return False
    expired_offers, is_over = dispatch.expire_offers(session, attempt, now=now)
    for offer in expired_offers:
        detail = {"worker_id": offer["worker_id"], "role": attempt["role"], "offer": offer["state"]}
        record(session, SYSTEM, case, "expire", Status(case["status"]), now=now, detail=detail)
        remove_pin_of(session, case, offer["worker_id"], now=now, because=offer["state"])
    if is_over:
        ask_next(session, incident_id, role=attempt["role"], now=now)
    return True


def cases_with_expired_offers(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Return the ids of cases with an offer that nobody answered in time, the oldest first."""
    return dispatch.cases_with_expired_offers(session, now=now, limit=limit)


def withdraw_from_absent(session: Session, *, incident_id: UUID, now: datetime) -> bool:
    """Withdraw work on a case from an absent worker, and offer it to the next candidate.

    A worker with an offer is absent if they are off duty or have an open call for help. A worker who has accepted the work is
    absent only if their account is closed. If this worker was handling the case, the case waits for a supervisor instead; a
    part of joint handling goes back to the queue of its unit. Returns False if no worker of the case is absent.
    """
    case = writes.lock_case(session, incident_id)
    if case is None:
        return False
    live = dispatch.absent_holder(session, incident_id=incident_id, now=now)
    if live is None:
        return _withdraw_broadcast(session, case, now=now)
    if live["role"] == "joint":
        joint_handling.requeue_part(session, case, live, now=now)
        return True
    dispatch.end_active(session, incident_id=incident_id, role=live["role"], state="withdrawn", now=now)
    detail = {"worker_id": live["worker_id"], "account_id": live["account_id"], "role": live["role"]}
    if live["state"] == "offered" or live["role"] != "handle":
        record(session, SYSTEM, case, "withdraw", Status(case["status"]), now=now, detail=detail)
        ask_next(session, incident_id, role=live["role"], now=now)
    else:
        give_up(session, case, now=now, detail=detail)
    return True


def _withdraw_broadcast(session: Session, case: RowMapping, *, now: datetime) -> bool:
    """Withdraw the offers to absent workers, if work was offered to several workers at once.

    Returns False if no such worker is absent.
    """
    absent_recipients, is_over = dispatch.withdraw_from_absent(session, incident_id=case["id"], now=now)
    for recipient in absent_recipients:
        detail = {"worker_id": recipient["worker_id"], "account_id": None, "role": recipient["role"]}
        record(session, SYSTEM, case, "withdraw", Status(case["status"]), now=now, detail=detail)
    if is_over:
        ask_next(session, case["id"], role=absent_recipients[0]["role"], now=now)
    return bool(absent_recipients)


def cases_of_absent(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Return the ids of cases offered to absent workers, or assigned to closed accounts.

    A worker is absent if they are off duty or have an open call for help.
    """
    return dispatch.demands_of_absent(session, now=now, limit=limit)
