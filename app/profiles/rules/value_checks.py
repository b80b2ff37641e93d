"""Checks of the structure of JSON data. They can be combined, and report all faults at once.

A check is a function that takes a value and its path (names of members and positions, joined by dots) and yields faults.
Every object may have a member `note`, in which a city explains a setting.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of JSON data: its path, a stable code, and an English sentence."""

    path: str
    code: str
    message: str

    @property
    def pointer(self) -> str:
        """Return the path as a JSON pointer (RFC 6901)."""
        steps = self.path.replace("~", "~0").replace("/", "~1").split(".") if self.path else []
        return "".join(f"/{step}" for step in steps)


Check = Callable[[object, str], Iterator[Fault]]
NOTE = "note"


def at(path: str, member: object) -> str:
    """Return the path extended by the name of a member or a position in an array."""
    return f"{path}.{member}" if path else str(member)


def record(fields: Mapping[str, Check], *, optional: Mapping[str, Check] | None = None) -> Check:
    """Return a check for an object that has only known members.

    An object may also have a member `note`.

    Args:
        fields: Checks of the required members by name.
        optional: Checks of the other members by name.
    """
    allowed = {**fields, **(optional or {})}

    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault(path, "wrong_type", "must be an object")
            return
        for key in value.keys() - allowed.keys() - {NOTE}:
            yield Fault(at(path, key), "unknown_key", "is not a known member")
        if NOTE in value:
            yield from text(max_length=4000)(value[NOTE], at(path, NOTE))
        for key, check_member in allowed.items():
            if key in value:
                yield from check_member(value[key], at(path, key))
            elif key in fields:
                yield Fault(at(path, key), "missing", "is required")

    return check


def keyed(check_key: Check, check_member: Check) -> Check:
    """Return a check for an object whose members can have any names.

    Args:
        check_key: Check of each name.
        check_member: Check of each value.
    """

    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault(path, "wrong_type", "must be an object")
            return
        for key, member in value.items():
            yield from check_key(key, at(path, key))
            yield from check_member(member, at(path, key))

    return check


def listing(item: Check, *, min_items: int = 0, max_items: int = 2000) -> Check:
    """Return a check for an array. `item` is the check of each item."""

    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield Fault(path, "wrong_type", "must be an array")
            return
        if not min_items <= len(value) <= max_items:
            allowed = f"{min_items}" if min_items == max_items else f"{min_items} to {max_items}"
            yield Fault(path, "out_of_range", f"must have {allowed} items")
        for position, member in enumerate(value):
            yield from item(member, at(path, position))

    return check


def text(pattern: str = r".*\S.*", *, max_length: int = 200) -> Check:
    """Return a check for a string that must match a pattern as a whole.

    Without a pattern the string must not be blank.
    """
    compiled = re.compile(pattern, re.DOTALL)

    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield Fault(path, "wrong_type", "must be a string")
        elif len(value) > max_length:
            yield Fault(path, "out_of_range", f"must have at most {max_length} characters")
        elif not compiled.fullmatch(value):
            yield Fault(path, "malformed", f"{value!r} is not of the form {pattern}")

    return check


def number(low: float, high: float, *, is_whole: bool = False, is_exclusive: bool = False) -> Check:
    """Return a check for a number between `low` and `high`.

    Args:
        is_whole: The number must be an integer.
        is_exclusive: The number must be greater than `low`.
    """

    def check(value: object, path: str) -> Iterator[Fault]:
        if isinstance(value, bool) or not isinstance(value, int if is_whole else (int, float)):
            yield Fault(path, "wrong_type", "must be a whole number" if is_whole else "must be a number")
        elif not low <= value <= high or (is_exclusive and value == low):
            yield Fault(
                path, "out_of_range", f"must be {'above' if is_exclusive else 'from'} {low} to {high}"
            )

    return check


def choice(allowed: Iterable[object]) -> Check:
    """Return a check for a value that must be one of the allowed values."""
    values = list(allowed)

    def check(value: object, path: str) -> Iterator[Fault]:
        if isinstance(value, bool) or value not in values:
            yield Fault(
                path,
                "not_allowed",
                f"must be one of {', '.join(str(allowed_value) for allowed_value in values)}",
            )

    return check


def flag(value: object, path: str) -> Iterator[Fault]:
    """Yield a fault if the value is not a boolean."""
    if not isinstance(value, bool):
        yield Fault(path, "wrong_type", "must be true or false")


def day(value: object, path: str) -> Iterator[Fault]:
    """Yield a fault if the value is not a date written YYYY-MM-DD."""
    try:
        is_date = isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        is_date = False
    if not is_date:
        yield Fault(path, "malformed", f"{value!r} is not a date written YYYY-MM-DD")


def repeated(values: Iterable[tuple[str, object]], noun: str) -> Iterator[Fault]:
    """Yield a fault for each value that occurs a second time.

    Args:
        values: Pairs of path and value.
        noun: Kind of the values, for the sentence of the fault.
    """
    first_paths: dict[object, str] = {}
    for path, value in values:
        if value in first_paths:
            yield Fault(path, "duplicate", f"{noun} {value} is already at {first_paths[value]}")
        else:
            first_paths[value] = path
