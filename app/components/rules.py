"""What a component's number says, and how near is near. Pure.

The number has 16 digits: 6 county, 2 class, 2 subclass, 6 serial. Class and subclass together are the code of its
category in the taxonomy (CJ/T 214 and GB/T 30428.2 practice).
"""

import re
from enum import StrEnum

from app.core.sphere import degrees_around

# A report of a broken cover is of the cover that stands there: phones err by about so much.
SNAP_WITHIN_M = 20.0

_NUMBER = re.compile(r"[0-9]{16}")
_CLASS = re.compile(r"[0-9]{4}")


class State(StrEnum):
    IN_USE = "in_use"
    DAMAGED = "damaged"
    MISSING = "missing"
    RETIRED = "retired"


# What it may be while it stands in the register.
LIVING = (State.IN_USE, State.DAMAGED, State.MISSING)


def is_number(code: str) -> bool:
    """Whether this is 16 digits with a class, a subclass and a serial of more than nothing."""
    return bool(_NUMBER.fullmatch(code)) and "00" not in (code[6:8], code[8:10]) and int(code[10:]) > 0


def category_of(code: str) -> str:
    """The category that a component's number says: its class and subclass."""
    return code[6:10]


def has_components(category: str) -> bool:
    """Whether components can carry this category: a class and a subclass."""
    return bool(_CLASS.fullmatch(category))


def reach(lat: float, within_m: float = SNAP_WITHIN_M) -> tuple[float, float]:
    """Degrees of longitude and latitude that hold `within_m` metres at this latitude, rather more than less."""
    return degrees_around(lat, within_m)
