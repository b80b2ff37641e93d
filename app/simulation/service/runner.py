"""Simulation of a loaded day under several policies, with one seed."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.travel import StraightLine
from app.simulation.rules import scenarios
from app.simulation.rules.day import Day, Setting, SimulatedDay
from app.simulation.rules.figures import Figures, figures
from app.simulation.rules.incidents import Incident
from app.simulation.rules.people import Chance, Worker
from app.simulation.rules.policies import POLICIES
from app.simulation.service.day_loader import LoadedDay, SimulationRequest


@dataclass(frozen=True, slots=True)
class Result:
    """The result of simulating one day under one policy with one seed."""

    policy: str
    seed: int
    figures: Figures
    lived: SimulatedDay


@dataclass(frozen=True, slots=True)
class Prepared:
    """The incidents and workers of a simulated day, drawn with one seed.

    Every policy is simulated with them. The simulation itself does not use the database.
    """

    seed: int
    chance: Chance
    incidents: list[Incident]
    workers: list[Worker]


def prepare(session: Session, loaded: LoadedDay, request: SimulationRequest, seed: int) -> Prepared:
    """Return the incidents and workers of the loaded day for one seed. Stores nothing."""
    chance = Chance(seed, loaded.behaviour)
    reports = scenarios.storm(loaded.reports, request.storm, chance, since=loaded.start, until=loaded.ends)
    workers = scenarios.absent(loaded.workers, request.absent, chance)
    return Prepared(seed, chance, loaded.incidents(session, reports), workers)


def run(
    loaded: LoadedDay,
    request: SimulationRequest,
    prepared: Prepared,
    *,
    on_report: Callable[[int], object] = lambda n: None,
) -> list[Result]:
    """Simulate the day under each policy.

    The caller must have no open transaction, because a simulation takes long.
    """
    setting = Setting(
        start=loaded.start,
        until=loaded.until,
        settings=loaded.settings,
        calendar=loaded.profile.calendar,
        behaviour=loaded.behaviour,
        travel=StraightLine(loaded.profile.planning.factors),
    )
    results = []
    for name in request.policies:
        policy = POLICIES[name](loaded.profile.dispatch_weights, loaded.settings)
        day = Day(setting, prepared.incidents, prepared.workers, policy, prepared.chance, on_report)
        outcome = day.live()
        results.append(Result(name, prepared.seed, figures(outcome, loaded.until), outcome))
    return results
