"""Travel times of candidates on the street network, if one is configured.

Callers must hold no database locks, because the answer of the network may be slow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.core.streets import has_streets, time_limits, travel_by
from app.core.travel import Place, TravelEstimates
from app.dispatch.rules.batch import UNKNOWN, BatchInput
from app.dispatch.rules.batch_input import PoolWorker, WaitingDemand
from app.dispatch.rules.ranking import StreetTravel
from app.profiles.rules.planning import Planning


def with_travel_times(
    batch_input: BatchInput,
    waiting: Sequence[WaitingDemand],
    workers: Sequence[PoolWorker],
    planning: Planning,
) -> BatchInput:
    """Return the input for deciding about many cases together, with travel times on streets.

    Without a configured street network the input is returned unchanged.
    """
    if not has_streets(planning.mode):
        return batch_input
    demands = {
        (str(waiting_demand.demand.incident_id), waiting_demand.demand.role): waiting_demand.demand
        for waiting_demand in waiting
    }
    demands_in_order = [
        demands[key] for key in zip(batch_input.demands["id"], batch_input.demands["role"], strict=True)
    ]
    worker_points = {str(worker.id): (worker.lon, worker.lat) for worker in workers}
    located = [n for n, metres in enumerate(batch_input.pairs["metres"]) if metres >= 0]
    pairs: list[tuple[Place, Place]] = []
    for n in located:
        lon, lat = worker_points[batch_input.workers["id"][batch_input.pairs["worker"][n]]]
        demand = demands_in_order[batch_input.pairs["demand"][n]]
        pairs.append(((lon or 0.0, lat or 0.0), (demand.lon, demand.lat)))
    travel = travel_by(planning.factors).ways(pairs, mode=planning.mode, limit_s=time_limits().run_s)
    seconds = [UNKNOWN] * len(batch_input.pairs["metres"])
    for index, n in enumerate(located):
        if travel.is_network[index]:
            seconds[n] = travel.seconds[index]
    return replace(
        batch_input, pairs=batch_input.pairs | {"seconds": seconds}, travel=_travel_record(travel, planning)
    )


def travel_to(
    destination: Place, starts: Mapping[UUID, Place], planning: Planning, *, limit_s: float
) -> tuple[dict[UUID, StreetTravel], dict[str, Any]]:
    """Return each worker's travel time to one place, and a record to store with the decision.

    Travel times are from the street network. Workers for whom it has no way to the place are left out.

    Args:
        starts: Position of each worker in WGS 84, longitude first.
        destination: Position in WGS 84, longitude first.
        limit_s: Maximum wait for the street network in seconds; 0: use cached answers only.
    """
    travel = travel_by(planning.factors)
    travel_times = travel.ways(
        [(start, destination) for start in starts.values()], mode=planning.mode, limit_s=limit_s
    )
    factor = _seconds_per_m(planning)
    travel_by_worker = {
        worker_id: StreetTravel(travel_times.seconds[n], round(travel_times.seconds[n] / factor, 1))
        for n, worker_id in enumerate(starts)
        if travel_times.is_network[n]
    }
    return travel_by_worker, _travel_record(travel_times, planning)


def _seconds_per_m(planning: Planning) -> float:
    return planning.factors[planning.mode].seconds_per_m


def _travel_record(travel_times: TravelEstimates, planning: Planning) -> dict[str, Any]:
    return {
        "basis": travel_times.basis.value,
        "mode": planning.mode.value,
        "seconds_per_m": _seconds_per_m(planning),
        "network": sum(travel_times.is_network),
        "straight": len(travel_times.is_network) - sum(travel_times.is_network),
        "why": dict(travel_times.why),
    }
