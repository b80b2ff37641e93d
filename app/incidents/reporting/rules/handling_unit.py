"""The unit that counts as the handler of a case. Pure."""

from collections.abc import Sequence
from uuid import UUID


def handling_unit(
    had_from: UUID | None, belongs_to: Sequence[UUID], owner_unit_id: UUID | None
) -> UUID | None:
    """Return the unit for which the worker handled a case, or None if it cannot be decided.

    Args:
        had_from: The unit from whose queue the worker took the case; in joint handling the lead unit. It is the result.
        belongs_to: The units of the worker. Without `had_from` the result is the owning unit if the worker belongs to it,
            else the worker's only unit.
        owner_unit_id: The owning unit of the case.
    """
    if had_from is not None:
        return had_from
    if owner_unit_id in belongs_to:
        return owner_unit_id
    return belongs_to[0] if len(set(belongs_to)) == 1 else None
