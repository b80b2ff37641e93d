"""Labels of households that are moved to premises where other households are. Pure."""

from collections.abc import Collection, Mapping
from uuid import UUID

LABEL_MAX = 60


def relabelled(arriving: Mapping[UUID, str], taken: Collection[str]) -> dict[UUID, str]:
    """Return a label for each household that is free at its new premises.

    A household keeps its label if it is free, else the first free number from 2 is added.

    Args:
        arriving: Present labels by household.
        taken: Labels of the households that are there already.
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
