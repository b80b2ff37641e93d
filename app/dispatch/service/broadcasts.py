"""Offers to several workers at once, where the profile wants that: the first who accepts gets the demand."""

from datetime import datetime

import orjson
from sqlalchemy.orm import Session

from app.core.ids import uuid7
from app.dispatch.queries import broadcasts as queries
from app.dispatch.rules.broadcasts import (
    AFTER_RINGS,
    BY_PRIORITY,
    for_broadcast,
    has_unsuccessful_offers,
    select_recipients,
)
from app.dispatch.rules.ranking import Demand
from app.dispatch.service import placements
from app.dispatch.service.placements import AreaPaths, Placement
from app.dispatch.service.runs import demand_json, rules_json, run_binds
from app.profiles.service import ProfileInForce, SettingsInForce


def place(
    session: Session,
    demand: Demand,
    area_paths: AreaPaths,
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
    retry: bool = False,
    is_ordered: bool = False,
    may_ask_router: bool = False,
) -> Placement:
    """Ask somebody, ring by ring; or several at once: for the priorities of the profile, or when all were asked in vain.

    A check is asked of one after the other always. With nobody to be asked the demand waits, with the reason.
    """
    rules = settings.values.broadcast
    may_broadcast = demand.role == "handle" and area_paths.grid_path is not None
    if (
        may_broadcast
        and demand.priority in rules.priorities
        and not _was_broadcast(session, demand, retry=retry)
    ):
        broadcast = _broadcast(
            session, demand, area_paths, profile=profile, settings=settings, now=now, reason=BY_PRIORITY
        )
        if broadcast is not None:
            return broadcast
    placement = placements.place(
        session,
        demand,
        area_paths,
        profile=profile,
        settings=settings,
        now=now,
        retry=retry,
        is_ordered=is_ordered,
        may_ask_router=may_ask_router,
    )
    is_in_vain = placement.outcome == "waiting" and has_unsuccessful_offers(demand.excluded)
    if (
        may_broadcast
        and rules.after_rings
        and is_in_vain
        and not _was_broadcast(session, demand, retry=retry)
    ):
        broadcast = _broadcast(
            session, demand, area_paths, profile=profile, settings=settings, now=now, reason=AFTER_RINGS
        )
        return broadcast or placement
    return placement


def _was_broadcast(session: Session, demand: Demand, *, retry: bool) -> bool:
    return retry and queries.was_broadcast(session, incident_id=demand.incident_id, role=demand.role)


def _broadcast(
    session: Session,
    demand: Demand,
    area_paths: AreaPaths,
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
    reason: str,
) -> Placement | None:
    """Ask the first in rank of all rings at once; None if nobody may be asked."""
    demand = for_broadcast(demand)
    verdicts = placements.judge_all_rings(
        session, demand, area_paths, profile=profile, settings=settings, now=now
    )
    chosen = select_recipients(verdicts, settings.values.broadcast)
    if not chosen:
        return None
    run = run_binds(
        demand,
        demand_json(demand) | {"rules": rules_json(settings), "asked": len(chosen)},
        verdicts,
        profile=profile,
        settings=settings,
        now=now,
        round_no=placements.next_round(session, demand),
    )
    row = queries.commit(
        session,
        run
        | {
            "asked": orjson.dumps(
                [{"worker_id": v.worker_id, "offer_id": uuid7(), "ring": v.ring} for v in chosen]
            ).decode(),
            "reason": reason,
        },
    )
    if row is None:
        return None
    return Placement("broadcast", reason, row["assignment_id"], None, run["expires_at"])
