"""Travel times by the street network of an OSRM server.

If the server does not answer, the straight line is used.

Each mode of travel has a server. Its `table` service is requested over HTTP within time limits, with many pairs in one request.
Answers are cached for an hour. The straight line is also used for a place without a street near it.
"""

import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

import orjson
import urllib3

from app.core.metrics import ROUTER_SECONDS, TRAVEL_PAIRS
from app.core.travel import Basis, Factor, Matrix, Mode, Place, StraightLine, TravelEstimates, TravelTime
from app.settings import Settings

log = logging.getLogger("gridward.streets")

# Why the straight line stands where a street network was asked for.
OFF_NETWORK = "off_network"
NO_ROUTE = "no_route"
UNREACHABLE = "unreachable"
OUT_OF_TIME = "out_of_time"
NOT_REQUESTED = "not_asked"

CACHE_SECONDS = 3600.0
# A socket waits in whole milliseconds, and may give up a little before the limit.
DEADLINE_TOLERANCE_S = 0.02
# After it failed it is not asked for so long: requests do not wait for it one after the other.
PAUSE_SECONDS = 10.0
# A place is known to a metre: a worker who stands still is asked about once.
DECIMALS = 5
ANSWER_BYTES = 50_000_000
# As OSRM calls the modes in its addresses.
PROFILES = {Mode.WALK: "foot", Mode.BICYCLE: "bicycle"}

Route = tuple[int, int]  # seconds, metres
Pair = tuple[Place, Place]


class RouterFailed(Exception):
    """Raised if the street server did not answer in time, or its answer is malformed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of requests to a street server.

    Attributes:
        snap_m: Largest distance of a place from a street, in metres.
        places_most: Maximum number of places in one request (OSRM's --max-table-size).
        request_seconds: Timeout of one request.
        kept_most: Maximum number of pairs in the cache.
    """

    snap_m: float = 200
    places_most: int = 100
    request_seconds: float = 2
    kept_most: int = 50_000


