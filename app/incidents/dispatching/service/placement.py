"""Placement of cases: package `app.dispatch` chooses a worker, and the case is updated.

To *place* a case is to offer it to a worker, assign it, queue it for a unit, or record why it waits.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core import jobs
from app.core.actor import SYSTEM, Actor
from app.core.errors import NotFound
from app.dispatch import service as dispatch
from app.dispatch.rules import ranking
from app.dispatch.rules.ranking import Demand
from app.dispatch.service import AreaPaths, Placement
from app.incidents.cases.queries import views, writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.cases.rules.other_transitions import destination
from app.incidents.cases.rules.waiting_reasons import LOCKED, waiting_reason
from app.incidents.cases.service import admission
from app.incidents.deadlines.service.transition_events import CaseTransition, record, record_transition
from app.incidents.dispatching.service import exclusions
from app.incidents.dispatching.service.lead import lead_now
from app.incidents.dispatching.service.second_handler import end_second, request_second
from app.incidents.reporting.service.first_dispatch import (
    NOT_ADMITTED,
    category_of,
    demand_of,
    is_units_matter,
)
from app.incidents.reporting.service.new_case import FOLLOW_UP
from app.profiles import service as profiles
from app.profiles.service import ProfileInForce

# The action by which a worker or a unit is asked, by role.
OFFER_ACTIONS = {"verify": "send_to_verify", "handle": "dispatch", "check": "send_to_check"}


def lock(session: Session, incident_id: UUID) -> RowMapping:
    """Lock a case and return its row.

    Raises:
        NotFound: There is no such case.
    """
    case = writes.lock_case(session, incident_id)
    if case is None:
        raise NotFound("not_found")
    return case


def ask_next(
    session: Session, incident_id: UUID, *, role: str, now: datetime, moved: dict[str, Any] | None = None
) -> None:
    """Offer the work of a role to the next candidate.

    Args:
        moved: The worker from whom automatic dispatch withdrew the work, and the reason; stored for the explanation.
    """
    if role == "check":
        send_to_check(session, incident_id, now=now, moved=moved)
    elif role == "verify":
        send_to_verify(session, incident_id, now=now, moved=moved)
    elif role == "second":
        request_second(session, lock(session, incident_id), now=now)
    else:
        place_again(session, incident_id, now=now, moved=moved)


def place_again(
    session: Session,
    incident_id: UUID,
    *,
    now: datetime,
    is_ordered: bool = False,
    moved: dict[str, Any] | None = None,
) -> Placement:
    """Offer the handling of a case to the next worker or unit, or record why the case waits.

    Candidates with earlier offers of the case are left out.

    Args:
        is_ordered: A supervisor ordered it, so the maximum number of attempts does not apply.
        moved: The worker from whom automatic dispatch withdrew the work, and the reason; stored for the explanation.
    """
    case = lock(session, incident_id)
    context = dispatch_context(session, case, now)
    profile = context.profile
    category = category_of(profile, case["category"])
    excluded_workers = exclusions.exclusions_for(session, case, role="handle")
    demand = replace(demand_for(case, profile, role="handle", excluded=excluded_workers), moved=moved)
    may_ask_grids = profile.profile.lifecycle.admits(category.code)
    blocked_reason = blocked_reason_of(case, profile)
    if blocked_reason is None and not may_ask_grids and case["owner_unit_id"] is None:
        blocked_reason = NOT_ADMITTED
    if blocked_reason is not None:
        placement = dispatch.record_waiting(session, context, demand, reason=blocked_reason)
    elif demand.pinned is not None and may_ask_grids:
        placement = dispatch.place_pinned(session, context, demand, demand.pinned)
    elif case["grid_id"] is None:
        placement = dispatch.record_waiting(session, context, demand, reason="no_grid")
    elif is_units_matter(profile, category) and case["owner_unit_id"] is not None:
        placement = dispatch.queue_for_unit(session, context, demand, unit_id=case["owner_unit_id"])
        lead_now(session, case, case["owner_unit_id"], now=now)
    else:
        placement = dispatch.place(
            session,
            context,
            demand,
            AreaPaths(areas.paths_of(session, area_id=case["area_id"])),
            retry=True,
            is_ordered=is_ordered or moved is not None,
            category=category.code,
        )
    apply_placement(session, case, placement, role="handle", now=now)
    return placement


def pass_to_unit(session: Session, incident_id: UUID, unit_id: UUID, *, now: datetime) -> None:
    """Make a unit the owner of a case and queue the case for it.

    Nothing happens if the case is locked, or about a person or unit; then it goes on waiting.
    """
    case = lock(session, incident_id)
    context = dispatch_context(session, case, now)
    if blocked_reason_of(case, context.profile) is not None:
        return
    writes.update_case(session, incident_id, now=now, owner_unit_id=unit_id, owner_basis="hand")
    demand = demand_for(case, context.profile, role="handle", excluded={})
    placement = dispatch.queue_for_unit(session, context, demand, unit_id=unit_id)
    lead_now(session, case, unit_id, now=now)
    apply_placement(session, case, placement, role="handle", now=now)


def send_to_check(
    session: Session,
    incident_id: UUID,
    *,
    now: datetime,
    is_ordered: bool = False,
    moved: dict[str, Any] | None = None,
) -> Placement:
    """Offer the check of a case to a worker other than the handler, or record why it waits.

    A waiting case stays in state `fed_back`. The check of a case about a person or unit is not offered automatically, because
    the candidates are colleagues of the subject; a supervisor chooses the checker.
    """
    return _send(session, incident_id, role="check", now=now, is_ordered=is_ordered, moved=moved)


def send_to_verify(
    session: Session,
    incident_id: UUID,
    *,
    now: datetime,
    is_ordered: bool = False,
    moved: dict[str, Any] | None = None,
) -> Placement:
    """Offer the verification to a worker other than the reporter, or record why it waits.

    A waiting case stays in state `collected`.
    """
    return _send(session, incident_id, role="verify", now=now, is_ordered=is_ordered, moved=moved)


def _send(
    session: Session,
    incident_id: UUID,
    *,
    role: str,
    now: datetime,
    is_ordered: bool,
    moved: dict[str, Any] | None,
) -> Placement:
    """Offer the check or verification of a case to the next candidate, or record why it waits."""
    case = lock(session, incident_id)
    context = dispatch_context(session, case, now)
    excluded = exclusions.exclusions_for(session, case, role=role)
    demand = replace(demand_for(case, context.profile, role=role, excluded=excluded), moved=moved)
    blocked_reason = blocked_reason_of(case, context.profile)
    if blocked_reason is not None:
        placement = dispatch.record_waiting(session, context, demand, reason=blocked_reason)
    else:
        placement = dispatch.place(
            session,
            context,
            demand,
            AreaPaths(areas.paths_of(session, area_id=case["area_id"])),
            retry=True,
            is_ordered=is_ordered or moved is not None,
        )
    apply_placement(session, case, placement, role=role, now=now)
    return placement


def blocked_reason_of(case: RowMapping, profile: ProfileInForce) -> str | None:
    """Return why a case is not dispatched automatically (`locked`, `conduct`); None: it may be."""
    if case["locked_at"] is not None:
        return LOCKED
    return "conduct" if exclusions.is_conduct(case, profile) else None


def give_back(session: Session, case: RowMapping, *, now: datetime) -> None:
    """Assign a case for rework to its handler, or queue it for the unit that handled it.

    If the handler's account is closed, the case waits for a supervisor.
    """
    context = dispatch_context(session, case, now)
    demand = demand_for(case, context.profile, role="handle", excluded={})
    unit_id = dispatch.last_unit(session, case["id"])
    if unit_id is not None:
        dispatch.queue_for_unit(session, context, demand, unit_id=unit_id)
        lead_now(session, case, unit_id, now=now)
        to = destination("dispatch", Status.REWORK)
        record_transition(session, CaseTransition(SYSTEM, case, "dispatch", to, now, came_from=Status.REWORK))
        writes.update_case(session, case["id"], now=now, status=to)
        return
    name = dispatch.worker_name(session, case["handled_by"])
    if name is None:
        give_up(session, case, came_from=Status.REWORK, now=now)
        return
    dispatch.assign_own(
        session,
        context,
        demand,
        worker_id=case["handled_by"],
        worker_name=name,
        reason="rework",
    )
    request_second(session, case, now=now)


def give_up(
    session: Session,
    case: RowMapping,
    *,
    now: datetime,
    came_from: Status | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Set a case to `returned`, so that it waits for a supervisor, because its holder is gone."""
    end_second(session, case["id"], state="withdrawn", now=now)
    to = destination("give_up", came_from or Status(case["status"]))
    record_transition(
        session,
        CaseTransition(SYSTEM, case, "give_up", to, now, detail=detail or {}, came_from=came_from),
    )
    writes.update_case(
        session,
        case["id"],
        now=now,
        status=to,
        waiting_since=now,
        waiting_reason="returned",
    )


