"""Eligibility and ranking of the workers who may get the work on one case. Pure.

Every candidate gets a verdict: whether they are eligible, the reason, and the cost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.dispatch.rules.fairness import TOO_LITTLE_REST, TOO_LONG
from app.profiles.rules.profile import DispatchWeights, ModeSettings

RELATION_ORDER = {"worker": 0, "substitute": 1, "chief": 2}
# Candidates of one ring. More would make explanations unreadable and the statement slow.
RING_LIMIT = 20
# The case is pinned to a worker who is not eligible now.
WAITS_FOR_PINNED = "waits_for_pinned"
# The worker verified the case, so others handle and check it.
VERIFIED = "verified_it"


@dataclass(frozen=True, slots=True)
class Demand:
    """The work of one role on a case that needs a worker.

    It has only those data of the case on which the choice of a worker depends.

    Attributes:
        lon, lat: Position of the case in WGS 84 degrees.
        excluded: Workers who may not get the work, each with the code of the reason.
        pinned: The only worker who may get the work, by a supervisor's order.
        moved: The worker from whom the automatic rules withdrew the work: `from` (id), `name`, `because` (code of the reason)
            and `gain_s` (travel time saved in seconds).
    """

    incident_id: UUID
    role: str
    lon: float
    lat: float
    skills: frozenset[str] = frozenset()
    priority: int = 2
    excluded: Mapping[UUID, str] = field(default_factory=dict)
    pinned: UUID | None = None
    moved: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A worker at the instant of a decision. Distances in metres, ages in seconds."""

    worker_id: UUID
    name: str
    ring: str
    relation: str
    is_on_duty: bool
    open_work: int
    capacity: int
    skills: frozenset[str]
    distance_m: float | None
    position_age_s: float | None
    is_in_need: bool = False  # the worker has an open call for help
    is_of_city: bool = True  # works for the case's city, or for one that has agreed to help it
    street_travel: "StreetTravel | None" = None
    hours: str | None = None  # the rule about hours that excludes the worker
    surplus: float | None = None  # share by which the week is fuller than the street's; None: not weighed


@dataclass(frozen=True, slots=True)
class StreetTravel:
    """The way of a worker to a case on the street network.

    Attributes:
        seconds: Travel time.
        straight_line_m: Length of a straight line that takes as long. The cost is computed from it, so that candidates
            with and without a street time can be compared.
    """

    seconds: int
    straight_line_m: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one candidate for the work on a case: eligible or not, reason and cost.

    The attributes from `is_on_duty` on are data of the candidate. They are stored so that the candidate can be judged
    again.

    Attributes:
        cost: Cost in seconds, by the name of each part.
        is_on_duty: None if the worker was not judged.
        overridden: Rules that a supervisor's order has set aside.
    """

    worker_id: UUID
    name: str
    ring: str
    relation: str
    eligible: bool
    reason: str
    cost: Mapping[str, float]
    distance_m: float | None
    position_age_s: float | None
    open_work: int
    capacity: int
    is_on_duty: bool | None = None
    is_in_need: bool = False
    skills: frozenset[str] = frozenset()
    street_travel: StreetTravel | None = None
    hours: str | None = None
    surplus: float | None = None
    overridden: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """Return the sum of all cost parts in seconds, to one decimal."""
        return round(sum(self.cost.values()), 1)

    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "is_on_duty": self.is_on_duty,
            "is_in_need": self.is_in_need,
            "skills": sorted(self.skills),
        }
        if self.street_travel is not None:
            facts |= {
                "travel_s": self.street_travel.seconds,
                "as_straight_m": self.street_travel.straight_line_m,
            }
        optional_facts = {"hours": self.hours, "surplus": self.surplus}
        return facts | {name: value for name, value in optional_facts.items() if value is not None}

    def as_json(self, rank: int | None) -> dict[str, Any]:
        """Return the verdict as JSON, as it is stored with the decision.

        Args:
            rank: Rank of the candidate, from 1; None if not eligible.
        """
        return (
            {
                "worker_id": str(self.worker_id),
                "name": self.name,
                "ring": self.ring,
                "relation": self.relation,
                "eligible": self.eligible,
                "reason": self.reason,
                "rank": rank,
                "cost": dict(self.cost),
                "cost_total": self.total,
                "distance_m": self.distance_m,
                "position_age_s": self.position_age_s,
                "open_work": self.open_work,
                "capacity": self.capacity,
            }
            | ({} if self.is_on_duty is None else self._facts())
            | ({"overridden": list(self.overridden)} if self.overridden else {})
        )


def rings_outwards(paths: Mapping[str, str], rings: Sequence[str]) -> list[tuple[str, str]]:
    """Return the areas around a case in which to look for workers, the smallest first.

    Each item is (level, path of the area). The grid is left out if the community is in `rings`, because the community contains
    the workers of the grid.

    Args:
        paths: Path of the area at each level that contains the case.
        rings: Levels in which to look, the smallest first.
    """
    is_grid_covered = "community" in rings
    return [
        (ring, paths[ring]) for ring in rings if ring in paths and not (ring == "grid" and is_grid_covered)
    ]


def waiting_reason(paths: Mapping[str, str], verdicts: Iterable[Verdict]) -> str:
    """Return why a case waits: `no_grid`, `nobody_on_duty` or `nobody_eligible`.

    Called if no candidate is eligible.
    """
    if "grid" not in paths:
        return "no_grid"
    if all(v.reason == "off_duty" for v in verdicts):
        return "nobody_on_duty"
    return "nobody_eligible"


def judge(
    demand: Demand, candidates: Iterable[Candidate], weights: DispatchWeights, settings: ModeSettings
) -> list[Verdict]:
    """Return the verdicts on all candidates, sorted in the order in which they get offers.

    Eligible candidates come first, a smaller area around the case before a larger one. In the grid, the responsible worker
    comes before a substitute, and a substitute before a chief. Among workers of the same kind, position and load decide
    the order. No worker is excluded because of the position, and because of the load only if it has reached their capacity.
    """
    rings = settings.rings
    verdicts = [_verdict(demand, c, weights, settings) for c in candidates]
    return sorted(
        verdicts,
        key=lambda v: (
            not v.eligible,
            rings.index(v.ring) if v.ring in rings else len(rings),
            RELATION_ORDER.get(v.relation, 9) if v.ring == "grid" else 0,
            v.total,
            str(v.worker_id),
        ),
    )


def eligible(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return only the verdicts of eligible candidates."""
    return [v for v in verdicts if v.eligible]


