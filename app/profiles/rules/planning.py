"""Profile section on day plans of workers. Documents without the section get the defaults."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.calendar import minute_of_day
from app.core.travel import FACTORS, Factor, Mode
from app.profiles.rules.faults import NOTE, Fault, at
from app.profiles.rules.schema_fields import Number, Option, TimeOfDay, Whole
from app.profiles.rules.schema_sections import Items, Part, Section, section, structure_faults


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


class StopMinutesSchema(Section):
    visit = Whole(1, 600, title="走访")
    task = Whole(1, 600, title="任务")
    handle = Whole(1, 600, title="处置")
    check = Whole(1, 600, title="核查")
    patrol = Whole(1, 600, title="巡查")


class VisitHoursSchema(Section):
    from_ = TimeOfDay(required=True, data_key="from", title="起")
    to = TimeOfDay(required=True, title="止")


class BreakSchema(Section):
    from_ = TimeOfDay(required=True, data_key="from", title="起")
    to = TimeOfDay(required=True, title="止")
    minutes = Whole(1, 600, required=True, title="分钟")


class TravelFactorSchema(Section):
    seconds_per_m = Number(0, 10, is_exclusive=True, required=True, title=("seconds for each m", "每米秒数"))
    hours = Part(
        section(
            "HourFactorsSchema",
            **{str(hour): Number(0.1, 10, title=(f"{hour}:00", f"{hour}时")) for hour in range(24)},
        ),
        title="小时",
    )


_MODE_WORDS = {Mode.WALK.value: ("on foot", "步行"), Mode.BICYCLE.value: ("by bicycle", "骑行")}


class PlanningSchema(Section):
    minutes = Part(StopMinutesSchema, title="分钟")
    visit_hours = Part(VisitHoursSchema, title="走访时段")
    breaks = Items(Part(BreakSchema), max_items=6, title="休息")
    stops_most = Whole(1, 100, title=("maximum stops", "任务数上限"))
    reach_minutes = Whole(1, 1440, title=("minutes of travel", "可达分钟数"))
    mode = Option(_MODE_WORDS, title=("mode of travel", "出行方式"))
    factors = Part(
        section(
            "TravelFactorsSchema",
            **{mode: Part(TravelFactorSchema, title=words) for mode, words in _MODE_WORDS.items()},
        ),
        title="系数",
    )


def planning_faults(data: object) -> Iterator[Fault]:
    """Yield a fault for each period of a day that ends too early.

    The time between `from` and `to` must be at least `minutes` of the period, or 1 minute if it has no such member.
    """
    if not isinstance(data, dict):
        return
    breaks = data.get("breaks")
    periods = [("visit_hours", data.get("visit_hours"), _VISIT_HOURS)]
    periods += [
        (at("breaks", index), period, _BREAK)
        for index, period in enumerate(breaks if isinstance(breaks, list) else [])
    ]
    for path, period, schema in periods:
        if isinstance(period, dict) and not structure_faults(schema, period):
            span = minute_of_day(period["to"]) - minute_of_day(period["from"])
            if span < period.get("minutes", 1):
                yield Fault(at(at("planning", path), "to"), "out_of_order", "must leave room after `from`")


_VISIT_HOURS: Section = VisitHoursSchema()
_BREAK: Section = BreakSchema()

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
