"""Rules that decide which positions of a batch are stored, are duplicates, or are dropped.

A *fix* is one position from a device. Each fix is compared with the fixes before it in time, also those that are
stored already. Batches may therefore arrive in any order. If a batch is sent again, its fixes are duplicates. Times are
corrected by the difference between the device's clock and the server's. All functions are pure.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt
from operator import attrgetter, itemgetter
from typing import NamedTuple

from app.core.coordinates import CoordSys, to_wgs84
from app.core.geodesic import metres_between, metres_per_degree
from app.workforce.rules.fixes import (
    COARSE_M,
    IMPLAUSIBLE_MPS,
    NEAR,
    STATIONARY_FOR,
    STATIONARY_M,
    STEEP,
    Fix,
    Stored,
)
from app.workforce.rules.walks import Walk

# A smaller difference between the clocks is the travel time of the message.
CLOCK_TOLERANCE = timedelta(seconds=5)
# The largest difference between the corrections of one device's clock in two attempts.
CORRECTION_JITTER = timedelta(seconds=10)
FUTURE_TOLERANCE = timedelta(minutes=2)
OLDEST = timedelta(days=7)
USELESS_M = 1000
# In a batch with fewer positions, to find its walk takes longer than to judge them one by one.
WORTH_A_WALK = 50
# Members of an enumeration compare slowly.
_WGS84 = CoordSys.WGS84.value

# Start and end of a duty (None: the duty lasts).
Span = tuple[datetime, datetime | None]


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
            "inaccurate": sum(map(attrgetter("is_coarse"), self.accepted)),
            "implausible_speed": sum(map(attrgetter("is_implausible"), self.accepted)),
            "mock": sum(map(attrgetter("is_mock"), self.accepted)),
        }
        return {name: number for name, number in counts.items() if number}


class _Stored(NamedTuple):
    """Times and places of the positions that are stored or accepted, used to find duplicates.

    A position is a duplicate if one is stored for the same time. If the device's clock is wrong, a position stored for the
    same place and nearly the same time makes it a duplicate too; `places` is None otherwise.
    """

    instants: set[datetime]
    places: dict[tuple[float, float], list[datetime]] | None


def _index(stored: Sequence[Stored], *, by_place: bool) -> _Stored:
    places: dict[tuple[float, float], list[datetime]] | None = {} if by_place else None
    if places is not None:
        for fix in stored:
            places.setdefault(_place(fix.lon, fix.lat), []).append(fix.at)
    return _Stored({fix.at for fix in stored}, places)


class _Ground:
    """Distances between positions of a batch, to a hundredth.

    A degree has nearly the same length at all positions of a batch, so near ones are measured in a plane. On the spheroid this
    takes three times as long. Whoever compares a distance with a limit measures on the spheroid if the two are close.
    """

    __slots__ = ("_east_m", "_lat", "_north_m")

    def __init__(self) -> None:
        self._lat = 999.0

    def metres(self, fix: Stored, lon: float, lat: float) -> float:
        east, north = lon - fix.lon, lat - fix.lat
        if not (-NEAR < east < NEAR and -NEAR < north < NEAR and -STEEP < lat < STEEP):
            return metres_between(fix.lon, fix.lat, lon, lat)
        if not -NEAR < lat - self._lat < NEAR:
            self._lat = lat
            self._east_m, self._north_m = metres_per_degree(lat)
        east *= self._east_m
        north *= self._north_m
        return sqrt(east * east + north * north)


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


def window(
    fixes: Sequence[Fix], *, sent_at: datetime, received_at: datetime
) -> tuple[datetime, datetime] | None:
    """Return the period from the first to the last time of the positions in a batch, or None.

    Stored positions of this period may be duplicates. It covers corrected and uncorrected times, because an earlier attempt to
    send the batch may have been stored with a different correction. Times too old or in the future are left out; None: all are.
    """
    shift = clock_shift(sent_at, received_at)
    earliest, latest = received_at - OLDEST, received_at + FUTURE_TOLERANCE
    if not fixes:
        return None
    sent = [fix[0] for fix in fixes]
    first, last = min(sent), max(sent)
    instants = [first, last, corrected(first, shift), corrected(last, shift)]
    if min(instants) < earliest or max(instants) > latest:
        instants = [at for each in sent for at in (each, corrected(each, shift)) if earliest <= at <= latest]
    return (min(instants) - CORRECTION_JITTER, max(instants) + CORRECTION_JITTER) if instants else None


def judge(
    fixes: Sequence[Fix],
    *,
    sent_at: datetime,
    received_at: datetime,
    duty: Sequence[Span],
    stored: Sequence[Stored],
    worth_a_walk: int = WORTH_A_WALK,
) -> Verdict:
    """Decide for each position of a batch to store it, count it as duplicate, or drop it.

    The function is one long loop on purpose: a batch has hundreds of positions, and functions and objects for each of them
    would double the time.

    Args:
        sent_at: When the batch was sent, by the device's clock.
        duty: The periods on duty of the worker in the `window` of the batch.
        stored: The stored positions of the window, and the last ones before it, in the order of time.
        worth_a_walk: From so many positions on, the steps of a walk are judged together.
    """
    shift = clock_shift(sent_at, received_at)
    filtered: Counter[str] = Counter()
    accepted: list[Stored] = []
    duplicate = 0
    seen_at: datetime | None = None
    instants, places = _index(stored, by_place=bool(shift))
    earliest, latest = received_at - OLDEST, received_at + FUTURE_TOLERANCE
    ahead = iter(stored)
    following = next(ahead, None)
    # The fixes before the present one: the last stored or accepted one, and the last usable one.
    last: Stored | None = None
    last_usable: Stored | None = None
    ground = _Ground()
    timed = _in_order_of_time(fixes, shift)
    is_timely = bool(timed) and _is_timely(timed[0][0], timed[-1][0], earliest, latest, duty)
    is_simple = is_timely and places is None and (not stored or stored[-1].at < timed[0][0])
    walk = Walk(timed) if is_simple and len(timed) >= worth_a_walk else None
    # Whether the fix before was accepted and is usable.
    is_walking = False
    number = 0
    while number < len(timed):
        if is_walking and walk is not None and (steps := walk.steps_from(number)):
            accepted += steps
            last = last_usable = steps[-1]
            instants.add(last.at)
            number += len(steps)
            continue
        at, fix = timed[number]
        number += 1
        is_walking = False
        while following is not None and following.at <= at:
            last, last_usable = following, following if following.is_usable else last_usable
            following = next(ahead, None)
        raw_at, lon, lat, accuracy_m, speed, heading, battery, is_mock, coord_sys = fix
        if coord_sys != _WGS84 or not (-180 <= lon <= 180 and -90 <= lat <= 90):
            point = place_of(fix)
            if point is None:
                filtered["out_of_range"] += 1
                continue
            lon, lat = point
        near = None if places is None else places.setdefault((round(lon, 7), round(lat, 7)), [])
        if at in instants or (near and _has_instant_near(near, at, raw_at)):
            duplicate += 1
            continue
        # Devices send -1 for "unknown".
        accuracy_m = accuracy_m if accuracy_m is not None and accuracy_m >= 0 else None
        if not is_timely or -1e-6 < lon < 1e-6 or (accuracy_m is not None and accuracy_m > USELESS_M):
            reason = _reason_against(at, lon, lat, accuracy_m, earliest=earliest, latest=latest, duty=duty)
            if reason is not None:
                filtered[reason] += 1
                continue
        is_coarse = accuracy_m is not None and accuracy_m > COARSE_M
        is_good = not (is_mock or is_coarse)
        before = last_usable if is_good else last
        rough_m = 0.0
        if before is not None:
            rough_m = ground.metres(before, lon, lat)
            limit_m = STATIONARY_M if accuracy_m is None or accuracy_m < STATIONARY_M else accuracy_m
            if (
                rough_m < 1.01 * limit_m
                and at - before.at < STATIONARY_FOR
                and (rough_m < 0.99 * limit_m or metres_between(before.lon, before.lat, lon, lat) < limit_m)
            ):
                # The worker has not moved. A good fix is only compared with usable ones, so one after a coarse fix is stored.
                filtered["stationary"] += 1
                seen_at = at if is_good else seen_at
                continue
        is_implausible = False
        if not is_mock and last_usable is not None:
            # Faster than any vehicle in the field. Mock and coarse fixes are no evidence against good ones.
            fast_m = IMPLAUSIBLE_MPS * (at - last_usable.at).total_seconds()
            if before is not last_usable:
                rough_m = ground.metres(last_usable, lon, lat)
            is_implausible = rough_m > 0.99 * fast_m and _is_too_far(
                last_usable, lon, lat, accuracy_m or 0, fast_m=fast_m, rough_m=rough_m
            )
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
        instants.add(at)
        if near is not None:
            near.append(at)
        last = accepted_fix
        if is_good and not is_implausible:
            last_usable = accepted_fix
            is_walking = True
    return Verdict(tuple(accepted), duplicate, dict(filtered), seen_at)


def newest_usable(accepted: Sequence[Stored], duty: Sequence[Span]) -> Stored | None:
    """Return the newest position of the present duty that can be the worker's location, or None."""
    lasting = [since for since, until in duty if until is None]
    since = min(lasting, default=None)
    usable = (fix for fix in reversed(accepted) if fix.is_usable and since is not None and since <= fix.at)
    return next(usable, None)


