"""1 to 3 of the list of failure cases, for a minute: no change is missed by the queries of the pull."""

import pytest

from tests.seeds import SEED
from tests.sync.hammer import SequenceReader, SnapshotReader, hammer

pytestmark = pytest.mark.deep


def test_snapshot_reader_misses_none_of_million_changes(settings, app, capsys):
    # A reader that must see a million rows takes them in large pages: each page goes over the whole difference.
    result = hammer(
        settings.database_url,
        lambda bucket: SnapshotReader(bucket, page=100_000),
        seconds=60,
        open_seconds=10,
        rows_at_once=40,
        seed=SEED,
    )
    with capsys.disabled():
        print(f"\nseed {SEED}: {result}")
    assert (result.missed, result.invented, result.twice) == (set(), set(), 0)


def test_open_transaction_delays_no_reader(settings, app, capsys):
    """Reports of twelve people who never stop; one transaction is open for ten seconds, another one all the time."""
    result = hammer(settings.database_url, SnapshotReader, seconds=30, open_seconds=10, seed=SEED)
    with capsys.disabled():
        print(f"\nseed {SEED}: {result}")
    assert (result.missed, result.invented, result.twice) == (set(), set(), 0)
    assert result.lags[int(len(result.lags) * 0.99)] < 1


def test_sequence_reader_misses_changes(settings, app, capsys):
    result = hammer(settings.database_url, SequenceReader, seconds=10, open_seconds=4, seed=SEED)
    with capsys.disabled():
        print(f"\nseed {SEED}, by sequence: {result}")
    assert result.missed
