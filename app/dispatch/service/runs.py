"""Values stored with every decision: the work to give, settings used, candidates, digest."""

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from app.core.ids import uuid7
from app.dispatch.rules import ranking
from app.dispatch.rules.ranking import Demand, Verdict
from app.dispatch.service.context import DispatchContext
from app.profiles.rules.profile import DispatchWeights
from app.profiles.service import SettingsInForce


def run_binds(
    context: DispatchContext,
    demand: Demand,
    demand_data: dict[str, Any],
    verdicts: Sequence[Verdict],
    *,
    round_no: int,
) -> dict[str, Any]:
    """Return the bind values for inserting a decision into table `dispatch_run`.

    They are the work to give, all judged candidates and a digest, new ids for the decision and its assignment, and the instant
    at which its offers expire.
    """
    ranks = {v.worker_id: i for i, v in enumerate(ranking.eligible(verdicts), start=1)}
    considered = [v.as_json(ranks.get(v.worker_id)) for v in verdicts]
    return {
        "run_id": uuid7(),
        "assignment_id": uuid7(),
        "incident_id": demand.incident_id,
        "role": demand.role,
        "now": context.now,
        "round": round_no,
        "expires_at": context.offer_expiry(demand.priority),
        "profile_version_id": context.profile.id,
        "weights_version": context.weights.version,
        "demand": orjson.dumps(demand_data).decode(),
        "candidates": orjson.dumps(considered).decode(),
        "input_hash": tier_0_digest(demand_data, considered, context.weights),
    }


def demand_json(demand: Demand) -> dict[str, Any]:
    """Return the work to give (role, case, position...) as JSON to store with a decision."""
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
    """Return the settings used to rank candidates, as JSON to store with the decision.

    A record of the street travel times is added if they were used.
    """
    rules = {
        "rings": settings.values.rings,
        "position_fresh_minutes": settings.values.position_fresh_minutes,
        "mode": settings.mode,
    }
    return rules if travel is None else rules | {"travel": travel}


def tier_0_digest(demand: Any, considered: Any, weights: DispatchWeights) -> str:
    """Return the SHA-256 (hexadecimal) of a decision about one case, to compare two decisions."""
    parts = (demand, considered, weights.stored_values())
    data = b"".join(orjson.dumps(part, option=orjson.OPT_SORT_KEYS) for part in parts)
    return hashlib.sha256(data).hexdigest()
