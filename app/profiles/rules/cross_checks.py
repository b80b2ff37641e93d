"""Rules that link several settings of a profile.

They see documents whose structure has faults, too, so that all faults come at once. Values of a wrong type are skipped,
because `structure_faults` reports them.
"""

from collections.abc import Iterator
from typing import Any

from app.core.calendar import minute_of_day
from app.profiles.rules.faults import Fault, at, repeated
from app.profiles.rules.levels import LEVELS
from app.profiles.rules.lifecycle import lifecycle_faults
from app.profiles.rules.notices import notice_faults
from app.profiles.rules.planning import planning_faults
from app.profiles.rules.profile_schema import CalendarSchema
from app.profiles.rules.publicity import publicity_faults
from app.profiles.rules.questions import question_faults
from app.profiles.rules.schema_sections import Items, is_clean
from app.profiles.rules.stages import condition_faults

_CALENDAR = CalendarSchema()
_WORK_INTERVALS = _CALENDAR.setting("work_intervals")


def cross_faults(data: object) -> Iterator[Fault]:
    """Yield the faults of a document in which its settings contradict each other."""
    if not isinstance(data, dict):
        return
    yield from _level_faults(data.get("levels"))
    yield from _calendar_faults(data.get("calendar"))
    taxonomy = data.get("taxonomy")
    if isinstance(taxonomy, dict):
        categories = _records(taxonomy.get("categories"), "taxonomy.categories")
        yield from _taxonomy_faults(categories)
        codes = {str(category.get("code")) for _, category in categories}
        yield from lifecycle_faults(data.get("lifecycle"), codes)
    yield from _mode_faults(data.get("modes"))
    yield from _grid_faults(data.get("grids"))
    yield from notice_faults(data.get("deadlines"))
    yield from planning_faults(data.get("planning"))


def _records(value: object, path: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the objects of an array, each as (path, object)."""
    items = value if isinstance(value, list) else []
    return [(at(path, index), item) for index, item in enumerate(items) if isinstance(item, dict)]


def _level_faults(levels: object) -> Iterator[Fault]:
    names = [level.get("level") for _, level in _records(levels, "levels")]
    if sorted(names, key=str) == sorted(LEVELS) and names != list(LEVELS):
        yield Fault("levels", "out_of_order", f"must be in the order {', '.join(LEVELS)}")
    names_by_path = [(at(path, "level"), level.get("level")) for path, level in _records(levels, "levels")]
    yield from repeated([(path, name) for path, name in names_by_path if isinstance(name, str)], "level")


def _calendar_faults(calendar: object) -> Iterator[Fault]:
    if not isinstance(calendar, dict):
        return
    for key in ("holidays", "workdays", "weekend"):
        yield from repeated(_clean_items(calendar, key), "day")
    holidays = {value for _, value in _clean_items(calendar, "holidays")}
    for path, value in _clean_items(calendar, "workdays"):
        if value in holidays:
            yield Fault(path, "holiday_and_workday", f"{value} is also a holiday")
    intervals = calendar.get("work_intervals")
    if isinstance(intervals, list) and is_clean(_WORK_INTERVALS, intervals):
        minutes = [minute_of_day(clock) for interval in intervals for clock in interval]
        if minutes != sorted(set(minutes)):
            yield Fault("calendar.work_intervals", "out_of_order", "must be in order and apart")


def _clean_items(calendar: dict[str, Any], member: str) -> list[tuple[str, object]]:
    """Return the valid items of an array of the calendar, each as (path, item)."""
    array, days = _CALENDAR.setting(member), calendar.get(member)
    assert isinstance(array, Items)
    path = at("calendar", member)
    items = days if isinstance(days, list) else []
    return [(at(path, index), item) for index, item in enumerate(items) if is_clean(array.inner, item)]


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
    yield from publicity_faults(path, category)
    yield from question_faults(_records(category.get("questions"), at(path, "questions")))
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
