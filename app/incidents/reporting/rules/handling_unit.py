"""The choice of the unit that counts as the handler of a case in statistics. Pure."""

from collections.abc import Sequence
from uuid import UUID


def handling_unit(
    had_from: UUID | None, belongs_to: Sequence[UUID], owner_unit_id: UUID | None
) -> UUID | None:
    """Return the unit for which the worker handled a case, or None if it is ambiguous.

    The result is `had_from` if it is not None. Otherwise it is the owning unit if the worker belongs to that unit, or else
    the only unit of the worker.

    Args:
        had_from: The unit from whose queue the worker took the case; in joint handling the lead unit.
        belongs_to: The units of the worker.
        owner_unit_id: The owning unit of the case.
    """
    if had_from is not None:
        return had_from
    if owner_unit_id in belongs_to:
        return owner_unit_id
    return belongs_to[0] if len(set(belongs_to)) == 1 else None
