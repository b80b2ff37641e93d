"""Positions as they are sent and as they are stored, and the limits by which they are judged (`positions`, `walks`)."""

from datetime import datetime, timedelta
from typing import NamedTuple

from app.core.coordinates import CoordSys

COARSE_M = 100
IMPLAUSIBLE_MPS = 50
STATIONARY_M = 30
STATIONARY_FOR = timedelta(minutes=2)
# Degrees within which, and latitude up to which, the length of a degree differs by less than a hundredth.
NEAR, STEEP = 0.02, 80.0


class Fix(NamedTuple):
    """A position as the device sent it.

    It is a tuple, because that is fast and a batch has hundreds of positions.
    """

    at: datetime
    lon: float
    lat: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None
    battery_pct: float | None = None
    is_mock: bool = False
    coord_sys: str = CoordSys.WGS84


class Stored(NamedTuple):
    """A position as it is stored: WGS 84, with its time corrected to the server's clock.

    Coarse, mock and implausible positions are never used as a worker's location.
    """

    at: datetime
    lon: float
    lat: float
    accuracy_m: float | None = None
    is_mock: bool = False
    is_coarse: bool = False
    speed_mps: float | None = None
    heading_deg: float | None = None
    battery_pct: float | None = None
    is_implausible: bool = False

    @property
    def is_usable(self) -> bool:
        """Return True if the position may be used as the worker's location."""
        return not (self.is_mock or self.is_coarse or self.is_implausible)
