"""The profile of a jurisdiction: its codes, calendar, taxonomy, limits and weights as checked data.

A profile is a JSON document, versioned as a whole; each case and each dispatch run keeps the version it was
made under. `parse_profile` reads it once, and everything else works on the result.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

import orjson

from app.core.calendar import Calendar, Limit, LimitUnit
from app.profiles.rules.duplicates import Duplicates, parse_duplicates
from app.profiles.rules.duty import DutyLimits, parse_duty
from app.profiles.rules.evaluation import Evaluation, parse_evaluation
from app.profiles.rules.lifecycle import Lifecycle, parse_lifecycle
from app.profiles.rules.notices import Notices, parse_notices
from app.profiles.rules.planning import DEFAULTS, Planning, parse_planning
from app.profiles.rules.redispatch import (
    Broadcast,
    Propose,
    Redispatch,
    parse_broadcast,
    parse_propose,
    parse_redispatch,
)
from app.profiles.rules.signals import Signals, parse_signals
from app.profiles.rules.stages import StageLimit, parse_limits
from app.profiles.rules.validation import faults_of
from app.profiles.rules.value_checks import NOTE, Fault

UNCLASSIFIED = "unclassified"
_WINDOWS = {1: timedelta(0), 2: timedelta(seconds=10), 3: timedelta(seconds=60)}


class ProfileInvalid(ValueError):
    """The profile has faults; `findings` lists every one."""

    def __init__(self, findings: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.path}: {fault.message}" for fault in findings))
        self.findings = findings


class CategoryUnknown(KeyError):
    """The taxonomy of this profile has no such category."""


class Kind(StrEnum):
    """Whether a category is about a component (部件) or an event (事件)."""

    COMPONENT = "component"
    EVENT = "event"


class Handler(StrEnum):
    """Who handles cases of a category: a field worker, or a unit through its queue."""

    WORKER = "worker"
    UNIT = "unit"


class PresencePolicy(StrEnum):
    """Reaction to a step whose actor was probably not at the place."""

    OFF = "off"  # nothing is compared
    WARN = "warn"  # it is kept with the step
    REQUIRE_REASON = "require_reason"  # a reason is required
    BLOCK = "block"  # the step is not taken


@dataclass(frozen=True, slots=True)
class Presence:
    """Largest distance (metres, plus the accuracy of the fix), largest age of a fix, and the reaction otherwise."""

    policy: PresencePolicy = PresencePolicy.OFF
    radius_m: float = 100
    fresh: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the two languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the division tree and the codes of its areas."""

    level: str
    name: Name
    code: re.Pattern[str]
    starts_with_parent: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """A filing condition: which case of a category this is, the limit on handling it, and those on its `stages`."""

    code: str
    name: Name
    limit: Limit
    stages: tuple[StageLimit, ...] = ()


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of matter.

    `on_the_spot`: small enough for a worker to handle alone at once. `conduct`: about a worker, chief or unit,
    so never to be seen by its subject. `priority` is 1 for the most pressing, 3 for the least. `people`: how many it takes,
    a lead and a second, where a worker handles it; both need the skills.
    """

    code: str
    name: Name
    kind: Kind
    class_name: Name
    handled_by: Handler
    on_the_spot: bool
    conduct: bool
    urgent: bool
    confidential: bool
    skills: frozenset[str]
    priority: int
    conditions: tuple[Condition, ...]
    presence: Presence | None = None
    people: int = 1

    def stages_of(self, code: str | None) -> tuple[StageLimit, ...]:
        """Return the stage limits of a condition, without the handling limit; none for an unknown condition."""
        return next((condition.stages for condition in self.conditions if condition.code == code), ())

    def condition(self, code: str | None = None) -> Condition:
        """Give a filing condition; the first one listed when none is named."""
        for condition in self.conditions:
            if code is None or condition.code == code:
                return condition
        raise CategoryUnknown(f"{self.code}/{code}")


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The categories of a jurisdiction, by code, in the order of the document."""

    version: str
    categories: Mapping[str, Category]


