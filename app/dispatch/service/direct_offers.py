"""Offers to one named worker: pinned, or chosen by a supervisor, who may set some rules aside."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.dispatch.queries import placements as queries
from app.dispatch.rules import ranking
from app.dispatch.rules.ranking import Demand, Verdict
from app.dispatch.rules.refusals import worker_not_eligible
from app.dispatch.service.fairness import with_workload
from app.dispatch.service.placements import Placement, candidate_of, commit, next_round, single_verdict
from app.profiles.service import ProfileInForce, SettingsInForce


def judge_worker(
    session: Session,
    demand: Demand,
    worker_id: UUID,
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
    is_holder: bool = False,
) -> tuple[Verdict, list[str]]:
    """Judge one worker, whatever their area. Returns the verdict and all the rules that exclude the worker.

    `is_holder`: the worker has the demand, so it is not counted as further load.

    Raises:
        NotFound: No such worker.
    """
    facts = queries.worker_facts(
        session, worker_id=worker_id, incident_id=demand.incident_id, lon=demand.lon, lat=demand.lat, now=now
    )
    if facts is None:
        raise NotFound("not_found")
    base_candidate = replace(candidate_of(facts), is_of_city=facts["is_of_city"])
    (candidate,) = with_workload(session, [base_candidate], profile, now)
    if is_holder:
        candidate = replace(candidate, open_work=max(candidate.open_work - 1, 0))
    [verdict] = ranking.judge(demand, [candidate], profile.profile.dispatch_weights, settings.values)
    return verdict, ranking.exclusions(demand, candidate)


def require_of_city(session: Session, *, worker_id: UUID, incident_id: UUID, now: datetime) -> None:
    """Refuse (409) whoever works for another city than the case's, unless the two have agreed to help each other."""
    if not queries.is_of_city(session, worker_id=worker_id, incident_id=incident_id, now=now):
        raise worker_not_eligible(ranking.OTHER_CITY, reasons=[ranking.OTHER_CITY], may_override=False)


def place_pinned(
    session: Session,
    demand: Demand,
    worker_id: UUID,
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
) -> Placement:
    """Offer a pinned demand to its worker; if they are not eligible now, the demand waits for them."""
    verdict, reasons = judge_worker(session, demand, worker_id, profile=profile, settings=settings, now=now)
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
    is_override: bool = False,
    reason: str = "by_supervisor",
) -> Placement:
    """Offer a demand to the worker that a supervisor chose.

    `is_override`: rules that exclude the worker are set aside, and named in the run and in the answer.

    Raises:
        Conflict: The worker is excluded by a rule, or by one that cannot be set aside (`NEVER_OVERRIDDEN`).
    """
    verdict, reasons = judge_worker(session, demand, worker_id, profile=profile, settings=settings, now=now)
    absolute_rules = [reason for reason in reasons if reason in ranking.NEVER_OVERRIDDEN]
    if absolute_rules if is_override else reasons:
        first_rule = (absolute_rules or reasons)[0]
        raise worker_not_eligible(first_rule, reasons=reasons, may_override=not absolute_rules)
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
        raise worker_not_eligible("full")
    return replace(placement, overridden=chosen.overridden)