def assign_by_choice(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    role: str,
    worker_id: UUID | None,
    unit_id: UUID | None,
    now: datetime,
    is_override: bool = False,
) -> Placement:
    """Offer work on a case to the worker, or queue it for the unit, that a supervisor chose.

    Args:
        is_override: Exclusions by the rules are ignored, and listed in the placement. Absolute exclusions still apply.
    """
    context = dispatch_context(session, case, now)
    excluded = (
        exclusions.exclusions_for(session, case, role=role)
        if is_override
        else exclusions.absolute_exclusions(session, case, role=role)
    )
    demand = demand_for(case, context.profile, role=role, excluded=excluded)
    if unit_id is not None:
        exclusions.require_other_unit(session, case, unit_id)
        if areas.jurisdiction_of_unit(session, unit_id) != case["jurisdiction_id"]:
            raise NotFound("not_found")
        placement = dispatch.queue_for_unit(session, context, demand, unit_id=unit_id)
        if role == "handle":
            lead_now(session, case, unit_id, now=now)
    else:
        if worker_id is None or not views.directs_worker(session, actor, worker_id=worker_id, now=now):
            raise NotFound("not_found")
        if role in ("handle", "second"):
            admission.require_admitted(session, case)
        placement = dispatch.offer_to(session, context, demand, worker_id=worker_id, is_override=is_override)
    enqueue_expiry(session, case["id"], placement)
    return placement


