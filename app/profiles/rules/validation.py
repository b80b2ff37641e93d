"""Validation of a profile document: structure of sections, and rules that link sections."""

import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from app.core.calendar import CalendarInvalid, minute_of_day
from app.core.enumerations import Enumeration
from app.profiles.rules.duplicates import DUPLICATES
from app.profiles.rules.duty import DUTY
from app.profiles.rules.evaluation import EVALUATION
from app.profiles.rules.lifecycle import LIFECYCLE, lifecycle_faults
from app.profiles.rules.notices import NOTICES, notice_faults
from app.profiles.rules.planning import PLANNING
from app.profiles.rules.redispatch import BROADCAST, PROPOSE, REDISPATCH
from app.profiles.rules.signals import SIGNALS
from app.profiles.rules.stages import CONDITION, condition_faults, limit_of
from app.profiles.rules.value_checks import (
    Check,
    Fault,
    at,
    choice,
    day,
    flag,
    keyed,
    listing,
    number,
    record,
    repeated,
    text,
)

LEVELS = Enumeration(
    "AreaLevel",
    {
        "district": "区: the level of a county or city district",
        "street": "街道: the level of a street or town office",
        "community": "社区: the level of a residents' community or village",
        "grid": "网格: the smallest area",
    },
)
_WORD = r"[a-z][a-z0-9_-]*"
_NAME = record({"zh": text(), "en": text()})


def _regex(value: object, path: str) -> Iterator[Fault]:
    yield from text()(value, path)
    try:
        re.compile(value if isinstance(value, str) else "")
    except re.error as error:
        yield Fault(path, "malformed", f"is not a regular expression: {error}")


def _timezone(value: object, path: str) -> Iterator[Fault]:
    try:
        ZoneInfo(value if isinstance(value, str) else "")
    except (KeyError, ValueError, OSError):
        yield Fault(path, "unknown_timezone", f"{value!r} is not an IANA time zone")


def _time_of_day(value: object, path: str) -> Iterator[Fault]:
    try:
        minute_of_day(value if isinstance(value, str) else "")
    except CalendarInvalid:
        yield Fault(path, "malformed", f"{value!r} is not a time of day written HH:MM")


_LEVEL = record({"level": choice(LEVELS), "name": _NAME, "code": _regex, "starts_with_parent": flag})

_WORK_INTERVALS = listing(listing(_time_of_day, min_items=2, max_items=2), min_items=1, max_items=12)
_WEEKDAY = choice(range(1, 8))

_CALENDAR = record(
    {
        "work_intervals": _WORK_INTERVALS,
        "weekend": listing(_WEEKDAY, max_items=6),
        "holidays": listing(day),
        "workdays": listing(day),
    }
)

_PRESENCE = record(
    {
        "policy": choice(["off", "warn", "require_reason", "block"]),
        "radius_m": number(0, 10_000, is_exclusive=True),
        "fresh_minutes": number(0, 1440, is_exclusive=True),
    }
)

_CATEGORY = record(
    {
        "code": text(r"[A-Za-z0-9_-]+", max_length=40),
        "name": _NAME,
        "kind": choice(["component", "event"]),
        "class": _NAME,
        "handled_by": choice(["worker", "unit"]),
        "on_the_spot": flag,
        "conduct": flag,
        "urgent": flag,
        "confidential": flag,
        "skills": listing(text(_WORD, max_length=40), max_items=20),
        "priority": choice([1, 2, 3]),
        "conditions": listing(CONDITION, min_items=1, max_items=20),
    },
    optional={"presence": _PRESENCE, "people": choice([1, 2])},
)

_OFFER_TIME = limit_of("urgent_minute", "work_minute")

_WINDOW = number(0, 3600)

_MODE = record(
    {
        "offer_minutes": record({"1": _OFFER_TIME, "2": _OFFER_TIME, "3": _OFFER_TIME}),
        "rings": listing(choice(LEVELS), min_items=1, max_items=len(LEVELS)),
        "max_rounds": number(1, 50, is_whole=True),
        "position_fresh_minutes": number(0, 1440, is_exclusive=True),
        "visit_cycle_days": number(1, 3660, is_whole=True),
        "patrol_cycle_days": number(1, 3660, is_whole=True),
        "capacity_default": number(1, 1000, is_whole=True),
    },
    optional={
        "batch_seconds": record({"1": _WINDOW, "2": _WINDOW, "3": _WINDOW}),
        "redispatch": REDISPATCH,
        "broadcast": BROADCAST,
        "propose": PROPOSE,
    },
)

