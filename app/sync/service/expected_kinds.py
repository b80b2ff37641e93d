"""Which rows the next pull of a device probably needs, so that the statement that finds the changes reads them, too.

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
    """What the last pull of a device had.

    Attributes:
        kinds: The kinds of its changed rows, in order.
        zones: The time zones with which they were read, by jurisdiction.
    """

    kinds: Kinds
    zones: Mapping[UUID, str]


_NOTHING = Expected((), {})
_by_device: dict[tuple[UUID, UUID | None], Expected] = {}
_uses: dict[Kinds, int] = {}
_frequent: set[Kinds] = set()


def expected_kinds(actor: Actor) -> Expected:
    """Return the kinds of rows that the last pull of the actor's device had, if it is a frequent combination."""
    expected = _by_device.get((actor.id, actor.device_id), _NOTHING)
    return expected if expected.kinds in _frequent else _NOTHING


def remember_kinds(actor: Actor, kinds: Collection[Kind], zones: Mapping[UUID, str]) -> None:
    """Remember the kinds of the changed rows of a pull. A pull without changes says nothing."""
    if not kinds or len(kinds) > MAX_KINDS:
        return
    combination = tuple(sorted(kinds))
    if len(_by_device) >= _MAX_DEVICES:
        _by_device.clear()
    _by_device[actor.id, actor.device_id] = Expected(combination, zones)
    if combination not in _frequent:
        if len(_uses) >= _MAX_COUNTED:
            _uses.clear()
        uses = _uses[combination] = _uses.get(combination, 0) + 1
        if uses >= FREQUENT and len(_frequent) < MAX_COMBINATIONS:
            _frequent.add(combination)


def forget_kinds() -> None:
    """Forget everything, for tests."""
    for memory in (_by_device, _uses, _frequent):
        memory.clear()
