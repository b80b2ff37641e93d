"""The filter of a list of dead letters. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Conditions that all letters of a list meet. None: no condition.

    Attributes:
        is_own_only: Letters of the actor's own account.
        account_id: Letters of this account.
        before: Letters with a lower id, which arrived earlier.
    """

    is_own_only: bool = False
    is_open: bool | None = None
    account_id: UUID | None = None
    status: Sequence[str] | None = None
    before: UUID | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The values of the conditions that are given, by name; without `is_own_only`."""
        values = {
            "is_open": self.is_open,
            "account_id": self.account_id,
            "status": list(self.status) if self.status else None,
            "before": self.before,
        }
        return {name: value for name, value in values.items() if value is not None}
