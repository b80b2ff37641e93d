"""The duties of workers on the days of the demo. Pure.

Days are counted from the `origin`, a Monday: the recorded days of the demo lie before it, the days that each load lives
itself begin with it. All random choices depend on this number, so that a recorded day looks the same in any year.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from app.demo.people import City, Person

ZONE = ZoneInfo("Asia/Shanghai")
# Who is there on a day: most of those who have a grid of their own, some of the others.
_SHARES = {"worker": 0.84, "substitute": 0.6, "chief": 0.45}
_WEEKEND_SHARES = {"worker": 0.3, "substitute": 0.85, "chief": 0.25}
# Planned, and then absent.
_ABSENT_SHARE = 0.04
DUTY_STARTS, DUTY_ENDS = time(8), time(18)
# The present staff are on duty for so long before the demo begins, whatever the hour.
LAST_HOURS = timedelta(hours=2)
# A flood in the night of this day: some workers keep watch, and many things are reported.
FLOOD_DAY = -33
FLOOD_BEGINS, FLOOD_ENDS = time(20), time(1, 30)
_WATCH = 14


@dataclass(frozen=True, slots=True)
class Span:
    since: datetime
    until: datetime | None


class Roster:
    """The duties of all demo workers: 08:00 to 18:00 (Asia/Shanghai), fewer workers at weekends.

    `until` is the end of the simulated time. With `is_shown`, the workers who are shown on duty when the demo starts
    (`city.present`) are on duty for the last two hours before `until`, even at night.
    """

    def __init__(
        self, city: City, first: date, until: datetime, *, origin: date, is_shown: bool = True
    ) -> None:
        self._city = city
        self._present = {person.id for person in city.present} if is_shown else set()
        self.first = first
        self.until = until
        self.origin = origin
        self.is_shown = is_shown
        self.last_hours = until - LAST_HOURS if is_shown else until
        self._days: dict[date, frozenset[UUID]] = {}

    @property
    def days(self) -> list[date]:
        last = (self.until - timedelta(microseconds=1)).astimezone(ZONE).date()
        return [self.first + timedelta(days=n) for n in range((last - self.first).days + 1)]

    def number(self, day: date) -> int:
        """Return the number of a day; that of the origin is 0."""
        return (day - self.origin).days

    def planned_on(self, day: date) -> list[Person]:
        """Return the workers for whom a shift is planned on a day."""
        random = Random(f"{self._city.seed}:duty:{self.number(day)}")
        shares = _SHARES if day.weekday() < 5 else _WEEKEND_SHARES
        return [p for p in self._city.workers if random.random() < shares[p.relation] or p.is_sign_in]

    def on_day(self, day: date) -> frozenset[UUID]:
        """Return the ids of the workers who are on duty on a day."""
        worker_ids = self._days.get(day)
        if worker_ids is None:
            random = Random(f"{self._city.seed}:absent:{self.number(day)}")
            worker_ids = self._days[day] = frozenset(
                p.id for p in self.planned_on(day) if random.random() >= _ABSENT_SHARE or p.is_sign_in
            )
        return worker_ids

    def watch(self) -> list[UUID]:
        """Return the workers who keep watch in the night of the flood."""
        random = Random(f"{self._city.seed}:watch")
        return sorted(p.id for p in random.sample(self._city.workers, _WATCH))

    def flood(self) -> Span | None:
        """Return the hours of the flood, or None if its day is not simulated."""
        day = self.origin + timedelta(days=FLOOD_DAY)
        if day < self.first:
            return None
        ends = datetime.combine(day + timedelta(days=1), FLOOD_ENDS, ZONE)
        return Span(datetime.combine(day, FLOOD_BEGINS, ZONE), ends)

    def spans(self, day: date) -> dict[UUID, Span]:
        """Return begin and end of each worker's duty on a day, by worker id.

        The result is {} if the duty of the day does not begin before `last_hours`.
        """
        since = datetime.combine(day, DUTY_STARTS, ZONE)
        duty_end = datetime.combine(day, DUTY_ENDS, ZONE)
        if since >= self.last_hours:
            return {}
        return {
            worker: Span(since, None if duty_end >= self.last_hours and worker in self._present else duty_end)
            for worker in sorted(self.on_day(day))
        }

    def is_on_duty(self, worker: UUID, at: datetime) -> bool:
        local = at.astimezone(ZONE)
        if at >= self.last_hours and worker in self._present:
            return True
        flood = self.flood()
        if flood is not None and flood.until is not None and flood.since <= at < flood.until:
            return worker in self.watch()
        is_day = DUTY_STARTS <= local.time() < DUTY_ENDS and local.replace(hour=8, minute=0) < self.last_hours
        return is_day and worker in self.on_day(local.date())

    def next_on_duty(self, worker: UUID, at: datetime, random: Random) -> datetime:
        """Return an instant from `at` on at which the worker is on duty.

        This is `at` if the worker is on duty then, else an instant soon after the next duty begins.
        """
        if self.is_on_duty(worker, at):
            return at
        if at < self.last_hours or not self.is_shown:
            day = at.astimezone(ZONE).date()
            for days_later in range(14):
                since = datetime.combine(day + timedelta(days=days_later), DUTY_STARTS, ZONE)
                if since > at and worker in self.on_day(since.date()):
                    return since + timedelta(minutes=random.uniform(3, 50))
        return max(at, self.last_hours) + timedelta(minutes=random.uniform(3, 50))

    def sheet(self, first: date, days: int) -> bytes:
        """Return the planned shifts of some days as the CSV that `workforce.import_shifts` reads."""
        lines = ["worker,name,date,start,end,end_date,note", *self._sheet_rows(first, days)]
        return ("\r\n".join(lines) + "\r\n").encode()

    def _sheet_rows(self, first: date, days: int) -> Iterator[str]:
        for n in range(days):
            day = first + timedelta(days=n)
            for person in self.planned_on(day):
                yield f"{person.username},{person.name},{day},{DUTY_STARTS:%H:%M},{DUTY_ENDS:%H:%M},,"
            if self.number(day) == FLOOD_DAY:
                names = [self._city.people[worker].username for worker in self.watch()]
                for name in names:
                    yield f"{name},,{day},{FLOOD_BEGINS:%H:%M},{FLOOD_ENDS:%H:%M},,防汛值守"
