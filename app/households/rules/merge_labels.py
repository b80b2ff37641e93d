"""Labels of households that are moved to premises with other households. Pure functions."""

from collections.abc import Collection, Mapping
from uuid import UUID

LABEL_MAX = 60


def relabelled(arriving: Mapping[UUID, str], taken: Collection[str]) -> dict[UUID, str]:
    """Return for each moved household a label that no other household has at the new premises.

    A label that is not yet used there stays the same. To a used label the first free number from 2 is appended.

    Args:
        arriving: Labels of the moved households by id.
        taken: Labels of the households that are already there.
    """
    used = set(taken)
    labels: dict[UUID, str] = {}
    for household_id, label in arriving.items():
        free = label
        number = 2
        while free in used:
            ending = f" ({number})" if label else str(number)
            free = label[: LABEL_MAX - len(ending)] + ending
            number += 1
        used.add(free)
        labels[household_id] = free
    return labels
