"""Guesses of the rows that the next pull of a device needs, so that the statement that finds the changes reads them, too.

A guess never decides: rows of other kinds are read by a second statement.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple
from uuid import UUID

from app.core.actor import Actor

# Entity and kind of bucket, such as `household` and `grid`.
Kind = tuple[str, str]
Kinds = tuple[Kind, ...]

# A combination of kinds is read beside the changes after so many pulls of the process had it, and if it has few kinds: each
# combination is a statement of its own, which each connection plans once.
FREQUENT = 10
MAX_KINDS, MAX_COMBINATIONS = 4, 10
_MAX_DEVICES, _MAX_COUNTED = 5_000, 1_000


class Expected(NamedTuple):
    """The kinds of rows in the last pull of a device.

    Attributes:
        kinds: The kinds of its changed rows, in order.
        zones: The time zones with which they were read, by jurisdiction.
    """

    kinds: Kinds
    zones: Mapping[UUID, str]


_NOTHING = Expected((), {})


class KindMemory:
    """The memory of one process: what the last pulls of devices had, and which combinations of kinds are frequent."""

    def __init__(self, *, frequent: int = FREQUENT, max_combinations: int = MAX_COMBINATIONS) -> None:
        """Remember nothing yet.

        Args:
            frequent: A combination is frequent after so many pulls that had it.
            max_combinations: The most combinations that are ever frequent.
        """
        self._frequent_uses = frequent
        self._max_combinations = max_combinations
        self._by_device: dict[tuple[UUID, UUID | None], Expected] = {}
        self._uses: dict[Kinds, int] = {}
        self._frequent: set[Kinds] = set()

    def expected(self, actor: Actor) -> Expected:
        """Return the kinds of rows that the last pull of the actor's device had, if they are a frequent combination."""
        expected = self._by_device.get((actor.id, actor.device_id), _NOTHING)
        return expected if expected.kinds in self._frequent else _NOTHING

    def remember(self, actor: Actor, kinds: Collection[Kind], zones: Mapping[UUID, str]) -> None:
        """Remember the kinds of the changed rows of a pull. A pull without changes says nothing."""
        if not kinds or len(kinds) > MAX_KINDS:
            return
        combination = tuple(sorted(kinds))
        if len(self._by_device) >= _MAX_DEVICES:
            self._by_device.clear()
        self._by_device[actor.id, actor.device_id] = Expected(combination, zones)
        if combination in self._frequent:
            return
        if len(self._uses) >= _MAX_COUNTED:
            self._uses.clear()
        uses = self._uses[combination] = self._uses.get(combination, 0) + 1
        if uses >= self._frequent_uses and len(self._frequent) < self._max_combinations:
            self._frequent.add(combination)


memory = KindMemory()
