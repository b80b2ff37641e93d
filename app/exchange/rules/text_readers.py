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
            raise Unreadable("choice_unknown", choices=self.words()) from None

    def names(self) -> list[str]:
        return [next(word for word, choice in self.choices.items() if choice == value)
                for value in dict.fromkeys(self.choices.values())]  # fmt: skip

    def words(self) -> list[dict[str, str]]:
        """Return one accepted word for each value, `{en, zh}`. A value without a word in a language has its name."""
        shown: dict[T, dict[str, str]] = {}
        for word, value in self.choices.items():
            shown.setdefault(value, {}).setdefault("en" if word.isascii() else "zh", word)
        names = dict(zip(shown, self.names(), strict=True))
        return [
            {language: words.get(language, names[value]) for language in ("en", "zh")}
            for value, words in shown.items()
        ]


def text_list(limit: int) -> Callable[[Any], list[str]]:
    """Return a parser of lists of texts, separated by semicolons, commas or blanks."""

    def read(value: Any) -> list[str]:
        text = text_of(value, limit)
        for mark in ("；", "，", "、", ",", " "):
            text = text.replace(mark, ";")
        return [part for part in (piece.strip() for piece in text.split(";")) if part]

    return read
