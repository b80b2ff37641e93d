"""Who is asked, in which order, and why."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import calendar as clocks
from app.core.ids import uuid7
from app.core.streets import has_streets, limits_of_time
from app.dispatch.queries import placing as queries
from app.dispatch.rules import ranking
from app.dispatch.rules.ranking import Candidate, Demand, Verdict
from app.dispatch.service.fairness import with_weeks
from app.dispatch.service.travelling import ways_to
from app.profiles.rules.profile import DispatchWeights
from app.profiles.service import ProfileInForce, SettingsInForce


@dataclass(frozen=True, slots=True)
class Place:
    """Where a demand stands in the tree: the path of the area at each level that covers it."""

    paths: dict[str, str]

    @property
    def grid_path(self) -> str | None:
        return self.paths.get("grid")


@dataclass(frozen=True, slots=True)
class Placement:
    """What came of it: outcome offered, accepted, queued or waiting, with the reason as a code."""

    outcome: str
    reason: str
    assignment_id: UUID | None
    worker_id: UUID | None
    offer_expires_at: datetime | None
    overridden: tuple[str, ...] = ()


def place(
    session: Session,
    demand: Demand,
    place: Place,
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
        return wait(
            session,
            demand,
            reason="asked_enough",
            profile=profile,
            settings=settings,
            now=now,
            round_no=round_no,
        )
    verdicts, travel = judged(session, demand, place, profile, settings, now, may_ask_router)
    return commit(
        session,
        demand,
        verdicts,
        profile=profile,
        settings=settings,
        now=now,
        round_no=round_no,
        waiting_reason=ranking.waiting_reason(place.paths, verdicts),
        travel=travel,
    )


def everybody(
    session: Session,
    demand: Demand,
    place: Place,
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
) -> list[Verdict]:
    """Everyone of all rings, those who may be asked first, by straight ways."""
    return judged(session, demand, place, profile, settings, now, False, is_whole=True)[0]


def next_in_line(
    session: Session,
    demand: Demand,
    place: Place,
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
) -> Verdict | None:
    """Who would be asked, by straight ways; None if nobody may be. Reads only."""
    ranked = ranking.eligible(judged(session, demand, place, profile, settings, now, False)[0])
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
    """It is hers at once, accepted: the grid's own worker reported it, or it comes back to her as rework.

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
        is_hers=True,
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


def wait(
    session: Session,
    demand: Demand,
    *,
    reason: str,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
    round_no: int = 1,
) -> Placement:
    """Nobody is asked, and the run says why: no grid, a case about a person, or rounds enough."""
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


