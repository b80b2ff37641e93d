"""Profile section on warnings before a deadline, and on escalations after it.

An escalation notifies a level of the organisation of an overdue case. The times of notices count like the time limit
itself: they pause when the limit pauses, and a limit in work hours gives no notice at night. Without the section there are
neither warnings nor escalations.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.profiles.rules.faults import Fault, at
from app.profiles.rules.levels import LEVEL_WORDS, level_option
from app.profiles.rules.levels import LEVELS as LEVELS
from app.profiles.rules.schema_fields import Noun, Number
from app.profiles.rules.schema_sections import Items, Part, Section

_ONE_AMOUNT: dict[str, Any] = {"oneOf": [{"required": ["share"]}, {"required": ["hours"]}]}


class WarningSchema(Section):
    constraints = _ONE_AMOUNT

    share = Number(0, 1, is_exclusive=True, title="比例")
    hours = Number(0, 10_000, is_exclusive=True, title="小时")


class EscalationSchema(Section):
    constraints = _ONE_AMOUNT

    level = level_option()
    share = Number(0, 100, is_exclusive=True, title="比例")
    hours = Number(0, 10_000, is_exclusive=True, title="小时")


class NoticesSchema(Section):
    warn = Part(WarningSchema, title=("warning", "到期提醒"))
    escalate = Items(
        Part(EscalationSchema),
        max_items=len(LEVELS),
        noun=Noun("escalation", ("escalation", "逐级上报"), key="level", labels=LEVEL_WORDS),
        title=("escalation", "逐级上报"),
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """An amount of time at which a notice is due: a share of a time limit, or a number of hours.

    The hours count like the time limit itself. A work day counts as 24 hours.
    """

    share: float | None = None
    hours: float | None = None

    def of(self, limit: timedelta) -> timedelta:
        """Return this amount of time as a duration, for a given time limit."""
        if self.share is not None:
            return limit * self.share
        return timedelta(hours=self.hours or 0)


@dataclass(frozen=True, slots=True)
class Escalation:
    """Rule that notifies a level when a case has exceeded its time limit by the amount `after`."""

    level: str
    after: Mark


@dataclass(frozen=True, slots=True)
class Notices:
    """Rules for the warning before a deadline and for the escalations after the deadline.

    Attributes:
        warn: When to warn. A share counts from the start of the limit; hours count back from the deadline.
    """

    warn: Mark | None = None
    escalations: tuple[Escalation, ...] = ()

    def warned_when_spent(self, limit: timedelta) -> timedelta | None:
        """Return the time from the start of a limit to the warning, or None without a warning.

        If `warn` has hours, the warning is never due before half of the limit has elapsed.
        """
        if self.warn is None:
            return None
        if self.warn.share is not None:
            return self.warn.of(limit)
        return max(limit - self.warn.of(limit), limit / 2)

    def next_when_spent(self, limit: timedelta, told_levels: int) -> timedelta | None:
        """Return the time from the start of a limit to the notice to the next level.

        Return None if all levels were notified.

        Args:
            told_levels: Number of levels that were notified already.
        """
        if told_levels >= len(self.escalations):
            return None
        return limit + self.escalations[told_levels].after.of(limit)


def notice_faults(data: object) -> Iterator[Fault]:
    """Yield a fault for each wrong amount of time, and for levels in the wrong order.

    An amount must have either `share` or `hours`, and not both.
    """
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
    """Parse the section on notices. Without the section there are none."""
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
