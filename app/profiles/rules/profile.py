"""The profile of a jurisdiction as validated objects: levels, calendar, taxonomy, settings.

A profile is a JSON document, which is versioned as a whole. Each case and each dispatch run keeps the version under which
it began. `parse_profile` turns a document into a `Profile`. The sections have modules of their own; other packages import
all classes from this module.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

import orjson

from app.core.calendar import Calendar, Limit
from app.profiles.rules.dispatch_settings import DispatchWeights as DispatchWeights
from app.profiles.rules.dispatch_settings import ModeSettings as ModeSettings
from app.profiles.rules.dispatch_settings import parse_mode
from app.profiles.rules.duplicates import Duplicates, parse_duplicates
from app.profiles.rules.duty import DutyLimits, parse_duty
from app.profiles.rules.evaluation import Evaluation, parse_evaluation
from app.profiles.rules.faults import NOTE, Fault
from app.profiles.rules.household_notices import HouseholdNotices, parse_household_notices
from app.profiles.rules.lifecycle import Lifecycle, parse_lifecycle
from app.profiles.rules.notices import Notices, parse_notices
from app.profiles.rules.planning import DEFAULTS, Planning, parse_planning
from app.profiles.rules.publicity import PublicDoor, Publicity, parse_public_door
from app.profiles.rules.questions import Question, parse_questions
from app.profiles.rules.signals import Signals, parse_signals
from app.profiles.rules.stages import StageLimit, parse_limits
from app.profiles.rules.validation import faults_of

UNCLASSIFIED = "unclassified"


class ProfileInvalid(ValueError):
    """Error: the document is not a valid profile. `findings` lists all faults of the document."""

    def __init__(self, findings: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.path}: {fault.message}" for fault in findings))
        self.findings = findings


class CategoryUnknown(KeyError):
    """Error: the profile has no such category, or the category has no such filing condition."""


class Kind(StrEnum):
    """Kind of a category: about a component (部件) or an event (事件). Source: GB/T 30428.2."""

    COMPONENT = "component"
    EVENT = "event"


class Handler(StrEnum):
    """Kind of handler of a category: a field worker, or a unit with a work queue."""

    WORKER = "worker"
    UNIT = "unit"


class PresencePolicy(StrEnum):
    """Reaction if an actor changes the state of a case but was probably not at its place."""

    OFF = "off"  # positions are not compared
    WARN = "warn"  # the distance is stored with the transition
    REQUIRE_REASON = "require_reason"  # the transition needs a reason
    BLOCK = "block"  # the transition is refused


@dataclass(frozen=True, slots=True)
class Presence:
    """Rule for whether an actor must be at the place of a case.

    Args:
        radius_m: Maximum distance between the actor's position and the place, in addition to the accuracy of the position.
        fresh: Maximum age of a position.
    """

    policy: PresencePolicy = PresencePolicy.OFF
    radius_m: float = 100
    fresh: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in Chinese and English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the division tree, with the rules for the codes of its areas.

    Attributes:
        code: Pattern that a code must match as a whole.
        starts_with_parent: A code must begin with the code of the parent area.
    """

    level: str
    name: Name
    code: re.Pattern[str]
    starts_with_parent: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """A filing condition of a category, with the time limits for cases that meet it.

    The handling and some other stages of a case have a limit each.

    Attributes:
        limit: Limit of the handling.
        stages: Limits of other stages of the case.
    """

    code: str
    name: Name
    limit: Limit
    stages: tuple[StageLimit, ...] = ()


@dataclass(frozen=True, slots=True)
class Category:
    """A category of cases.

    Args:
        on_the_spot: The worker who reports a case can handle it alone and at once.
        conduct: The case is about a worker, grid chief or unit, who must not see it.
        skills: Skills that each worker on the case needs.
        priority: 1 is the most urgent, 3 the least.
        presence: None: the rule of the jurisdiction applies.
        people: Number of workers for a case: 1, or 2 for a lead worker and a second worker.
        publicity: What people without an account may see of the cases.
        questions: What portals of residents ask with a report.
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
    publicity: Publicity = Publicity.NOT_PUBLIC
    questions: tuple[Question, ...] = ()

    def stages_of(self, code: str | None) -> tuple[StageLimit, ...]:
        """Return the time limits of a filing condition for all stages except the handling.

        The result is empty for an unknown condition.
        """
        return next((condition.stages for condition in self.conditions if condition.code == code), ())

    def condition(self, code: str | None = None) -> Condition:
        """Return the filing condition with this code; None: the first condition.

        Raises:
            CategoryUnknown: The category has no such condition.
        """
        for condition in self.conditions:
            if code is None or condition.code == code:
                return condition
        raise CategoryUnknown(f"{self.code}/{code}")


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The taxonomy of a jurisdiction: its categories by code, in the order of the document."""

    version: str
    categories: Mapping[str, Category]


@dataclass(frozen=True, slots=True)
class Profile:
    """The parsed profile of one jurisdiction.

    Args:
        levels: Levels of the division tree, the largest areas first.
        sample_rate_on_the_spot: Share of the cases handled on the spot that are checked, 0 to 1.
        address_rule: Format of addresses in the register; "free" if the document has none.
        duty: None: time on duty is not limited.
        neighbours: Codes of jurisdictions whose workers may get cases of this jurisdiction. The profile of the other
            jurisdiction must list this jurisdiction, too.
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
    public_door: PublicDoor = field(default_factory=PublicDoor)
    household_notices: HouseholdNotices = field(default_factory=HouseholdNotices)

    def presence_at(self, code: str) -> Presence:
        """Return the presence rule of a category.

        A category without a rule has the rule of the jurisdiction.
        """
        category = self.taxonomy.categories.get(code)
        return category.presence if category and category.presence else self.presence

    def category(self, code: str | None) -> Category:
        """Return the category with this code; None: the category `unclassified`.

        Raises:
            CategoryUnknown: The profile has no such category.
        """
        category = self.taxonomy.categories.get(code or UNCLASSIFIED)
        if category is None:
            raise CategoryUnknown(code)
        return category

    def level(self, level: str) -> Level:
        """Return the level of the division tree with this name.

        Raises:
            KeyError: The profile has no such level.
        """
        for candidate in self.levels:
            if candidate.level == level:
                return candidate
        raise KeyError(level)

    def level_above(self, level: str) -> Level | None:
        """Return the next higher level of the division tree, or None for the top level."""
        index = self.levels.index(self.level(level))
        return self.levels[index - 1] if index else None

    def code_fault(self, level: str, code: str, parent_code: str | None) -> str | None:
        """Check the code of an area against its level.

        Return the fault "malformed" or "not_under_parent", or None if the code is valid.
        """
        rule = self.level(level)
        if not rule.code.fullmatch(code):
            return "malformed"
        if rule.starts_with_parent and not (parent_code and code.startswith(parent_code)):
            return "not_under_parent"
        return None


def parse_profile(data: object) -> Profile:
    """Validate a profile document and return it as a `Profile`.

    The result is cached, so that jurisdictions with equal documents share it.

    Raises:
        ProfileInvalid: The document has faults; the error has all of them.
    """
    try:
        document = orjson.dumps(data)
    except TypeError:  # not JSON, so it has no text to be cached by
        return _parse(data)
    return _parse_cached(document)


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
        modes={mode: parse_mode(settings) for mode, settings in data["modes"].items()},
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
        public_door=parse_public_door(data.get("public")),
        household_notices=parse_household_notices(data.get("notices")),
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
        publicity=Publicity(data.get("publicity", Publicity.NOT_PUBLIC)),
        questions=parse_questions(data.get("questions")),
    )
