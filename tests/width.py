"""How much a test tries: a share of its cases in `make test`, all of them in `make check-deep`.

A test that uses this is marked `wide`, so that `make check-deep` runs it again with GRIDWARD_WIDE=1.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

IS_WIDE = os.environ.get("GRIDWARD_WIDE") == "1"


def one_of(cases: Sequence[T], turn: int) -> Sequence[T]:
    """Return all cases in a wide run, else the one whose turn it is: tests that differ in `turn` cover all of them."""
    return cases if IS_WIDE else [cases[turn % len(cases)]]
