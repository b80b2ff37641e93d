"""Changes to a recorded day before it is simulated: more incidents, fewer workers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import cos, radians
from uuid import UUID

from app.simulation.rules.people import Chance, Worker

# A report of a storm comes about so far from one of the ordinary day, in minutes and metres (standard deviations).
_MINUTES, _METRES = 20.0, 60.0
_METRES_A_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class Report:
    """A report that becomes an incident of the simulated day.

    It is stored in the database, read from a file, or a copy made by `storm`.

    Attributes:
        condition: Code of the condition under which it was filed; None: the first condition of the category.
        origin: For a copy the position of the original report; else None.
    """

    id: UUID
    name: str
    at: datetime
    lon: float
    lat: float
    category: str
    priority: int | None = None
    condition: str | None = None
    origin: tuple[float, float] | None = None


def storm(
    reports: Sequence[Report], factor: float, chance: Chance, *, since: datetime, until: datetime
) -> list[Report]:
    """Return more or fewer reports than given: `factor` times as many, sorted by time.

    Additional reports are copies at about the same places and times, within the day. With a factor below 1, some of the
    given reports are left out.
    """
    all_reports: list[Report] = []
    for report in reports:
        random = chance.of("storm", report.id)
        copies = int(factor) + (random.random() < factor % 1)
        for n in range(copies):
            if n == 0:
                all_reports.append(report)
                continue
            at = report.at + timedelta(minutes=random.gauss(0, _MINUTES))
            east, north = random.gauss(0, _METRES), random.gauss(0, _METRES)
            all_reports.append(
                replace(
                    report,
                    id=UUID(int=random.getrandbits(128), version=4),
                    name=f"{report.name}+{n}",
                    at=min(max(at, since), until - timedelta(seconds=1)),
                    lon=report.lon + east / (_METRES_A_DEGREE * cos(radians(report.lat))),
                    lat=report.lat + north / _METRES_A_DEGREE,
                    origin=(report.lon, report.lat),
                )
            )
    return sorted(all_reports, key=lambda r: (r.at, r.id))


def absent(workers: Sequence[Worker], share: float, chance: Chance) -> list[Worker]:
    """Return the workers, of whom a random share has no duty on the day.

    The share is of the workers who are on duty on the recorded day; their number is rounded.
    """
    on_duty_ids = sorted((w.id for w in workers if w.spans), key=str)
    absent_ids = set(chance.of("absent").sample(on_duty_ids, round(share * len(on_duty_ids))))
    return [replace(w, spans=()) if w.id in absent_ids else w for w in workers]
