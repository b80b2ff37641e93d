"""The duties of workers on the simulated days of the demo. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from app.demo.people import City

ZONE = ZoneInfo("Asia/Shanghai")
# Who is there on a day: most of those who have a grid of their own, some of the others.
_SHARES = {"worker": 0.78, "substitute": 0.45, "chief": 0.4}
_WEEKEND_SHARES = {"worker": 0.25, "substitute": 0.4, "chief": 0.15}
DUTY_STARTS, DUTY_ENDS = time(8), time(18)
# The present staff are on duty for so long before the demo begins, whatever the hour.
LAST_HOURS = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Span:
    since: datetime
    until: datetime | None


class Roster:
    """The duties of all demo workers: 08:00 to 18:00 (Asia/Shanghai), fewer workers at weekends.

    `until` is the end of the simulated time. The workers who are shown on duty when the demo starts (`city.present`) are on
    duty for the last two hours before `until`, even at night.
    """

    def __init__(self, city: City, first: date, until: datetime) -> None:
        self._city = city
        self._present = {person.id for person in city.present}
        self.first = first
        self.until = until
        self.last_hours = until - LAST_HOURS
        self._days: dict[date, frozenset[UUID]] = {}

    @property
    def days(self) -> list[date]:
        last = self.until.astimezone(ZONE).date()
        return [self.first + timedelta(days=n) for n in range((last - self.first).days + 1)]

    def on_day(self, day: date) -> frozenset[UUID]:
        """Return the ids of the workers who are on duty on a day."""
        worker_ids = self._days.get(day)
        if worker_ids is None:
            random = Random(f"{self._city.seed}:duty:{day}")
            shares = _SHARES if day.weekday() < 5 else _WEEKEND_SHARES
            worker_ids = self._days[day] = frozenset(
                p.id for p in self._city.workers if random.random() < shares[p.relation] or p.is_sign_in
            )
        return worker_ids

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
        is_day = DUTY_STARTS <= local.time() < DUTY_ENDS and local.replace(hour=8, minute=0) < self.last_hours
        return is_day and worker in self.on_day(local.date())

    def next_on_duty(self, worker: UUID, at: datetime, random: Random) -> datetime:
        """Return an instant from `at` on at which the worker is on duty.

        This is `at` if the worker is on duty then, else an instant soon after the next duty begins.
        """
        if self.is_on_duty(worker, at):
            return at
        if at < self.last_hours:
            day = at.astimezone(ZONE).date()
            for days_later in range(14):
                since = datetime.combine(day + timedelta(days=days_later), DUTY_STARTS, ZONE)
                if since > at and self.is_on_duty(worker, since):
                    return since + timedelta(minutes=random.uniform(3, 50))
        return max(at, self.last_hours) + timedelta(minutes=random.uniform(3, 50))
