"""Enumerations: the allowed values of a field of the API, and the name of their schema in the API document."""

from collections.abc import Iterable, Mapping
from typing import Self


class Enumeration(tuple[str, ...]):
    """The values of one enumeration in their order.

    `name` is the name of its schema in the API document. `values` may be a mapping from each value to its meaning, one phrase
    without a full stop.
    """

    name: str
    meanings: dict[str, str]

    def __new__(cls, name: str, values: Mapping[str, str] | Iterable[str]) -> Self:
        enumeration = super().__new__(cls, (str(value) for value in values))
        enumeration.name = name
        meanings = values if isinstance(values, Mapping) else {}
        enumeration.meanings = {str(value): meaning for value, meaning in meanings.items()}
        return enumeration

    @property
    def description(self) -> str:
        """Return a Markdown list of the values with their meanings; empty without meanings."""
        return described_values(self.meanings)


def described_values(meanings: Mapping[str, str]) -> str:
    """Return a Markdown list of the values with their meanings."""
    return "\n".join(f"- `{value}`: {meaning}" for value, meaning in meanings.items())
