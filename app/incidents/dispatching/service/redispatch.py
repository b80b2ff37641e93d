"""Redispatch: accepted work that has not begun moves from a worker who may come too late.

Such work *slips*. The settings limit how often and how soon a case moves again.
"""

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
from app.incidents.cases.rules.other_transitions import destination
from app.incidents.deadlines.service.transition_events import record
from app.incidents.dispatching.queries import redispatch as queries
from app.incidents.dispatching.service import exclusions, placement
from app.profiles import service as profiles
from app.profiles.service import ProfileInForce, SettingsInForce

# Causes by which the holder is gone. The work moves then, whatever time that gains.
_HOLDER_GONE = frozenset({"shift_ended", "unavailable"})


@dataclass(frozen=True, slots=True)
class SlippingCase:
    """A case whose worker may come too late, by the settings of its area."""

    incident_id: UUID
    jurisdiction_id: UUID


def slipping(session: Session, *, now: datetime, limit: int) -> list[SlippingCase]:
    """Return cases whose worker may come too late, at most `limit` per jurisdiction.

    Only causes that are switched on in the settings are looked for.
    """
    candidates = []
    for jurisdiction_id in queries.jurisdictions(session):
        profile = profiles.readable_profile(session, jurisdiction_id, now)
        if profile is None:
            continue
        settings = profiles.settings_for(profile, area_id=None, at=now)
        rows = _slipping(session, jurisdiction_id, profile, settings, now=now, limit=limit)
        candidates += [SlippingCase(row["incident_id"], jurisdiction_id) for row in rows]
    return candidates


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
    slipping_rules = queries.SlippingRules(
        causes=sorted(rules.on),
        moved_away_m=rules.moved_away_m,
        seconds_a_metre=profile.profile.dispatch_weights.distance,
        fresh=timedelta(minutes=settings.values.position_fresh_minutes),
        off_duty=rules.off_duty,
    )
    rows = queries.slipping(
        session,
        slipping_rules,
        jurisdiction_id=jurisdiction_id,
        now=now,
        limit=limit,
        incident_id=incident_id,
    )
    return list(rows)


def redispatch_case(session: Session, candidate: SlippingCase, *, now: datetime) -> bool:
    """Move a case to another worker, if its present worker may still come too late.

    Limits of the settings can forbid the move. Returns True if the case was moved.
    """
    case = writes.lock_case(session, candidate.incident_id)
    if case is None:
        return False
    profile = profiles.profile_at(session, candidate.jurisdiction_id, now)
    settings = profiles.settings_for(profile, area_id=case["area_id"], at=now)
    rows = _slipping(
        session,
        candidate.jurisdiction_id,
        profile,
        settings,
        now=now,
        limit=2,
        incident_id=candidate.incident_id,
    )
    return any(_move(session, case, row, settings=settings, now=now) for row in rows[:1])


def _move(
    session: Session, case: RowMapping, row: RowMapping, *, settings: SettingsInForce, now: datetime
) -> bool:
    """Move a case, whose worker may come too late, to the next candidate.

    Returns False if the limits of moves, or too small a gain of time, forbid the move.
    """
    rules, because = settings.values.redispatch, row["because"]
    earlier_moves = queries.moves(session, incident_id=case["id"], role=row["role"])
    is_resting = earlier_moves["at"] is not None and earlier_moves["at"] > now - rules.cool_down
    if because != "unavailable" and (earlier_moves["n"] >= rules.moves_most or is_resting):
        return False
    gain_s = _gain_s(
        session,
        case,
        role=row["role"],
        worker_id=row["worker_id"],
        is_gone=because in _HOLDER_GONE,
        now=now,
    )
    if gain_s is None and because != "unavailable":
        return False  # no other candidate
    if because not in _HOLDER_GONE and (gain_s is None or gain_s < rules.gain_seconds):
        return False
    dispatch.end_active(
        session, incident_id=case["id"], role=row["role"], state="withdrawn", because=because, now=now
    )
    saved_s = None if because in _HOLDER_GONE else gain_s
    detail: dict[str, Any] = {
        "worker_id": row["worker_id"],
        "assignment_id": row["assignment_id"],
        "role": row["role"],
        "because": because,
        "gain_s": saved_s,
    }
    to = destination("move_on", Status(case["status"]))
    record(session, SYSTEM, case, "move_on", to, now=now, detail=detail)
    writes.update_case(session, case["id"], now=now, status=to)
    name = dispatch.worker_name(session, row["worker_id"])
    moved = {"from": str(row["worker_id"]), "name": name, "because": because, "gain_s": saved_s}
    placement.ask_next(session, case["id"], role=row["role"], now=now, moved=moved)
    return True


def _gain_s(
    session: Session,
    case: RowMapping,
    *,
    role: str,
    worker_id: UUID,
    is_gone: bool,
    now: datetime,
) -> float | None:
    """Return how many seconds of cost a move of the work to the next candidate saves.

    The cost is computed by the ranking of workers. The result is None if there is no candidate with a known position. It is 0
    if the holder is gone and there is any candidate.
    """
    context = placement.dispatch_context(session, case, now)
    excluded = exclusions.exclusions_for(session, case, role=role) | {worker_id: "has_it"}
    demand = placement.demand_for(case, context.profile, role=role, excluded=excluded)
    next_verdict = dispatch.next_candidate(
        session,
        context,
        demand,
        dispatch.AreaPaths(areas.paths_of(session, area_id=case["area_id"])),
    )
    if next_verdict is None:
        return None
    if is_gone:
        return 0.0
    if "unknown_position" in next_verdict.cost:
        return None  # unknown whether the candidate is nearer
    holder_verdict, _ = dispatch.judge_worker(session, context, demand, worker_id, is_holder=True)
    return round(holder_verdict.total - next_verdict.total, 1)
