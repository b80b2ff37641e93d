"""Whom people have chosen: judged by all rules, and asked; by order also against some of them."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.errors import Conflict, NotFound
from app.dispatch.queries import placing as queries
from app.dispatch.rules import ranking
from app.dispatch.rules.ranking import Demand, Verdict
from app.dispatch.service.fairness import with_weeks
from app.dispatch.service.placing import Placement, candidate_of, commit, next_round, single_verdict
from app.profiles.service import ProfileInForce, SettingsInForce


def judged_of(
    session: Session,
    demand: Demand,
    worker_id: UUID,
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
    is_hers: bool = False,
) -> tuple[Verdict, list[str]]:
    """One worker's verdict, wherever she belongs, and all the rules that keep her out. 404 if she is no more.

    `is_hers`: she has it, so that it is no further load to her.
    """
    facts = queries.worker_facts(
        session, worker_id=worker_id, incident_id=demand.incident_id, lon=demand.lon, lat=demand.lat, now=now
    )
    if facts is None:
        raise NotFound("not_found")
    named = replace(candidate_of(facts), is_of_city=facts["is_of_city"])
    (candidate,) = with_weeks(session, [named], profile, now)
    if is_hers:
        candidate = replace(candidate, open_work=max(candidate.open_work - 1, 0))
    [verdict] = ranking.judge(demand, [candidate], profile.profile.dispatch_weights, settings.values)
    return verdict, ranking.exclusions(demand, candidate)


def require_of_city(session: Session, *, worker_id: UUID, incident_id: UUID, now: datetime) -> None:
    """Refuse (409) whoever works for another city than the case's, unless the two have agreed to help each other."""
    if not queries.is_of_city(session, worker_id=worker_id, incident_id=incident_id, now=now):
        extra = {"reason": ranking.OTHER_CITY, "reasons": [ranking.OTHER_CITY], "may_override": False}
        raise Conflict("worker_not_eligible", reason=ranking.OTHER_CITY, extra=extra)


def place_pinned(
    session: Session,
    demand: Demand,
    worker_id: UUID,
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
) -> Placement:
    """She is asked, or it waits for her."""
    verdict, reasons = judged_of(session, demand, worker_id, profile=profile, settings=settings, now=now)
    if not reasons:
        verdict = single_verdict(worker_id, verdict.name, "pinned")
    return commit(
        session,
        demand,
        [verdict],
        profile=profile,
        settings=settings,
        now=now,
        round_no=next_round(session, demand),
        waiting_reason=ranking.WAITS_FOR_PINNED,
    )


def offer_to(
    session: Session,
    demand: Demand,
    *,
    worker_id: UUID,
    now: datetime,
    profile: ProfileInForce,
    settings: SettingsInForce,
    overrides: bool = False,
    reason: str = "by_supervisor",
) -> Placement:
    """A supervisor's choice: asked at once, if the worker may and can take it; else 409 with the rules.

    `overrides`: asked although rules keep her out, which the run and the answer name; 409 for those that no order sets
    aside (`NEVER_OVERRIDDEN`).
    """
    verdict, reasons = judged_of(session, demand, worker_id, profile=profile, settings=settings, now=now)
    never = [reason for reason in reasons if reason in ranking.NEVER_OVERRIDDEN]
    if never if overrides else reasons:
        first = (never or reasons)[0]
        extra = {"reason": first, "reasons": reasons, "may_override": not never}
        raise Conflict("worker_not_eligible", reason=first, extra=extra)
    chosen = single_verdict(worker_id, verdict.name, "override" if reasons else reason)
    chosen = replace(
        chosen, overridden=tuple(reasons), open_work=verdict.open_work, capacity=verdict.capacity
    )
    placement = commit(
        session,
        demand,
        [chosen],
        profile=profile,
        settings=settings,
        now=now,
        round_no=next_round(session, demand),
        is_forced=bool(reasons),
    )
    if placement.worker_id is None:  # filled or gone off duty since the worker was judged
        raise Conflict("worker_not_eligible", reason="full", extra={"reason": "full"})
    return replace(placement, overridden=chosen.overridden)
