"""Small days, made by a seed: a street of two communities with two grids each."""

from datetime import UTC, datetime
from random import Random
from uuid import UUID

from app.core.travel import StraightLine
from app.profiles.rules.profile import ModeSettings, parse_profile
from app.profiles.service import packaged_profile
from app.simulation.rules.day import Day, Setting, SimulatedDay
from app.simulation.rules.incidents import Incident
from app.simulation.rules.people import Behaviour, Chance, Worker
from app.simulation.rules.policies import POLICIES

PROFILE = parse_profile(packaged_profile("xihu"))
WEIGHTS, SETTINGS = PROFILE.dispatch_weights, PROFILE.modes["normal"]
HOUR, DAY = 3600, 24 * 3600
# A Wednesday, midnight in Hangzhou.
START = datetime(2026, 11, 24, 16, tzinfo=UTC)
GRIDS = {f"d.s.c{c}.g{c}{g}": (120.10 + 0.01 * c, 30.27 + 0.005 * g) for c in (1, 2) for g in (1, 2)}


def chain(grid: str) -> dict[str, str]:
    labels = grid.split(".")
    levels = ("district", "street", "community", "grid")
    return {level: ".".join(labels[: n + 1]) for n, level in enumerate(levels)}


def worker(
    n: int, grid: str, capacity: int = 3, *, role: str = "worker", spans=((8 * HOUR, 18 * HOUR),)
) -> Worker:
    return Worker(UUID(int=n), f"W{n}", capacity, frozenset(), [(grid, role)], GRIDS[grid], spans)


def incident(
    n: int, grid: str, at: int, *, priority: int = 3, due: int | None = None, apart: str = ""
) -> Incident:
    lon, lat = GRIDS[grid]
    return Incident(
        id=UUID(int=1000 + n),
        name=f"I{n}",
        at=at,
        lon=lon + 0.0001 * n,
        lat=lat,
        category="E0102",
        priority=priority,
        skills=frozenset(),
        chain=chain(grid),
        due=at + 4 * HOUR if due is None else due,
        apart=apart,
    )


def random_day(seed: int, *, incidents: int, workers: int) -> tuple[list[Incident], list[Worker]]:
    random = Random(f"day:{seed}")
    grids = list(GRIDS)
    crew = []
    for n in range(workers):
        begins, capacity = random.randint(7, 11) * HOUR, random.randint(1, 3)
        role = random.choice(["worker", "worker", "substitute", "chief"])
        spans = [(begins, begins + random.randint(1, 9) * HOUR)]
        crew.append(worker(n, random.choice(grids), capacity, role=role, spans=spans))
    reports = [
        incident(
            n,
            random.choice(grids),
            random.randint(6 * HOUR, 20 * HOUR),
            priority=random.randint(1, 3),
            apart=random.choice(["", "", "", "", "unit_queue"]),
        )
        for n in range(incidents)
    ]
    return reports, crew


def live(
    policy: str,
    incidents: list[Incident],
    workers: list[Worker],
    *,
    seed: int = 1,
    until: int = 2 * DAY,
    settings: ModeSettings = SETTINGS,
    **behaviour: object,
) -> SimulatedDay:
    kind = Behaviour(**behaviour)  # type: ignore[arg-type]
    setting = Setting(START, until, settings, PROFILE.calendar, kind, StraightLine())
    made = POLICIES[policy](WEIGHTS, settings)
    return Day(setting, incidents, workers, made, Chance(seed, kind)).live()
