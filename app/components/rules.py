"""The number of a component, and the distance within which a report is about it. Pure.

The number has 16 digits: 6 county, 2 class, 2 subclass, 6 serial. Class and subclass together are the code of its
category in the taxonomy (CJ/T 214 and GB/T 30428.2 practice).
"""

import re
from enum import StrEnum

from app.core.enumerations import Enumeration
from app.core.great_circle import degrees_around

# A report is about a component within this distance: positions of devices are wrong by about so much.
SNAP_WITHIN_M = 20.0

_NUMBER = re.compile(r"[0-9]{16}")
_CLASS = re.compile(r"[0-9]{4}")


class State(StrEnum):
    IN_USE = "in_use"
    DAMAGED = "damaged"
    MISSING = "missing"
    RETIRED = "retired"


# The states of a component that has not been retired.
STATES_IN_REGISTER = Enumeration(
    "RegisteredState",
    {
        State.IN_USE: "it works",
        State.DAMAGED: "it is there and damaged",
        State.MISSING: "it is not at its place",
    },
)
STATES = Enumeration(
    "ComponentState",
    STATES_IN_REGISTER.meanings | {State.RETIRED: "it is not in the register any more"},
)


def is_number(code: str) -> bool:
    """Return True for 16 digits whose class, subclass and serial are not zero."""
    return bool(_NUMBER.fullmatch(code)) and "00" not in (code[6:8], code[8:10]) and int(code[10:]) > 0


def category_of(code: str) -> str:
    """Return the category in a component's number: its class and subclass."""
    return code[6:10]


def has_components(category: str) -> bool:
    """Return True if components can have this category: class and subclass."""
    return bool(_CLASS.fullmatch(category))


def degrees_within(lat: float, within_m: float = SNAP_WITHIN_M) -> tuple[float, float]:
    """Return the degrees of longitude and latitude that cover `within_m` metres at `lat`."""
    return degrees_around(lat, within_m)
