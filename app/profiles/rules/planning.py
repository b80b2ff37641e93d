"""Profile section on day plans of workers. Documents without the section get the defaults."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.calendar import CalendarInvalid, minute_of_day
from app.core.travel import FACTORS, Factor, Mode
from app.profiles.rules.value_checks import NOTE, Check, Fault, at, choice, listing, number, record

_MINUTES = number(1, 600, is_whole=True)


@dataclass(frozen=True, slots=True)
class Rest:
    """A break in the day plan of a worker: `minutes` long, between two times of the day.

    Attributes:
        since, until: Minutes after midnight between which the break must lie.
    """

    since: int
    until: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Planning:
    """Settings of day plans, which list the stops of a worker for one day.

    Args:
        visit_minutes, task_minutes, handle_minutes, check_minutes, patrol_minutes: Time spent at a stop, by its kind.
        visits_since, visits_until: Start and end of the hours for visits, in minutes after midnight.
        stops_most: Maximum number of stops of a day.
        reach_minutes: Maximum travel time from the centre of the worker's grids to a stop. Farther stops are not planned.
        mode: Mode of travel.
        factors: Factor of the speed, by mode of travel.
    """

    visit_minutes: int = 15
    task_minutes: int = 5
    handle_minutes: int = 30
    check_minutes: int = 10
    patrol_minutes: int = 15
    visits_since: int = 9 * 60
    visits_until: int = 20 * 60
    breaks: tuple[Rest, ...] = (Rest(11 * 60 + 30, 13 * 60 + 30, 60),)
    stops_most: int = 40
    reach_minutes: int = 90
    mode: Mode = Mode.WALK
    factors: Mapping[Mode, Factor] = field(default_factory=lambda: dict(FACTORS))


def _time_of_day(value: object, path: str) -> Iterator[Fault]:
    try:
        minute_of_day(value if isinstance(value, str) else "")
    except CalendarInvalid:
        yield Fault(path, "malformed", f"{value!r} is not a time of day written HH:MM")


def _in_order(check: Check) -> Check:
    """Return a check that runs `check`, then compares the times `from` and `to` of the object.

    The time between them must be at least `minutes` of the object, or 1 minute if it has no such member.
    """

    def check_order(value: object, path: str) -> Iterator[Fault]:
        faults = [*check(value, path)]
        yield from faults
        if not faults and isinstance(value, dict):
            span = minute_of_day(value["to"]) - minute_of_day(value["from"])
            if span < value.get("minutes", 1):
                yield Fault(at(path, "to"), "out_of_order", "must leave room after `from`")

    return check_order


_FACTOR = record(
    {"seconds_per_m": number(0, 10, is_exclusive=True)},
    optional={
        "hours": record({}, optional={str(hour): number(0.1, 10) for hour in range(24)}),
    },
)

PLANNING = record(
    {},
    optional={
        "minutes": record(
            {}, optional=dict.fromkeys(("visit", "task", "handle", "check", "patrol"), _MINUTES)
        ),
        "visit_hours": _in_order(record({"from": _time_of_day, "to": _time_of_day})),
        "breaks": listing(
            _in_order(record({"from": _time_of_day, "to": _time_of_day, "minutes": _MINUTES})), max_items=6
        ),
        "stops_most": number(1, 100, is_whole=True),
        "reach_minutes": number(1, 1440, is_whole=True),
        "mode": choice([mode.value for mode in Mode]),
        "factors": record({}, optional={mode.value: _FACTOR for mode in Mode}),
    },
)


DEFAULTS = Planning()


def parse_planning(data: dict[str, Any] | None) -> Planning:
    """Parse the section on day plans. Missing members get the defaults."""
    section = data or {}
    settings: dict[str, Any] = {
        f"{name}_minutes": value for name, value in section.get("minutes", {}).items() if name != NOTE
    }
    settings |= {name: section[name] for name in ("stops_most", "reach_minutes") if name in section}
    if "mode" in section:
        settings["mode"] = Mode(section["mode"])
    if "visit_hours" in section:
        hours = section["visit_hours"]
        settings |= {"visits_since": minute_of_day(hours["from"]), "visits_until": minute_of_day(hours["to"])}
    if "breaks" in section:
        settings["breaks"] = tuple(
            Rest(minute_of_day(rest["from"]), minute_of_day(rest["to"]), rest["minutes"])
            for rest in section["breaks"]
        )
    if "factors" in section:
        factors = {name: value for name, value in section["factors"].items() if name != NOTE}
        settings["factors"] = dict(FACTORS) | {
            Mode(name): Factor(
                value["seconds_per_m"],
                {
                    int(hour): multiplier
                    for hour, multiplier in value.get("hours", {}).items()
                    if hour != NOTE
                },
            )
            for name, value in factors.items()
        }
    return Planning(**settings)
