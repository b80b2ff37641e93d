"""What a worker's day holds, from rows of other domains: times, stops, breaks, decisions. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.planning.rules.days import Break, Kind, Reason, Stop
from app.profiles.rules.planning import Planning

RESTS = (Kind.BREAK, Kind.GAP)
# Who is on duty without a planned shift is thought to work for so long.
DUTY_HOURS = 8
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Time:
    """A shift, a duty or an absence."""

    worker_id: UUID
    kind: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Working:
    """When somebody works on a day, in order and apart, or why not."""

    spans: tuple[Span, ...]
    reason: Reason | None

    @property
    def whole(self) -> tuple[int, int]:
        """From the first to the last second of it."""
        if not self.spans:
            return 0, 0
        return epoch(self.spans[0][0]), epoch(self.spans[-1][1])


@dataclass(frozen=True, slots=True)
class Pin:
    """What somebody decided of a stop: when it begins, or its place in an order made by hand."""

    stop_id: str
    at: int | None
    place: int | None


def epoch(instant: datetime) -> int:
    return int(instant.timestamp())


def epoch_of(text: str) -> int:
    return epoch(datetime.fromisoformat(text))


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def spans(
    times: Sequence[Time], worker_id: UUID, *, begins: datetime, ends: datetime, now: datetime
) -> Working:
    """When a worker works between two instants: her shifts, else her duty; less the time in which she is absent."""
    hers = [t for t in times if t.worker_id == worker_id]
    working = [(max(t.since, begins), min(t.until or ends, ends)) for t in hers if t.kind == "shift"]
    if not working:
        working = [
            (max(t.since, begins), min(t.until or max(t.since + timedelta(hours=DUTY_HOURS), now), ends))
            for t in hers
            if t.kind == "duty"
        ]
    if not working:
        return Working((), Reason.NO_SHIFT)
    absences = [(t.since, t.until or ends) for t in hers if t.kind == "absence"]
    left = [span for span in _without(sorted(working), absences) if span[1] > span[0]]
    return Working(tuple(left), None if left else Reason.ABSENT)


def _without(working: Sequence[Span], absences: Sequence[Span]) -> list[Span]:
    left = list(working)
    for since, until in absences:
        left = [
            part
            for start, end in left
            for part in ((start, min(end, since)), (max(start, until), end))
            if part[0] < part[1]
        ]
    return sorted(left)


def hours_of(working: Sequence[Span], zone: ZoneInfo) -> list[int]:
    """The hours of the clock that somebody works in."""
    found = set()
    for since, until in working:
        hour = since.astimezone(zone)
        while hour < until:
            found.add(hour.hour)
            hour += timedelta(hours=1)
    return sorted(found)


def gaps(working: Working) -> list[Break]:
    """The time between two shifts of a day."""
    return [
        Break(f"gap-{epoch(before[1])}", Kind.GAP, length, epoch(before[1]), epoch(before[1]))
        for before, after in zip(working.spans, working.spans[1:], strict=False)
        if (length := epoch(after[0]) - epoch(before[1])) > 0
    ]


def breaks(rules: Planning, begins: datetime, first: int, last: int) -> list[Break]:
    """The breaks of the rules that lie in a day's work with room on both sides."""
    midnight = epoch(begins)
    found = []
    for rest in rules.breaks:
        service = rest.minutes * 60
        earliest = max(midnight + rest.since * 60, first)
        latest = min(midnight + rest.until * 60, last) - service
        if first < latest and earliest + service < last and earliest <= latest:
            found.append(Break(f"break-{rest.since}", Kind.BREAK, service, earliest, latest))
    return found


def case(rules: Planning, row: Mapping[str, Any], place: int, whole: tuple[int, int], now: datetime) -> Stop:
    """A case to handle, or to look at (verify, check): as soon as it presses, before it is due if it still can be."""
    kind = {"verify": Kind.VERIFY, "check": Kind.CHECK}.get(row["role"], Kind.HANDLE)
    service = 60 * (rules.handle_minutes if kind is Kind.HANDLE else rules.check_minutes)
    latest = whole[1]
    is_late = row["due_at"] is not None and row["due_at"] <= now
    if row["due_at"] is not None and not is_late:
        due = epoch(row["due_at"]) - service
        # Due before the day begins or too soon to be on time: late anyway, so at any time of it.
        if due >= max(whole[0], epoch(now)):
            latest = min(latest, due)
    priority = 7 if kind is Kind.CHECK else 11 - min(max(row["priority"], 1), 3)
    return Stop(str(row["id"]), kind, place, service, whole[0], latest, 10 if is_late else priority)


def visit(
    rules: Planning,
    household_id: str,
    tasks: int,
    due_on: date | None,
    place: int,
    begins: datetime,
    whole: tuple[int, int],
    day: date,
) -> Stop:
    """A visit, in the hours in which doors are knocked at; the longer overdue, the more it presses."""
    service = 60 * (rules.visit_minutes + tasks * rules.task_minutes)
    midnight = epoch(begins)
    weeks = (day - due_on).days // 7 if due_on is not None else 0
    return Stop(
        household_id,
        Kind.VISIT,
        place,
        service,
        max(whole[0], midnight + rules.visits_since * 60),
        min(whole[1], midnight + rules.visits_until * 60 - service),
        min(6, 2 + min(3, max(0, weeks)) + (tasks > 0)),
    )


def pin_of(row: Mapping[str, Any]) -> Pin:
    return Pin(str(row["stop_id"]), epoch(row["at"]) if row["at"] is not None else None, row["place"])


def decided(stop: Stop, pin: Pin | None) -> Stop:
    """The stop with what somebody decided of it: a time that people agreed on counts more than usual hours."""
    if pin is None:
        return stop
    if pin.at is not None:
        return replace(stop, at=pin.at, earliest=pin.at, latest=pin.at)
    return replace(stop, order=pin.place)


def kept(stops: Sequence[Mapping[str, Any]], done: set[str], now: datetime) -> list[dict[str, Any]]:
    """Of the plan before: what is done, and breaks that have begun, as they were."""
    return [
        dict(stop) | ({"state": "done"} if stop["id"] in done else {})
        for stop in stops
        if stop["id"] in done or (stop["kind"] in RESTS and epoch_of(stop["begin"]) <= epoch(now))
    ]
