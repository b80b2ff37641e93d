"""Profile section on re-dispatch and broadcast offers. Without it neither happens.

What is left out is not done: an older document takes nothing from anybody, and asks one after the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from app.profiles.rules.value_checks import NOTE, choice, flag, listing, number, record, text

# What may make work that is not begun go to somebody else.
BECAUSE = ("shift_ended", "unavailable", "moved_away", "eta_slipped", "upgraded")


@dataclass(frozen=True, slots=True)
class Redispatch:
    """`on`: which of BECAUSE count. Nobody is bounced: somebody else has to be `gain_seconds` nearer, a case rests for
    `cool_down` after each move, and is moved `moves_most` times at most.

    `moved_away_m`: so much further off than on acceptance; `off_duty`: off duty for so long.
    """

    on: frozenset[str] = frozenset()
    moved_away_m: float = 3000
    gain_seconds: float = 300
    cool_down: timedelta = timedelta(minutes=30)
    moves_most: int = 2
    off_duty: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Broadcast:
    """Asking several at once, the first who accepts has it: `most` of them; at once for cases of these `priorities`, and
    `after_rings` for any case for which everybody has been asked in vain one by one."""

    priorities: frozenset[int] = frozenset()
    after_rings: bool = False
    most: int = 8


@dataclass(frozen=True, slots=True)
class Propose:
    """Telling a supervisor first whom the rules have chosen: for cases of these `priorities` or `categories` (a code, or
    what it begins with). The supervisor confirms or chooses another within `time`; after that it is offered by itself."""

    priorities: frozenset[int] = frozenset()
    categories: tuple[str, ...] = ()
    time: timedelta = timedelta(minutes=5)

    def asks(self, *, priority: int, category: str) -> bool:
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
    settings = {name: value for name, value in (data or {}).items() if name != NOTE}
    if "priorities" in settings:
        settings["priorities"] = frozenset(settings["priorities"])
    return Broadcast(**settings)


def parse_propose(data: Mapping[str, Any] | None) -> Propose:
    section = data or {}
    propose = Propose(frozenset(section.get("priorities", ())), tuple(section.get("categories", ())))
    return replace(propose, time=timedelta(minutes=section["minutes"])) if "minutes" in section else propose
