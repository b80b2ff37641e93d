"""Search for workers who may get the work on one case, area by area.

The smallest area around the case is read first. The candidates are judged by `rules/ranking.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.streets import has_streets, time_limits
from app.core.travel import Place
from app.dispatch.queries import placements as queries
from app.dispatch.rules import ranking
from app.dispatch.rules.ranking import Candidate, Demand, Verdict
from app.dispatch.service.context import DispatchContext
from app.dispatch.service.fairness import with_workload
from app.dispatch.service.street_times import travel_to


@dataclass(frozen=True, slots=True)
class AreaPaths:
    """The paths of the areas that contain the position of a case, by level (grid, community...)."""

    paths: dict[str, str]

    @property
    def grid_path(self) -> str | None:
        """Return the path of the grid that contains the position, or None if no grid does."""
        return self.paths.get("grid")


@dataclass(slots=True)
class _Candidates:
    """The workers read so far who may get the work on one case.

    A worker found in several areas around the case counts for the first area that was read.
    """

    session: Session
    context: DispatchContext
    demand: Demand
    area_paths: AreaPaths
    by_id: dict[UUID, Candidate] = field(default_factory=dict)
    positions: dict[UUID, Place] = field(default_factory=dict)

    def read_ring(self, ring: str, path: str) -> None:
        """Read the workers responsible for grids under `path`, and add them to the candidates.

        At most `ranking.RING_LIMIT` workers are read.

        Args:
            ring: Level of the area (community, street...), stored with each worker.
        """
        grid_path = self.area_paths.grid_path
        read_ring = self.context.read_ring
        rows: Sequence[RowMapping | Mapping[str, Any]]
        if read_ring and read_ring.has(self.demand, ring=ring, ring_path=path, grid_path=grid_path):
            rows = read_ring.rows
        else:
            rows = queries.candidates(
                self.session,
                self.demand,
                grid_path=grid_path,
                ring=ring,
                ring_path=path,
                now=self.context.now,
            )
        new_candidates = [candidate_of(row) for row in rows if row["worker_id"] not in self.by_id]
        for candidate in with_workload(self.session, self.context, new_candidates):
            self.by_id[candidate.worker_id] = candidate
        self.positions.update((row["worker_id"], (row["lon"], row["lat"])) for row in rows)

    def judge(self) -> list[Verdict]:
        """Return the verdicts of all candidates read so far, the eligible ones first."""
        return ranking.judge(self.demand, self.by_id.values(), self.context.weights, self.context.values)

    def judge_by_street(self, verdicts: list[Verdict]) -> tuple[list[Verdict], dict[str, Any] | None]:
        """Judge the best candidates again by travel times on streets, if these can change the order.

        Returns (verdicts, a record of the travel times to store with the decision, or None if there was no request for them).
        """
        planning = self.context.profile.profile.planning
        if not has_streets(planning.mode):
            return verdicts, None
        timed_verdicts = ranking.to_time_by_street(verdicts, self.context.values)
        if not timed_verdicts:
            return verdicts, None
        street_travel, travel_record = travel_to(
            (self.demand.lon, self.demand.lat),
            {v.worker_id: self.positions[v.worker_id] for v in timed_verdicts},
            planning,
            limit_s=time_limits().rank_s if self.context.may_ask_router else 0,
        )
        for worker_id, candidate in self.by_id.items():
            self.by_id[worker_id] = replace(candidate, street_travel=street_travel.get(worker_id))
        return self.judge(), travel_record

    def street_ways(self) -> dict[UUID, int]:
        """Return the travel time to the case on the street network, in seconds, of each candidate who has one."""
        planning = self.context.profile.profile.planning
        starts = {
            worker_id: self.positions[worker_id]
            for worker_id, candidate in self.by_id.items()
            if candidate.distance_m is not None
        }
        if not starts or not has_streets(planning.mode):
            return {}
        limit_s = time_limits().rank_s if self.context.may_ask_router else 0
        travel, _ = travel_to((self.demand.lon, self.demand.lat), starts, planning, limit_s=limit_s)
        return {worker_id: way.seconds for worker_id, way in travel.items()}


def judge_candidates(
    session: Session,
    context: DispatchContext,
    demand: Demand,
    area_paths: AreaPaths,
    *,
    all_rings: bool = False,
) -> tuple[list[Verdict], dict[str, Any] | None]:
    """Read and judge candidates, area by area outwards from the case, until one is eligible.

    If no worker of the city is eligible, workers of neighbouring cities are read. These are the cities that have agreed
    with the city to help each other.

    Args:
        all_rings: Read all areas, even if a candidate of a smaller area is eligible.

    Returns:
        The verdicts, and a record of the street travel times to store with the decision (None: there was no request).
    """
    candidates, verdicts = _read_and_judge(session, context, demand, area_paths, all_rings=all_rings)
    return candidates.judge_by_street(verdicts)


@dataclass(frozen=True, slots=True)
class PresentCandidate:
    """A worker judged now, for a supervisor who chooses one.

    Attributes:
        rules: Codes of all rules that exclude the worker; empty for an eligible worker.
        way_s: Travel time on the street network in seconds; None without a position or a network.
    """

    verdict: Verdict
    rules: tuple[str, ...]
    way_s: int | None


def present_candidates(
    session: Session, context: DispatchContext, demand: Demand, area_paths: AreaPaths
) -> list[PresentCandidate]:
    """Return all candidates of all areas around a case in the order of the rules. Stores nothing."""
    candidates, verdicts = _read_and_judge(session, context, demand, area_paths, all_rings=True)
    verdicts, _ = candidates.judge_by_street(verdicts)
    ways = candidates.street_ways()
    return [
        PresentCandidate(
            verdict,
            tuple(ranking.exclusions(demand, candidates.by_id[verdict.worker_id])),
            ways.get(verdict.worker_id),
        )
        for verdict in verdicts
    ]


def _read_and_judge(
    session: Session,
    context: DispatchContext,
    demand: Demand,
    area_paths: AreaPaths,
    *,
    all_rings: bool,
) -> tuple[_Candidates, list[Verdict]]:
    """Return the candidates that `judge_candidates` reads, and the verdicts by straight lines."""
    candidates = _Candidates(session, context, demand, area_paths)
    verdicts: list[Verdict] = []
    for ring, path in ranking.rings_outwards(area_paths.paths, context.values.rings):
        candidates.read_ring(ring, path)
        verdicts = candidates.judge()
        if ranking.eligible(verdicts) and not all_rings:
            break
    has_neighbours = context.profile.profile.neighbours and area_paths.paths
    if has_neighbours and (all_rings or not ranking.eligible(verdicts)):
        own_path = max(area_paths.paths.values(), key=len)
        for path in queries.paths_of_neighbours(session, path=own_path, now=context.now):
            candidates.read_ring(ranking.NEIGHBOUR, path)
        verdicts = candidates.judge()
    return candidates, verdicts


def candidate_of(row: RowMapping | Mapping[str, Any]) -> Candidate:
    """Return the `Candidate` made from a row of the candidate query.

    Distance and age of the position are rounded to one decimal.
    """
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
