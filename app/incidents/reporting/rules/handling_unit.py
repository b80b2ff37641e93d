"""The unit that handled a case, as it counts when the case is handed in. Pure."""

from collections.abc import Sequence
from uuid import UUID


def handling_unit(
    had_from: UUID | None, belongs_to: Sequence[UUID], owner_unit_id: UUID | None
) -> UUID | None:
    """The unit of whoever handed it in; None: she belongs to none, or it cannot be told.

    `had_from`: from whose queue she had it, of joint handling the lead's. Else the unit that she belongs to, of several the
    owner: none of the others says anything about this case.
    """
    if had_from is not None:
        return had_from
    if owner_unit_id in belongs_to:
        return owner_unit_id
    return belongs_to[0] if len(set(belongs_to)) == 1 else None
