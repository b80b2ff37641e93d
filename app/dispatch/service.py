"""Placing work with people: who is asked, in which order, and why. Dispatch knows demands, never cases."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas.service import ProfileInForce
from app.core import calendar as clocks
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.core.ids import uuid7
from app.dispatch import queries
from app.dispatch.rules import ranking, sentences
from app.dispatch.rules.ranking import Candidate, Demand, Verdict
from app.modes.service import SettingsInForce

# At most so many are considered in one ring: explanations stay readable and the statement fast.
RING_LIMIT = 20
ACTIVE = ("offered", "queued", "accepted")


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


def place(
    session: Session,
    demand: Demand,
    place: Place,
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
    retry: bool = False,
) -> Placement:
    """Ask the best eligible worker, ring by ring; with nobody eligible the demand waits, with the reason."""
    round_no = 1
    if retry:
        round_no += queries.rounds(session, incident_id=demand.incident_id, role=demand.role)
    verdicts = _verdicts(session, demand, place, profile, settings, now)
    return _commit(
        session,
        demand,
        verdicts,
        profile=profile,
        settings=settings,
        now=now,
        round_no=round_no,
        waiting_reason=_waiting_reason(place, verdicts),
    )


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
) -> Placement:
    """It is hers at once, accepted: the grid's own worker reported it, or it comes back to her as rework."""
    verdict = _single_verdict(worker_id, worker_name, reason)
    round_no = 1 + queries.rounds(session, incident_id=demand.incident_id, role=demand.role)
    return _commit(
        session,
        demand,
        [verdict],
        profile=profile,
        settings=settings,
        now=now,
        round_no=round_no,
        is_hers=True,
    )


def offer_to(
    session: Session,
    demand: Demand,
    *,
    worker_id: UUID,
    now: datetime,
    profile: ProfileInForce,
    settings: SettingsInForce,
) -> Placement:
    """A supervisor's choice: asked at once, if the worker may and can take it; else 409 with the rule."""
    facts = queries.worker_facts(session, worker_id=worker_id, lon=demand.lon, lat=demand.lat, now=now)
    if facts is None:
        raise NotFound("not_found")
    judged = ranking.judge(demand, [_candidate(facts)], profile.profile.dispatch_weights, settings.values)
    if not judged[0].eligible:
        raise Conflict("worker_not_eligible", reason=judged[0].reason, extra={"reason": judged[0].reason})
    verdict = _single_verdict(worker_id, facts["name"], "by_supervisor")
    round_no = 1 + queries.rounds(session, incident_id=demand.incident_id, role=demand.role)
    return _commit(session, demand, [verdict], profile=profile, settings=settings, now=now, round_no=round_no)


def queue_for_unit(
    session: Session,
    demand: Demand,
    *,
    unit_id: UUID,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
) -> Placement:
    """Put it into a unit's queue: the first member who accepts has it."""
    round_no = 1 + queries.rounds(session, incident_id=demand.incident_id, role=demand.role)
    return _commit(
        session, demand, [], profile=profile, settings=settings, now=now, round_no=round_no, unit_id=unit_id
    )


def wait(
    session: Session,
    demand: Demand,
    *,
    reason: str,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
) -> Placement:
    """Nobody is asked, and the run says why: no grid, or a case about a person."""
    return _commit(
        session, demand, [], profile=profile, settings=settings, now=now, round_no=1, waiting_reason=reason
    )


def accept(session: Session, actor: Actor, *, assignment_id: UUID, now: datetime) -> RowMapping:
    """Take an offer of mine or an item of my unit's queue. Accepting twice is the same as once."""
    assignment = queries.assignment(session, assignment_id)
    if assignment is None:
        raise NotFound("not_found")
    if assignment["state"] == "accepted" and assignment["account_id"] == actor.id:
        return assignment
    won = queries.accept_offer(session, assignment_id=assignment_id, worker_id=actor.id, now=now)
    if not won and actor.unit_ids:
        won = queries.accept_queued(
            session, assignment_id=assignment_id, account_id=actor.id, unit_ids=actor.unit_ids, now=now
        )
    if not won:
        present = queries.assignment(session, assignment_id)
        taken = present is not None and present["state"] == "accepted"
        raise Conflict("assignment_taken" if taken else "offer_not_live")
    return assignment


def decline(session: Session, actor: Actor, *, assignment_id: UUID, reason: str, now: datetime) -> RowMapping:
    """Say no to an offer of mine, with a reason; the attempt ends and the next round may begin."""
    assignment = queries.lock_assignment(session, assignment_id)
    if assignment is None:
        raise NotFound("not_found")
    answered = queries.answer_offer(
        session, assignment_id=assignment_id, worker_id=actor.id, state="declined", reason=reason, now=now
    )
    if not answered:
        raise Conflict("offer_not_live")
    queries.end_assignment(session, assignment_id=assignment_id, state="failed", now=now)
    return assignment


def expire(session: Session, offer: RowMapping, *, now: datetime) -> None:
    """An offer nobody answered: neither accepted nor declined."""
    queries.answer_offer(
        session,
        assignment_id=offer["assignment_id"],
        worker_id=offer["worker_id"],
        state="expired",
        reason=None,
        now=now,
    )
    queries.end_assignment(session, assignment_id=offer["assignment_id"], state="failed", now=now)


def end_active(
    session: Session, *, incident_id: UUID, state: str, now: datetime, role: str | None = None
) -> RowMapping | None:
    """End the live attempt of a demand, if there is one, and give its worker room again."""
    assignment = queries.active(session, incident_id=incident_id, role=role)
    if assignment is not None:
        queries.end_assignment(session, assignment_id=assignment["id"], state=state, now=now)
    return assignment


