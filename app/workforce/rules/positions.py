"""Rules that decide which positions of a batch are stored, are duplicates, or are dropped.

A *fix* is one position from a device. Each fix is compared with the fixes before it in time, also those that are
stored already. Batches may therefore arrive in any order. If a batch is sent again, its fixes are duplicates. Times are
corrected by the difference between the device's clock and the server's. All functions are pure.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import NamedTuple

from app.core.coordinates import CoordSys, to_wgs84
from app.core.geodesic import metres_between

# A smaller difference between the clocks is the travel time of the message.
CLOCK_TOLERANCE = timedelta(seconds=5)
# The largest difference between the corrections of one device's clock in two attempts.
CORRECTION_JITTER = timedelta(seconds=10)
FUTURE_TOLERANCE = timedelta(minutes=2)
OLDEST = timedelta(days=7)
COARSE_M = 100
USELESS_M = 1000
IMPLAUSIBLE_MPS = 50
STATIONARY_M = 30
STATIONARY_FOR = timedelta(minutes=2)

# Start and end of a duty (None: the duty lasts).
Span = tuple[datetime, datetime | None]


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


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result for a batch: the positions to store, and the numbers of duplicate and dropped ones.

    Attributes:
        filtered: Number of dropped positions by reason.
        seen_at: Time of the newest position that shows that the worker has not moved.
    """

    accepted: tuple[Stored, ...]
    duplicate: int
    filtered: dict[str, int]
    seen_at: datetime | None = None

    @property
    def flagged(self) -> dict[str, int]:
        """Return the number of fixes that will be stored but not used as a location, by reason."""
        counts = {
            "inaccurate": sum(fix.is_coarse for fix in self.accepted),
            "implausible_speed": sum(fix.is_implausible for fix in self.accepted),
            "mock": sum(fix.is_mock for fix in self.accepted),
        }
        return {name: number for name, number in counts.items() if number}


@dataclass(frozen=True, slots=True)
class StoredFixes:
    """The stored positions in the period of a batch, used to find duplicates.

    A position is a duplicate if one is stored for the same time. If the device's clock is wrong, a position stored for the
    same place and nearly the same time makes it a duplicate too.
    """

    by_place: bool
    instants: set[datetime] = field(default_factory=set)
    places: dict[tuple[float, float], list[datetime]] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: Sequence[Stored], *, by_place: bool) -> "StoredFixes":
        stored_fixes = cls(by_place)
        for fix in stored:
            stored_fixes.add(fix)
        return stored_fixes

    def add(self, fix: Stored) -> None:
        self.instants.add(fix.at)
        if self.by_place:
            self.places.setdefault(_place(fix.lon, fix.lat), []).append(fix.at)


def clock_shift(sent_at: datetime, received_at: datetime) -> timedelta:
    """Return the correction of the device's clock: the duration to add to its times.

    It is zero if the clocks differ by no more than the tolerance.
    """
    skew = received_at - sent_at
    return skew if abs(skew) > CLOCK_TOLERANCE else timedelta(0)


def corrected(at: datetime, shift: timedelta) -> datetime:
    """Return a time of the device's clock corrected to the server's clock.

    A result outside the range of `datetime` is replaced by the nearest limit of the range.
    """
    try:
        return at + shift
    except OverflowError:
        return (datetime.max if shift > timedelta(0) else datetime.min).replace(tzinfo=UTC)