@dataclass(frozen=True, slots=True)
class ModeSettings:
    """How work is offered and walked in one mode.

    `offer_times` by priority; `rings` from the narrowest area outwards; `position_fresh_minutes` is how old a
    position may be and still count; cycles are days between two visits or patrols. `batch_windows` by priority: how
    long what nobody could be found for may be held, so that it is solved together with others. `redispatch`, `broadcast`:
    how work that somebody has goes on to others, and when several are asked at once;
    `propose`: when a supervisor is told first.
    """

    offer_times: Mapping[int, Limit]
    rings: tuple[str, ...]
    max_rounds: int
    position_fresh_minutes: float
    visit_cycle_days: int
    patrol_cycle_days: int
    capacity_default: int
    batch_windows: Mapping[int, timedelta] = field(default_factory=lambda: dict(_WINDOWS))
    redispatch: Redispatch = field(default_factory=Redispatch)
    broadcast: Broadcast = field(default_factory=Broadcast)
    propose: Propose = field(default_factory=Propose)


@dataclass(frozen=True, slots=True)
class DispatchWeights:
    """Cost terms of an assignment, all in seconds, so that they can be added.

    `load` per square of open cases, `distance` per metre, `position_age` per second of age,
    `unknown_position_penalty` instead of the two where there is no fresh position, `not_owner_penalty` for
    anyone but the responsible worker, `ring_penalty` for each ring outwards, `fairness` for a week as full again as the
    street's mean (0: weeks weigh nothing, until a city has looked at its own figures and decided that they should).
    """

    version: str
    load: float
    distance: float
    position_age: float
    unknown_position_penalty: float
    not_owner_penalty: float
    ring_penalty: float
    fairness: float = 0

    def stored_values(self) -> dict[str, Any]:
        """Return the weights as stored with a decision. A fairness weight of 0 is left out."""
        return {name: value for name, value in asdict(self).items() if name != "fairness" or value}


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of one jurisdiction. `sample_rate_on_the_spot` is the share of on-the-spot cases checked,
    `neighbours` the codes of jurisdictions whose workers may help out if these agree,
    `address_rule` how the register writes addresses ("free" where the document is older than the register).
    """

    code: str
    name: Name
    timezone: str
    levels: tuple[Level, ...]
    calendar: Calendar
    taxonomy: Taxonomy
    sample_rate_on_the_spot: float
    modes: Mapping[str, ModeSettings]
    dispatch_weights: DispatchWeights
    address_rule: str
    presence: Presence = Presence()
    planning: Planning = DEFAULTS
    evaluation: Evaluation = field(default_factory=Evaluation)
    duty: DutyLimits | None = None
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    duplicates: Duplicates = field(default_factory=Duplicates)
    notices: Notices = field(default_factory=Notices)
    signals: Signals = field(default_factory=Signals)
    neighbours: tuple[str, ...] = ()

    def presence_at(self, code: str) -> Presence:
        """Return the presence rule of a category: its own, else the jurisdiction's."""
        category = self.taxonomy.categories.get(code)
        return category.presence if category and category.presence else self.presence

    def category(self, code: str | None) -> Category:
        """Give a category by code; what has no code yet is unclassified."""
        category = self.taxonomy.categories.get(code or UNCLASSIFIED)
        if category is None:
            raise CategoryUnknown(code)
        return category

    def level(self, level: str) -> Level:
        """Give a level of the division tree by name."""
        for candidate in self.levels:
            if candidate.level == level:
                return candidate
        raise KeyError(level)

    def level_above(self, level: str) -> Level | None:
        """Return the parent level; None at the top."""
        index = self.levels.index(self.level(level))
        return self.levels[index - 1] if index else None

    def code_fault(self, level: str, code: str, parent_code: str | None) -> str | None:
        """Say what is wrong with an area's code: "malformed", "not_under_parent" or nothing."""
        rule = self.level(level)
        if not rule.code.fullmatch(code):
            return "malformed"
        if rule.starts_with_parent and not (parent_code and code.startswith(parent_code)):
            return "not_under_parent"
        return None


def parse_profile(data: object) -> Profile:
    """Read a profile, or raise `ProfileInvalid` with all its faults. One that many jurisdictions share is read once."""
    try:
        return _parse_cached(orjson.dumps(data))
    except (
        TypeError
    ):  # no JSON, so no profile, unless what is wrong with it stands in a place that nobody reads
        return _parse(data)


