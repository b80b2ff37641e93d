"""Profile sections on re-dispatch, on offers to several workers at once, and on proposals.

Without its section a rule is off: no case is moved, workers get offers one after the other, and no supervisor confirms
the chosen worker.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from app.profiles.rules.faults import NOTE
from app.profiles.rules.schema_fields import Flag, Number, Option, Text, Whole
from app.profiles.rules.schema_sections import Items, Section

# Reasons to move a case whose handling has not begun to another worker.
BECAUSE = ("shift_ended", "unavailable", "moved_away", "eta_slipped", "upgraded")


@dataclass(frozen=True, slots=True)
class Redispatch:
    """Conditions under which an accepted case is moved to another worker.

    The limits `gain_seconds`, `cool_down` and `moves_most` prevent that a case is moved back and forth.

    Args:
        on: Reasons (`BECAUSE`) for which a case may be moved.
        moved_away_m: Minimum distance by which the worker is now farther away from the case than on acceptance.
        off_duty: Minimum time for which the worker has been off duty.
        gain_seconds: Minimum travel time that the other worker saves.
        cool_down: Minimum time between two moves of a case.
        moves_most: Maximum number of moves of a case.
    """

    on: frozenset[str] = frozenset()
    moved_away_m: float = 3000
    gain_seconds: float = 300
    cool_down: timedelta = timedelta(minutes=30)
    moves_most: int = 2
    off_duty: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Broadcast:
    """Rule for offers to several workers at once. The first worker who accepts gets the case.

    Args:
        priorities: Cases of these priorities are offered to several workers at once from the beginning.
        after_rings: Cases of other priorities are first offered to one worker after the other. If no worker accepts, they are
            offered to several workers at once.
        most: Maximum number of workers who get the offer at once.
    """

    priorities: frozenset[int] = frozenset()
    after_rings: bool = False
    most: int = 8


@dataclass(frozen=True, slots=True)
class Propose:
    """Rule for proposals: a supervisor confirms or replaces the automatically chosen worker.

    Args:
        priorities, categories: Cases to which the rule applies. A category is a code or a prefix of codes.
        time: If no supervisor answers within this time, the case is offered to the chosen worker.
    """

    priorities: frozenset[int] = frozenset()
    categories: tuple[str, ...] = ()
    time: timedelta = timedelta(minutes=5)

    def asks(self, *, priority: int, category: str) -> bool:
        """Return True if a supervisor has to confirm the chosen worker for a case of this kind."""
        return priority in self.priorities or category.startswith(self.categories or ("\0",))


class RedispatchSchema(Section):
    on = Items(
        Option(BECAUSE),
        max_items=len(BECAUSE),
        is_unique=True,
        required=True,
        title=("occasions", "情形"),
    )
    moved_away_m = Number(0, 1_000_000, is_exclusive=True, title=("distance moved away in m", "远离米数"))
    gain_seconds = Number(0, 86_400, title="节省秒数")
    cool_down_minutes = Number(0, 1440, title="间隔分钟数")
    moves_most = Whole(0, 50, title=("maximum reassignments", "改派次数上限"))
    off_duty_minutes = Number(0, 1440, title="离岗分钟数")


class BroadcastSchema(Section):
    priorities = Items(Option([1, 2, 3]), max_items=3, is_unique=True, title="优先级")
    after_rings = Flag(title="各范围之后")
    most = Whole(2, 50, title=("maximum", "上限"))


class ProposeSchema(Section):
    priorities = Items(Option([1, 2, 3]), max_items=3, is_unique=True, title="优先级")
    categories = Items(Text(max_length=64), max_items=200, is_set=True, title="类别")
    minutes = Number(1, 240, title="分钟")


def parse_redispatch(data: Mapping[str, Any] | None) -> Redispatch:
    """Parse the section on re-dispatch. Missing members get the defaults."""
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
    """Parse the section on offers to several workers. Missing members get the defaults."""
    settings = {name: value for name, value in (data or {}).items() if name != NOTE}
    if "priorities" in settings:
        settings["priorities"] = frozenset(settings["priorities"])
    return Broadcast(**settings)


def parse_propose(data: Mapping[str, Any] | None) -> Propose:
    """Parse the section on proposals. Missing members get the defaults."""
    section = data or {}
    propose = Propose(frozenset(section.get("priorities", ())), tuple(section.get("categories", ())))
    return replace(propose, time=timedelta(minutes=section["minutes"])) if "minutes" in section else propose
