"""Sample sizes: `make test` runs a share of the cases of a test, and of the longest tests; `make check-deep` all of them.

A test that uses this is marked `wide`, so that `make check-deep` runs it again with GRIDWARD_WIDE=1.
"""

import math
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from tests.seeds import SEED, dice

T = TypeVar("T")

IS_WIDE = os.environ.get("GRIDWARD_WIDE") == "1"
# Set by bin/test where it runs all tests: whoever names a test wants that test.
IS_WHOLE = os.environ.get("GRIDWARD_WHOLE_RUN") == "1"
# Folders and files of long tests: a whole run takes one in so many tests of each file.
DRAWN: dict[str, int] = {
    "tests/clients": 2,
    "tests/conformance": 2,
    "tests/demo/test_demo.py": 2,
    "tests/dispatch": 2,
    "tests/exchange": 2,
    "tests/grids": 2,
    "tests/households": 2,
    "tests/incidents": 2,
    "tests/live": 2,
    "tests/messages": 2,
    "tests/notices": 2,
    "tests/ogc": 3,
    "tests/open311": 2,
    "tests/planning": 2,
    "tests/public": 2,
    "tests/rights": 2,
    "tests/simulation": 2,
    "tests/statistics": 2,
    "tests/sync": 2,
    "tests/test_contract_answers.py": 2,
    "tests/test_contract_schemathesis.py": 2,
    "tests/test_direct_reads.py": 2,
    "tests/test_invariant_check.py": 2,
    "tests/test_permissions.py": 2,
    "tests/test_personal_fields.py": 2,
    "tests/test_query_budget.py": 2,
    "tests/web/console": 4,
    "tests/web/docs": 3,
    "tests/web/field": 4,
    "tests/web/public": 2,
    "tests/webhooks": 2,
    "tests/workforce": 2,
}


def divisor(file: str, drawn: Mapping[str, int] = DRAWN) -> int:
    """Return in how many whole runs each test of a file runs once: 1 for a file that is not drawn."""
    return next((one_in for path, one_in in drawn.items() if file == path or file.startswith(f"{path}/")), 1)


def left_out(
    tests: Iterable[tuple[str, str]], *, drawn: Mapping[str, int] = DRAWN, seed: int = SEED
) -> set[str]:
    """Return the names of the tests that a whole run with this seed leaves out.

    Args:
        tests: File and name of each test. Of each file at least one test stays.
    """
    by_file: dict[str, list[str]] = defaultdict(list)
    for file, name in tests:
        by_file[file].append(name)
    out: set[str] = set()
    for file, names in by_file.items():
        taken = dice(f"tests of {file}", seed).sample(names, math.ceil(len(names) / divisor(file, drawn)))
        out |= set(names) - set(taken)
    return out


def examples(few: int, many: int | None = None) -> int:
    """Return how many examples a test draws: GRIDWARD_EXAMPLES if set, `many` in a wide run, else `few`."""
    return int(os.environ.get("GRIDWARD_EXAMPLES") or (many if IS_WIDE and many else few))


def one_of(cases: Sequence[T], turn: int) -> Sequence[T]:
    """Return all cases in a wide run, else the one whose turn it is: tests that differ in `turn` cover all of them."""
    return cases if IS_WIDE else [cases[turn % len(cases)]]


def drawn_share(cases: Iterable[T], *, one_in: int, name: str) -> list[T]:
    """Return all cases in a wide run, else one in `one_in`, at least one, drawn from the seed of the run.

    Each run draws others, so that some runs together try all cases. Tests that give another `name` draw others as well.
    """
    every = list(cases)
    if IS_WIDE:
        return every
    drawn = dice(name).sample(range(len(every)), -(-len(every) // one_in))
    return [every[number] for number in sorted(drawn)]