# Standards of the size of a grid, for the grid audit. A standard that is left out is not audited.
_GRIDS = record(
    {},
    optional={
        "households_most": number(1, 1_000_000, is_whole=True),
        "large_community_households": number(1, 1_000_000, is_whole=True),
        "households_most_in_large_community": number(1, 1_000_000, is_whole=True),
        "open_work_most": number(0, 1_000_000, is_whole=True),
        "area_m2_most": number(0, 1e12, is_exclusive=True),
        "sliver_width_m": number(0, 100, is_exclusive=True),
    },
)

_COST = number(0, 1_000_000)

_PROFILE = record(
    {
        "code": text(_WORD, max_length=40),
        "name": _NAME,
        "timezone": _timezone,
        "levels": listing(_LEVEL, min_items=len(LEVELS), max_items=len(LEVELS)),
        "calendar": _CALENDAR,
        "taxonomy": record({"version": text(max_length=40), "categories": listing(_CATEGORY, min_items=1)}),
        "checks": record({"sample_rate_on_the_spot": number(0, 1)}),
        "modes": keyed(text(_WORD, max_length=40), _MODE),
        "dispatch_weights": record(
            {
                "version": text(max_length=40),
                "load": _COST,
                "distance": _COST,
                "position_age": _COST,
                "unknown_position_penalty": _COST,
                "not_owner_penalty": _COST,
                "ring_penalty": _COST,
            },
            optional={"fairness": _COST},
        ),
    },
    optional={
        "addresses": record({"rule": choice(["xihu", "free"])}),
        "presence": _PRESENCE,
        "grids": _GRIDS,
        "dispatch": record({}, optional={"neighbours": listing(text(max_length=64), max_items=20)}),
        "planning": PLANNING,
        "figures": EVALUATION,
        "duty": DUTY,
        "lifecycle": LIFECYCLE,
        "duplicates": DUPLICATES,
        "deadlines": NOTICES,
        "signals": SIGNALS,
    },
)


def faults_of(data: object) -> list[Fault]:
    """Return all faults of a document, in the order of their paths."""
    faults = [*_PROFILE(data, "")]
    if isinstance(data, dict):
        faults += _level_faults(data.get("levels"))
        faults += _calendar_faults(data.get("calendar"))
        taxonomy = data.get("taxonomy")
        if isinstance(taxonomy, dict):
            categories = _records(taxonomy.get("categories"), "taxonomy.categories")
            faults += _taxonomy_faults(categories)
            codes = {str(category.get("code")) for _, category in categories}
            faults += lifecycle_faults(data.get("lifecycle"), codes)
        faults += _mode_faults(data.get("modes"))
        faults += _grid_faults(data.get("grids"))
        faults += notice_faults(data.get("deadlines"))
    return sorted(set(faults), key=lambda fault: (_path_order(fault.path), fault.code, fault.message))


def _path_order(path: str) -> list[tuple[int, str]]:
    return [(int(step), "") if step.isdecimal() else (-1, step) for step in path.split(".")]


