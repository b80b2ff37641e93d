"""How long those who might be asked need: by the street network, where one is configured. Nothing is locked meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.core.streets import has_streets, limits_of_time, travel_by
from app.core.travel import Place, Ways
from app.dispatch.rules.batch import UNKNOWN, BatchInput
from app.dispatch.rules.gathering import PoolWorker, Waiting
from app.dispatch.rules.ranking import Way
from app.profiles.rules.planning import Planning


def with_ways(
    given: BatchInput, waiting: Sequence[Waiting], workers: Sequence[PoolWorker], planning: Planning
) -> BatchInput:
    """The input of a batch with the times of its pairs, as the street network tells them now."""
    if not has_streets(planning.mode):
        return given
    demands = {(str(one.demand.incident_id), one.demand.role): one.demand for one in waiting}
    order = [demands[key] for key in zip(given.demands["id"], given.demands["role"], strict=True)]
    places = {str(worker.id): (worker.lon, worker.lat) for worker in workers}
    known = [n for n, metres in enumerate(given.pairs["metres"]) if metres >= 0]
    pairs: list[tuple[Place, Place]] = []
    for n in known:
        lon, lat = places[given.workers["id"][given.pairs["worker"][n]]]
        demand = order[given.pairs["demand"][n]]
        pairs.append(((lon or 0.0, lat or 0.0), (demand.lon, demand.lat)))
    ways = travel_by(planning.factors).ways(pairs, mode=planning.mode, limit_s=limits_of_time().run_s)
    seconds = [UNKNOWN] * len(given.pairs["metres"])
    for place, n in enumerate(known):
        if ways.is_network[place]:
            seconds[n] = ways.seconds[place]
    return replace(given, pairs=given.pairs | {"seconds": seconds}, travel=_told(ways, planning))


def ways_to(
    there: Place, starts: Mapping[UUID, Place], planning: Planning, *, limit_s: float
) -> tuple[dict[UUID, Way], dict[str, Any]]:
    """The ways of some people to one place, those that the network tells; and what is kept of the asking."""
    travel = travel_by(planning.factors)
    ways = travel.ways([(start, there) for start in starts.values()], mode=planning.mode, limit_s=limit_s)
    factor = _seconds_per_m(planning)
    found = {
        worker_id: Way(ways.seconds[n], round(ways.seconds[n] / factor, 1))
        for n, worker_id in enumerate(starts)
        if ways.is_network[n]
    }
    return found, _told(ways, planning)


def _seconds_per_m(planning: Planning) -> float:
    return planning.factors[planning.mode].seconds_per_m


def _told(ways: Ways, planning: Planning) -> dict[str, Any]:
    return {
        "basis": ways.basis.value,
        "mode": planning.mode.value,
        "seconds_per_m": _seconds_per_m(planning),
        "network": sum(ways.is_network),
        "straight": len(ways.is_network) - sum(ways.is_network),
        "why": dict(ways.why),
    }
