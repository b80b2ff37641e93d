"""Timeouts of request bodies, without a server: parts arrive at chosen times."""

import asyncio
from typing import Any

import pytest

from app.rsgi import bridge


async def parts(*pauses_and_bytes: tuple[float, int]) -> Any:
    for pause, size in pauses_and_bytes:
        await asyncio.sleep(pause)  # pause: the silence of a slow client, which the test is about
        yield b"x" * size


def read(*pauses_and_bytes: tuple[float, int]) -> int:
    async def total() -> int:
        body = bridge._paced_parts(parts(*pauses_and_bytes), silence_seconds=0.2)
        return sum([len(part) async for part in body])

    return asyncio.run(total())


def test_body_is_read_whole_when_it_arrives_in_time():
    assert read((0, 10), (0.05, 10), (0.05, 10)) == 30


def test_body_read_times_out_when_nothing_arrives():
    with pytest.raises(TimeoutError):
        read((0, 10), (5, 10))


def test_body_read_times_out_when_bytes_trickle():
    """Each part is in time, and the whole would take for ever."""
    with pytest.raises(TimeoutError):
        read(*[(0.05, 1)] * 100)


def test_body_read_continues_when_rate_is_sufficient():
    assert read(*[(0.05, 50)] * 8) == 400
