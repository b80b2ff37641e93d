"""Rules of presence: compare the position of the actor's device with the place of the case.

The result lists doubts, which people have to examine. It does not prove that the actor was away. Pure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.core.geodesic import metres_between
from app.profiles.rules.profile import Presence, PresencePolicy

# A fix may be this far in the future, because clocks of phones run a little ahead.
_CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Fix:
    """A position that a phone sent.

    Attributes:
        lon: Longitude in degrees (WGS 84).
        lat: Latitude in degrees (WGS 84).
        accuracy_m: Accuracy that the phone reports, at most 500 m.
        is_mock: The phone says that an app set the position.
        age: Age of the position at the time of the transition.
    """

    lon: float
    lat: float
    accuracy_m: float
    is_mock: bool
    age: timedelta


@dataclass(frozen=True, slots=True)
class Spot:
    """The position of the actor's phone at a transition.

    Attributes:
        at: Time of the position.
    """

    lon: float
    lat: float
    accuracy_m: float | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of comparing a device's position with the place of a case.

    Attributes:
        doubts: Any of `no_fix`, `away`, `mock` and `stale`, in this order. Empty: no doubt.
        distance_m: Distance of the position from the case in metres.
    """

    policy: PresencePolicy
    radius_m: float
    doubts: tuple[str, ...]
    distance_m: int | None = None
    accuracy_m: int | None = None

    def to_detail(self, reason: str | None) -> dict[str, Any]:
        """Return the record to store with a transition. It has the distance and not the position."""
        return {
            "policy": self.policy.value,
            "radius_m": self.radius_m,
            "doubts": list(self.doubts),
            "distance_m": self.distance_m,
            "accuracy_m": self.accuracy_m,
            "reason": reason,
        }


def compare_fix(rule: Presence, fix: Fix | None, *, lon: float, lat: float) -> Finding:
    """Return the doubts about a position, and its distance from the place of a case.

    Args:
        fix: The position. None: none was sent.
        lon: Longitude of the case in degrees (WGS 84).
        lat: Latitude of the case in degrees (WGS 84).
    """
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
    """Return a `Fix` from the payload that a phone sent.

    The age of the position is `age_s` of the payload; without `age_s` it is computed from `at`, the time on the phone.

    Args:
        lon: Longitude of the position, converted to WGS 84.
        lat: Latitude of the position, converted to WGS 84.
    """
    age = (
        timedelta(seconds=payload["age_s"])
        if payload.get("age_s") is not None
        else now - (payload.get("at") or now)
    )
    # The accuracy that the phone reports widens the radius only up to a limit, else an inaccurate fix would be near everything.
    return Fix(lon, lat, min(payload.get("accuracy_m") or 0.0, 500.0), bool(payload.get("mock")), age)