def _in_order_of_time(fixes: Sequence[Fix], shift: timedelta) -> list[tuple[datetime, Fix]]:
    """Return the positions with their corrected times, the earliest first."""
    try:
        timed = [(fix[0] + shift, fix) for fix in fixes]
    except OverflowError:
        timed = [(corrected(fix.at, shift), fix) for fix in fixes]
    timed.sort(key=itemgetter(0))
    return timed


def _is_too_far(
    before: Stored, lon: float, lat: float, accuracy_m: float, *, fast_m: float, rough_m: float
) -> bool:
    """Return True if the worker has moved more than `fast_m`, even if both positions are as inexact as they may be."""
    before_accuracy_m = before.accuracy_m or 0
    if rough_m > 1.01 * (fast_m + before_accuracy_m + accuracy_m):
        return True
    return metres_between(before.lon, before.lat, lon, lat) - before_accuracy_m - accuracy_m > fast_m


def _is_timely(
    first: datetime, last: datetime, earliest: datetime, latest: datetime, duty: Sequence[Span]
) -> bool:
    """Return True if all times from the first to the last one are recent enough and within one period on duty."""
    return (
        earliest <= first and last <= latest and any(s <= first and (u is None or last < u) for s, u in duty)
    )


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
    if not any(since <= at and (until is None or at < until) for since, until in duty):
        return "off_duty"
    if abs(lon) < 1e-6 and abs(lat) < 1e-6:
        return "zero_zero"
    if accuracy_m is not None and accuracy_m > USELESS_M:
        return "inaccurate"
    return None


def _has_instant_near(instants: Sequence[datetime], at: datetime, raw_at: datetime) -> bool:
    """Return True if one of the instants is near the time sent by the device, or near the corrected time."""
    return any(min(abs(then - raw_at), abs(then - at)) <= CORRECTION_JITTER for then in instants)


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
