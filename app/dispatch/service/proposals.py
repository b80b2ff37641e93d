"""Proposals: a run that chooses a worker and waits for a supervisor's confirmation before any offer.

The decision is a run like any other, with everyone considered. No attempt, no offer, no load: nobody but those who direct the
case knows of it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.dispatch.queries import proposals as queries
from app.dispatch.rules import ranking
from app.dispatch.rules.ranking import Demand
from app.dispatch.service import broadcasts, placements
from app.dispatch.service.placements import AreaPaths, Placement
from app.dispatch.service.runs import demand_json, rules_json, run_binds
from app.profiles.service import ProfileInForce, SettingsInForce

PROPOSED = "proposed"


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
    category: str | None = None,
) -> Placement:
    """Place a demand by the rules (`broadcasts.place`); or propose the chosen worker first, once for each demand.

    `category`: of the demand; None: never propose.
    """
    rule = settings.values.propose
    if category is not None and rule.asks(priority=demand.priority, category=category) and not is_ordered:
        proposal = _propose(
            session,
            demand,
            area_paths,
            profile=profile,
            settings=settings,
            now=now,
            retry=retry,
            may_ask_router=may_ask_router,
        )
        if proposal is not None:
            return proposal
    return broadcasts.place(
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


def proposals_of(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return the proposals of a demand, newest first."""
    return queries.proposals_of(session, incident_id)


def _propose(
    session: Session,
    demand: Demand,
    area_paths: AreaPaths,
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
    retry: bool,
    may_ask_router: bool,
) -> Placement | None:
    """Record a proposal. None if the demand was proposed before, or nobody is eligible."""
    if retry and queries.proposals_of(session, demand.incident_id):
        return None
    verdicts, travel = placements.judge_candidates(
        session, demand, area_paths, profile, settings, now, may_ask_router
    )
    ranked = ranking.eligible(verdicts)
    if not ranked:
        return None
    until = now + settings.values.propose.time
    demand_data = demand_json(demand) | {"rules": rules_json(settings, travel), "until": until.isoformat()}
    round_no = placements.next_round(session, demand) if retry else 1
    run = run_binds(
        demand, demand_data, verdicts, profile=profile, settings=settings, now=now, round_no=round_no
    )
    chosen = ranked[0]
    queries.insert(session, run | {"worker_id": chosen.worker_id, "reason": chosen.reason})
    return Placement(PROPOSED, chosen.reason, None, chosen.worker_id, until)
