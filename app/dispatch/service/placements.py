"""Placement of one demand: judge candidates ring by ring, choose one, and record the run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.ids import uuid7
from app.core.streets import has_streets, time_limits
from app.dispatch.queries import placements as queries
from app.dispatch.rules import ranking
from app.dispatch.rules.ranking import Candidate, Demand, Verdict
from app.dispatch.service.fairness import with_workload
from app.dispatch.service.runs import demand_json, rules_json, run_binds
from app.dispatch.service.street_times import travel_to
from app.profiles.service import ProfileInForce, SettingsInForce


@dataclass(frozen=True, slots=True)
class AreaPaths:
    """The path of the area at each level that covers the place of a demand."""

    paths: dict[str, str]

    @property
    def grid_path(self) -> str | None:
        return self.paths.get("grid")


@dataclass(frozen=True, slots=True)
class Placement:
    """The outcome of a placement (offered, accepted, queued, waiting), with the reason as a code."""

    outcome: str
    reason: str
    assignment_id: UUID | None
    worker_id: UUID | None
    offer_expires_at: datetime | None
    overridden: tuple[str, ...] = ()


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
    """Ask the best eligible worker, ring by ring; with nobody eligible the demand waits, with the reason.

    `may_ask_router`: the caller holds no lock that others wait for, so the street network may be asked; else only
    what it said lately counts.
    """
    round_no = next_round(session, demand) if retry else 1
    if round_no > settings.values.max_rounds and not is_ordered:
        return record_waiting(
            session,
            demand,
            reason="asked_enough",
            profile=profile,
            settings=settings,
            now=now,
            round_no=round_no,
        )
    verdicts, travel = judge_candidates(session, demand, area_paths, profile, settings, now, may_ask_router)
    return commit(
        session,
        demand,
        verdicts,
        profile=profile,
        settings=settings,
        now=now,
        round_no=round_no,
        waiting_reason=ranking.waiting_reason(area_paths.paths, verdicts),
        travel=travel,
    )


def judge_all_rings(
    session: Session,
    demand: Demand,
    area_paths: AreaPaths,
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
) -> list[Verdict]:
    """Judge the candidates of all rings by straight-line distance, the eligible ones first."""
    return judge_candidates(session, demand, area_paths, profile, settings, now, False, all_rings=True)[0]


def next_candidate(
    session: Session,
    demand: Demand,
    area_paths: AreaPaths,
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
) -> Verdict | None:
    """Return the candidate who would be asked, by straight-line distance, or None. Reads only."""
    ranked = ranking.eligible(judge_candidates(session, demand, area_paths, profile, settings, now, False)[0])
    return ranked[0] if ranked else None


def assign_own(
    session: Session,
    demand: Demand,
    *,
    worker_id: UUID,
    worker_name: str,
    reason: str,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
    is_first: bool = False,
) -> Placement:
    """Assign a demand as accepted: the grid's own worker reported it, or it comes back to them as rework.

    `is_first`: nobody was asked for it before.
    """
    verdict = single_verdict(worker_id, worker_name, reason)
    round_no = 1 if is_first else next_round(session, demand)
    return commit(
        session,
        demand,
        [verdict],
        profile=profile,
        settings=settings,
        now=now,
        round_no=round_no,
        is_accepted=True,
    )


def queue_for_unit(
    session: Session,
    demand: Demand,
    *,
    unit_id: UUID,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
    is_first: bool = False,
) -> Placement:
    """Put it into a unit's queue: the first member who accepts has it."""
    round_no = 1 if is_first else next_round(session, demand)
    return commit(
        session, demand, [], profile=profile, settings=settings, now=now, round_no=round_no, unit_id=unit_id
    )


def next_round(session: Session, demand: Demand) -> int:
    return 1 + queries.rounds(session, incident_id=demand.incident_id, role=demand.role)


def record_waiting(
    session: Session,
    demand: Demand,
    *,
    reason: str,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
    round_no: int = 1,
) -> Placement:
    """Record a run that asks nobody, with the reason: no grid, a case about a person, or the last round is over."""
    return commit(
        session,
        demand,
        [],
        profile=profile,
        settings=settings,
        now=now,
        round_no=round_no,
        waiting_reason=reason,
    )


def record_imported(
    session: Session, demands: Sequence[Demand], *, profile: ProfileInForce, now: datetime
) -> None:
    """Keep for each demand that it came from another system and that nobody was asked."""
    rows = [
        {"id": uuid7(), "incident_id": demand.incident_id, "demand": demand_json(demand)}
        for demand in demands
    ]
    queries.insert_imported(
        session,
        orjson.dumps(rows).decode(),
        {
            "now": now,
            "profile_version_id": profile.id,
            "weights_version": profile.profile.dispatch_weights.version,
        },
    )


