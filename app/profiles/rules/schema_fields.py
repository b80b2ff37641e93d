"""Fields and base class of the marshmallow schemas of a profile.

The schemas have three uses. They find faults of the structure (`structure_faults`); `json_schema.py` makes the published JSON
Schema from them; `diff.py` compares two documents by them and takes the words of its sentences from their titles.

The fields are stricter than those of marshmallow: they convert nothing. A message of a `ValidationError` is a `Fault` whose
path is empty; `structure_faults` fills in the path.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import marshmallow as ma

from app.core.calendar import CalendarInvalid, minute_of_day
from app.profiles.rules.faults import Fault

Words = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Noun:
    """The kind of the items of a list, for codes and sentences of differences.

    Attributes:
        code: First part of the codes, as in `category_added`.
        words: The kind as (English, Chinese).
        key: Member that identifies an item.
        changed: Code of a changed setting of an item; empty: `<code>_changed`.
        labels: Words for keys, by key, as (English, Chinese).
    """

    code: str
    words: Words
    key: str = ""
    changed: str = ""
    labels: Mapping[str, Words] = field(default_factory=dict)


_MISSING: dict[str, Any] = {"required": [Fault("", "missing", "is required")]}


def wrong_type(expected: str) -> ma.ValidationError:
    """Return the error of a value of another type."""
    return ma.ValidationError([Fault("", "wrong_type", f"must be {expected}")])


class Setting(ma.fields.Field[Any]):
    """Base class of all fields of a profile.

    Args:
        title: Name of the setting for sentences and for the JSON Schema, as (English, Chinese), or the Chinese name alone where
            the English name is the name of the member with spaces.
        kind: Code of a difference in this setting or below it; empty: made from the nearest enclosing item.
    """

    default_error_messages = _MISSING

    def __init__(self, *args: Any, title: Words | str = "", kind: str = "", **options: Any) -> None:
        self.kind = kind
        self._title = title
        super().__init__(*args, **options)

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        if self._title:
            english, chinese = self.title
            self.metadata = {**self.metadata, "title": english, "x-title-zh": chinese}

    @property
    def title(self) -> Words:
        """Return the name of the setting as (English, Chinese)."""
        if isinstance(self._title, tuple):
            return self._title
        name = str(self.data_key or self.name or "")
        return name.replace("_", " "), self._title or name

    def _validate_missing(self, value: Any) -> None:
        # `null` is a value of the wrong type, which each field reports in its own words.
        if value is ma.missing and self.required:
            raise self.make_error("required")

    def _validate(self, value: Any) -> None:
        for validator in self.validators:
            validator(value)


class _Length(ma.validate.Length):
    def __call__(self, value: Any) -> Any:
        if self.max is not None and len(value) > self.max:
            message = f"must have at most {self.max} characters"
            raise ma.ValidationError([Fault("", "out_of_range", message)])
        return value


class _Form(ma.validate.Regexp):
    def __init__(self, form: str, published: str) -> None:
        super().__init__(published)
        self.form, self._whole = form, re.compile(form, re.DOTALL)

    def __call__(self, value: Any) -> Any:
        if not self._whole.fullmatch(value):
            raise ma.ValidationError([Fault("", "malformed", f"{value!r} is not of the form {self.form}")])
        return value


class Text(Setting, ma.fields.String):
    """A string.

    Args:
        form: Regular expression that the whole string must match; None: the string must not be blank.
    """

    def __init__(self, form: str | None = None, *, max_length: int = 200, **options: Any) -> None:
        checked_form = _Form(form, f"^{form}$") if form else _Form(r".*\S.*", r"\S")
        super().__init__(validate=[_Length(max=max_length), checked_form], **options)

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(value, str):
            raise wrong_type("a string")
        return value


class Expression(Text):
    """A regular expression."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"format": "regex"}, **options)

    def _validate(self, value: Any) -> None:
        super()._validate(value)
        try:
            re.compile(value)
        except re.error as error:
            message = f"is not a regular expression: {error}"
            raise ma.ValidationError([Fault("", "malformed", message)]) from None


class Zone(Setting, ma.fields.String):
    """The name of an IANA time zone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"format": "iana-time-zone", "examples": ["Asia/Shanghai"]}, **options)

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        try:
            ZoneInfo(value if isinstance(value, str) else "")
        except (KeyError, ValueError, OSError):
            message = f"{value!r} is not an IANA time zone"
            raise ma.ValidationError([Fault("", "unknown_timezone", message)]) from None
        return value


class TimeOfDay(Setting, ma.fields.String):
    """A time of day written HH:MM; 24:00 is the end of the day."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"}, **options)

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        try:
            minute_of_day(value if isinstance(value, str) and value.isascii() else "")
        except CalendarInvalid:
            message = f"{value!r} is not a time of day written HH:MM"
            raise ma.ValidationError([Fault("", "malformed", message)]) from None
        return value


class Day(Setting, ma.fields.String):
    """A date written YYYY-MM-DD."""

    def __init__(self, **options: Any) -> None:
        form = {"format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
        super().__init__(metadata=form, **options)

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        try:
            is_date = isinstance(value, str) and date.fromisoformat(value).isoformat() == value
        except ValueError:
            is_date = False
        if not is_date:
            raise ma.ValidationError([Fault("", "malformed", f"{value!r} is not a date written YYYY-MM-DD")])
        return value


class _Range(ma.validate.Validator):
    """Bounds of a number. Without `min` the lower bound itself is not allowed."""

    def __init__(self, low: float, high: float, *, is_exclusive: bool) -> None:
        self.low, self.max, self.is_exclusive = low, high, is_exclusive
        self.min = None if is_exclusive else low

    def __call__(self, value: Any) -> Any:
        if not self.low <= value <= self.max or (self.is_exclusive and value == self.low):
            bounds = f"{'above' if self.is_exclusive else 'from'} {self.low} to {self.max}"
            raise ma.ValidationError([Fault("", "out_of_range", f"must be {bounds}")])
        return value


class _Bounded(Setting):
    """A number from `low` to `high`.

    Args:
        is_exclusive: The number must be greater than `low`.
    """

    def __init__(self, low: float, high: float, *, is_exclusive: bool = False, **options: Any) -> None:
        published = {"exclusiveMinimum": low} if is_exclusive else {}
        bounds = _Range(low, high, is_exclusive=is_exclusive)
        super().__init__(validate=bounds, metadata=published, **options)


class Number(_Bounded, ma.fields.Float):
    """A JSON number."""

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type("a number")
        return value


class Whole(_Bounded, ma.fields.Integer):
    """A JSON number written without a fraction: 2 and not 2.0."""

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type("a whole number")
        return value


class Flag(Setting, ma.fields.Boolean):
    """`true` or `false`."""

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(value, bool):
            raise wrong_type("true or false")
        return value


class _Allowed(ma.validate.Validator):
    def __init__(self, choices: Iterable[object]) -> None:
        self.choices = list(choices)

    def __call__(self, value: Any) -> Any:
        if isinstance(value, bool) or value not in self.choices:
            message = f"must be one of {', '.join(str(choice) for choice in self.choices)}"
            raise ma.ValidationError([Fault("", "not_allowed", message)])
        return value


class Option(Setting, ma.fields.Raw):
    """One of several values.

    Args:
        values: The values, or a mapping from each value to its words as (English, Chinese).
    """

    def __init__(self, values: Iterable[object], **options: Any) -> None:
        self.labels: Mapping[object, Words] = values if isinstance(values, Mapping) else {}
        super().__init__(validate=_Allowed(values), **options)
