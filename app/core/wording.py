"""Formatting of values in English and Chinese sentences: plural forms, lists, days and times.

The sentences are in the packages that use them.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from string import Formatter
from typing import Any

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class _Sentence(Formatter):
    """A formatter of sentences with values in one language.

    It formats `{n:case|cases}` as `1 case` or `2 cases`, and other values as `in_words` does.
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        singular, bar, plural = format_spec.partition("|")
        if not isinstance(value, int | float):
            return f"{in_words(value, self.language)} {plural}".rstrip()
        return counted(value, singular, plural) if bar else str(super().format_field(value, format_spec))


def fill(template: str, language: str, /, **values: Any) -> str:
    """Return a template filled with its values in `language` (`en` or `zh`).

    Raises:
        KeyError: A value of the template is missing.
    """
    return _Sentence(language).vformat(template, (), values)


def fields_of(template: str) -> list[str]:
    """Return the names of a template's placeholders, in their order."""
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def counted(number: float, singular: str, plural: str) -> str:
    """Return a number with its English noun: `1 case`, `2 cases`."""
    return f"{number:,.10g} {singular if number == 1 else plural}"


def listed(items: Sequence[str], language: str, conjunction: str = "and") -> str:
    """Join texts for a sentence in `language`: `A, B and C` in English, `A、B、C` in Chinese."""
    if language == "zh":
        return "、".join(items)
    return f" {conjunction} ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def in_words(value: Any, language: str) -> Any:
    """Return a value as text in `language`.

    Of a value {en, zh} the part in the language is used. A list is joined with separators. Days and instants are written in
    words.
    """
    if isinstance(value, Mapping) and value.keys() & {"en", "zh"}:
        return value.get(language) or next(filter(None, value.values()), "")
    if isinstance(value, list | tuple):
        return listed([str(in_words(item, language)) for item in value], language)
    if isinstance(value, date):
        day = f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
        if language == "zh":
            day = f"{value.year}年{value.month}月{value.day}日"
        return f"{day} {value:%H:%M} {value.tzname() or ''}".strip() if isinstance(value, datetime) else day
    return value
