"""Refusals that the bridge repeats without running the application."""

import asyncio
from dataclasses import dataclass, field

import pytest

import app.rsgi.refusals as module
from app.rsgi.refusals import Refusals

BODY = b'{"code":"rate_limited","status":429}'
HEADERS = [
    ("content-type", "application/problem+json"),
    ("retry-after", "30"),
    ("ratelimit", '"list";r=0;t=30'),
]
REFUSED = (429, HEADERS, BODY)


@dataclass
class Scope:
    path: str = "/api/v1/incidents"
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=lambda: {"authorization": "Bearer a"})


@pytest.fixture
def refusals():
    return Refusals(pause_seconds=0.01)


def test_refusal_is_repeated_for_the_same_caller_and_kind_of_path(refusals):
    assert refusals.repeated(Scope()) is None
    assert refusals.note(Scope(), REFUSED)
    status, headers, body = refusals.repeated(Scope())
    assert (status, body) == (429, BODY)
    assert 1 <= int(dict(headers)["retry-after"]) <= 30
    assert dict(headers)["ratelimit"].startswith('"list";r=0;t=')
    assert refusals.repeated(Scope(method="HEAD")) is None
    for other in (
        Scope(path="/api/v1/workers"),
        Scope(method="POST"),
        Scope(headers={"authorization": "Bearer b"}),
        Scope(headers={"x-api-key": "Bearer a"}),
        Scope(headers={"authorization": "Bearer a", "accept-language": "zh"}),
        Scope(headers={}),
    ):
        assert refusals.repeated(other) is None


def test_ids_in_a_path_are_of_one_kind(refusals):
    first, second = "01a22888-a2de-7a95-9726-f3a20935deb1", "01a22888-a2cf-7585-85be-2b2c8f0a388e"
    refusals.note(Scope(path=f"/api/v1/incidents/{first}"), REFUSED)
    assert refusals.repeated(Scope(path=f"/api/v1/incidents/{second}")) is not None
    assert refusals.repeated(Scope(path=f"/api/v1/incidents/{second}/events")) is None
    assert refusals.repeated(Scope(path="/api/v1/incidents")) is None


def test_other_answers_and_refusals_by_address_are_not_repeated(refusals):
    assert not refusals.note(Scope(), (200, HEADERS, BODY))
    assert not refusals.note(Scope(), (429, HEADERS, b'{"code":"sign_in_throttled"}'))
    by_address = [*HEADERS[:2], ("ratelimit", '"public";r=0;t=30')]
    assert refusals.note(Scope(), (429, by_address, BODY))
    assert refusals.note(Scope(headers={}), REFUSED)
    assert refusals.repeated(Scope()) is None
    assert refusals.repeated(Scope(headers={})) is None


@pytest.fixture
def clock(monkeypatch):
    """Return a clock of the refusals that stands still until a test moves it."""

    class Clock:
        now = 1_000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def served(refusals, clock, *, per_s, seconds, retry_after_s="1"):
    """How many requests of a caller reach the application, which refuses each one, and how long the last wait was."""
    reached, wait_s, answer = 0, 0, (429, [("retry-after", retry_after_s), *HEADERS[2:]], BODY)
    for _ in range(round(per_s * seconds)):
        refusal = refusals.repeated(Scope())
        if refusal is None:
            refusals.note(Scope(), answer)
            reached += 1
        else:
            wait_s = int(dict(refusal[1])["retry-after"])
        clock.now += 1 / per_s
    return reached, wait_s


def test_refusal_ends_with_its_time(refusals, clock):
    refusals.note(Scope(), REFUSED)
    clock.now += 30
    assert refusals.repeated(Scope()) is None


def test_refusal_of_one_caller_ends_without_that_of_another(refusals, clock):
    other = Scope(headers={"authorization": "Bearer b"})
    refusals.note(Scope(), (429, [("retry-after", "1"), *HEADERS[2:]], BODY))
    refusals.note(other, REFUSED)
    clock.now += 2
    assert refusals.repeated(Scope()) is None
    assert refusals.repeated(other) is not None


def test_caller_who_goes_on_is_not_served_until_it_pauses(refusals, clock):
    assert served(refusals, clock, per_s=16, seconds=120) == (1, 10)
    clock.now += 9.8
    assert refusals.repeated(Scope()) is not None
    clock.now += 10
    assert refusals.repeated(Scope()) is None


def test_caller_who_obeys_or_is_a_little_too_fast_is_served_in_between(refusals, clock):
    assert served(refusals, clock, per_s=1, seconds=60) == (60, 0)
    reached, wait_s = served(refusals, clock, per_s=4, seconds=60)
    assert reached > 30 and wait_s <= 2


def test_wait_until_the_minute_ends_is_not_shortened(refusals, clock):
    assert served(refusals, clock, per_s=16, seconds=10, retry_after_s="30") == (1, 21)


def test_only_so_many_refusals_are_held_back():
    refusals = Refusals(pause_seconds=3_600, waiting_max=2)

    async def run():
        held = [asyncio.ensure_future(refusals.pause()) for _ in range(2)]
        await asyncio.sleep(0)  # pause: the tasks begin
        await refusals.pause()
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        return refusals._waiting

    assert asyncio.run(run()) == 0


def test_refused_caller_has_one_request_at_a_time_and_calls_for_help_do_not_wait():
    refusals = Refusals(unlimited=("/api/v1/sos",), pause_seconds=0.01)
    refusals.note(Scope(), REFUSED)

    async def run():
        entered = []

        async def enter(name, scope):
            async with refusals.turn(scope) as is_given:
                entered.append((name, is_given))

        async with refusals.turn(Scope(path="/api/v1/workers")) as is_given:
            assert is_given
            tasks = [
                asyncio.ensure_future(enter("same", Scope(path="/api/v1/me"))),
                asyncio.ensure_future(enter("help", Scope(path="/api/v1/sos", method="POST"))),
                asyncio.ensure_future(enter("other", Scope(headers={"authorization": "Bearer b"}))),
            ]
            await asyncio.sleep(0)  # pause: the tasks begin
            assert sorted(entered) == [("help", True), ("other", True)]
        await asyncio.gather(*tasks)
        assert entered[-1] == ("same", True)

    asyncio.run(run())


def test_refused_caller_is_told_busy_when_too_many_of_its_requests_wait():
    refusals = Refusals(queue_max=1)
    refusals.note(Scope(), REFUSED)

    async def run():
        async with refusals.turn(Scope()) as first, refusals.turn(Scope()) as second:
            return first, second

    assert asyncio.run(run()) == (True, False)
