"""What a run keeps, read again: everyone considered as one verdict each, whichever tier wrote it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.dispatch.rules import ranking
from app.dispatch.rules.batch import RELATIONS
from app.dispatch.rules.ranking import Candidate, Demand, Verdict, Way, placed_reason
from app.profiles.rules.profile import DispatchWeights, ModeSettings

# Parts of the cost of a pair, as tier 1 keeps them, in tenths of a second.
PARTS = ("load", "fairness", "ring", "not_owner", "travel", "position_age", "unknown_position")


def verdicts(
    candidates: Any, people: Mapping[int, Mapping[str, Any]], chosen: UUID | None
) -> list[dict[str, Any]]:
    """The verdicts of a run: those of tier 0 stand there; those of a batch stand there by column."""
    if isinstance(candidates, list):
        return [dict(verdict) for verdict in candidates]
    return _eligible(candidates, people, chosen) + _others(candidates, people)


def _eligible(
    kept: Mapping[str, Any], people: Mapping[int, Mapping[str, Any]], chosen: UUID | None
) -> list[dict[str, Any]]:
    found = []
    for n in sorted(range(len(kept["worker"])), key=lambda n: kept["rank"][n]):
        person, ring = people[kept["worker"][n]], kept["rings"][kept["ring"][n]]
        why = placed_reason(ring)
        cost = {
            part: kept["cost"][part][n] / 10
            for part in PARTS
            if part in kept["cost"] and kept["cost"][part][n]
        }
        is_known = kept["metres"][n] >= 0
        is_chosen = person["id"] == str(chosen)
        found.append(
            {
                "worker_id": person["id"],
                "name": person["name"],
                "ring": ring,
                "relation": RELATIONS[kept["relation"][n]],
                "eligible": True,
                "reason": why if is_chosen or chosen is None else f"{why}_not_chosen",
                "rank": kept["rank"][n],
                "cost": cost,
                "cost_total": round(sum(cost.values()), 1),
                "distance_m": kept["metres"][n] if is_known else None,
                "position_age_s": kept["age"][n] if is_known else None,
                "travel_s": _or_none(kept["seconds"][n]) if "seconds" in kept else None,
                "open_work": kept["open_work"][n],
                "capacity": kept["capacity"][n],
            }
        )
    return found


def _or_none(value: int) -> int | None:
    return value if value >= 0 else None


def _others(kept: Mapping[str, Any], people: Mapping[int, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "worker_id": people[worker]["id"],
            "name": people[worker]["name"],
            "ring": kept["rings"][ring],
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
        for worker, ring, relation, reason, open_work, capacity in kept["others"]
    ]


def rejudge(
    demand: Mapping[str, Any],
    candidates: Sequence[Mapping[str, Any]],
    weights: DispatchWeights,
    settings: ModeSettings,
) -> list[Verdict] | None:
    """Tier 0 again, from what the run kept; None for a run that did not choose by rank or kept too little."""
    rules = demand.get("rules")
    if rules is None or any("is_on_duty" not in c for c in candidates):
        return None
    then = replace(
        settings, rings=tuple(rules["rings"]), position_fresh_minutes=rules["position_fresh_minutes"]
    )
    asked = Demand(
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
            way=Way(c["travel_s"], c["as_straight_m"]) if "travel_s" in c else None,
        )
        for c in candidates
    ]
    return ranking.judge(asked, people, weights, then)
