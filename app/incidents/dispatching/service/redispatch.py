"""Work that is not begun goes from somebody who will not come in time to somebody who will; and nobody is bounced."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core.actor import SYSTEM
from app.dispatch import service as dispatch
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.deadlines.service.transition_events import record
from app.incidents.dispatching.queries import redispatch as queries
from app.incidents.dispatching.service import exclusions, placement
from app.profiles import service as profiles
from app.profiles.service import ProfileInForce, SettingsInForce

# Whoever had it is not there: what it saves to give it away is not asked.
_GONE = frozenset({"shift_ended", "unavailable"})


@dataclass(frozen=True, slots=True)
class Slipping:
    """A case whose holder may not come in time, by the rules of its place."""

    incident_id: UUID
    jurisdiction_id: UUID


def slipping(session: Session, *, now: datetime, limit: int) -> list[Slipping]:
    """Cases that might be moved now, so many of each jurisdiction."""
    found = []
    for jurisdiction_id in queries.jurisdictions(session):
        profile = profiles.readable_profile(session, jurisdiction_id, now)
        if profile is None:
            continue
        settings = profiles.settings_for(profile, area_id=None, at=now)
        rows = _slipping(session, jurisdiction_id, profile, settings, now=now, limit=limit)
        found += [Slipping(row["incident_id"], jurisdiction_id) for row in rows]
    return found


def _slipping(
    session: Session,
    jurisdiction_id: UUID,
    profile: ProfileInForce,
    settings: SettingsInForce,
    *,
    now: datetime,
    limit: int,
    incident_id: UUID | None = None,
) -> list[RowMapping]:
    rules = settings.values.redispatch
    if not rules.on:
        return []
    return list(
        queries.slipping(
            session,
            jurisdiction_id=jurisdiction_id,
            causes=sorted(rules.on),
            moved_away_m=rules.moved_away_m,
            seconds_a_metre=profile.profile.dispatch_weights.distance,
            fresh=timedelta(minutes=settings.values.position_fresh_minutes),
            off_duty=rules.off_duty,
            now=now,
            limit=limit,
            incident_id=incident_id,
        )
    )


def move_on(session: Session, one: Slipping, *, now: datetime) -> bool:
    """Give it to somebody else, if the case still is as it was seen and the rules against bouncing allow it."""
    case = writes.lock_case(session, one.incident_id)
    if case is None:
        return False
    profile = profiles.profile_at(session, one.jurisdiction_id, now)
    settings = profiles.settings_for(profile, area_id=case["area_id"], at=now)
    rows = _slipping(
        session, one.jurisdiction_id, profile, settings, now=now, limit=2, incident_id=one.incident_id
    )
    return any(_move(session, case, row, settings=settings, now=now) for row in rows[:1])


def _move(
    session: Session, case: RowMapping, seen: RowMapping, *, settings: SettingsInForce, now: datetime
) -> bool:
    rules, because = settings.values.redispatch, seen["because"]
    before = queries.moves(session, incident_id=case["id"], role=seen["role"])
    is_resting = before["at"] is not None and before["at"] > now - rules.cool_down
    if because != "unavailable" and (before["n"] >= rules.moves_most or is_resting):
        return False
    gain = _gain(
        session,
        case,
        role=seen["role"],
        worker_id=seen["worker_id"],
        is_gone=because in _GONE,
        now=now,
    )
    if gain is None and because != "unavailable":
        return False  # nobody else could take it
    if because not in _GONE and (gain is None or gain < rules.gain_seconds):
        return False
    dispatch.end_active(
        session, incident_id=case["id"], role=seen["role"], state="withdrawn", because=because, now=now
    )
    saved = None if because in _GONE else gain
    detail: dict[str, Any] = {
        "worker_id": seen["worker_id"],
        "assignment_id": seen["assignment_id"],
        "role": seen["role"],
        "because": because,
        "gain_s": saved,
    }
    to = placement.NOBODY_HAS.get(seen["role"], Status.FILED)
    record(session, SYSTEM, case, "move_on", to, now=now, detail=detail)
    writes.update_case(session, case["id"], now=now, status=to)
    name = dispatch.worker_name(session, seen["worker_id"])
    moved = {"from": str(seen["worker_id"]), "name": name, "because": because, "gain_s": saved}
    placement.ask_next(session, case["id"], role=seen["role"], now=now, moved=moved)
    return True


def _gain(
    session: Session,
    case: RowMapping,
    *,
    role: str,
    worker_id: UUID,
    is_gone: bool,
    now: datetime,
) -> float | None:
    """How many seconds of cost it saves to ask the next in line instead of whoever has it; None if nobody else may be asked, or
    nobody whose place is known.

    Whoever is gone saves nothing by staying: then it is 0 where somebody else may be asked.
    """
    profile, settings = placement.rules_of(session, case, now)
    excluded = exclusions.excluded(session, case, role=role) | {worker_id: "has_it"}
    demand = placement.demand_for(case, profile, role=role, excluded=excluded)
    best = dispatch.next_candidate(
        session,
        demand,
        dispatch.Place(areas.paths_of(session, area_id=case["area_id"])),
        profile=profile,
        settings=settings,
        now=now,
    )
    if best is None:
        return None
    if is_gone:
        return 0.0
    if "unknown_position" in best.cost:
        return None  # nobody knows whether she is nearer
    hers, _ = dispatch.judge_worker(
        session, demand, worker_id, profile=profile, settings=settings, now=now, is_holder=True
    )
    return round(hers.total - best.total, 1)