class Router:
    """The OSRM servers of all modes of travel, with a cache of their answers.

    Each process has one router, which its threads share.
    """

    def __init__(self, urls: Mapping[Mode, str], limits: Limits = Limits()) -> None:
        self.urls = dict(urls)
        self.limits = limits
        self._http = urllib3.PoolManager(maxsize=4, retries=False)
        self._cache: OrderedDict[tuple[Mode, Pair], tuple[float, Route | str]] = OrderedDict()
        self._lock = Lock()
        self._paused_until: dict[Mode, float] = {}

    def ways(
        self, pairs: Sequence[Pair], *, mode: Mode, limit_s: float, remembers: bool = True
    ) -> list[Route | str]:
        """Return for each pair of places the route, or the reason why there is none.

        A route is (seconds, metres).

        Args:
            pairs: Pairs of origin and destination, in rounded degrees, because routes are cached by pair.
            limit_s: The call takes at most about this many seconds. With 0 no request is sent.
            remembers: Read routes from the cache, and store new ones in it.
        """
        deadline = time.monotonic() + limit_s
        routes: dict[Pair, Route | str] = {}
        if remembers:
            routes = self._remembered(pairs, mode)
        missing = [pair for pair in dict.fromkeys(pairs) if pair not in routes]
        reason = NOT_REQUESTED
        if missing and limit_s > 0:
            reason = UNREACHABLE if self._is_paused(mode) else ""
        for block in _request_blocks(missing, self.limits.places_most):
            if not reason and time.monotonic() >= deadline:
                reason = OUT_OF_TIME
            if reason:
                routes.update(dict.fromkeys(block, reason))
                continue
            try:
                answered = self._request_block(block, mode, deadline)
            except RouterFailed as error:
                reason = self._fail(mode, error, deadline)
                routes.update(dict.fromkeys(block, reason))
                continue
            routes.update(answered)
            if remembers:
                self._remember(answered, mode)
        return [routes[pair] for pair in pairs]

    def _is_paused(self, mode: Mode) -> bool:
        return time.monotonic() < self._paused_until.get(mode, 0.0)

    def _fail(self, mode: Mode, error: RouterFailed, deadline: float) -> str:
        self._paused_until[mode] = time.monotonic() + PAUSE_SECONDS
        reason = OUT_OF_TIME if time.monotonic() >= deadline - DEADLINE_TOLERANCE_S else UNREACHABLE
        log.warning(
            "no street network", extra={"fields": {"mode": mode.value, "fault": str(error), "why": reason}}
        )
        return reason

    def _remembered(self, pairs: Sequence[Pair], mode: Mode) -> dict[Pair, Route | str]:
        now, routes = time.monotonic(), {}
        with self._lock:
            for pair in pairs:
                stored_at, route = self._cache.get((mode, pair), (0.0, ""))
                if route and now - stored_at < CACHE_SECONDS:
                    self._cache.move_to_end((mode, pair))
                    routes[pair] = route
        return routes

    def _remember(self, routes: Mapping[Pair, Route | str], mode: Mode) -> None:
        now = time.monotonic()
        with self._lock:
            for pair, route in routes.items():
                self._cache[mode, pair] = (now, route)
                self._cache.move_to_end((mode, pair))
            while len(self._cache) > self.limits.kept_most:
                self._cache.popitem(last=False)

    def _request_block(self, block: Sequence[Pair], mode: Mode, deadline: float) -> dict[Pair, Route | str]:
        """Request the pairs of a block in one request.

        Return for each pair the route, or the reason why there is none.

        Raises:
            RouterFailed: The server did not answer in time, or its answer is malformed.
        """
        places = {place: n for n, place in enumerate(dict.fromkeys(p for pair in block for p in pair))}
        sources = {place: n for n, place in enumerate(dict.fromkeys(origin for origin, _ in block))}
        targets = {place: n for n, place in enumerate(dict.fromkeys(destination for _, destination in block))}
        coordinates = ";".join(f"{lon:.{DECIMALS}f},{lat:.{DECIMALS}f}" for lon, lat in places)
        url = (
            f"{self.urls[mode]}/table/v1/{PROFILES[mode]}/{coordinates}?annotations=duration,distance"
            f"&sources={';'.join(str(places[p]) for p in sources)}"
            f"&destinations={';'.join(str(places[p]) for p in targets)}"
        )
        started_at = time.monotonic()
        answer = self._get(url, min(deadline, started_at + self.limits.request_seconds))
        ROUTER_SECONDS.observe(time.monotonic() - started_at)
        try:
            return {
                (origin, destination): self._route(answer, sources[origin], targets[destination])
                for origin, destination in block
            }
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise RouterFailed("malformed") from error

    def _route(self, answer: Mapping[str, Any], source: int, target: int) -> Route | str:
        # OSRM takes a place to the nearest street however far it is, and calls that Ok.
        snaps = (answer["sources"][source]["distance"], answer["destinations"][target]["distance"])
        if max(snaps) > self.limits.snap_m:
            return OFF_NETWORK
        seconds, metres = answer["durations"][source][target], answer["distances"][source][target]
        if seconds is None or metres is None:
            return NO_ROUTE
        return round(seconds), round(metres)

    def _get(self, url: str, deadline: float) -> dict[str, Any]:
        body = bytearray()
        try:
            response = self._request_retried(url, deadline)
            try:
                while chunk := response.read1(65_536):
                    body += chunk
                    # A timeout of the socket is for one reading: what comes by drops never ends by it.
                    if time.monotonic() > deadline or len(body) > ANSWER_BYTES:
                        response.close()
                        raise RouterFailed("timeout")
            finally:
                response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise RouterFailed(type(error).__name__) from error
        if response.status != 200:
            raise RouterFailed(f"status {response.status}")
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise RouterFailed("malformed") from error
        if not isinstance(answer, dict) or answer.get("code") != "Ok":
            raise RouterFailed("malformed")
        return answer

    def _request_retried(self, url: str, deadline: float) -> urllib3.BaseHTTPResponse:
        """Send a request, and once more if the server had closed an idle connection."""
        try:
            return self._request(url, deadline)
        except urllib3.exceptions.ProtocolError:
            return self._request(url, deadline)

    def _request(self, url: str, deadline: float) -> urllib3.BaseHTTPResponse:
        remaining_s = max(0.001, deadline - time.monotonic())
        return self._http.request(
            "GET",
            url,
            timeout=urllib3.Timeout(connect=remaining_s, read=remaining_s),
            redirect=False,
            preload_content=False,
        )


def _request_blocks(pairs: Sequence[Pair], max_places: int) -> Iterator[list[Pair]]:
    """Split the pairs into blocks of one request each, and yield the blocks.

    A block has at most `max_places` different places. Its pairs are grouped by destination.
    """
    starts_by_destination: dict[Place, list[Place]] = {}
    for origin, destination in pairs:
        starts_by_destination.setdefault(destination, []).append(origin)
    block: list[Pair] = []
    block_places: set[Place] = set()
    for destination in sorted(starts_by_destination, key=_z_order):
        starts = starts_by_destination[destination]
        for n in range(0, len(starts), max_places - 1):
            block_starts = starts[n : n + max_places - 1]
            places_with_block = block_places | {destination, *block_starts}
            if block and len(places_with_block) > max_places:
                yield block
                block, places_with_block = [], {destination, *block_starts}
            block_places = places_with_block
            block += [(origin, destination) for origin in block_starts]
    if block:
        yield block


