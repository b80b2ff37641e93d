"""The seed of a test run. What a test draws at random comes from it, so that a failure can be repeated.

Each run prints the seed; `GRIDWARD_TEST_SEED=<seed> bin/test ...` draws the same again. A seed that made a test fail stays
with the test as a regression: `@pytest.mark.parametrize("seed", seeds(4711))`.
"""

import os
import random
import secrets

import pytest

# Set for the processes that pytest-xdist starts: all of them draw from one seed.
SEED = int(os.environ.setdefault("GRIDWARD_TEST_SEED", str(secrets.randbelow(2**32))))


def seeds(*regressions: int) -> list[object]:
    """Return the parameters of a test: the seeds that once made it fail, then the seed of this run."""
    return [*regressions, pytest.param(SEED, id="of_this_run")]


def dice(name: str, seed: int = SEED) -> random.Random:
    """Return a generator of random numbers for one purpose. Another `name` draws other numbers from the same seed."""
    return random.Random(f"{seed} {name}")
