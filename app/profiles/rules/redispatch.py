"""Profile sections on re-dispatch, offers to several workers, and proposals.

Without a section its rule is off: no case is moved, workers get offers one after the other, and no supervisor is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from app.profiles.rules.value_checks import NOTE, choice, flag, listing, number, record, text

# Reasons to move a case whose handling has not begun to another worker.
BECAUSE = ("shift_ended", "unavailable", "moved_away", "eta_slipped", "upgraded")


@dataclass(frozen=True, slots=True)
class Redispatch:
    """Conditions for moving a case to another worker.

    The last three limits keep a case from being moved back and forth.

    Args:
        on: Reasons (`BECAUSE`) that count.
        moved_away_m: Distance by which the worker is farther away than on acceptance.
        off_duty: Time for which the worker has been off duty.
        gain_seconds: Least travel time that the other worker saves.
        cool_down: Least time between two moves of a case.
        moves_most: Most moves of a case.
    """

    on: frozenset[str] = frozenset()
    moved_away_m: float = 3000
    gain_seconds: float = 300
    cool_down: timedelta = timedelta(minutes=30)
    moves_most: int = 2
    off_duty: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Broadcast:
    """Rule for offers to several workers at once, of whom the first to accept gets the case.

    Args:
        priorities: Cases of these priorities are offered so from the beginning.
        after_rings: Other cases are offered so when no worker of any ring accepted.
        most: Most workers at once.
    """

    priorities: frozenset[int] = frozenset()
    after_rings: bool = False
    most: int = 8


@dataclass(frozen=True, slots=True)
class Propose:
    """Rule for proposals: a supervisor confirms or replaces the worker chosen by the rules.

    Args:
        priorities, categories: Cases for which it holds. A category is a code or the first characters of codes.
        time: After this time without an answer the case is offered to the chosen worker.
    """

    priorities: frozenset[int] = frozenset()
    categories: tuple[str, ...] = ()
    time: timedelta = timedelta(minutes=5)

    def asks(self, *, priority: int, category: str) -> bool:
        """Return True if a supervisor has to confirm the worker of such a case."""
        return priority in self.priorities or category.startswith(self.categories or ("\0",))


REDISPATCH = record(
    {"on": listing(choice(BECAUSE), max_items=len(BECAUSE))},
    optional={
        "moved_away_m": number(0, 1_000_000, is_exclusive=True),
        "gain_seconds": number(0, 86_400),
        "cool_down_minutes": number(0, 1440),
        "moves_most": number(0, 50, is_whole=True),
        "off_duty_minutes": number(0, 1440),
    },
)
BROADCAST = record(
    {},
    optional={
        "priorities": listing(choice([1, 2, 3]), max_items=3),
        "after_rings": flag,
        "most": number(2, 50, is_whole=True),
    },
)


PROPOSE = record(
    {},
    optional={
        "priorities": listing(choice([1, 2, 3]), max_items=3),
        "categories": listing(text(max_length=64), max_items=200),
        "minutes": number(1, 240),
    },
)


def parse_redispatch(data: Mapping[str, Any] | None) -> Redispatch:
    """Parse the section. Missing members get the defaults."""
    if data is None:
        return Redispatch()
    settings = {
        "on": frozenset(data["on"]),
        **{name: data[name] for name in ("moved_away_m", "gain_seconds", "moves_most") if name in data},
    }
    for name, key in (("cool_down", "cool_down_minutes"), ("off_duty", "off_duty_minutes")):
        if key in data:
            settings[name] = timedelta(minutes=data[key])
    return Redispatch(**settings)


def parse_broadcast(data: Mapping[str, Any] | None) -> Broadcast:
    """Parse the section. Missing members get the defaults."""
    settings = {name: value for name, value in (data or {}).items() if name != NOTE}
    if "priorities" in settings:
        settings["priorities"] = frozenset(settings["priorities"])
    return Broadcast(**settings)


def parse_propose(data: Mapping[str, Any] | None) -> Propose:
    """Parse the section. Missing members get the defaults."""
    section = data or {}
    propose = Propose(frozenset(section.get("priorities", ())), tuple(section.get("categories", ())))
    return replace(propose, time=timedelta(minutes=section["minutes"])) if "minutes" in section else propose
