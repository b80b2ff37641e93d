"""Memory of forms with photos that come without a token: each form has a limit, and all forms of a process together."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass


class FormsFull(Exception):
    """Raised if the forms that arrive now need more memory than they may have together."""


@dataclass(slots=True)
class FormBytes:
    """The bytes of forms that a process holds.

    The bytes that have come are counted, and not the forms: many slow connections that send little hold little.

    Attributes:
        limits: Limit of one form by the prefix of its path.
        most: Limit of all forms together.
    """

    limits: Mapping[str, int]
    most: int
    held: int = 0

    def limit_of(self, path: str, content_type: str) -> int | None:
        """Return the limit of a form at a path; None: the path takes no large forms, or the body is no form."""
        if not content_type.startswith("multipart/form-data"):
            return None
        return next((limit for beginning, limit in self.limits.items() if path.startswith(beginning)), None)

    @contextmanager
    def holding(self) -> Iterator["Holding"]:
        """Count the bytes of one form until the block ends."""
        holding = Holding(self)
        try:
            yield holding
        finally:
            self.held -= holding.size


@dataclass(slots=True)
class Holding:
    """The bytes of one form."""

    forms: FormBytes
    size: int = 0

    def add(self, size: int) -> None:
        """Count bytes that have come.

        Raises:
            FormsFull: All forms together have too many bytes.
        """
        self.size += size
        self.forms.held += size
        if self.forms.held > self.forms.most:
            raise FormsFull
