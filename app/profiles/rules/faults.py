"""Faults of a profile: the place, a stable code and a sentence."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a profile: its path, a stable code, and an English sentence.

    Attributes:
        path: Names of members and positions in arrays, joined by dots; empty for the whole document.
    """

    path: str
    code: str
    message: str

    @property
    def pointer(self) -> str:
        """Return the path as a JSON pointer (RFC 6901)."""
        return "".join(pointer_step(step) for step in self.path.split(".")) if self.path else ""


def pointer_step(name: object) -> str:
    """Return the part of a JSON pointer for a member or a position: a slash and the escaped name."""
    return "/" + str(name).replace("~", "~0").replace("/", "~1")


# Every object of a profile may have this member, in which a city explains a setting.
NOTE = "note"


def at(path: str, member: object) -> str:
    """Return the path extended by the name of a member or a position in an array."""
    return f"{path}.{member}" if path else str(member)


def repeated(values: Iterable[tuple[str, object]], noun: str) -> Iterator[Fault]:
    """Yield a fault for each value that occurs a second time.

    Arrays and objects are skipped, because `structure_faults` reports them where texts and numbers belong.

    Args:
        values: Pairs of path and value.
        noun: Kind of the values, for the sentence of the fault.
    """
    first_paths: dict[object, str] = {}
    for path, value in values:
        if isinstance(value, list | dict):
            continue
        if value in first_paths:
            yield Fault(path, "duplicate", f"{noun} {value} is already at {first_paths[value]}")
        else:
            first_paths[value] = path
