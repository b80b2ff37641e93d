"""Twenty phones, 10,000 operations, every kind of fault a hundred times: nothing lost, nothing twice, all equal.

    make check-deep ARGS='-k twenty_phones'                 20 seeds, printed
    GRIDWARD_SEED=17 GRIDWARD_SEEDS=1 make check-deep ...     one seed again; or go on from a seed
    GRIDWARD_KILLS=20 ...                                     kills of each kind of process a seed (100)
    GRIDWARD_SEEDS_LOG=seeds.log ...                          a line for each finished seed is added there

The seed decides what is tried and what goes wrong with it, not which of two things that happen at once is first.
"""

import json
import os
import time
from pathlib import Path

import pytest

from tests.seeds import SEED
from tests.sync.clusters import settings_on
from tests.sync.crowd.plan import KILLS, Plan, Size
from tests.sync.crowd.run import run

pytestmark = [
    pytest.mark.deep,
    # This process talks to the database that is killed, too: a connection may go as it stands.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

SEEDS = int(os.environ.get("GRIDWARD_SEEDS") or 20)
FIRST = int(os.environ.get("GRIDWARD_SEED") or SEED % 1_000_000)
SEEDS_LOG = os.environ.get("GRIDWARD_SEEDS_LOG")
SIZE = Size(kills=int(os.environ.get("GRIDWARD_KILLS") or 100))


@pytest.mark.parametrize("seed", [FIRST + n for n in range(SEEDS)])
def test_twenty_phones_converge_with_server(own_cluster, tmp_path, capsys, seed):
    def say(text: str) -> None:
        with capsys.disabled():
            print(text, flush=True)

    say(f"\nGRIDWARD_SEED={seed} GRIDWARD_SEEDS=1 GRIDWARD_KILLS={SIZE.kills}")
    settings = settings_on(own_cluster.url, tmp_path)
    began = time.monotonic()
    outcome = run(Plan(seed, SIZE), settings, tmp_path / "crowd", cluster=own_cluster, say=say)
    took = round(time.monotonic() - began)
    operations = sum(n for what, n in outcome.tally.items() if what.startswith("op "))
    say(
        f"{took} s {outcome.seconds}\n{operations} operations {outcome.counts}\n{dict(sorted(outcome.tally.items()))}"
    )
    for wrong in outcome.wrong:
        say(f"WRONG {wrong}")
    # Somebody disabled who was so already is not signed out a second time.
    counted = {kind: n for kind, n in outcome.counts.items() if kind != "phone: signed out by the server"}
    few = {kind: n for kind, n in counted.items() if n < (SIZE.kills if kind in KILLS else SIZE.faults)}
    summary = {"seed": seed, "seconds": took, "kills": SIZE.kills, "operations": operations}
    summary |= {"counts": outcome.counts, "wrong": outcome.wrong, "too few": few}
    if SEEDS_LOG:
        with Path(SEEDS_LOG).open("a") as lines:
            lines.write(json.dumps(summary, ensure_ascii=False) + "\n")
    assert outcome.wrong == []
    assert few == {}