@lru_cache(maxsize=32)
def _parse_cached(document: bytes) -> Profile:
    return _parse(orjson.loads(document))


def _parse(data: object) -> Profile:
    findings = faults_of(data)
    if findings or not isinstance(data, dict):
        raise ProfileInvalid(findings)
    return Profile(
        code=data["code"],
        name=_name(data["name"]),
        timezone=data["timezone"],
        levels=tuple(_level(level) for level in data["levels"]),
        calendar=_calendar(data["timezone"], data["calendar"]),
        taxonomy=_taxonomy(data["taxonomy"]),
        sample_rate_on_the_spot=data["checks"]["sample_rate_on_the_spot"],
        modes={mode: _mode(settings) for mode, settings in data["modes"].items()},
        dispatch_weights=DispatchWeights(**_without_note(data["dispatch_weights"])),
        address_rule=data.get("addresses", {}).get("rule", "free"),
        presence=_presence(data.get("presence")) or Presence(),
        planning=parse_planning(data.get("planning")),
        evaluation=parse_evaluation(data.get("figures")),
        duty=parse_duty(data.get("duty")),
        lifecycle=parse_lifecycle(data.get("lifecycle")),
        duplicates=parse_duplicates(data.get("duplicates")),
        notices=parse_notices(data.get("deadlines")),
        signals=parse_signals(data.get("signals")),
        neighbours=tuple(data.get("dispatch", {}).get("neighbours", ())),
    )


def _presence(data: dict[str, Any] | None) -> Presence | None:
    if data is None:
        return None
    fresh = timedelta(minutes=data["fresh_minutes"])
    return Presence(PresencePolicy(data["policy"]), data["radius_m"], fresh)


def _without_note(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != NOTE}


def _name(data: dict[str, Any]) -> Name:
    return Name(data["zh"], data["en"])


def _limit(data: dict[str, Any]) -> Limit:
    return Limit(LimitUnit(data["unit"]), data["amount"])


def _level(data: dict[str, Any]) -> Level:
    return Level(data["level"], _name(data["name"]), re.compile(data["code"]), data["starts_with_parent"])


def _calendar(timezone: str, data: dict[str, Any]) -> Calendar:
    return Calendar.of(
        timezone,
        [(opens, closes) for opens, closes in data["work_intervals"]],
        weekend=data["weekend"],
        holidays=[date.fromisoformat(day) for day in data["holidays"]],
        workdays=[date.fromisoformat(day) for day in data["workdays"]],
    )


def _taxonomy(data: dict[str, Any]) -> Taxonomy:
    categories = [_category(category) for category in data["categories"]]
    return Taxonomy(data["version"], {category.code: category for category in categories})


def _category(data: dict[str, Any]) -> Category:
    return Category(
        code=data["code"],
        name=_name(data["name"]),
        kind=Kind(data["kind"]),
        class_name=_name(data["class"]),
        handled_by=Handler(data["handled_by"]),
        on_the_spot=data["on_the_spot"],
        conduct=data["conduct"],
        urgent=data["urgent"],
        confidential=data["confidential"],
        skills=frozenset(data["skills"]),
        priority=data["priority"],
        conditions=tuple(
            Condition(condition["code"], _name(condition["name"]), *parse_limits(condition))
            for condition in data["conditions"]
        ),
        presence=_presence(data.get("presence")),
        people=data.get("people", 1),
    )


def _mode(data: dict[str, Any]) -> ModeSettings:
    return ModeSettings(
        offer_times={
            int(priority): _limit(time)
            for priority, time in data["offer_minutes"].items()
            if priority != NOTE
        },
        rings=tuple(data["rings"]),
        max_rounds=data["max_rounds"],
        position_fresh_minutes=data["position_fresh_minutes"],
        visit_cycle_days=data["visit_cycle_days"],
        patrol_cycle_days=data["patrol_cycle_days"],
        capacity_default=data["capacity_default"],
        batch_windows=_WINDOWS
        | {
            int(priority): timedelta(seconds=seconds)
            for priority, seconds in data.get("batch_seconds", {}).items()
            if priority != NOTE
        },
        redispatch=parse_redispatch(data.get("redispatch")),
        broadcast=parse_broadcast(data.get("broadcast")),
        propose=parse_propose(data.get("propose")),
    )
