"""Labels of households that come to premises where others have labels. Pure."""

from collections.abc import Collection, Mapping
from uuid import UUID

LABEL_MAX = 60


def relabelled(arriving: Mapping[UUID, str], taken: Collection[str]) -> dict[UUID, str]:
    """Return a label for each household, its own if nobody there has it: otherwise with the first free number, from 2."""
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
