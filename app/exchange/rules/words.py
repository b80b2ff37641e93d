"""Readers of texts and choices, for the fields of the kinds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.exchange.rules.faults import Unreadable
from app.exchange.rules.values import plain, text_of

T = TypeVar("T")


def of_length(limit: int) -> Callable[[Any], str]:
    """A text of at most so many characters."""
    return lambda value: text_of(value, limit)


@dataclass(frozen=True, slots=True)
class OneOf(Generic[T]):
    """A reader of one of the words, each standing for a value; the first word of a value is its own name."""

    choices: Mapping[str, T]

    def __call__(self, value: Any) -> T:
        try:
            return self.choices[plain(value).casefold()]
        except KeyError:
            raise Unreadable("choice_unknown", choices=sorted(self.names())) from None

    def names(self) -> list[str]:
        return [next(word for word, meant in self.choices.items() if meant == value)
                for value in dict.fromkeys(self.choices.values())]  # fmt: skip


def several(limit: int) -> Callable[[Any], list[str]]:
    """Texts apart by semicolons, commas or blanks."""

    def read(value: Any) -> list[str]:
        text = text_of(value, limit)
        for mark in ("；", "，", "、", ",", " "):
            text = text.replace(mark, ";")
        return [part for part in (one.strip() for one in text.split(";")) if part]

    return read