def is_pinned_worker_ready(session: Session, case: RowMapping, *, now: datetime) -> bool:
    """Return True if a case that is reserved for one worker (pin) has to be placed now.

    This is so if the worker can take the case now, or if it is not yet stored that the case waits for the worker.
    """
    context = dispatch_context(session, case, now)
    excluded = exclusions.exclusions_for(session, case, role="handle")
    demand = demand_for(case, context.profile, role="handle", excluded=excluded)
    _, reasons = dispatch.judge_worker(session, context, demand, case["pinned_to"])
    return not reasons or case["waiting_reason"] != ranking.WAITS_FOR_PINNED


def apply_placement(
    session: Session, case: RowMapping, placement: Placement, *, role: str, now: datetime
) -> None:
    """Store the transition that follows from a placement, and update the case."""
    detail: dict[str, Any] = {
        "assignment_id": placement.assignment_id,
        "worker_id": placement.worker_id,
        "outcome": placement.outcome,
        "reason": placement.reason,
        "role": role,
    }
    status = Status(case["status"])
    if placement.outcome == "waiting":
        to = destination("wait", status)
        reason = waiting_reason(role, placement.reason)
        if case["waiting_since"] is None or case["waiting_reason"] != reason or to is not status:
            record(session, SYSTEM, case, "wait", to, now=now, detail=detail | {"reason": reason})
            writes.update_case(
                session,
                case["id"],
                now=now,
                status=to,
                waiting_since=case["waiting_since"] or now,
                waiting_reason=reason,
            )
        return
    if placement.outcome == dispatch.PROPOSED:
        detail |= {"until": placement.offer_expires_at}
        to = destination("propose", status)
        record(session, SYSTEM, case, "propose", to, now=now, detail=detail)
        writes.update_case(
            session,
            case["id"],
            now=now,
            status=to,
            waiting_since=now,
            waiting_reason=dispatch.PROPOSED,
        )
        enqueue_expiry(session, case["id"], placement)
        return
    action = OFFER_ACTIONS[role]
    to = destination(action, status)
    record(session, SYSTEM, case, action, to, now=now, detail=detail)
    writes.update_case(session, case["id"], now=now, status=to, waiting_since=None, waiting_reason=None)
    enqueue_expiry(session, case["id"], placement)
    if role == "handle":
        request_second(session, case, now=now)


def enqueue_expiry(session: Session, incident_id: UUID, placement: Placement) -> None:
    """Enqueue a job for the end of an offer or proposal, if the placement made one."""
    if placement.offer_expires_at is not None:
        writes.enqueue(
            session, jobs.enqueue_binds(FOLLOW_UP, placement.offer_expires_at, incident_id=incident_id)
        )


def dispatch_context(session: Session, case: RowMapping, now: datetime) -> dispatch.DispatchContext:
    """Return the rules for the dispatch of a case, and the present time.

    These are the profile (the city's rules) under which the case was filed, and the settings that are now in force for its
    area.
    """
    profile = profiles.profile_by_id(session, case["profile_version_id"])
    settings = profiles.settings_for(profile, area_id=case["area_id"], at=now)
    return dispatch.DispatchContext(profile, settings, now)


def demand_for(case: RowMapping, profile: ProfileInForce, *, role: str, excluded: dict[UUID, str]) -> Demand:
    """Return the data from which a worker is chosen for one role on a case (the demand).

    Args:
        case: The row of the case. The caller has locked the case.
        excluded: The excluded workers, each with the reason.
    """
    category = category_of(profile, case["category"])
    demand = demand_of(
        case["id"],
        category,
        case["lon"],
        case["lat"],
        role=role,
        priority=case["priority"],
        excluded=excluded,
    )
    return demand if role != "handle" else replace(demand, pinned=case["pinned_to"])
