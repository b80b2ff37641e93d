"""When a limit is told of: before it runs out, and when it has, to one level after the other. A section of a profile.

Every instant is a point on the limit's own clock, so that what pauses the limit pauses these too, and none comes at night
for a limit in work hours. Without the section nobody is warned, and nothing goes up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.profiles.rules.value_checks import Fault, at, choice, listing, number, record

LEVELS = ("district", "street", "community", "grid")
_AMOUNT = {"share": number(0, 100, is_exclusive=True), "hours": number(0, 10_000, is_exclusive=True)}
NOTICES = record(
    {},
    optional={
        "warn": record(
            {},
            optional={
                "share": number(0, 1, is_exclusive=True),
                "hours": number(0, 10_000, is_exclusive=True),
            },
        ),
        "escalate": listing(record({"level": choice(LEVELS)}, optional=_AMOUNT), max_items=len(LEVELS)),
    },
)


@dataclass(frozen=True, slots=True)
class Mark:
    """An amount of a limit: a share of it, or hours on its clock (a work day has 24 of them)."""

    share: float | None = None
    hours: float | None = None

    def of(self, limit: timedelta) -> timedelta:
        if self.share is not None:
            return limit * self.share
        return timedelta(hours=self.hours or 0)


@dataclass(frozen=True, slots=True)
class Escalation:
    """Level that is notified once a limit has been exceeded by `after`."""

    level: str
    after: Mark


@dataclass(frozen=True, slots=True)
class Notices:
    """`warn`: a share is how much has been spent by then, hours are how many are left."""

    warn: Mark | None = None
    escalations: tuple[Escalation, ...] = ()

    def warned_when_spent(self, limit: timedelta) -> timedelta | None:
        """Return the spent part of a limit at which to warn: at least half of it. None: no warning."""
        if self.warn is None:
            return None
        if self.warn.share is not None:
            return self.warn.of(limit)
        return max(limit - self.warn.of(limit), limit / 2)

    def next_when_spent(self, limit: timedelta, told_levels: int) -> timedelta | None:
        """Return the spent time at which the next level is notified, after `told_levels` of them."""
        if told_levels >= len(self.escalations):
            return None
        return limit + self.escalations[told_levels].after.of(limit)


def notice_faults(data: object) -> Iterator[Fault]:
    """Yield marks without exactly one amount, and levels that do not go outwards."""
    if not isinstance(data, dict):
        return
    if isinstance(data.get("warn"), dict):
        yield from _one_amount(at("deadlines", "warn"), data["warn"])
    escalations = data.get("escalate")
    steps = escalations if isinstance(escalations, list) else []
    for index, step in enumerate(steps):
        if isinstance(step, dict):
            yield from _one_amount(at("deadlines.escalate", index), step)
    levels = [step.get("level") for step in steps if isinstance(step, dict)]
    if all(level in LEVELS for level in levels):
        indexes = [LEVELS.index(level) for level in levels]
        if indexes != sorted(set(indexes), reverse=True):
            yield Fault("deadlines.escalate", "out_of_order", "must go outwards, each level once")


def _one_amount(path: str, data: dict[str, Any]) -> Iterator[Fault]:
    if ("share" in data) == ("hours" in data):
        yield Fault(path, "one_amount", "must have either share or hours")


def parse_notices(data: dict[str, Any] | None) -> Notices:
    if data is None:
        return Notices()
    warn = data.get("warn")
    return Notices(
        Mark(warn.get("share"), warn.get("hours")) if warn is not None else None,
        tuple(
            Escalation(step["level"], Mark(step.get("share"), step.get("hours")))
            for step in data.get("escalate", ())
        ),
    )
