"""Eligibility and ranking. Same input, same answer; every candidate gets a verdict with a reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.dispatch.rules.fairness import TOO_LITTLE_REST, TOO_LONG
from app.profiles.rules.profile import DispatchWeights, ModeSettings

RELATION_ORDER = {"worker": 0, "substitute": 1, "chief": 2}
# At most so many are considered in one ring: explanations stay readable and the statement fast.
RING_LIMIT = 20
# The case is pinned to somebody who cannot take it now.
WAITS_FOR_PINNED = "waits_for_pinned"
# The worker verified the case, so others go on with it.
VERIFIED = "verified_it"


@dataclass(frozen=True, slots=True)
class Demand:
    """Work that needs a worker: what dispatch reads of a case. `excluded`: workers who may not have it, and the rule."""

    incident_id: UUID
    role: str
    lon: float
    lat: float
    skills: frozenset[str] = frozenset()
    priority: int = 2
    excluded: Mapping[UUID, str] = field(default_factory=dict)
    pinned: UUID | None = None  # by a supervisor's order only this worker may have it
    moved: Mapping[str, Any] | None = None  # from whom the rules took it: from, name, because, gain_s


@dataclass(frozen=True, slots=True)
class Candidate:
    """A worker's state at this instant. Distances in metres, ages in seconds."""

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
    """Travel by the street network: seconds, and the straight line in metres that would take as long.

    It costs what these metres cost, so that it can be compared with straight-line distances.
    """

    seconds: int
    straight_line_m: float


@dataclass(frozen=True, slots=True)
class Verdict:
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
    # Further input of the verdict, so that it can be repeated; None where the worker was not judged.
    is_on_duty: bool | None = None
    is_in_need: bool = False
    skills: frozenset[str] = frozenset()
    street_travel: StreetTravel | None = None
    hours: str | None = None
    surplus: float | None = None
    # The rules that a supervisor's order has set aside.
    overridden: tuple[str, ...] = ()

    @property
    def total(self) -> float:
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
    """Return the rings in which candidates are read, with the path of the area, the narrowest first.

    The community contains the workers of the grid, so the grid is not read where the community is a ring.

    Args:
        paths: Path of the area at each level that covers the demand.
    """
    is_grid_covered = "community" in rings
    return [
        (ring, paths[ring]) for ring in rings if ring in paths and not (ring == "grid" and is_grid_covered)
    ]


def waiting_reason(paths: Mapping[str, str], verdicts: Iterable[Verdict]) -> str:
    """Return why a demand waits when no judged candidate is eligible."""
    if "grid" not in paths:
        return "no_grid"
    if all(v.reason == "off_duty" for v in verdicts):
        return "nobody_on_duty"
    return "nobody_eligible"


def judge(
    demand: Demand, candidates: Iterable[Candidate], weights: DispatchWeights, settings: ModeSettings
) -> list[Verdict]:
    """Verdicts of everyone, the eligible ones first in the order in which they are to be asked.

    A ring nearer to the grid always comes first. In a ring, the responsible worker comes before a substitute
    and a chief; position and load only rank among several of one kind, and never exclude.
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
    return [v for v in verdicts if v.eligible]


def to_time_by_street(verdicts: Iterable[Verdict], settings: ModeSettings) -> list[Verdict]:
    """Return the leading candidates among whom travel time decides: one ring, one relation, fresh positions."""
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
    """Return why a worker may be asked: responsible for the grid, or nearest in an outer ring."""
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


# The ring of neighbours that have agreed to help, outside all rings of the profile; and who is of a city that has not.
NEIGHBOUR, OTHER_CITY = "neighbour", "other_city"
# What protects people is not set aside by anybody: nobody is asked off duty or in need, or about their own matter.
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
    """All the rules that keep a worker out, the first one first."""
    rules = (
        (demand.excluded.get(candidate.worker_id), candidate.worker_id in demand.excluded),
        (OTHER_CITY, not candidate.is_of_city),
        ("off_duty", not candidate.is_on_duty),
        ("unavailable", candidate.is_in_need),  # why is for those who were told of the call
        (candidate.hours, candidate.hours is not None),
        ("lacks_skill", not demand.skills <= candidate.skills),
        ("full", candidate.open_work >= candidate.capacity),
    )
    return [str(reason) for reason, holds in rules if holds]


def _exclusion(demand: Demand, candidate: Candidate) -> str | None:
    """The first rule that keeps a worker out, or None."""
    return next(iter(exclusions(demand, candidate)), None)


def _cost(candidate: Candidate, weights: DispatchWeights, settings: ModeSettings) -> dict[str, float]:
    """Cost parts in seconds; parts that do not apply are left out."""
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
