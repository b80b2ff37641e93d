"""A hundred crashes of PostgreSQL under four phones: none of them misses a row."""

import time

import pytest

from tests.seeds import SEED
from tests.sync.recovery import Rounds, without_the_horizon, world

pytestmark = pytest.mark.deep

KINDS = ("backend", "postmaster")


def play(cluster, folder, *, rounds, seed, say):
    with world(cluster, folder) as city:
        played = Rounds(cluster, city, seed=seed)
        began = time.monotonic()
        for number in range(rounds):
            played.play(number, KINDS[number % 2], refused=(1, 2, 4)[number % 3])
            if number % 5 == 4:
                say(f"{time.monotonic() - began:5.0f} s  {number + 1} rounds: {played.outcome}"[:400])
    return played.outcome


@pytest.fixture
def say(capsys):
    def print_text(text):
        with capsys.disabled():
            print(text, flush=True)

    return print_text


def test_hundred_crashes_hide_no_row_from_phones(own_cluster, tmp_path, say):
    result = play(own_cluster, tmp_path, rounds=100, seed=SEED, say=say)
    say(f"seed {SEED}: {result}")
    assert result.missed == []
    assert result.rounds == {"backend": 50, "postmaster": 50}
    assert result.burnt >= 90  # else the rounds show nothing
    assert result.refused == 0  # no pooled connection of before is asked


def test_rows_are_missed_without_durable_horizon(own_cluster, tmp_path, say):
    """Should this fail, the test above sees nothing."""
    without_the_horizon(own_cluster)
    result = play(own_cluster, tmp_path, rounds=6, seed=SEED, say=say)
    say(f"without it: {result}")
    assert result.missed
