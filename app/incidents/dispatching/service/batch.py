"""Batches: all waiting cases of a district are placed together.

To *place* a case is to offer it to a worker, queue it for a unit, or record why it waits.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import SYSTEM
from app.dispatch import service as dispatch
from app.dispatch.rules import batch
from app.dispatch.rules.batch_input import WaitingDemand
from app.dispatch.service import Placement
from app.incidents.cases.rules.lifecycle import Status, role_of
from app.incidents.cases.rules.other_transitions import destination
from app.incidents.cases.rules.waiting_reasons import NO_SECOND, RETRIED, waiting_reason
from app.incidents.deadlines.service import limits
from app.incidents.dispatching.queries import batch as queries
from app.incidents.dispatching.service import exclusions, placement
from app.incidents.dispatching.service.second_handler import request_second
from app.incidents.reporting.service.first_dispatch import category_of, is_units_matter
from app.incidents.reporting.service.new_case import FOLLOW_UP
from app.profiles import service as profiles
from app.profiles.service import ProfileInForce

MAX_CASES = 20_000


@dataclass(frozen=True, slots=True)
class District:
    """An area whose waiting cases are placed together."""

    area_id: UUID
    path: str
    jurisdiction_id: UUID


def due_districts(
    session: Session, *, now: datetime, limit: int, incident_id: UUID | None = None
) -> list[District]:
    """Return the districts in which a case has waited long enough for a batch.

    Args:
        incident_id: Only the district of this case. None: all districts.
    """
    districts = []
    for jurisdiction_id in queries.jurisdictions(session, reasons=RETRIED):
        profile = profiles.readable_profile(session, jurisdiction_id, now)
        if profile is None:
            continue
        settings = profiles.settings_for(profile, area_id=None, at=now)
        rows = queries.due_areas(
            session,
            jurisdiction_id=jurisdiction_id,
            level=settings.values.rings[-1],
            reasons=RETRIED,
            windows=dict(settings.values.batch_windows),
            now=now,
            incident_id=incident_id,
            limit=limit,
        )
        districts += [District(row["area_id"], row["path"], jurisdiction_id) for row in rows]
    return districts


def solve_district(session: Session, district: District, *, now: datetime) -> int:
    """Choose workers for all waiting cases of a district together, and offer them the cases.

    Returns the number of cases that were offered or queued, or 0 if another process works on the district. Everything is read
    and decided before any case is locked; a case that changes meanwhile is left out. All cases are locked together, before
    the counts of offers and assignments of any worker (`app.core.locks`). Nothing is written for a case that still waits for
    the same reason.
    """
    if not dispatch.try_lock_district(session, district.area_id):
        return 0
    profile = profiles.profile_at(session, district.jurisdiction_id, now)
    settings = profiles.settings_for(profile, area_id=district.area_id, at=now)
    context = dispatch.DispatchContext(profile, settings, now)
    cases = {
        row["id"]: row
        for row in queries.waiting(session, path=district.path, reasons=RETRIED, limit=MAX_CASES)
    }
    waiting, individual = _demands(session, cases, now=now)
    solution = None
    if waiting:
        # Before anything is locked, because the street router may be asked here, which takes long.
        solution = dispatch.solve_batch(
            session, context, waiting, area_id=district.area_id, path=district.path
        )
    queued = [
        i
        for i in individual
        if cases[i]["pinned_to"] is None or placement.is_pinned_worker_ready(session, cases[i], now=now)
    ]
    unplaced = solution.unplaced_reasons() if solution is not None else {}
    changed_ids = [
        waiting_demand.demand.incident_id
        for waiting_demand in waiting
        if _has_changed(
            cases[waiting_demand.demand.incident_id],
            waiting_demand.demand.role,
            unplaced.get(waiting_demand.demand.incident_id),
        )
    ]
    locked_ids = queries.lock_unchanged(session, {i: cases[i]["version"] for i in (*queued, *changed_ids)})
    queued = [i for i in queued if i in locked_ids]
    for incident_id in queued:
        placement.place_again(session, incident_id, now=now)
    ids_to_write = locked_ids & set(changed_ids)
    if solution is None or not ids_to_write:
        return len(queued)
    placements = dispatch.write_solution(session, context, solution, ids_to_write)
    _apply_results(
        session,
        {waiting_demand.demand.incident_id: waiting_demand.demand.role for waiting_demand in waiting},
        cases,
        placements,
        now=now,
    )
    return len(queued) + sum(p.outcome == "offered" for p in placements.values())


def _demands(
    session: Session, cases: dict[UUID, RowMapping], *, now: datetime
) -> tuple[list[WaitingDemand], list[UUID]]:
    """Return the work that the waiting cases need: for one joint choice, and one by one.

    Cases about conduct are left out: a supervisor decides about them.

    Returns:
        (demands, ids). A demand is the work of one role on a case; workers are chosen for all demands together. The ids are
        of cases to be placed one by one. These are cases for the queue of a unit, cases whose category may not be
        dispatched to grid workers, and cases that are reserved for one worker.
    """
    exclusions_by_demand, rounds = dispatch.exclusions_and_rounds(session, list(cases))
    participants = exclusions.participant_exclusions(
        session, [(case, _role_of(case)) for case in cases.values()]
    )
    waiting, individual = [], []
    for case in cases.values():
        # The profile that the case was filed under decides about its category and its exclusions.
        profile: ProfileInForce = profiles.profile_by_id(session, case["profile_version_id"])
        category = category_of(profile, case["category"])
        if category.conduct:
            continue
        role = _role_of(case)
        is_units = is_units_matter(profile, category) and case["owner_unit_id"] is not None
        is_kept_from_grids = not profile.profile.lifecycle.admits(category.code)
        if role == "handle" and (is_units or is_kept_from_grids or case["pinned_to"] is not None):
            individual.append(case["id"])
            continue
        excluded = exclusions_by_demand.get((case["id"], role), {}) | participants[case["id"]]
        demand = placement.demand_for(case, profile, role=role, excluded=excluded)
        is_late = case["due_at"] is not None and case["due_at"] < now
        waiting.append(WaitingDemand(demand, case["chain"], is_late, rounds.get((case["id"], role), 0)))
    return waiting, individual


def _role_of(case: RowMapping) -> str:
    """Return the role for which a case waits.

    A second worker is needed only while a lead worker has the case, so a case never waits for a lead and a second worker at
    once.
    """
    if case["waiting_reason"] == NO_SECOND:
        return "second"
    return role_of(Status(case["status"]))


def _has_changed(case: RowMapping, role: str, unplaced: str | None) -> bool:
    """Return True if a case was placed, or waits for another reason than before."""
    return unplaced is None or waiting_reason(role, unplaced) != case["waiting_reason"]


def _apply_results(
    session: Session,
    roles: dict[UUID, str],
    cases: dict[UUID, RowMapping],
    results: dict[UUID, Placement],
    *,
    now: datetime,
) -> None:
    """Store the transitions that follow from the placements, and update the cases."""
    rows: list[dict[str, Any]] = []
    for incident_id, result in results.items():
        case, role = cases[incident_id], roles[incident_id]
        status = Status(case["status"])
        detail: dict[str, Any] = {"reason": result.reason, "role": role}
        if result.outcome == "offered":
            action = placement.OFFER_ACTIONS.get(role, "send_second")
            to = destination(action, status)
            detail |= {
                "outcome": result.outcome,
                "assignment_id": result.assignment_id,
                "worker_id": result.worker_id,
            }
            reason = None
        elif result.reason == batch.LOST_RACE:
            continue  # the next batch tries again; the reason to wait has not changed
        else:
            action, reason = "wait", waiting_reason(role, result.reason)
            # A case that waits for a second worker stays with its lead.
            to = status if role == "second" else destination(action, status)
            detail |= {"outcome": "waiting", "reason": reason}
        rows.append(
            {
                "n": len(rows),
                "id": incident_id,
                "action": action,
                "from_status": status,
                "to_status": to,
                "waiting_reason": reason,
                "detail": detail,
                "job_at": result.offer_expires_at,
            }
        )
    binds = {"now": now, "actor_kind": SYSTEM.kind.value, "actor_id": SYSTEM.id, "job_task": FOLLOW_UP}
    queries.apply_results(session, orjson.dumps(rows), binds)
    for row in rows:
        limits.sync_stage_deadlines(session, cases[row["id"]], now=now)
        if row["action"] in ("dispatch", "send_second"):
            request_second(session, cases[row["id"]], now=now)
