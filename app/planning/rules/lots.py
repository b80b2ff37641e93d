"""A reproducible random draw. Pure.

The same seed and list always give the same members. The rank of a member is the SHA-256 of `seed:member`. The members
with the lowest ranks are drawn, in the order of their ranks.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256


def draw(seed: str, members: Iterable[str], size: int) -> list[str]:
    """Return the members drawn at random from a list, the lowest rank first."""
    return sorted(set(members), key=lambda member: (rank(seed, member), member))[:size]


def rank(seed: str, member: str) -> str:
    """Return the rank of a member (hexadecimal). Members with a lower rank are drawn first."""
    return sha256(f"{seed}:{member}".encode()).hexdigest()


def list_hash(members: Sequence[str]) -> str:
    """Return the SHA-256 (hexadecimal) of the sorted members, written one per line."""
    return sha256("\n".join(sorted(set(members))).encode()).hexdigest()
