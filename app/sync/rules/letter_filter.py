"""Filters of a list of dead letters. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Filters of a list of dead letters. A letter is listed if it meets all of the filters.

    Attributes:
        is_own_only: Only letters of the actor's account.
        account_id: Only letters of this account. A filter with the value None is not applied.
        before: Only letters with a lower id, which arrived earlier.
    """

    is_own_only: bool = False
    is_open: bool | None = None
    account_id: UUID | None = None
    status: Sequence[str] | None = None
    before: UUID | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The values of the filters that are set, by name. `is_own_only` is left out."""
        values = {
            "is_open": self.is_open,
            "account_id": self.account_id,
            "status": list(self.status) if self.status else None,
            "before": self.before,
        }
        return {name: value for name, value in values.items() if value is not None}
