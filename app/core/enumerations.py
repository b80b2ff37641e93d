"""Enumerations: the values that a field of the API may have, and the name of their list in the API document."""

from collections.abc import Iterable
from typing import Self


class Enumeration(tuple[str, ...]):
    """The values of one enumeration in their order. `name` is the schema in the API document."""

    name: str

    def __new__(cls, name: str, values: Iterable[str]) -> Self:
        enumeration = super().__new__(cls, (str(value) for value in values))
        enumeration.name = name
        return enumeration