def active(session: Session, *, incident_id: UUID, role: str | None = None) -> RowMapping | None:
    return queries.active(session, incident_id=incident_id, role=role)


def assignment(session: Session, assignment_id: UUID) -> RowMapping | None:
    return queries.assignment(session, assignment_id)


def expired_offer(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    """The live offer of a demand, if its time has passed."""
    return queries.expired_offer(session, incident_id=incident_id, now=now)


def cases_with_expired_offers(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Demands whose live offer has passed its time, oldest first."""
    return list(queries.cases_with_expired_offers(session, now=now, limit=limit))


def worker_name(session: Session, worker_id: UUID) -> str | None:
    """Her name, or None for somebody who is no worker (a unit's handler)."""
    return queries.worker_name(session, worker_id)


def anyone_eligible(
    session: Session,
    demand: Demand,
    place: Place,
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
) -> bool:
    """Whether a new round would find somebody; writes nothing."""
    return bool(ranking.eligible(_verdicts(session, demand, place, profile, settings, now)))


def asked_before(session: Session, *, incident_id: UUID, role: str) -> dict[UUID, str]:
    return queries.asked_before(session, incident_id=incident_id, role=role)


def explain(session: Session, incident_id: UUID) -> dict[str, Any]:
    """Every run with everyone considered, in data and as a sentence in both languages."""
    runs = [dict(run) for run in queries.runs(session, incident_id)]
    for run in runs:
        for verdict in run["candidates"]:
            verdict["chosen"] = verdict["worker_id"] == str(run["worker_id"])
            verdict["sentence"] = sentences.verdict_sentences(verdict)
        run["sentence"] = sentences.outcome_sentences(
            run["outcome"], run["reason"], run["worker_name"] if run["outcome"] != "queued" else None
        )
    return {"runs": runs, "offers": [dict(offer) for offer in queries.offers(session, incident_id)]}


def _verdicts(
    session: Session,
    demand: Demand,
    place: Place,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
) -> list[Verdict]:
    """Everyone considered, going outwards only until somebody is eligible."""
    found: dict[UUID, Candidate] = {}
    verdicts: list[Verdict] = []
    for ring in settings.values.rings:
        # The community's statement finds the grid's own people too, so the grid ring needs none.
        path = place.paths.get(ring)
        if path is None or (ring == "grid" and "community" in settings.values.rings):
            continue
        rows = queries.candidates(
            session,
            lon=demand.lon,
            lat=demand.lat,
            grid_path=place.grid_path,
            ring=ring,
            ring_path=path,
            now=now,
            limit=RING_LIMIT,
        )
        for row in rows:
            found.setdefault(row["worker_id"], _candidate(row))
        verdicts = ranking.judge(demand, found.values(), profile.profile.dispatch_weights, settings.values)
        if ranking.eligible(verdicts):
            break
    return verdicts


def _candidate(row: RowMapping) -> Candidate:
    return Candidate(
        worker_id=row["worker_id"],
        name=row["name"],
        ring=row["ring"],
        relation=row["relation"],
        is_on_duty=row["is_on_duty"],
        open_work=row["open_work"],
        capacity=row["capacity"],
        skills=frozenset(row["skills"]),
        distance_m=None if row["distance_m"] is None else round(float(row["distance_m"]), 1),
        position_age_s=None if row["position_age_s"] is None else round(float(row["position_age_s"]), 1),
    )


def _single_verdict(worker_id: UUID, name: str, reason: str) -> Verdict:
    return Verdict(worker_id, name, "grid", "worker", True, reason, {}, None, None, 0, 0)


def _waiting_reason(place: Place, verdicts: list[Verdict]) -> str:
    if place.grid_path is None:
        return "no_grid"
    if all(v.reason == "off_duty" for v in verdicts):
        return "nobody_on_duty"
    return "nobody_eligible"


def _commit(
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
) -> Placement:
    ranked = ranking.eligible(verdicts)
    limit = settings.values.offer_times[demand.priority]
    expires_at = clocks.due_at(now, limit, profile.profile.calendar)
    ranks = {v.worker_id: i for i, v in enumerate(ranked, start=1)}
    row = queries.commit(
        session,
        {
            "ranked": [v.worker_id for v in ranked],
            "reasons": orjson.dumps({str(v.worker_id): v.reason for v in ranked}).decode(),
            "rings": orjson.dumps({str(v.worker_id): v.ring for v in ranked}).decode(),
            "force": is_hers,
            "is_hers": is_hers,
            "now": now,
            "incident_id": demand.incident_id,
            "role": demand.role,
            "unit_id": unit_id,
            "queue_reason": "unit_queue",
            "assignment_id": uuid7(),
            "offer_id": uuid7(),
            "run_id": uuid7(),
            "round": round_no,
            "expires_at": expires_at,
            "profile_version_id": profile.id,
            "weights_version": profile.profile.dispatch_weights.version,
            "demand": orjson.dumps(_demand_json(demand)).decode(),
            "candidates": orjson.dumps([v.as_json(ranks.get(v.worker_id)) for v in verdicts]).decode(),
            "waiting_reason": waiting_reason,
        },
    )
    return Placement(
        outcome=row["outcome"],
        reason=row["reason"],
        assignment_id=row["assignment_id"],
        worker_id=row["worker_id"],
        offer_expires_at=expires_at if row["outcome"] == "offered" else None,
    )


def _demand_json(demand: Demand) -> dict[str, Any]:
    return {
        "incident_id": str(demand.incident_id),
        "role": demand.role,
        "lon": demand.lon,
        "lat": demand.lat,
        "skills": sorted(demand.skills),
        "priority": demand.priority,
        "excluded": {str(k): v for k, v in demand.excluded.items()},
    }
