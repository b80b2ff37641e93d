"""Travel times from OSRM, and the straight line when the router fails."""

import json
import time

import pytest

from app.core import streets
from app.core.streets import Limits, Router, Streets
from app.core.travel import Basis, Mode, StraightLine
from tests.dispatch.streets import CASE, NEAR_BY_LINE, NEAR_BY_STREET, free_port, osrm, server

STRAIGHT = StraightLine()
FAR_AWAY = (26.0, 60.0)
PAIRS = [(NEAR_BY_LINE, CASE), (NEAR_BY_STREET, CASE)]


def by(url, **limits):
    return Streets(Router({Mode.WALK: url}, Limits(**limits)), STRAIGHT)


def ask(travel, pairs=PAIRS, limit_s=5.0):
    return travel.ways(pairs, mode=Mode.WALK, limit_s=limit_s)


def test_router_returns_street_times_and_splits_matrix_into_requests(tmp_path):
    with osrm(tmp_path) as url:
        ways = ask(by(url))
        assert ways.basis is Basis.NETWORK and ways.why == {}
        straight = ask(STRAIGHT)
        assert straight.seconds[0] < straight.seconds[1] and ways.seconds[0] > 2 * ways.seconds[1]
        # A place without a street near it is taken 50 km to one, silently: its ways are straight, and the others are not.
        mixed = ask(by(url), [*PAIRS, (FAR_AWAY, CASE), (CASE, FAR_AWAY)])
        assert (mixed.basis, mixed.why) == (Basis.MIXED, {"off_network": 2})
        assert mixed.is_network == [True, True, False, False]
        assert mixed.seconds[2:] == ask(STRAIGHT, [(FAR_AWAY, CASE), (CASE, FAR_AWAY)]).seconds
        places = [CASE, NEAR_BY_LINE, NEAR_BY_STREET, (26.96, 60.525), (26.94, 60.5224), (26.9527, 60.5297)]
        whole = by(url).matrix(places, mode=Mode.WALK, limit_s=5)
        cut = by(url, places_most=3).matrix(places, mode=Mode.WALK, limit_s=5)
        assert whole.seconds == cut.seconds and whole.basis is cut.basis is Basis.NETWORK
        assert [whole.seconds[n][n] for n in range(6)] == [0] * 6
        assert whole.seconds[1][0] == ways.seconds[0]


def test_router_returns_cached_times_without_request(tmp_path):
    with osrm(tmp_path) as url:
        travel = by(url, kept_most=2)
        assert ask(travel, limit_s=0).why == {"not_asked": 2}
        first = ask(travel)
    # The server is gone, and nobody notices.
    again = ask(travel, limit_s=0)
    assert (again.seconds, again.basis) == (first.seconds, Basis.NETWORK)
    beside = ask(travel, [*PAIRS, (CASE, NEAR_BY_LINE)])
    assert (beside.is_network, beside.why) == ([True, True, False], {"unreachable": 1})


def _answers(body, status="200 OK"):
    def answer(connection, _):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)

    return answer


def _hangs(connection, _):
    connection.settimeout(3)
    connection.recv(1)


def _drips(connection, _):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(300):
        connection.sendall(b" ")
        time.sleep(0.01)  # pause: an answer that comes drop by drop


BROKEN = {
    "an error": _answers({"code": "Ok"}, "500 Internal Server Error"),
    "no json": _answers(b"<html>"),
    "not ok": _answers({"code": "NoSegment"}),
    "too few rows": _answers(
        {"code": "Ok", "sources": [], "destinations": [], "durations": [], "distances": []}
    ),
    "a redirect": _answers(b"", "302 Found\r\nLocation: http://127.0.0.1:1/"),
    "cut off": lambda connection, _: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
    "hangs": _hangs,
    "comes by drops": _drips,
}


@pytest.mark.parametrize("fault", BROKEN)
def test_router_failure_returns_straight_line_within_time_limit(fault):
    with server(BROKEN[fault]) as (url, requests):
        travel = by(url, request_seconds=0.2)
        began = time.monotonic()
        ways = ask(travel)
        assert time.monotonic() - began < 1
        assert (ways.seconds, ways.basis, ways.why) == (
            ask(STRAIGHT).seconds,
            Basis.STRAIGHT,
            {"unreachable": 2},
        )
        assert ask(travel).why == {"unreachable": 2}
        assert len(requests) == 1


def test_router_returns_partial_times_when_time_limit_ends():
    def slow(connection, _):
        time.sleep(0.15)  # pause: a router that is slower than the limit allows
        ends = [{"distance": 0}]
        body = {
            "code": "Ok",
            "sources": ends,
            "destinations": ends,
            "durations": [[60.0]],
            "distances": [[80.0]],
        }
        _answers(body)(connection, b"")

    with server(slow) as (url, requests):
        ways = ask(by(url, places_most=2), [(CASE, (26.9 + n / 100, 60.5)) for n in range(9)], limit_s=0.4)
        assert 1 <= sum(ways.is_network) <= 2 and ways.basis is Basis.MIXED
        assert set(ways.why) == {"out_of_time"} and len(requests) <= 3


def test_router_retries_when_server_closed_connection():
    def leaves(connection, _):
        ends = [{"distance": 0}]
        body = {"code": "Ok", "sources": ends, "destinations": ends}
        _answers(body | {"durations": [[60.0]], "distances": [[80.0]]})(connection, b"")
        time.sleep(0.1)  # pause: so that the next request goes out on this connection, which then ends

    with server(leaves) as (url, _):
        ways = ask(by(url, places_most=2), [(CASE, (26.9 + n / 100, 60.5)) for n in range(3)])
    assert (ways.basis, ways.why) == (Basis.NETWORK, {})


def test_router_uses_straight_line_only_for_pair_without_route():
    def torn(connection, _):
        ends = [{"distance": 1}]
        body = {"code": "Ok", "sources": ends * 2, "destinations": ends}
        _answers(body | {"durations": [[None], [30]], "distances": [[None], [40]]})(connection, b"")

    with server(torn) as (url, _):
        ways = ask(by(url))
    assert (ways.is_network, ways.why, ways.seconds[1]) == ([False, True], {"no_route": 1}, 30)


def test_router_uses_straight_line_for_mode_without_server(monkeypatch):
    nobody = f"http://127.0.0.1:{free_port()}"
    travel = Streets(Router({Mode.WALK: nobody}), STRAIGHT)
    ways = travel.ways(PAIRS, mode=Mode.BICYCLE, limit_s=5)
    assert (ways.seconds, ways.why) == (STRAIGHT.ways(PAIRS, mode=Mode.BICYCLE).seconds, {})
    monkeypatch.setenv("GRIDWARD_ROUTER_WALK_URL", nobody)
    streets._configured.cache_clear()
    try:
        assert (streets.has_streets(Mode.WALK), streets.has_streets(Mode.BICYCLE)) == (True, False)
    finally:
        streets._configured.cache_clear()
