"""Dispatch settings of a profile by mode: offers, search rings, visit cycles, costs.

A mode is a named set of settings, such as `normal`. A search ring is an area around the grid of a case, in which workers
are searched. If no worker of a ring accepts, the next larger ring is searched.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from app.core.calendar import Limit
from app.profiles.rules.faults import NOTE
from app.profiles.rules.levels import LEVEL_WORDS, LEVELS
from app.profiles.rules.redispatch import (
    Broadcast,
    BroadcastSchema,
    Propose,
    ProposeSchema,
    Redispatch,
    RedispatchSchema,
    parse_broadcast,
    parse_propose,
    parse_redispatch,
)
from app.profiles.rules.schema_fields import Number, Option, Text, Whole
from app.profiles.rules.schema_sections import Items, Part, Section, section
from app.profiles.rules.stages import read_limit

_WINDOWS = {1: timedelta(0), 2: timedelta(seconds=10), 3: timedelta(seconds=60)}


class OfferTimeSchema(Section):
    unit = Option(
        {
            "urgent_minute": ("minutes around the clock", "分钟"),
            "work_minute": ("minutes of work time", "分钟（工作时间）"),
        },
        required=True,
        title="单位",
    )
    amount = Number(0, 10_000, is_exclusive=True, required=True, title="数量")


_PRIORITIES = {str(priority): (f"priority {priority}", f"优先级{priority}") for priority in (1, 2, 3)}


class ModeSchema(Section):
    offer_minutes = Part(
        section(
            "OfferTimesSchema",
            **{key: Part(OfferTimeSchema, required=True, title=words) for key, words in _PRIORITIES.items()},
        ),
        required=True,
        title="答复分钟数",
    )
    rings = Items(
        Option(LEVEL_WORDS),
        min_items=1,
        max_items=len(LEVELS),
        required=True,
        title=("search rings", "派遣范围"),
    )
    max_rounds = Whole(1, 50, required=True, title=("maximum number of offers", "派遣轮数上限"))
    position_fresh_minutes = Number(
        0,
        1440,
        is_exclusive=True,
        required=True,
        title=("minutes for which a position is fresh", "定位有效分钟数"),
    )
    visit_cycle_days = Whole(1, 3660, required=True, title="走访周期天数")
    patrol_cycle_days = Whole(1, 3660, required=True, title="巡查周期天数")
    capacity_default = Whole(1, 1000, required=True, title=("default capacity", "默认承接上限"))
    batch_seconds = Part(
        section(
            "BatchWindowsSchema",
            **{key: Number(0, 3600, required=True, title=words) for key, words in _PRIORITIES.items()},
        ),
        title="统筹间隔秒数",
    )
    redispatch = Part(RedispatchSchema, title=("reassignment by rule", "按规则改派"))
    broadcast = Part(BroadcastSchema, title=("offers to several workers", "同时派遣"))
    propose = Part(ProposeSchema, title=("proposals to a supervisor", "拟派人选"))


def _cost(title: tuple[str, str] | str, *, is_required: bool = True, data_key: str | None = None) -> Number:
    return Number(0, 1_000_000, required=is_required, title=title, data_key=data_key)


class DispatchWeightsSchema(Section):
    version = Text(max_length=40, required=True, title="版本")
    load_ = _cost("负荷", data_key="load")
    distance = _cost("距离")
    position_age = _cost(("age of the position", "定位时效"))
    unknown_position_penalty = _cost(("penalty for an unknown position", "无定位扣减"))
    not_owner_penalty = _cost(("penalty outside the own grid", "非责任网格扣减"))
    ring_penalty = _cost(("penalty for each ring", "范围外扩扣减"))
    fairness = _cost("公平", is_required=False)


@dataclass(frozen=True, slots=True)
class ModeSettings:
    """Settings of dispatch, visits and patrols in one mode.

    Args:
        offer_times: Time to answer an offer, by priority.
        rings: Areas around the grid of a case in which workers are searched, the smallest first.
        max_rounds: Maximum number of times that all these areas are searched for one case.
        position_fresh_minutes: Maximum age of a worker's position that is used.
        visit_cycle_days, patrol_cycle_days: Days between two visits or patrols.
        capacity_default: Maximum number of open cases of a worker.
        batch_windows: Time, by priority, that a case without a worker waits until all waiting cases of a district are assigned
            to workers together.
        redispatch: When an accepted case is moved from its worker to another one.
        broadcast: When several workers get an offer at once.
        propose: When a supervisor must confirm the chosen worker before the offer.
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
    """Weights of the terms in the cost of assigning a case to a worker. The lowest cost wins.

    The cost is a sum of terms, all in seconds.

    Args:
        load: Seconds, multiplied by the square of the number of the worker's open cases.
        distance: Seconds per metre between worker and case.
        position_age: Seconds per second of the age of the worker's position.
        unknown_position_penalty: Seconds instead of `distance` and `position_age` if there is no fresh position.
        not_owner_penalty: Seconds for every worker who is not responsible for the grid.
        ring_penalty: Seconds for each larger area (`rings`) that had to be searched after the first one.
        fairness: Seconds for a worker whose work of the week is twice the mean of the street. 0, the default, turns the term
            off.
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
        """Return the weights as a dictionary to store with a dispatch decision.

        `fairness` is left out if it is 0.
        """
        return {name: value for name, value in asdict(self).items() if name != "fairness" or value}


def parse_mode(data: dict[str, Any]) -> ModeSettings:
    """Parse the settings of one mode from a valid document."""
    return ModeSettings(
        offer_times={
            int(priority): read_limit(time)
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
