"""Guard of loops whose collection comes from the code under test: an empty one would let a test pass unseen."""

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


def nonempty(items: Iterable[T]) -> list[T]:
    """Return `items` as a list. Raises AssertionError if there are none: the loop over them would check nothing."""
    listed = list(items)
    assert listed, "nothing to check"
    return listed