def to_time_by_street(verdicts: Iterable[Verdict], settings: ModeSettings) -> list[Verdict]:
    """Return the best candidates for whom a travel time on streets can change the order.

    The first candidate and those found in the same area (in the grid: also with the same role) are ranked by distance and
    load. Those of them with a fresh position are returned. The list is empty if the first candidate is the only one of them.
    """
    leading: list[Verdict] = []
    for verdict in eligible(verdicts):
        kind = (verdict.ring, verdict.relation if verdict.ring == "grid" else "")
        if leading and kind != (leading[0].ring, leading[0].relation if leading[0].ring == "grid" else ""):
            break
        leading.append(verdict)
    fresh = settings.position_fresh_minutes * 60
    return (
        [v for v in leading if v.position_age_s is not None and v.position_age_s <= fresh]
        if leading[1:]
        else []
    )


def placed_reason(ring: str) -> str:
    """Return the code of the reason why a worker was chosen.

    It is `responsible` for a worker of the grid, else `nearest_` and the area in which the worker was found (community, street,
    district, or neighbour for a neighbouring city).
    """
    return "responsible" if ring == "grid" else f"nearest_{ring}"


def _verdict(
    demand: Demand, candidate: Candidate, weights: DispatchWeights, settings: ModeSettings
) -> Verdict:
    reason = _exclusion(demand, candidate)
    return Verdict(
        worker_id=candidate.worker_id,
        name=candidate.name,
        ring=candidate.ring,
        relation=candidate.relation,
        eligible=reason is None,
        reason=reason or placed_reason(candidate.ring),
        cost=_cost(candidate, weights, settings),
        distance_m=candidate.distance_m,
        position_age_s=candidate.position_age_s,
        open_work=candidate.open_work,
        capacity=candidate.capacity,
        is_on_duty=candidate.is_on_duty,
        is_in_need=candidate.is_in_need,
        skills=candidate.skills,
        street_travel=candidate.street_travel,
        hours=candidate.hours,
        surplus=candidate.surplus,
    )


# The ring of cities with an agreement to help, outside all rings of the profile; and the rule that excludes other cities.
NEIGHBOUR, OTHER_CITY = "neighbour", "other_city"
# Rules that no supervisor can set aside, because they protect people: duty, help, and independence from the case.
NEVER_OVERRIDDEN = frozenset(
    {
        "about_subject",
        "handled_it",
        "reported_it",
        VERIFIED,
        "checked_it",
        "found_nothing",
        "leads_it",
        "is_second",
        "conflict_of_interest",
        OTHER_CITY,
        "off_duty",
        "unavailable",
        TOO_LONG,
        TOO_LITTLE_REST,
    }
)


def exclusions(demand: Demand, candidate: Candidate) -> list[str]:
    """Return the codes of all rules that exclude a worker from the work on a case.

    The first code is shown as the reason.
    """
    rules = (
        (demand.excluded.get(candidate.worker_id), candidate.worker_id in demand.excluded),
        (OTHER_CITY, not candidate.is_of_city),
        ("off_duty", not candidate.is_on_duty),
        ("unavailable", candidate.is_in_need),  # only recipients of the call for help may read the reason
        (candidate.hours, candidate.hours is not None),
        ("lacks_skill", not demand.skills <= candidate.skills),
        ("full", candidate.open_work >= candidate.capacity),
    )
    return [str(reason) for reason, holds in rules if holds]


def _exclusion(demand: Demand, candidate: Candidate) -> str | None:
    """Return the code of the first rule that excludes a worker, or None."""
    return next(iter(exclusions(demand, candidate)), None)


def _cost(candidate: Candidate, weights: DispatchWeights, settings: ModeSettings) -> dict[str, float]:
    """Return the cost of a candidate in seconds, by the name of each part.

    Parts that do not apply are left out.
    """
    cost = {"load": round(weights.load * candidate.open_work**2, 1)}
    if candidate.surplus and weights.fairness:
        cost["fairness"] = round(weights.fairness * candidate.surplus, 1)
    if candidate.ring in settings.rings and settings.rings.index(candidate.ring):
        cost["ring"] = weights.ring_penalty * settings.rings.index(candidate.ring)
    if candidate.ring != "grid" or candidate.relation != "worker":
        cost["not_owner"] = weights.not_owner_penalty
    age = candidate.position_age_s
    if candidate.distance_m is None or age is None or age > settings.position_fresh_minutes * 60:
        return cost | {"unknown_position": weights.unknown_position_penalty}
    metres = candidate.street_travel.straight_line_m if candidate.street_travel else candidate.distance_m
    return cost | {
        "travel": round(metres * weights.distance, 1),
        "position_age": round(age * weights.position_age, 1),
    }
