"""Broadcasts: offers to several workers at once; the first who accepts gets the work."""

from dataclasses import replace

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
from app.dispatch.service.candidates import AreaPaths, judge_candidates
from app.dispatch.service.context import DispatchContext
from app.dispatch.service.drafts import Placement
from app.dispatch.service.runs import demand_json, rules_json, run_binds


def place(
    session: Session,
    context: DispatchContext,
    demand: Demand,
    area_paths: AreaPaths,
    *,
    retry: bool = False,
    is_ordered: bool = False,
) -> Placement:
    """Offer the work on a case to one worker or to several at once, by the settings in force.

    Usually one worker gets an offer, looked for in the smallest area first. Several workers get an offer at once if the
    settings say so for the priority, or if all offers to single workers were unsuccessful. This happens once at most for
    the same work, and only for the role `handle`.
    """
    rules = context.values.broadcast
    may_broadcast = demand.role == "handle" and area_paths.grid_path is not None
    if (
        may_broadcast
        and demand.priority in rules.priorities
        and not (retry and _was_broadcast(session, demand))
    ):
        broadcast = _broadcast(session, context, demand, area_paths, reason=BY_PRIORITY)
        if broadcast is not None:
            return broadcast
    placement = placements.place(session, context, demand, area_paths, retry=retry, is_ordered=is_ordered)
    is_unsuccessful = placement.outcome == "waiting" and has_unsuccessful_offers(demand.excluded)
    if (
        may_broadcast
        and rules.after_rings
        and is_unsuccessful
        and not (retry and _was_broadcast(session, demand))
    ):
        return _broadcast(session, context, demand, area_paths, reason=AFTER_RINGS) or placement
    return placement


def _was_broadcast(session: Session, demand: Demand) -> bool:
    return queries.was_broadcast(session, incident_id=demand.incident_id, role=demand.role)


def _broadcast(
    session: Session, context: DispatchContext, demand: Demand, area_paths: AreaPaths, *, reason: str
) -> Placement | None:
    """Offer the work to the best workers of all areas around the case at once.

    The ranking uses straight-line distances. Returns None if no worker is eligible.
    """
    demand = for_broadcast(demand)
    verdicts, _ = judge_candidates(
        session, replace(context, may_ask_router=False), demand, area_paths, all_rings=True
    )
    recipients = select_recipients(verdicts, context.values.broadcast)
    if not recipients:
        return None
    run = run_binds(
        context,
        demand,
        demand_json(demand) | {"rules": rules_json(context.settings), "asked": len(recipients)},
        verdicts,
        round_no=placements.next_round(session, demand),
    )
    recipients_json = orjson.dumps(
        [{"worker_id": v.worker_id, "offer_id": uuid7(), "ring": v.ring} for v in recipients]
    ).decode()
    row = queries.write_broadcast(session, run | {"recipients": recipients_json, "reason": reason})
    if row is None:
        return None
    return Placement("broadcast", reason, row["assignment_id"], None, run["expires_at"])
