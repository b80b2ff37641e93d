"""Living a loaded day under several policies, with one seed."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.travel import StraightLine
from app.simulation.rules import scenarios
from app.simulation.rules.day import Day, Lived, Setting
from app.simulation.rules.figures import Figures, figures
from app.simulation.rules.people import Chance
from app.simulation.rules.policies import POLICIES
from app.simulation.service.loading import Loaded, Wish


@dataclass(frozen=True, slots=True)
class Result:
    """One day under one policy with one seed."""

    policy: str
    seed: int
    figures: Figures
    lived: Lived


def run(
    session: Session,
    loaded: Loaded,
    wish: Wish,
    seed: int,
    *,
    on_report: Callable[[int], object] = lambda n: None,
) -> list[Result]:
    """The day under each policy; the same seed makes the same storm, the same people stay away and answer alike."""
    chance = Chance(seed, loaded.behaviour)
    reports = scenarios.storm(loaded.reports, wish.storm, chance, since=loaded.start, until=loaded.ends)
    incidents = loaded.incidents(session, reports)
    workers = scenarios.absent(loaded.workers, wish.absent, chance)
    setting = Setting(
        start=loaded.start,
        until=loaded.until,
        settings=loaded.settings,
        calendar=loaded.profile.calendar,
        behaviour=loaded.behaviour,
        travel=StraightLine(loaded.profile.planning.factors),
    )
    found = []
    for name in wish.policies:
        policy = POLICIES[name](loaded.profile.dispatch_weights, loaded.settings)
        lived = Day(setting, incidents, workers, policy, chance, on_report).live()
        found.append(Result(name, seed, figures(lived, loaded.until), lived))
    return found
