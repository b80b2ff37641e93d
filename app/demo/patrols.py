"""Ways of the demo's workers on a day of duty, from house to house in their grids. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from app.demo.city.city_map import lon_lat
from app.demo.people import City, Person
from app.demo.roster import ZONE, Roster

_STOPS = (10, 26)
_BEGINS, _HOURS = time(8, 15), 9.2


@dataclass(frozen=True, slots=True)
class Patrol:
    """The way of a worker on a day.

    Attributes:
        points: Longitude, latitude and Unix time of each position, in order.
    """

    worker_id: UUID
    points: tuple[tuple[float, float, int], ...]

    @property
    def wkt(self) -> str:
        """The way as EWKT, with the times as M values."""
        return f"SRID=4326;LINESTRINGM({','.join(f'{lon} {lat} {at}' for lon, lat, at in self.points)})"


def patrols(city: City, roster: Roster, day: date) -> Iterator[Patrol]:
    """Yield the ways of all workers whose duty of the day has ended."""
    for worker_id, span in roster.spans(day).items():
        if span.until is not None and span.until <= roster.until:
            yield _patrol(
                city,
                city.people[worker_id],
                day,
                Random(f"{city.seed}:patrol:{roster.number(day)}:{worker_id}"),
            )


def _patrol(city: City, person: Person, day: date, random: Random) -> Patrol:
    # A substitute walks in the grid whose turn it is.
    grid = person.grids[0] if len(person.grids) == 1 else random.choice(person.grids)
    gates = [site.gate for site in city.placing.sites_of(grid)]
    # Everybody has a side of the grid that is seldom walked.
    gates.sort(key=lambda gate: gate.x + gate.y * (1 if person.id.int % 2 else -1))
    reach = gates[: max(4, int(len(gates) * (0.55 + 0.4 * (person.id.int % 97) / 97)))]
    rest = random.sample(reach, min(len(reach), random.randint(*_STOPS)))
    way = [rest.pop()]
    while rest:
        nearest = min(rest, key=way[-1].distance)
        rest.remove(nearest)
        way.append(nearest)
    begins = datetime.combine(day, _BEGINS, ZONE)
    step = timedelta(hours=_HOURS) / max(1, len(way) - 1)
    points = []
    for n, gate in enumerate(way):
        lon, lat = lon_lat(gate)
        points.append((round(lon, 6), round(lat, 6), int((begins + n * step).timestamp())))
    return Patrol(person.id, tuple(points))
