"""A validated request for figures as one object (`FigureQuery`), and its parts. Pure.

`service/figure_query.py` makes a FigureQuery from the parameters of a request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.actor import Actor
from app.profiles.rules.evaluation import Evaluation
from app.statistics.rules.periods import Days

MomentKind = Literal["present", "past", "snapshot"]


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment as of which cases are counted.

    Attributes:
        at: The instant that decides which cases are overdue.
        snapshot: A database snapshot: the states that this snapshot sees are counted. None: `is_past` decides.
        is_past: True: states that were recorded by `at` are counted. False: present states are counted.
    """

    at: datetime
    snapshot: str | None = None
    is_past: bool = False

    @property
    def kind(self) -> MomentKind:
        """Return how states are selected: present, recorded by a time, or seen by a snapshot."""
        if self.snapshot is not None:
            return "snapshot"
        return "past" if self.is_past else "present"

    @property
    def is_then(self) -> bool:
        """Return True if past states of cases are counted, False if present states are."""
        return self.kind != "present"


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of the cases or monthly facts to count. A filter that is None is not applied.

    Attributes:
        area, part: The case lies in both areas.
        lacks_level: The case lies in no area of this level.
        kind: Class of the category.
        unowned: True: without an owning unit. False: with an owning unit.
        lacks_handling_unit: True: without a handling unit. False: with a handling unit.
        weekday: Local weekday of the report or deadline (the base of the measure), 1 (Monday) to 7.
        hour: Local hour of the report or deadline, 0 to 23.
    """

    area: UUID | None = None
    part: UUID | None = None
    lacks_level: str | None = None
    category: str | None = None
    kind: str | None = None
    priority: str | None = None
    unit: UUID | None = None
    unowned: bool | None = None
    handling_unit: UUID | None = None
    lacks_handling_unit: bool | None = None
    source: str | None = None
    weekday: int | None = None
    hour: int | None = None

    @property
    def is_of_cases(self) -> bool:
        """Return True if a filter by unit or category is set, which can apply only to cases.

        Households, patrols and visits have no unit and no category.
        """
        return any(value is not None for value in (self.unit, self.unowned, self.category))


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """A validated request for figures.

    Attributes:
        actor: Only cases and facts (stored monthly counts) that the actor directs are counted.
        now: The instant that decides which cases the actor may see. It does not depend on `moment`.
        days: The period, in local days of the time zone `zone`.
        moment: The moment as of which cases, facts or releases are counted.
        jurisdiction_id: None: all jurisdictions in which the actor directs (monthly facts only).
        has_strays: Cases without a jurisdiction are counted, too.
        area: Row of the requested area. None: no area was requested.
        evaluation: The settings of evaluation, such as weights of rates, of the jurisdiction at the moment.
    """

    actor: Actor
    now: datetime
    days: Days
    moment: Moment
    filters: Filters = field(default_factory=Filters)
    jurisdiction_id: UUID | None = None
    has_strays: bool = False
    zone: str = "UTC"
    area: Mapping[Any, Any] | None = None
    evaluation: Evaluation = field(default_factory=Evaluation)

    @property
    def until(self) -> datetime:
        """Return the instant at which the period ends."""
        return midnight(self.days.last + timedelta(days=1), self.zone)

    @property
    def own_span(self) -> "Span":
        """Return the requested period as a span with the name `own`."""
        return Span("own", self.days)


@dataclass(frozen=True, slots=True)
class Span:
    """Days for which cases are counted: a period, or one day, week or month of a period.

    Attributes:
        name: Name of the period: `own` for the requested period, or one of COMPARISONS.
        kind: `day`, `week` or `month`; None: the whole period.
        part: First day of this day, week or month as text; None: the whole period.
    """

    name: str
    days: Days
    kind: str | None = None
    part: str | None = None


# Of the time since the first record, the share that a request has to cover to count most cases.
_MOST = 0.75


def covers_most(spans: Sequence[Span], query: FigureQuery, first: datetime | None) -> bool:
    """Return True if a span covers most of the time between the first case and the counted moment."""
    if first is None:
        return False
    recorded = query.moment.at - first
    covered = (
        min(midnight(span.days.last + timedelta(days=1), query.zone), query.moment.at)
        - max(midnight(span.days.first, query.zone), first)
        for span in spans
    )
    return any(of_span >= recorded * _MOST for of_span in covered)


def midnight(day: date, zone: str) -> datetime:
    """Return the instant at which a day begins in a time zone."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
