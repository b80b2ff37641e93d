"""Rules of presence: a claimed position is compared with the place of the case. Pure.

The result is a doubt about a step for people to examine, never a verdict about a person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.core.great_circle import metres_between
from app.profiles.rules.profile import Presence, PresencePolicy

# A fix may be this far in the future, because clocks of phones run a little ahead.
_CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Fix:
    """A position sent by a phone: degrees (WGS 84), metres.

    `age`: at the transition. `is_mock`: the phone says that the position is not measured.
    """

    lon: float
    lat: float
    accuracy_m: float
    is_mock: bool
    age: timedelta


@dataclass(frozen=True, slots=True)
class Spot:
    """The position at which a transition was done, by the actor's phone.

    `at`: the instant of the position.
    """

    lon: float
    lat: float
    accuracy_m: float | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of the comparison of the device's position with the place of the case.

    `doubts`: none, or `no_fix`, `away`, `mock`, `stale`, in this order. Distances in metres.
    """

    policy: PresencePolicy
    radius_m: float
    doubts: tuple[str, ...]
    distance_m: int | None = None
    accuracy_m: int | None = None

    def to_detail(self, reason: str | None) -> dict[str, Any]:
        """Return the record for the transition's detail: the distance, not the position."""
        return {
            "policy": self.policy.value,
            "radius_m": self.radius_m,
            "doubts": list(self.doubts),
            "distance_m": self.distance_m,
            "accuracy_m": self.accuracy_m,
            "reason": reason,
        }


def compare_fix(rule: Presence, fix: Fix | None, *, lon: float, lat: float) -> Finding:
    """Compare a fix with the place of a case, in degrees (WGS 84)."""
    if fix is None:
        return Finding(rule.policy, rule.radius_m, ("no_fix",))
    distance = metres_between(fix.lon, fix.lat, lon, lat)
    doubts = {
        "away": distance > rule.radius_m + fix.accuracy_m,
        "mock": fix.is_mock,
        "stale": fix.age > rule.fresh or fix.age < -_CLOCK_TOLERANCE,
    }
    return Finding(
        rule.policy,
        rule.radius_m,
        tuple(name for name, is_so in doubts.items() if is_so),
        round(distance),
        round(fix.accuracy_m),
    )


def parse_fix(payload: dict[str, Any], lon: float, lat: float, *, now: datetime) -> Fix:
    """Parse a fix as sent, with its place in WGS 84.

    The age is the one sent, else computed by the phone's clock.
    """
    age = (
        timedelta(seconds=payload["age_s"])
        if payload.get("age_s") is not None
        else now - (payload.get("at") or now)
    )
    # The accuracy that the phone reports widens the radius only up to a limit, else an inaccurate fix would be near everything.
    return Fix(lon, lat, min(payload.get("accuracy_m") or 0.0, 500.0), bool(payload.get("mock")), age)
