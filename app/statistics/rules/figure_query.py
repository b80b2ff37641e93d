"""A request for figures as one object: the actor, the days, the moment, the filters and the rules. Pure.

`service/figure_query.py` makes it of the parameters of a request; all functions that count take it.
"""

from collections.abc import Mapping
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
    """A moment of counting. `at`: the instant that decides which cases are overdue.

    With `snapshot` what that snapshot had seen is counted; else, if `is_past`, what was recorded by `at`; else the
    present state.
    """

    at: datetime
    snapshot: str | None = None
    is_past: bool = False

    @property
    def kind(self) -> MomentKind:
        """Return which states are counted: the present ones, those recorded by the instant, or those of the snapshot."""
        if self.snapshot is not None:
            return "snapshot"
        return "past" if self.is_past else "present"

    @property
    def is_then(self) -> bool:
        """Return True if recorded states are counted instead of the present ones."""
        return self.kind != "present"


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of cases or facts; None: not filtered.

    `area` and `part`: the path of the case contains both. `lacks_level`: the case lies in no area of that level. `kind`: class
    of the category. `unowned`, `lacks_handling_unit`: True without such a unit, False with one.
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

    @property
    def is_of_cases(self) -> bool:
        """Return True if a filter is set that only cases have, and no household, patrol or visit."""
        return any(value is not None for value in (self.unit, self.unowned, self.category))


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """A validated request for figures.

    Attributes:
        actor: Only what the actor directs is counted.
        now: The instant as of which the visibility of cases is judged, whatever the moment.
        days: The period, in local days of `zone`.
        moment: As of when cases, facts or releases are counted.
        jurisdiction_id: None: all jurisdictions in which the actor directs (monthly facts only).
        has_strays: Cases of no jurisdiction are counted too.
        area: Row of the requested area, if there is one.
        evaluation: The rules of evaluation of the jurisdiction at the moment.
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
        """Return the period of the query as a span, named `own`."""
        return Span("own", self.days)


@dataclass(frozen=True, slots=True)
class Span:
    """Days that are counted under the name of a period. `part`: first day of the day, week or month (`kind`) that they are."""

    name: str
    days: Days
    kind: str | None = None
    part: str | None = None


def midnight(day: date, zone: str) -> datetime:
    """Return the instant at which a day begins in a time zone."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
