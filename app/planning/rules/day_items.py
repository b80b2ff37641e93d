"""Construction of the items of a worker's day: working hours, stops, breaks, fixed times.

Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.planning.rules.days import Break, Kind, Reason, Stop
from app.profiles.rules.planning import Planning

BREAK_KINDS = (Kind.BREAK, Kind.GAP)
# Assumed length of a duty without a planned shift.
DUTY_HOURS = 8
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class WorkTime:
    """A shift, a period on duty or an absence of a worker, from `since` to `until`."""

    worker_id: UUID
    kind: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The time spans in which a worker works on a day, in order and without overlaps.

    Attributes:
        reason: Why there are no time spans; None if there are some.
    """

    spans: tuple[Span, ...]
    reason: Reason | None

    @property
    def bounds(self) -> tuple[int, int]:
        """Return the first and the last second of the working hours; (0, 0) without working hours."""
        if not self.spans:
            return 0, 0
        return epoch(self.spans[0][0]), epoch(self.spans[-1][1])


@dataclass(frozen=True, slots=True)
class WorkDay:
    """One day of a worker, with the inputs for its stops.

    Attributes:
        date: Local date at the worker's first grid.
        begins: Instant at which this date begins.
        now: Instant of the planning.
        rules: The planning section of the jurisdiction's profile.
        working: Working hours of the worker.
    """

    date: date
    begins: datetime
    now: datetime
    rules: Planning
    working: WorkingHours


@dataclass(frozen=True, slots=True)
class Pin:
    """A person's decision that fixes the time of a stop, or its position in a manual order.

    Attributes:
        at: Begin in seconds since 1970, or None.
        place: Position in the manual order, or None.
    """

    stop_id: str
    at: int | None
    place: int | None


def epoch(instant: datetime) -> int:
    """Return an instant as whole seconds since 1970."""
    return int(instant.timestamp())


def epoch_of(text: str) -> int:
    """Parse an instant in ISO 8601 to whole seconds since 1970."""
    return epoch(datetime.fromisoformat(text))


