"""The unit that counts as the handler of a case. Pure."""

from collections.abc import Sequence
from uuid import UUID


def handling_unit(
    had_from: UUID | None, belongs_to: Sequence[UUID], owner_unit_id: UUID | None
) -> UUID | None:
    """Return the unit of the worker who submitted a case; None if they have none, or several.

    Args:
        had_from: The unit from whose queue the worker had the case; in joint handling the lead.
        belongs_to: The units of the worker. Of several, the owner of the case counts; without it none does.
    """
    if had_from is not None:
        return had_from
    if owner_unit_id in belongs_to:
        return owner_unit_id
    return belongs_to[0] if len(set(belongs_to)) == 1 else None
