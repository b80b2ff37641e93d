"""Which fixes of a batch are kept: the batch, the duty and what is stored already go in, a verdict comes out.

A fix is judged by the corrected clock and by the fixes before it in time, stored ones included. So batches may
come in any order, and one sent again comes out as duplicates.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from operator import itemgetter
from typing import NamedTuple

from app.core.coordinates import CoordSys, to_wgs84

# Below this the difference between the clocks is travel time of the message.
CLOCK_TOLERANCE = timedelta(seconds=5)
# How far the correction of one phone's clock differs between two attempts.
CORRECTION_JITTER = timedelta(seconds=10)
FUTURE_TOLERANCE = timedelta(minutes=2)
OLDEST = timedelta(days=7)
COARSE_M = 100
USELESS_M = 1000
IMPLAUSIBLE_MPS = 50
STATIONARY_M = 30
STATIONARY_FOR = timedelta(minutes=2)
EARTH_RADIUS_M = 6_371_008.8

# From, to (None: still on duty).
Span = tuple[datetime, datetime | None]


class Fix(NamedTuple):
    """A fix as the phone sent it. A tuple, because hundreds of them come at once."""

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
    """A fix as it is kept: corrected clock, WGS 84. Coarse, mock and implausible ones never say where a worker is."""

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
        return not (self.is_mock or self.is_coarse or self.is_implausible)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every fix is kept, a duplicate, or filtered for a reason. `seen_at`: the newest sign that she is where she was."""

    kept: tuple[Stored, ...]
    duplicate: int
    filtered: dict[str, int]
    seen_at: datetime | None = None

    @property
    def flagged(self) -> dict[str, int]:
        """How many of those kept are never used to say where she is, by reason."""
        found = Counter(
            name
            for fix in self.kept
            for name, is_so in (
                ("inaccurate", fix.is_coarse),
                ("implausible_speed", fix.is_implausible),
                ("mock", fix.is_mock),
            )
            if is_so
        )
        return dict(found)


@dataclass(slots=True)
class _Track:
    """What lies before the fix in question: the last one kept, and the last usable one."""

    stored: Iterator[Stored]
    following: Stored | None = None
    last: Stored | None = None
    last_usable: Stored | None = None

    def advance(self, until: datetime) -> None:
        while self.following is not None and self.following.at <= until:
            self.add(self.following)
            self.following = next(self.stored, None)

    def add(self, fix: Stored) -> None:
        self.last = fix
        if fix.is_usable:
            self.last_usable = fix


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored in the time of a batch, to recognise what was sent before; by place only if the clock is wrong."""

    by_place: bool
    instants: set[datetime] = field(default_factory=set)
    places: dict[tuple[float, float], list[datetime]] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: Sequence[Stored], *, by_place: bool) -> "Known":
        known = cls(by_place)
        for fix in stored:
            known.add(fix)
        return known

    def add(self, fix: Stored) -> None:
        self.instants.add(fix.at)
        if self.by_place:
            self.places.setdefault(_place(fix.lon, fix.lat), []).append(fix.at)


def clock_shift(sent_at: datetime, received_at: datetime) -> timedelta:
    """What to add to the phone's clock."""
    skew = received_at - sent_at
    return skew if abs(skew) > CLOCK_TOLERANCE else timedelta(0)


def corrected(at: datetime, shift: timedelta) -> datetime:
    """An instant of the phone's clock on ours. Absurd ones stay absurd, without an error."""
    try:
        return at + shift
    except OverflowError:
        return (datetime.max if shift > timedelta(0) else datetime.min).replace(tzinfo=UTC)


def window(fixes: Sequence[Fix], *, sent_at: datetime, received_at: datetime) -> Span | None:
    """The time in which fixes of the batch may be kept, or were by another attempt; None: none may be."""
    shift = clock_shift(sent_at, received_at)
    earliest, latest = received_at - OLDEST, received_at + FUTURE_TOLERANCE
    instants = [at for fix in fixes for at in (fix.at, corrected(fix.at, shift)) if earliest <= at <= latest]
    return (min(instants) - CORRECTION_JITTER, max(instants) + CORRECTION_JITTER) if instants else None