def _records(value: object, path: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the objects of an array, each as (path, object).

    Items of another type are skipped, because the check of the structure reports them.
    """
    items = value if isinstance(value, list) else []
    return [(at(path, index), item) for index, item in enumerate(items) if isinstance(item, dict)]


def _is_clean(check: Check, value: object) -> bool:
    return next(check(value, ""), None) is None


def _level_faults(levels: object) -> Iterator[Fault]:
    names = [level.get("level") for _, level in _records(levels, "levels")]
    if sorted(names, key=str) == sorted(LEVELS) and names != list(LEVELS):
        yield Fault("levels", "out_of_order", f"must be in the order {', '.join(LEVELS)}")
    names_by_path = [(at(path, "level"), level.get("level")) for path, level in _records(levels, "levels")]
    yield from repeated([(path, name) for path, name in names_by_path if isinstance(name, str)], "level")


def _calendar_faults(calendar: object) -> Iterator[Fault]:
    if not isinstance(calendar, dict):
        return
    for key, check in (("holidays", day), ("workdays", day), ("weekend", _WEEKDAY)):
        yield from repeated(_clean_items(calendar.get(key), check, at("calendar", key)), "day")
    holidays = {value for _, value in _clean_items(calendar.get("holidays"), day, "")}
    for path, value in _clean_items(calendar.get("workdays"), day, "calendar.workdays"):
        if value in holidays:
            yield Fault(path, "holiday_and_workday", f"{value} is also a holiday")
    intervals = calendar.get("work_intervals")
    if isinstance(intervals, list) and _is_clean(_WORK_INTERVALS, intervals):
        minutes = [minute_of_day(clock) for interval in intervals for clock in interval]
        if minutes != sorted(set(minutes)):
            yield Fault("calendar.work_intervals", "out_of_order", "must be in order and apart")


def _clean_items(value: object, check: Check, path: str) -> list[tuple[str, object]]:
    items = value if isinstance(value, list) else []
    return [(at(path, index), item) for index, item in enumerate(items) if _is_clean(check, item)]


def _taxonomy_faults(categories: list[tuple[str, dict[str, Any]]]) -> Iterator[Fault]:
    path = "taxonomy.categories"
    codes = [(at(category_path, "code"), category.get("code")) for category_path, category in categories]
    yield from repeated(
        [(category_path, code) for category_path, code in codes if isinstance(code, str)], "category"
    )
    if all(code != "unclassified" for _, code in codes):
        yield Fault(
            path, "unclassified_missing", "must have a category unclassified, for what nobody has sorted yet"
        )
    if all(category.get("conduct") is not True for _, category in categories):
        yield Fault(
            path, "conduct_missing", "must have a category for matters about workers, chiefs and units"
        )
    for category_path, category in categories:
        yield from _category_faults(category_path, category)


def _category_faults(path: str, category: dict[str, Any]) -> Iterator[Fault]:
    code, by_unit = category.get("code"), category.get("handled_by") == "unit"
    if category.get("conduct") is True and category.get("confidential") is False:
        yield Fault(at(path, "confidential"), "conduct_not_confidential", "must be true, since conduct is")
    if category.get("on_the_spot") is True and by_unit:
        yield Fault(at(path, "on_the_spot"), "on_the_spot_by_unit", "must be false, since a unit handles it")
    if category.get("on_the_spot") is True and category.get("conduct") is True:
        yield Fault(at(path, "on_the_spot"), "on_the_spot_conduct", "must be false, since conduct is true")
    if code == "unclassified" and (by_unit or category.get("conduct") or category.get("confidential")):
        yield Fault(path, "unclassified_special", "must be an ordinary matter handled by a worker")
    is_coded = (
        isinstance(code, str) and code != "unclassified" and category.get("kind") in ("component", "event")
    )
    if is_coded and str(code).startswith("E") != (category["kind"] == "event"):
        yield Fault(at(path, "code"), "code_of_other_kind", "must begin with E for an event, and only then")
    conditions = _records(category.get("conditions"), at(path, "conditions"))
    codes = [(at(condition_path, "code"), condition.get("code")) for condition_path, condition in conditions]
    yield from repeated(
        [(condition_path, name) for condition_path, name in codes if isinstance(name, str)], "condition"
    )
    for condition_path, condition in conditions:
        yield from condition_faults(condition_path, condition)


def _mode_faults(modes: object) -> Iterator[Fault]:
    if not isinstance(modes, dict):
        return
    for mode, settings in modes.items():
        for part, key in (("redispatch", "on"), ("broadcast", "priorities"), ("propose", "priorities")):
            section = settings.get(part, {}) if isinstance(settings, dict) else {}
            values = section.get(key) if isinstance(section, dict) else None
            path = f"modes.{mode}.{part}.{key}"
            items = values if isinstance(values, list) else []
            yield from repeated([(at(path, n), value) for n, value in enumerate(items)], "value")
    if "normal" not in modes:
        yield Fault("modes.normal", "missing", "is required")
    for mode, settings in modes.items():
        rings = settings.get("rings") if isinstance(settings, dict) else None
        if isinstance(rings, list) and all(ring in LEVELS for ring in rings):
            indexes = [LEVELS.index(ring) for ring in rings]
            if indexes != sorted(set(indexes), reverse=True):
                yield Fault(f"modes.{mode}.rings", "out_of_order", "must go outwards, each level once")


def _grid_faults(grids: object) -> Iterator[Fault]:
    members = ("large_community_households", "households_most_in_large_community")
    if isinstance(grids, dict):
        for present, required in (members, members[::-1]):
            if present in grids and required not in grids:
                yield Fault(f"grids.{required}", "missing", f"is required beside {present}")
