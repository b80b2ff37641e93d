"""UUIDv7: the layout of RFC 9562, and order by time."""

import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.ids import moment_ms, uuid7

milliseconds = st.integers(0, (1 << 48) - 1)


def test_uuid7_has_layout_of_rfc_9562() -> None:
    # RFC 9562, A.6: 2022-02-22T19:22:22Z is 0x017F22E279B0 in the first 48 bits.
    made = uuid7(0x017F22E279B0)
    assert str(made).startswith("017f22e2-79b0-7")
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert moment_ms(uuid.UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")) == 0x017F22E279B0


@given(milliseconds)
def test_uuid7_moment_round_trips(now_ms: int) -> None:
    assert moment_ms(uuid7(now_ms)) == now_ms


@given(milliseconds, milliseconds)
def test_uuid7_sorts_by_time(first: int, other: int) -> None:
    if first < other:
        assert uuid7(first) < uuid7(other)
        assert str(uuid7(first)) < str(uuid7(other))


def test_uuid7_is_unique_within_a_millisecond() -> None:
    assert len({uuid7(1) for _ in range(10_000)}) == 10_000


def test_uuid7_defaults_to_now() -> None:
    before = time.time_ns() // 1_000_000
    assert before <= moment_ms(uuid7()) <= time.time_ns() // 1_000_000


@pytest.mark.parametrize("now_ms", [-1, 1 << 48])
def test_uuid7_rejects_impossible_moment(now_ms: int) -> None:
    with pytest.raises(ValueError, match="48 bits"):
        uuid7(now_ms)


def test_moment_of_other_uuid_version_is_rejected() -> None:
    with pytest.raises(ValueError, match="not a UUIDv7"):
        moment_ms(uuid.uuid4())
