"""Parsers of texts and of choices, for fields of all kinds of import."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.exchange.rules.cell_readers import plain, text_of
from app.exchange.rules.faults import Unreadable

T = TypeVar("T")


def text_up_to(limit: int) -> Callable[[Any], str]:
    """Return a parser of texts of at most `limit` characters."""
    return lambda value: text_of(value, limit)


@dataclass(frozen=True, slots=True)
class OneOf(Generic[T]):
    """A parser of a choice: maps each accepted word to a value.

    If several words map to the same value, the first of them is shown to users as the name of the value.
    """

    choices: Mapping[str, T]

    def __call__(self, value: Any) -> T:
        try:
            return self.choices[plain(value).casefold()]
        except KeyError:
            raise Unreadable("choice_unknown", choices=sorted(self.names())) from None

    def names(self) -> list[str]:
        return [next(word for word, choice in self.choices.items() if choice == value)
                for value in dict.fromkeys(self.choices.values())]  # fmt: skip


def text_list(limit: int) -> Callable[[Any], list[str]]:
    """Return a parser of lists of texts, separated by semicolons, commas or blanks."""

    def read(value: Any) -> list[str]:
        text = text_of(value, limit)
        for mark in ("；", "，", "、", ",", " "):
            text = text.replace(mark, ";")
        return [part for part in (piece.strip() for piece in text.split(";")) if part]

    return read
