"""The routing problem of a worker's day: possible stops and remaining working hours. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.travel import Place
from app.planning.rules import day_items
from app.planning.rules.day_items import Pin, WorkDay
from app.planning.rules.days import Break, Day, Kind, Stop


@dataclass(frozen=True, slots=True)
class Patch:
    """A group of neighbouring cells of the map that nobody visited.

    The id does not change while the grid exists.
    """

    id: UUID
    lon: float
    lat: float


@dataclass(slots=True)
class StopList:
    """The stops (cases, visits, patrols) that may be planned on a day.

    Attributes:
        places: Positions of the stops, in the order of `stops`: (lon, lat) in WGS 84.
        facts: Details that the plan stores with a stop, by the id of the stop.
        finished_ids: Stops of the previous plan that are done; they are not added again.
    """

    work_day: WorkDay
    pins: Mapping[str, Pin]
    finished_ids: set[str]
    stops: list[Stop] = field(default_factory=list)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)

    def add_cases(self, rows: Sequence[Mapping[Any, Any]]) -> None:
        """Add a stop for each case that the worker has accepted."""
        for row in rows:
            stop = day_items.case_stop(self.work_day, row, len(self.places))
            self._add(stop, (row["lon"], row["lat"]), due_at=row["due_at"])

    def add_visits(self, rows: Sequence[Mapping[Any, Any]]) -> None:
        """Add a stop for each household where a visit or a task is due."""
        for row in rows:
            due_on = min((d for d in (row["due_on"], row["task_due"]) if d is not None), default=None)
            stop = day_items.visit_stop(
                self.work_day, str(row["id"]), len(self.places), tasks=row["tasks"], due_on=due_on
            )
            self._add(stop, (row["lon"], row["lat"]), due_on=due_on, tasks=row["tasks"])

    def add_patrols(self, patches: Sequence[Patch]) -> None:
        """Add a stop for a patrol of each patch (group of cells that nobody visited).

        The patrol may be at any time of the working hours.
        """
        service = 60 * self.work_day.rules.patrol_minutes
        first, last = self.work_day.working.bounds
        for patch in patches:
            stop = Stop(str(patch.id), Kind.PATROL, len(self.places), service, first, last, 1)
            self._add(stop, (patch.lon, patch.lat))

    def _add(self, stop: Stop, place: Place, **facts: Any) -> None:
        if stop.id in self.finished_ids:
            return
        self.stops.append(day_items.with_pin(stop, self.pins.get(stop.id)))
        self.facts[stop.id] = {"lon": round(place[0], 7), "lat": round(place[1], 7), **facts}
        self.places.append(place)


def remaining_day(
    work_day: WorkDay,
    stops: Sequence[Stop],
    finished: Sequence[Mapping[str, Any]],
    seconds: Sequence[Sequence[int]],
    *,
    start_row: int | None,
    base_row: int,
) -> Day:
    """Return the part of a working day that is still to be planned.

    Args:
        finished: Stops and breaks of the previous plan that are over. No stop begins before the end of these breaks.
        seconds: Matrix of travel times between the places; one row for each place.
        start_row: Matrix row of the worker's present place. None: the day may begin anywhere.
        base_row: Number of the matrix row of the centre of the worker's grids. A worker without grids has no such row.
    """
    first, last = work_day.working.bounds
    finished_ids = {stop["id"] for stop in finished}
    start = max(
        first,
        day_items.epoch(work_day.now),
        *(day_items.epoch_of(stop["end"]) for stop in finished if stop["kind"] in day_items.BREAK_KINDS),
        0,
    )
    breaks: list[Break] = [
        pause
        for pause in (*day_items.gaps(work_day.working), *day_items.breaks(work_day))
        if pause.id not in finished_ids and pause.latest >= start and pause.latest + pause.service <= last
    ]
    finished_stops = sum(stop["kind"] not in day_items.BREAK_KINDS for stop in finished)
    return Day(
        start=min(start, last),
        end=last,
        start_place=start_row,
        stops=tuple(stops),
        breaks=tuple(breaks),
        seconds=seconds,
        room=max(0, work_day.rules.stops_most - finished_stops),
        base_s=[row[base_row] for row in seconds] if base_row < len(seconds) else (),
        far_s=work_day.rules.reach_minutes * 60,
    )
