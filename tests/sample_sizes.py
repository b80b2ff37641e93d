"""Sample sizes: `make test` runs a share of the cases of a test, `make check-deep` all of them.

A test that uses this is marked `wide`, so that `make check-deep` runs it again with GRIDWARD_WIDE=1.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

IS_WIDE = os.environ.get("GRIDWARD_WIDE") == "1"


def examples(few: int, many: int | None = None) -> int:
    """Return how many examples a test draws: GRIDWARD_EXAMPLES if set, `many` in a wide run, else `few`."""
    return int(os.environ.get("GRIDWARD_EXAMPLES") or (many if IS_WIDE and many else few))


def one_of(cases: Sequence[T], turn: int) -> Sequence[T]:
    """Return all cases in a wide run, else the one whose turn it is: tests that differ in `turn` cover all of them."""
    return cases if IS_WIDE else [cases[turn % len(cases)]]
