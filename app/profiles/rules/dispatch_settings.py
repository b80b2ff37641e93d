"""Settings of dispatch: offers, search rings and cycles of a mode, weights of costs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from app.core.calendar import Limit
from app.profiles.rules.redispatch import (
    Broadcast,
    Propose,
    Redispatch,
    parse_broadcast,
    parse_propose,
    parse_redispatch,
)
from app.profiles.rules.stages import read_limit
from app.profiles.rules.value_checks import NOTE

_WINDOWS = {1: timedelta(0), 2: timedelta(seconds=10), 3: timedelta(seconds=60)}


@dataclass(frozen=True, slots=True)
class ModeSettings:
    """Settings of dispatch, visits and patrols in one mode.

    Args:
        offer_times: Time to answer an offer, by priority.
        rings: Search rings, the smallest area first.
        max_rounds: Most rounds of offers through all rings.
        position_fresh_minutes: Largest age of a position that is used.
        visit_cycle_days, patrol_cycle_days: Days between two visits or patrols.
        capacity_default: Most open cases of a worker.
        batch_windows: Time for which a case without a worker waits for a batch, by priority.
        redispatch: When a case is moved from its worker to another one.
        broadcast: When several workers get an offer at once.
        propose: When a supervisor confirms the chosen worker first.
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
    """Weights of the cost of an assignment.

    Each term of the cost is in seconds, so that the terms can be added.

    Args:
        load: Per square of the number of open cases.
        distance: Per metre.
        position_age: Per second of the age of the position.
        unknown_position_penalty: In place of `distance` and `position_age` where there is no fresh position.
        not_owner_penalty: For every worker but the responsible one.
        ring_penalty: Per search ring beyond the first.
        fairness: For a week with twice the mean work of the street. 0, the default: weeks have no influence, until a city
            decides by its own figures that they should.
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


def parse_mode(data: dict[str, Any]) -> ModeSettings:
    """Return the settings of a mode of a document that is valid."""
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
