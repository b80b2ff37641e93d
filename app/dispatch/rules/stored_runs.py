"""Reading of the candidates of stored decisions, to show them or to judge them again. Pure.

A decision about one case alone stores its candidates as a list. A decision about many cases together (a batch) stores
columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.dispatch.rules import ranking
from app.dispatch.rules.batch import RELATIONS
from app.dispatch.rules.ranking import Candidate, Demand, StreetTravel, Verdict, placed_reason
from app.profiles.rules.profile import DispatchWeights, ModeSettings

# Cost parts of a pair, which tier 1 stores in tenths of a second.
PARTS = ("load", "fairness", "ring", "not_owner", "travel", "position_age", "unknown_position")


def verdicts(
    candidates: Any, people: Mapping[int, Mapping[str, Any]], chosen: UUID | None
) -> list[dict[str, Any]]:
    """Return the candidates of a stored decision as dicts: eligible or not, reason, rank, cost.

    A decision about one case alone stores this list. A decision about many cases together (a batch) stores columns with
    numbers for the workers.

    Args:
        people: `id` and `name` of the workers of a batch, by their number.
        chosen: The worker who got the case, or None.
    """
    if isinstance(candidates, list):
        return [dict(verdict) for verdict in candidates]
    return _eligible(candidates, people, chosen) + _others(candidates, people)


def _eligible(
    stored: Mapping[str, Any], people: Mapping[int, Mapping[str, Any]], chosen: UUID | None
) -> list[dict[str, Any]]:
    verdicts = []
    for n in sorted(range(len(stored["worker"])), key=lambda n: stored["rank"][n]):
        person, ring = people[stored["worker"][n]], stored["rings"][stored["ring"][n]]
        reason = placed_reason(ring)
        cost = {
            part: stored["cost"][part][n] / 10
            for part in PARTS
            if part in stored["cost"] and stored["cost"][part][n]
        }
        has_position = stored["metres"][n] >= 0
        is_chosen = person["id"] == str(chosen)
        verdicts.append(
            {
                "worker_id": person["id"],
                "name": person["name"],
                "ring": ring,
                "relation": RELATIONS[stored["relation"][n]],
                "eligible": True,
                "reason": reason if is_chosen or chosen is None else f"{reason}_not_chosen",
                "rank": stored["rank"][n],
                "cost": cost,
                "cost_total": round(sum(cost.values()), 1),
                "distance_m": stored["metres"][n] if has_position else None,
                "position_age_s": stored["age"][n] if has_position else None,
                "travel_s": _or_none(stored["seconds"][n]) if "seconds" in stored else None,
                "open_work": stored["open_work"][n],
                "capacity": stored["capacity"][n],
            }
        )
    return verdicts


def _or_none(value: int) -> int | None:
    return value if value >= 0 else None


def _others(stored: Mapping[str, Any], people: Mapping[int, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "worker_id": people[worker]["id"],
            "name": people[worker]["name"],
            "ring": stored["rings"][ring],
            "relation": RELATIONS[relation],
            "eligible": False,
            "reason": reason,
            "rank": None,
            "cost": {},
            "cost_total": 0.0,
            "distance_m": None,
            "position_age_s": None,
            "open_work": open_work,
            "capacity": capacity,
        }
        for worker, ring, relation, reason, open_work, capacity in stored["others"]
    ]


def rejudge(
    demand: Mapping[str, Any],
    candidates: Sequence[Mapping[str, Any]],
    weights: DispatchWeights,
    settings: ModeSettings,
) -> list[Verdict] | None:
    """Judge the candidates of a stored decision about one case again, with the given weights.

    Returns None if the decision did not choose by rank, or if the version of the program that made it stored no input.
    """
    rules = demand.get("rules")
    if rules is None or any("is_on_duty" not in c for c in candidates):
        return None
    settings_then = replace(
        settings, rings=tuple(rules["rings"]), position_fresh_minutes=rules["position_fresh_minutes"]
    )
    demand_then = Demand(
        incident_id=UUID(demand["incident_id"]),
        role=demand["role"],
        lon=demand["lon"],
        lat=demand["lat"],
        skills=frozenset(demand["skills"]),
        priority=demand["priority"],
        excluded={UUID(worker): reason for worker, reason in demand["excluded"].items()},
    )
    people = [
        Candidate(
            worker_id=UUID(c["worker_id"]),
            name=c["name"],
            ring=c["ring"],
            relation=c["relation"],
            is_on_duty=c["is_on_duty"],
            open_work=c["open_work"],
            capacity=c["capacity"],
            skills=frozenset(c["skills"]),
            distance_m=c["distance_m"],
            position_age_s=c["position_age_s"],
            is_in_need=c.get("is_in_need", False),
            hours=c.get("hours"),
            surplus=c.get("surplus"),
            street_travel=StreetTravel(c["travel_s"], c["as_straight_m"]) if "travel_s" in c else None,
        )
        for c in candidates
    ]
    return ranking.judge(demand_then, people, weights, settings_then)
