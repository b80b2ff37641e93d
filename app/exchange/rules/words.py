"""Readers of texts and choices, for the fields of the kinds."""

from collections.abc import Callable, Mapping
from typing import Any

from app.exchange.rules.faults import Unreadable
from app.exchange.rules.values import plain, text_of


def of_length(limit: int) -> Callable[[Any], str]:
    """A text of at most so many characters."""
    return lambda value: text_of(value, limit)


def one_of(choices: Mapping[str, str]) -> Callable[[Any], str]:
    """One of the words, each standing for a value."""

    def read(value: Any) -> str:
        found = choices.get(plain(value).casefold())
        if found is None:
            raise Unreadable("choice_unknown", choices=sorted(set(choices.values())))
        return found

    return read


def several(limit: int) -> Callable[[Any], list[str]]:
    """Texts apart by semicolons, commas or blanks."""

    def read(value: Any) -> list[str]:
        text = text_of(value, limit)
        for mark in ("；", "，", "、", ",", " "):
            text = text.replace(mark, ";")
        return [part for part in (one.strip() for one in text.split(";")) if part]

    return read