def judged(
    session: Session,
    demand: Demand,
    place: Place,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
    may_ask_router: bool,
    *,
    is_whole: bool = False,
) -> tuple[list[Verdict], dict[str, Any] | None]:
    """Everyone considered, going outwards only until somebody is eligible (`is_whole`: to the end); and what the street
    network was asked."""
    found: dict[UUID, Candidate] = {}
    places: dict[UUID, tuple[float, float]] = {}

    def find(ring: str, path: str) -> list[Candidate]:
        rows = queries.candidates(
            session,
            lon=demand.lon,
            lat=demand.lat,
            grid_path=place.grid_path,
            ring=ring,
            ring_path=path,
            skills=sorted(demand.skills),
            excluded=list(demand.excluded),
            now=now,
            limit=ranking.RING_LIMIT,
        )
        new = [candidate_of(row) for row in rows if row["worker_id"] not in found]
        found.update((person.worker_id, person) for person in with_weeks(session, new, profile, now))
        places.update((row["worker_id"], (row["lon"], row["lat"])) for row in rows)
        return [found[row["worker_id"]] for row in rows]

    weights = profile.profile.dispatch_weights
    verdicts = ranking.judge_outwards(demand, place.paths, find, weights, settings.values, is_whole=is_whole)
    if profile.profile.neighbours and place.paths and (is_whole or not ranking.eligible(verdicts)):
        # Nobody of the city itself: those of neighbours, if each has agreed.
        own = max(place.paths.values(), key=len)
        for path in queries.paths_of_neighbours(session, path=own, now=now):
            find(ranking.NEIGHBOUR, path)
        verdicts = ranking.judge(demand, found.values(), weights, settings.values)
    planning = profile.profile.planning
    timed = ranking.to_be_timed(verdicts, settings.values) if has_streets(planning.mode) else []
    if not timed:
        return verdicts, None
    ways, travel = ways_to(
        (demand.lon, demand.lat),
        {v.worker_id: places[v.worker_id] for v in timed},
        planning,
        limit_s=limits_of_time().rank_s if may_ask_router else 0,
    )
    people = [replace(person, way=ways.get(worker_id)) for worker_id, person in found.items()]
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
    is_hers: bool = False,
    travel: dict[str, Any] | None = None,
    is_forced: bool = False,
) -> Placement:
    """`is_hers`: accepted at once, on duty or not; `is_forced`: an order, with room or without."""
    ranked = ranking.eligible(verdicts)
    said = demand_json(demand) | {"rules": rules_json(settings, travel)}
    kept = run_binds(demand, said, verdicts, profile=profile, settings=settings, now=now, round_no=round_no)
    row = queries.commit(
        session,
        kept
        | {
            "ranked": [v.worker_id for v in ranked],
            "reasons": orjson.dumps({str(v.worker_id): v.reason for v in ranked}).decode(),
            "rings": orjson.dumps({str(v.worker_id): v.ring for v in ranked}).decode(),
            "force": is_hers or is_forced,
            "is_hers": is_hers,
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
        offer_expires_at=kept["expires_at"] if row["outcome"] == "offered" else None,
    )


def run_binds(
    demand: Demand,
    said: dict[str, Any],
    verdicts: Sequence[Verdict],
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
    round_no: int,
) -> dict[str, Any]:
    """What every run keeps, whoever is asked by it: `said` of the demand, everybody's verdict, the digest of both.

    And the ids of run and attempt, and when offers of it end.
    """
    weights = profile.profile.dispatch_weights
    ranks = {v.worker_id: i for i, v in enumerate(ranking.eligible(verdicts), start=1)}
    considered = [v.as_json(ranks.get(v.worker_id)) for v in verdicts]
    return {
        "run_id": uuid7(),
        "assignment_id": uuid7(),
        "incident_id": demand.incident_id,
        "role": demand.role,
        "now": now,
        "round": round_no,
        "expires_at": clocks.due_at(
            now, settings.values.offer_times[demand.priority], profile.profile.calendar
        ),
        "profile_version_id": profile.id,
        "weights_version": weights.version,
        "demand": orjson.dumps(said).decode(),
        "candidates": orjson.dumps(considered).decode(),
        "input_hash": tier_0_digest(said, considered, weights),
    }


def demand_json(demand: Demand) -> dict[str, Any]:
    return {
        "incident_id": str(demand.incident_id),
        "role": demand.role,
        "lon": demand.lon,
        "lat": demand.lat,
        "skills": sorted(demand.skills),
        "priority": demand.priority,
        "excluded": {str(k): v for k, v in demand.excluded.items()},
        **({} if demand.pinned is None else {"pinned": str(demand.pinned)}),
        **({} if demand.moved is None else {"moved": dict(demand.moved)}),
    }


def rules_json(settings: SettingsInForce, travel: dict[str, Any] | None = None) -> dict[str, Any]:
    """What of the settings a choice by rank depends on; and whether it was by streets."""
    rules = {
        "rings": settings.values.rings,
        "position_fresh_minutes": settings.values.position_fresh_minutes,
        "mode": settings.mode,
    }
    return rules if travel is None else rules | {"travel": travel}


def tier_0_digest(demand: Any, considered: Any, weights: DispatchWeights) -> str:
    """What makes two choices the same question with the same verdicts: a SHA-256 in hexadecimal."""
    parts = (demand, considered, weights.said())
    said = b"".join(orjson.dumps(part, option=orjson.OPT_SORT_KEYS) for part in parts)
    return hashlib.sha256(said).hexdigest()