def judge_candidates(
    session: Session,
    demand: Demand,
    area_paths: AreaPaths,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
    may_ask_router: bool,
    *,
    all_rings: bool = False,
) -> tuple[list[Verdict], dict[str, Any] | None]:
    """Judge candidates ring by ring until somebody is eligible (`all_rings`: in every ring).

    Returns the verdicts, and the record of the street network's answer or None.
    """
    candidates_by_id: dict[UUID, Candidate] = {}
    positions: dict[UUID, tuple[float, float]] = {}

    def ring_candidates(ring: str, path: str) -> list[Candidate]:
        rows = queries.candidates(
            session,
            lon=demand.lon,
            lat=demand.lat,
            grid_path=area_paths.grid_path,
            ring=ring,
            ring_path=path,
            skills=sorted(demand.skills),
            excluded=list(demand.excluded),
            now=now,
            limit=ranking.RING_LIMIT,
        )
        new_candidates = [candidate_of(row) for row in rows if row["worker_id"] not in candidates_by_id]
        candidates_by_id.update(
            (person.worker_id, person) for person in with_workload(session, new_candidates, profile, now)
        )
        positions.update((row["worker_id"], (row["lon"], row["lat"])) for row in rows)
        return [candidates_by_id[row["worker_id"]] for row in rows]

    weights = profile.profile.dispatch_weights
    verdicts = ranking.judge_outwards(
        demand, area_paths.paths, ring_candidates, weights, settings.values, all_rings=all_rings
    )
    if profile.profile.neighbours and area_paths.paths and (all_rings or not ranking.eligible(verdicts)):
        # Nobody of the city itself: those of neighbours, if each has agreed.
        own_path = max(area_paths.paths.values(), key=len)
        for path in queries.paths_of_neighbours(session, path=own_path, now=now):
            ring_candidates(ranking.NEIGHBOUR, path)
        verdicts = ranking.judge(demand, candidates_by_id.values(), weights, settings.values)
    planning = profile.profile.planning
    to_time = ranking.to_time_by_street(verdicts, settings.values) if has_streets(planning.mode) else []
    if not to_time:
        return verdicts, None
    street_travel, travel = travel_to(
        (demand.lon, demand.lat),
        {v.worker_id: positions[v.worker_id] for v in to_time},
        planning,
        limit_s=time_limits().rank_s if may_ask_router else 0,
    )
    people = [
        replace(person, street_travel=street_travel.get(worker_id))
        for worker_id, person in candidates_by_id.items()
    ]
    return ranking.judge(demand, people, weights, settings.values), travel


def candidate_of(row: RowMapping) -> Candidate:
    return Candidate(
        worker_id=row["worker_id"],
        name=row["name"],
        ring=row["ring"],
        relation=row["relation"],
        is_on_duty=row["is_on_duty"],
        is_in_need=row["is_in_need"],
        open_work=row["open_work"],
        capacity=row["capacity"],
        skills=frozenset(row["skills"]),
        distance_m=None if row["distance_m"] is None else round(float(row["distance_m"]), 1),
        position_age_s=None if row["position_age_s"] is None else round(float(row["position_age_s"]), 1),
    )


def single_verdict(worker_id: UUID, name: str, reason: str) -> Verdict:
    return Verdict(worker_id, name, "grid", "worker", True, reason, {}, None, None, 0, 0)


def commit(
    session: Session,
    demand: Demand,
    verdicts: list[Verdict],
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
    round_no: int,
    waiting_reason: str = "nobody_eligible",
    unit_id: UUID | None = None,
    is_accepted: bool = False,
    travel: dict[str, Any] | None = None,
    is_forced: bool = False,
) -> Placement:
    """Choose the first ranked worker who has room, and write the assignment, the offer and the run.

    `is_accepted`: assigned as accepted, on duty or not. `is_forced`: by order, with room or without.
    """
    ranked = ranking.eligible(verdicts)
    demand_data = demand_json(demand) | {"rules": rules_json(settings, travel)}
    run = run_binds(
        demand, demand_data, verdicts, profile=profile, settings=settings, now=now, round_no=round_no
    )
    row = queries.commit(
        session,
        run
        | {
            "ranked": [v.worker_id for v in ranked],
            "reasons": orjson.dumps({str(v.worker_id): v.reason for v in ranked}).decode(),
            "rings": orjson.dumps({str(v.worker_id): v.ring for v in ranked}).decode(),
            "force": is_accepted or is_forced,
            "is_hers": is_accepted,
            "unit_id": unit_id,
            "queue_reason": "unit_queue",
            "offer_id": uuid7(),
            "waiting_reason": waiting_reason,
        },
    )
    return Placement(
        outcome=row["outcome"],
        reason=row["reason"],
        assignment_id=row["assignment_id"],
        worker_id=row["worker_id"],
        offer_expires_at=run["expires_at"] if row["outcome"] == "offered" else None,
    )
