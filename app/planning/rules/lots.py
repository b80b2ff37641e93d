"""A lot that anybody may draw again: who has the seed and the list gets the same members. Pure.

The rank of a member is the SHA-256 of `seed:member`; the lowest ranks are drawn, in the order of their ranks.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256


def draw(seed: str, members: Iterable[str], size: int) -> list[str]:
    """The members that are drawn."""
    return sorted(set(members), key=lambda member: (rank(seed, member), member))[:size]


def rank(seed: str, member: str) -> str:
    return sha256(f"{seed}:{member}".encode()).hexdigest()


def list_hash(members: Sequence[str]) -> str:
    """Of the members in the order of their names, each on a line."""
    return sha256("\n".join(sorted(set(members))).encode()).hexdigest()
