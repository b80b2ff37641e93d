"""Cases hand their demands to dispatch, and move with what comes of it."""

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
from app.incidents.cases.rules.waiting_reasons import LOCKED, waiting_reason
from app.incidents.cases.service import admission
from app.incidents.deadlines.service.transition_events import record
from app.incidents.dispatching.service import exclusions
from app.incidents.dispatching.service.lead import lead_now
from app.incidents.dispatching.service.second_handler import end_second, request_second
from app.incidents.reporting.service.new_case import FOLLOW_UP
from app.incidents.reporting.service.reports import NOT_ADMITTED, category_of, demand_of, is_units_matter
from app.profiles import service as profiles
from app.profiles.service import ProfileInForce, SettingsInForce

# The step by which somebody is asked, and where a case is then; and where it is when nobody has it any more.
OFFER_TRANSITIONS = {
    "verify": ("send_to_verify", Status.VERIFYING),
    "handle": ("dispatch", Status.DISPATCHED),
    "check": ("send_to_check", Status.CHECKING),
}
STATUS_WITHOUT_HOLDER = {"verify": Status.COLLECTED, "check": Status.FED_BACK}


def lock(session: Session, incident_id: UUID) -> RowMapping:
    case = writes.lock_case(session, incident_id)
    if case is None:
        raise NotFound("not_found")
    return case


def ask_next(
    session: Session, incident_id: UUID, *, role: str, now: datetime, moved: dict[str, Any] | None = None
) -> None:
    """`moved`: from whom the rules took it, and why, for the explanation."""
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
    """Ask by the rules, leaving out who was asked before; with nobody left it waits for a supervisor.

    `is_ordered`: a supervisor wants it tried again, however often it was.
    """
    case = lock(session, incident_id)
    profile, settings = rules_of(session, case, now)
    context = dispatch.DispatchContext(profile, settings, now)
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
    """Make the named unit the owner and queue the case for it, unless no rule may place the case."""
    case = lock(session, incident_id)
    profile, settings = rules_of(session, case, now)
    if blocked_reason_of(case, profile) is not None:
        return
    writes.update_case(session, incident_id, now=now, owner_unit_id=unit_id, owner_basis="hand")
    demand = demand_for(case, profile, role="handle", excluded={})
    context = dispatch.DispatchContext(profile, settings, now)
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
    """Ask a field worker other than the handler to check; with nobody there it waits, fed back.

    A case about a person or unit is never given to the subject's colleagues by rule: a supervisor chooses.
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
    """Ask a field worker other than the reporter to look whether it is there; with nobody there it waits, collected."""
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
    case = lock(session, incident_id)
    profile, settings = rules_of(session, case, now)
    context = dispatch.DispatchContext(profile, settings, now)
    demand = demand_for(
        case, profile, role=role, excluded=exclusions.exclusions_for(session, case, role=role)
    )
    demand = replace(demand, moved=moved)
    blocked_reason = blocked_reason_of(case, profile)
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
    """Return why no rule may place the case: it is locked, or about a person or unit. None: rules may."""
    if case["locked_at"] is not None:
        return LOCKED
    return "conduct" if exclusions.is_conduct(case, profile) else None


def give_back(session: Session, case: RowMapping, *, now: datetime) -> None:
    """Rework goes to whoever handled it: into the unit's queue, or to the worker at once.

    A worker who is no more cannot take it back: it waits for a supervisor.
    """
    profile, settings = rules_of(session, case, now)
    context = dispatch.DispatchContext(profile, settings, now)
    demand = demand_for(case, profile, role="handle", excluded={})
    unit_id = dispatch.last_unit(session, case["id"])
    if unit_id is not None:
        dispatch.queue_for_unit(session, context, demand, unit_id=unit_id)
        lead_now(session, case, unit_id, now=now)
        record(session, SYSTEM, case, "dispatch", Status.DISPATCHED, now=now, came_from=Status.REWORK)
        writes.update_case(session, case["id"], now=now, status=Status.DISPATCHED)
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
    """Set a case to returned, so that it waits for a supervisor, because its holder is gone."""
    end_second(session, case["id"], state="withdrawn", now=now)
    record(session, SYSTEM, case, "give_up", Status.RETURNED, now=now, came_from=came_from, detail=detail)
    writes.update_case(
        session,
        case["id"],
        now=now,
        status=Status.RETURNED,
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
    """Assign a demand by a supervisor's choice among their workers and units. Never to the subject of the case."""
    profile, settings = rules_of(session, case, now)
    context = dispatch.DispatchContext(profile, settings, now)
    excluded = (
        exclusions.exclusions_for(session, case, role=role)
        if is_override
        else exclusions.absolute_exclusions(session, case, role=role)
    )
    demand = demand_for(case, profile, role=role, excluded=excluded)
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
    """Return True if the pinned worker can take the case now, or the wait for them is not recorded yet."""
    profile, settings = rules_of(session, case, now)
    demand = demand_for(
        case, profile, role="handle", excluded=exclusions.exclusions_for(session, case, role="handle")
    )
    context = dispatch.DispatchContext(profile, settings, now)
    _, reasons = dispatch.judge_worker(session, context, demand, case["pinned_to"])
    return not reasons or case["waiting_reason"] != ranking.WAITS_FOR_PINNED


def apply_placement(
    session: Session, case: RowMapping, placement: Placement, *, role: str, now: datetime
) -> None:
    """Record the transition that a placement means, and update the case."""
    detail: dict[str, Any] = {
        "assignment_id": placement.assignment_id,
        "worker_id": placement.worker_id,
        "outcome": placement.outcome,
        "reason": placement.reason,
        "role": role,
    }
    status = Status(case["status"])
    if placement.outcome == "waiting":
        to = STATUS_WITHOUT_HOLDER.get(role, status)
        if status is Status.DISPATCHED:
            to = Status.FILED  # nobody has it any more
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
        record(session, SYSTEM, case, "propose", Status.FILED, now=now, detail=detail)
        writes.update_case(
            session,
            case["id"],
            now=now,
            status=Status.FILED,
            waiting_since=now,
            waiting_reason=dispatch.PROPOSED,
        )
        enqueue_expiry(session, case["id"], placement)
        return
    action, to = OFFER_TRANSITIONS[role]
    record(session, SYSTEM, case, action, to, now=now, detail=detail)
    writes.update_case(session, case["id"], now=now, status=to, waiting_since=None, waiting_reason=None)
    enqueue_expiry(session, case["id"], placement)
    if role == "handle":
        request_second(session, case, now=now)


def enqueue_expiry(session: Session, incident_id: UUID, placement: Placement) -> None:
    if placement.offer_expires_at is not None:
        writes.enqueue(
            session, jobs.enqueue_binds(FOLLOW_UP, placement.offer_expires_at, incident_id=incident_id)
        )


def rules_of(session: Session, case: RowMapping, now: datetime) -> tuple[ProfileInForce, SettingsInForce]:
    """The rules the case was filed under."""
    profile = profiles.profile_by_id(session, case["profile_version_id"])
    return profile, profiles.settings_for(profile, area_id=case["area_id"], at=now)


def demand_for(case: RowMapping, profile: ProfileInForce, *, role: str, excluded: dict[UUID, str]) -> Demand:
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
