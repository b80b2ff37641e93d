"""A short crowd run in `make test`; marked `deep`: the verdict detects planted bugs."""

import os
import subprocess
import sys

import pytest

from tests.live.processes import ROOT
from tests.sample_sizes import IS_WIDE
from tests.seeds import SEED
from tests.sync.clusters import settings_on
from tests.sync.crowd.plan import Plan, Size
from tests.sync.crowd.run import run
from tests.sync.planted import ENTRY, PLANTS

# This process talks to the database that is killed, too: a connection may go as it stands.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

SHORT = (
    Size(phones=8, deeds=500, faults=5, kills=2) if IS_WIDE else Size(phones=6, deeds=240, faults=4, kills=1)
)


@pytest.fixture
def own(own_cluster, tmp_path):
    return settings_on(own_cluster.url, tmp_path)


def seed() -> int:
    return int(os.environ.get("GRIDWARD_SEED") or SEED % 1_000_000)


@pytest.mark.wide
def test_crowd_case_32_ends_equal_to_server(own, own_cluster, tmp_path, capsys):
    plan = Plan(seed(), SHORT)
    with capsys.disabled():
        print(f"\nGRIDWARD_SEED={plan.seed}")
        outcome = run(plan, own, tmp_path / "crowd", cluster=own_cluster)
        print(outcome.counts, outcome.seconds)
    assert outcome.wrong == []


SCHEDULE = """
import hashlib, sys
from tests.sync.crowd.plan import Plan, Size
plan = Plan(int(sys.argv[1]), Size())
faults = [plan.fault(phone, request) for phone in range(20) for request in range(200)]
print(hashlib.sha256(repr((plan.acts, plan.rounds, faults)).encode()).hexdigest())
"""


def test_crowd_plan_is_deterministic_for_seed_across_processes():
    def schedule(seed: int, hashing: str) -> str:
        run = [sys.executable, "-c", SCHEDULE, str(seed)]
        return subprocess.check_output(run, env=os.environ | {"PYTHONHASHSEED": hashing}, cwd=ROOT, text=True)

    assert schedule(100, "1") == schedule(100, "2") != schedule(101, "1")


# Which part of the verdict is to name it.
FOUND = {"sequence": "phones", "operations": "changes in the audit trail", "tombstones": "phones"}
# Without kills: what is looked for is not what a killed server leaves behind.
CALM = Size(phones=8, deeds=500, faults=8, kills=0)


@pytest.mark.deep
@pytest.mark.parametrize("plant", PLANTS)
def test_crowd_verdict_detects_planted_bug(own, own_cluster, tmp_path, monkeypatch, plant):
    monkeypatch.setenv("PLANT", plant)
    outcome = run(Plan(seed(), CALM), own, tmp_path / "crowd", cluster=own_cluster, entry=ENTRY)
    assert any(wrong.startswith(f"{FOUND[plant]}: ") for wrong in outcome.wrong), outcome.wrong
    assert not [wrong for wrong in outcome.wrong if wrong.startswith(("phone ", "Act("))], outcome.wrong
