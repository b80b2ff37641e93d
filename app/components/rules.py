"""Pure functions for component numbers, and the radius to match a report with a component.

A number has 16 digits: 6 for the county, 2 for the class, 2 for the subclass, 6 for the serial number. Class and subclass are
the code of the category in the taxonomy (practice of CJ/T 214 and GB/T 30428.2).
"""

import re
from enum import StrEnum

from app.core.enumerations import Enumeration
from app.core.geodesic import degrees_around

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
    """Return True if a text has 16 digits and class, subclass and serial number are not zero."""
    return bool(_NUMBER.fullmatch(code)) and "00" not in (code[6:8], code[8:10]) and int(code[10:]) > 0


def category_of(code: str) -> str:
    """Return the category (class and subclass) that a component number contains."""
    return code[6:10]


def has_components(category: str) -> bool:
    """Return True if a category is one of components.

    The code of such a category has 4 digits: class and subclass.
    """
    return bool(_CLASS.fullmatch(category))


def degrees_within(lat: float, within_m: float = SNAP_WITHIN_M) -> tuple[float, float]:
    """Return half width and half height, in degrees, of a box around a circle.

    Args:
        lat: Latitude of the centre in degrees.
        within_m: Radius of the circle in metres.

    Returns:
        Degrees of longitude (half width), degrees of latitude (half height).
    """
    return degrees_around(lat, within_m)