def window(fixes: Sequence[Fix], *, sent_at: datetime, received_at: datetime) -> Span | None:
    """Return the period from the first to the last time of the positions in a batch, or None.

    Stored positions of this period may be duplicates. It covers corrected and uncorrected times, because an earlier attempt to
    send the batch may have been stored with a different correction. Times too old or in the future are left out; None: all are.
    """
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
    """Decide for each position of a batch to store it, count it as duplicate, or drop it.

    The function is one long loop on purpose: a batch has hundreds of positions, and functions and objects for each of them
    would double the time.

    Args:
        sent_at: When the batch was sent, by the device's clock.
        duty: The periods on duty of the worker in the `window` of the batch.
        stored: The stored positions of the window, and the last ones before it, in the order of time.
    """
    shift = clock_shift(sent_at, received_at)
    filtered: Counter[str] = Counter()
    accepted: list[Stored] = []
    duplicate = 0
    seen_at: datetime | None = None
    stored_fixes = StoredFixes.of(stored, by_place=bool(shift))
    earliest, latest = received_at - OLDEST, received_at + FUTURE_TOLERANCE
    ahead = iter(stored)
    following = next(ahead, None)
    # The fixes before the present one: the last stored or accepted one, and the last usable one.
    last: Stored | None = None
    last_usable: Stored | None = None
    timed = [(corrected(fix.at, shift), fix) for fix in fixes] if shift else [(fix.at, fix) for fix in fixes]
    timed.sort(key=itemgetter(0))
    for at, fix in timed:
        while following is not None and following.at <= at:
            last = following
            if following.is_usable:
                last_usable = following
            following = next(ahead, None)
        raw_at, lon, lat, accuracy_m, speed, heading, battery, is_mock, coord_sys = fix
        if coord_sys != CoordSys.WGS84 or not (-180 <= lon <= 180 and -90 <= lat <= 90):
            point = place_of(fix)
            if point is None:
                filtered["out_of_range"] += 1
                continue
            lon, lat = point
        if at in stored_fixes.instants or (shift and _is_stored_there(stored_fixes, lon, lat, at, raw_at)):
            duplicate += 1
            continue
        # Devices send -1 for "unknown".
        accuracy_m = accuracy_m if accuracy_m is not None and accuracy_m >= 0 else None
        reason = _reason_against(at, lon, lat, accuracy_m, earliest=earliest, latest=latest, duty=duty)
        if reason is not None:
            filtered[reason] += 1
            continue
        is_coarse = accuracy_m is not None and accuracy_m > COARSE_M
        is_good = not (is_mock or is_coarse)
        before = last_usable if is_good else last
        moved_m: float | None = None
        if before is not None and at - before.at < STATIONARY_FOR:
            moved_m = metres_between(before.lon, before.lat, lon, lat)
            if moved_m < max(STATIONARY_M, accuracy_m or 0):
                # The worker has not moved. A good fix is only compared with usable ones, so one after a coarse fix is stored.
                filtered["stationary"] += 1
                seen_at = at if is_good else seen_at
                continue
        is_implausible = False
        if not is_mock and last_usable is not None:
            # Faster than any vehicle in the field. Mock and coarse fixes are no evidence against good ones.
            if moved_m is None or before is not last_usable:
                moved_m = metres_between(last_usable.lon, last_usable.lat, lon, lat)
            certain_m = moved_m - (last_usable.accuracy_m or 0) - (accuracy_m or 0)
            is_implausible = certain_m > IMPLAUSIBLE_MPS * (at - last_usable.at).total_seconds()
        accepted_fix = Stored(
            at,
            lon,
            lat,
            accuracy_m,
            is_mock,
            is_coarse,
            speed if speed is not None and 0 <= speed <= 1_000 else None,
            heading if heading is not None and 0 <= heading <= 360 else None,
            battery if battery is not None and 0 <= battery <= 100 else None,
            is_implausible,
        )
        accepted.append(accepted_fix)
        stored_fixes.add(accepted_fix)
        last = accepted_fix
        if is_good and not is_implausible:
            last_usable = accepted_fix
    return Verdict(tuple(accepted), duplicate, dict(filtered), seen_at)


def newest_usable(accepted: Sequence[Stored], duty: Sequence[Span]) -> Stored | None:
    """Return the newest position of the present duty that can be the worker's location, or None."""
    lasting = [since for since, until in duty if until is None]
    since = min(lasting, default=None)
    usable = [fix for fix in accepted if fix.is_usable and since <= fix.at] if since is not None else []
    return max(usable, key=itemgetter(0), default=None)


def _reason_against(
    at: datetime,
    lon: float,
    lat: float,
    accuracy_m: float | None,
    *,
    earliest: datetime,
    latest: datetime,
    duty: Sequence[Span],
) -> str | None:
    if at > latest:
        return "in_future"
    if at < earliest:
        return "too_old"
    for since, until in duty:
        if since <= at and (until is None or at < until):
            break
    else:
        return "off_duty"
    if abs(lon) < 1e-6 and abs(lat) < 1e-6:
        return "zero_zero"
    if accuracy_m is not None and accuracy_m > USELESS_M:
        return "inaccurate"
    return None


def _is_stored_there(
    stored_fixes: StoredFixes, lon: float, lat: float, at: datetime, raw_at: datetime
) -> bool:
    """Return True if a fix is stored at the same place and at nearly the same time.

    The stored time is compared with the time sent by the device and with the corrected time. One of them must be near.
    """
    return any(
        min(abs(then - raw_at), abs(then - at)) <= CORRECTION_JITTER
        for then in stored_fixes.places.get(_place(lon, lat), ())
    )


def _place(lon: float, lat: float) -> tuple[float, float]:
    return round(lon, 7), round(lat, 7)


def place_of(fix: Fix) -> tuple[float, float] | None:
    """Return (longitude, latitude) of a position in WGS 84, or None if they are out of range."""
    if not (-180 <= fix.lon <= 180 and -90 <= fix.lat <= 90):  # NaN is in no range
        return None
    if fix.coord_sys == CoordSys.WGS84:
        return fix.lon, fix.lat
    lon, lat = to_wgs84(fix.lon, fix.lat, fix.coord_sys)
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None