def _z_order(place: Place) -> int:
    """Return a sort key of a place. Neighbouring places mostly have neighbouring keys.

    The key is the Z-order (Morton) number: the interleaved bits of both degrees.
    """
    x, y = (int((value + 180) * 10_000) for value in place)
    return sum(((x >> n & 1) << 2 * n) | ((y >> n & 1) << 2 * n + 1) for n in range(22))


class Streets:
    """Travel times by the street network, or by the straight line.

    The straight line is used for pairs that the street servers do not answer within the time limit.
    """

    def __init__(self, router: Router, straight: StraightLine) -> None:
        self.router = router
        self.straight = straight

    def ways(
        self, pairs: Sequence[Pair], *, mode: Mode, hours: Sequence[int] = (), limit_s: float = 0
    ) -> TravelEstimates:
        return self._ways(pairs, mode=mode, hours=hours, limit_s=limit_s, remembers=True)

    def matrix(
        self, places: Sequence[Place], *, mode: Mode, hours: Sequence[int] = (), limit_s: float = 0
    ) -> Matrix:
        # A matrix of a day would push out of memory what is asked again and again.
        size = len(places)
        pairs = [(origin, destination) for origin in places for destination in places]
        ways = self._ways(pairs, mode=mode, hours=hours, limit_s=limit_s, remembers=False)
        return Matrix(
            seconds=[ways.seconds[n : n + size] for n in range(0, size * size, size or 1)],
            metres=[ways.metres[n : n + size] for n in range(0, size * size, size or 1)],
            basis=ways.basis,
            why=ways.why,
        )

    def _ways(
        self, pairs: Sequence[Pair], *, mode: Mode, hours: Sequence[int], limit_s: float, remembers: bool
    ) -> TravelEstimates:
        ways = self.straight.ways(pairs, mode=mode, hours=hours)
        if mode not in self.router.urls:
            return ways
        rounded = [(_rounded(origin), _rounded(destination)) for origin, destination in pairs]
        routes = self.router.ways(rounded, mode=mode, limit_s=limit_s, remembers=remembers)
        seconds, metres, is_network = list(ways.seconds), list(ways.metres), [False] * len(pairs)
        unanswered: Counter[str] = Counter()
        for n, route in enumerate(routes):
            if isinstance(route, str):
                unanswered[route] += 1
            else:
                seconds[n], metres[n] = route
                is_network[n] = True
        TRAVEL_PAIRS.labels(Basis.NETWORK.value, "").inc(sum(is_network))
        for reason, count in unanswered.items():
            TRAVEL_PAIRS.labels(Basis.STRAIGHT.value, reason).inc(count)
        return TravelEstimates(seconds, metres, is_network, dict(sorted(unanswered.items())))


def _rounded(place: Place) -> Place:
    return round(place[0], DECIMALS), round(place[1], DECIMALS)


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Time limits for requests to street servers, in seconds.

    Attributes:
        run_s: For one dispatch batch or one plan.
        rank_s: For the ranking of workers when a report arrives.
    """

    run_s: float
    rank_s: float


@lru_cache(maxsize=1)
def _configured() -> tuple[Router | None, TimeLimits]:
    settings = Settings.from_env()
    urls = {Mode.WALK: settings.router_walk_url, Mode.BICYCLE: settings.router_bicycle_url}
    configured_urls = {mode: url for mode, url in urls.items() if url}
    limits = Limits(settings.router_snap_m, settings.router_places_most, settings.router_seconds)
    times = TimeLimits(settings.router_run_seconds, settings.router_rank_ms / 1000)
    return Router(configured_urls, limits) if configured_urls else None, times


def travel_by(factors: Mapping[Mode, Factor]) -> TravelTime:
    """Return the source of travel times in the settings: street network or straight line.

    Args:
        factors: Factors that convert a straight-line distance to a travel time, by mode of travel.
    """
    router, straight = _configured()[0], StraightLine(factors)
    return Streets(router, straight) if router else straight


def has_streets(mode: Mode) -> bool:
    """Return True if a street network is configured for the mode."""
    router = _configured()[0]
    return router is not None and mode in router.urls


def time_limits() -> TimeLimits:
    """Return the time limits of the settings for requests to street servers."""
    return _configured()[1]