def judge(
    fixes: Sequence[Fix],
    *,
    sent_at: datetime,
    received_at: datetime,
    duty: Sequence[Span],
    stored: Sequence[Stored],
) -> Verdict:
    """Sort a batch. `stored` is in the order of time: what the window holds, and the last fixes before it."""
    shift = clock_shift(sent_at, received_at)
    filtered: Counter[str] = Counter()
    kept: list[Stored] = []
    duplicate = 0
    seen_at: datetime | None = None
    known = Known.of(stored, by_place=bool(shift))
    earliest, latest = received_at - OLDEST, received_at + FUTURE_TOLERANCE
    ahead = iter(stored)
    track = _Track(ahead, next(ahead, None))
    timed = [(corrected(fix.at, shift), fix) for fix in fixes] if shift else [(fix.at, fix) for fix in fixes]
    timed.sort(key=itemgetter(0))
    for at, fix in timed:
        track.advance(at)
        point = place_of(fix)
        if point is None:
            filtered["out_of_range"] += 1
            continue
        found = _stored_form(fix, at, point)
        if _is_known(known, found, fix.at if shift else None):
            duplicate += 1
            continue
        reason = _reason_against(found, track, earliest=earliest, latest=latest, duty=duty)
        if reason is not None:
            filtered[reason] += 1
            if reason == "stationary" and found.is_usable:
                seen_at = found.at
            continue
        if not found.is_mock and _is_implausible(found, track.last_usable):
            found = found._replace(is_implausible=True)
        kept.append(found)
        known.add(found)
        track.add(found)
    return Verdict(tuple(kept), duplicate, dict(filtered), seen_at)


def newest_usable(kept: Sequence[Stored], duty: Sequence[Span]) -> Stored | None:
    """Where the worker is: the newest usable fix of the duty that still lasts."""
    usable = [
        fix
        for fix in kept
        if fix.is_usable and any(since <= fix.at and until is None for since, until in duty)
    ]
    return max(usable, key=lambda fix: fix.at, default=None)


def metres_between(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Great-circle distance on the sphere."""
    phi_a, phi_b = radians(lat_a), radians(lat_b)
    h = sin((phi_b - phi_a) / 2) ** 2 + cos(phi_a) * cos(phi_b) * sin(radians(lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(h)))


def _reason_against(
    fix: Stored, track: _Track, *, earliest: datetime, latest: datetime, duty: Sequence[Span]
) -> str | None:
    at = fix.at
    if at > latest:
        return "in_future"
    if at < earliest:
        return "too_old"
    for since, until in duty:
        if since <= at and (until is None or at < until):
            break
    else:
        return "off_duty"
    if abs(fix.lon) < 1e-6 and abs(fix.lat) < 1e-6:
        return "zero_zero"
    if fix.accuracy_m is not None and fix.accuracy_m > USELESS_M:
        return "inaccurate"
    if _is_stationary(fix, track.last_usable if fix.is_usable else track.last):
        return "stationary"
    return None


def _is_stationary(fix: Stored, before: Stored | None) -> bool:
    """A heartbeat from where she was a moment ago. A good fix after a coarse one is never just that."""
    if before is None or fix.at - before.at >= STATIONARY_FOR:
        return False
    return _moved_m(before, fix) < max(STATIONARY_M, fix.accuracy_m or 0)


def _is_implausible(fix: Stored, before: Stored | None) -> bool:
    """Nobody in the field is that fast. Mock and coarse fixes are no evidence against good ones."""
    if before is None:
        return False
    certain_m = _moved_m(before, fix) - (before.accuracy_m or 0) - (fix.accuracy_m or 0)
    return certain_m > IMPLAUSIBLE_MPS * (fix.at - before.at).total_seconds()


def _moved_m(before: Stored, fix: Stored) -> float:
    return metres_between(before.lon, before.lat, fix.lon, fix.lat)


def _is_known(known: Known, fix: Stored, raw_at: datetime | None) -> bool:
    """Stored at that instant already; or, if the clock was corrected, nearly, at the very same place."""
    if fix.at in known.instants:
        return True
    if raw_at is None:
        return False
    return any(
        min(abs(at - raw_at), abs(at - fix.at)) <= CORRECTION_JITTER
        for at in known.places.get(_place(fix.lon, fix.lat), ())
    )


def _place(lon: float, lat: float) -> tuple[float, float]:
    return round(lon, 7), round(lat, 7)


def place_of(fix: Fix) -> tuple[float, float] | None:
    """Longitude and latitude in WGS 84; None if they are nowhere."""
    if not (-180 <= fix.lon <= 180 and -90 <= fix.lat <= 90):  # NaN is in no range
        return None
    if fix.coord_sys == CoordSys.WGS84:
        return fix.lon, fix.lat
    lon, lat = to_wgs84(fix.lon, fix.lat, fix.coord_sys)
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


def _stored_form(fix: Fix, at: datetime, point: tuple[float, float]) -> Stored:
    accuracy_m = _sensible(fix.accuracy_m, float("inf"))
    return Stored(
        at,
        point[0],
        point[1],
        accuracy_m,
        fix.is_mock,
        accuracy_m is not None and accuracy_m > COARSE_M,
        _sensible(fix.speed_mps, 1_000),
        _sensible(fix.heading_deg, 360),
        _sensible(fix.battery_pct, 100),
    )


def _sensible(value: float | None, most: float) -> float | None:
    """Phones say -1 for "unknown"."""
    return value if value is not None and 0 <= value <= most else None