def instant(seconds: int) -> datetime:
    """Return the UTC instant of a number of seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def working_hours(
    times: Sequence[WorkTime], worker_id: UUID, *, begins: datetime, ends: datetime, now: datetime
) -> WorkingHours:
    """Return the working hours of a worker between two instants.

    These are the shifts without the absences. If there are no shifts, periods on duty are used in their place.
    """
    own_times = [t for t in times if t.worker_id == worker_id]
    working = [(max(t.since, begins), min(t.until or ends, ends)) for t in own_times if t.kind == "shift"]
    if not working:
        working = [
            (max(t.since, begins), min(t.until or max(t.since + timedelta(hours=DUTY_HOURS), now), ends))
            for t in own_times
            if t.kind == "duty"
        ]
    if not working:
        return WorkingHours((), Reason.NO_SHIFT)
    absences = [(t.since, t.until or ends) for t in own_times if t.kind == "absence"]
    remaining = [span for span in _subtract(sorted(working), absences) if span[1] > span[0]]
    return WorkingHours(tuple(remaining), None if remaining else Reason.ABSENT)


def _subtract(working: Sequence[Span], absences: Sequence[Span]) -> list[Span]:
    remaining = list(working)
    for since, until in absences:
        remaining = [
            part
            for start, end in remaining
            for part in ((start, min(end, since)), (max(start, until), end))
            if part[0] < part[1]
        ]
    return sorted(remaining)


def clock_hours(working: Sequence[Span], zone: ZoneInfo) -> list[int]:
    """Return the hours of the day (0 to 23, local time) that the time spans touch."""
    hours = set()
    for since, until in working:
        hour = since.astimezone(zone).replace(minute=0, second=0, microsecond=0)
        while hour < until:
            hours.add(hour.hour)
            hour += timedelta(hours=1)
    return sorted(hours)


def gaps(working: WorkingHours) -> list[Break]:
    """Return a gap for each time between two shifts of a day."""
    return [
        Break(f"gap-{epoch(before[1])}", Kind.GAP, length, epoch(before[1]), epoch(before[1]))
        for before, after in zip(working.spans, working.spans[1:], strict=False)
        if (length := epoch(after[0]) - epoch(before[1])) > 0
    ]


def breaks(work_day: WorkDay) -> list[Break]:
    """Return the breaks that the profile's rules prescribe for a day.

    A break is left out if the worker would not work before the break, or not after it.
    """
    midnight, (first, last) = epoch(work_day.begins), work_day.working.bounds
    allowed = []
    for rule in work_day.rules.breaks:
        service = rule.minutes * 60
        earliest = max(midnight + rule.since * 60, first)
        latest = min(midnight + rule.until * 60, last) - service
        if first < latest and earliest + service < last and earliest <= latest:
            allowed.append(Break(f"break-{rule.since}", Kind.BREAK, service, earliest, latest))
    return allowed


def case_stop(work_day: WorkDay, row: Mapping[Any, Any], place: int) -> Stop:
    """Return the stop for the work on a case (handle, verify or check).

    The work must be finished by the deadline of the case. A deadline that cannot be kept any more is ignored.
    """
    rules, bounds = work_day.rules, work_day.working.bounds
    kind = {"verify": Kind.VERIFY, "check": Kind.CHECK}.get(row["role"], Kind.HANDLE)
    service = 60 * (rules.handle_minutes if kind is Kind.HANDLE else rules.check_minutes)
    latest = bounds[1]
    is_late = row["due_at"] is not None and row["due_at"] <= work_day.now
    if row["due_at"] is not None and not is_late:
        due = epoch(row["due_at"]) - service
        # Due before the day begins or too soon to be on time: late anyway, so at any time of it.
        if due >= max(bounds[0], epoch(work_day.now)):
            latest = min(latest, due)
    priority = 7 if kind is Kind.CHECK else 11 - min(max(row["priority"], 1), 3)
    return Stop(str(row["id"]), kind, place, service, bounds[0], latest, 10 if is_late else priority)


def visit_stop(work_day: WorkDay, household_id: str, place: int, *, tasks: int, due_on: date | None) -> Stop:
    """Return the stop for a visit to a household, within the hours in which visits are allowed.

    Its priority grows with the number of weeks by which the visit is overdue.
    """
    rules, bounds = work_day.rules, work_day.working.bounds
    service = 60 * (rules.visit_minutes + tasks * rules.task_minutes)
    midnight = epoch(work_day.begins)
    weeks = (work_day.date - due_on).days // 7 if due_on is not None else 0
    return Stop(
        household_id,
        Kind.VISIT,
        place,
        service,
        max(bounds[0], midnight + rules.visits_since * 60),
        min(bounds[1], midnight + rules.visits_until * 60 - service),
        min(6, 2 + min(3, max(0, weeks)) + (tasks > 0)),
    )


def pin_of(row: Mapping[Any, Any]) -> Pin:
    """Return the `Pin` made of a row of table `plan_pin`."""
    return Pin(str(row["stop_id"]), epoch(row["at"]) if row["at"] is not None else None, row["place"])


def with_pin(stop: Stop, pin: Pin | None) -> Stop:
    """Return a copy of the stop with its fixed time or its position in the manual order.

    A fixed time replaces the hours in which the stop may usually begin.
    """
    if pin is None:
        return stop
    if pin.at is not None:
        return replace(stop, at=pin.at, earliest=pin.at, latest=pin.at)
    return replace(stop, order=pin.place)


def finished_stops(stops: Sequence[Mapping[str, Any]], done: set[str], now: datetime) -> list[dict[str, Any]]:
    """Return the stops of the previous plan that are done, and the breaks that have begun."""
    return [
        dict(stop) | ({"state": "done"} if stop["id"] in done else {})
        for stop in stops
        if stop["id"] in done or (stop["kind"] in BREAK_KINDS and epoch_of(stop["begin"]) <= epoch(now))
    ]
