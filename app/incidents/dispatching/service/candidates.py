"""Use case: whom a supervisor could give the work on a case to, computed now."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.areas import service as areas
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound, Throttled, invalid_field
from app.dispatch import service as dispatch
from app.dispatch.service import AreaPaths
from app.incidents.cases.queries import views, writes
from app.incidents.cases.rules.lifecycle import ENDED, Status, role_of
from app.incidents.cases.rules.names import illegal_transition
from app.incidents.dispatching.service import exclusions, placement
from app.settings import Settings

_RECORDED_AS = "worker.compare"


def candidates_of(
    session: Session, actor: Actor, *, settings: Settings, incident_id: UUID, role: str | None = None
) -> dict[str, Any]:
    """Return the workers around a case whom the actor directs, each with the verdict of the rules.

    A worker is eligible if the actor could assign the work without an override. The audit trail records the request with
    the workers whose distance is shown: distances to several cases locate a worker.

    Args:
        role: The work that needs a worker; None: that of the state of the case.

    Raises:
        NotFound: The actor does not direct the case.
        Conflict: The case has ended.
        Invalid: The role is that of a unit.
        Throttled: The actor has asked for candidates too often.
    """
    if role == "joint":
        raise invalid_field("role", "not_one_of")
    now = clock.now()
    facts = views.relation_facts(session, actor, incident_id=incident_id, now=now)
    case = writes.read_case(session, incident_id) if facts is not None and facts["is_director"] else None
    if case is None:
        raise NotFound("not_found")
    status = Status(case["status"])
    if status in ENDED:
        raise illegal_transition(status, "reassign", [])
    _require_may_compare(session, actor, settings)
    role = role or role_of(status)
    context = replace(placement.dispatch_context(session, case, now), may_ask_router=True)
    demand = placement.demand_for(
        case, context.profile, role=role, excluded=exclusions.absolute_exclusions(session, case, role=role)
    )
    area_paths = AreaPaths(areas.paths_of(session, area_id=case["area_id"]))
    candidates = dispatch.present_candidates(session, context, demand, area_paths)
    directed = views.directed_workers(session, actor, [c.verdict.worker_id for c in candidates], now=now)
    earlier = dispatch.prior_offer_exclusions(session, incident_id=incident_id, role=role)
    items = dispatch.explain_candidates([c for c in candidates if c.verdict.worker_id in directed], earlier)
    _record(session, actor, incident_id, role, items)
    return {
        "at": now,
        "role": role,
        "is_admitted": role not in ("handle", "second")
        or context.profile.profile.lifecycle.admits(case["category"]),
        "items": items,
    }


def _require_may_compare(session: Session, actor: Actor, settings: Settings) -> None:
    wait = accounts.disclosure_wait(
        session,
        actor,
        limit=settings.candidates_per_window,
        window=settings.locate_window,
        actions=(_RECORDED_AS,),
    )
    if wait is not None:
        raise Throttled("locate_throttled", retry_after_s=max(1, int(wait / timedelta(seconds=1)) + 1))


def _record(
    session: Session, actor: Actor, incident_id: UUID, role: str, items: list[dict[str, Any]]
) -> None:
    """Store the comparison as an audit event. The entity is not the case, so that workers do not see its number."""
    located = [item["worker_id"] for item in items if item["distance_m"] is not None]
    accounts.record(
        session,
        actor,
        action=_RECORDED_AS,
        entity="worker",
        detail={"purpose": "dispatch", "incident_id": incident_id, "role": role, "worker_ids": located},
    )
