"""The final result of one pushed operation, and its stored form. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from uuid import UUID

from app.sync.rules.operations import Operation, Verdict

Status = Literal["applied", "merged", "duplicate", "conflict", "rejected"]
EFFECTIVE: frozenset[Status] = frozenset({"applied", "merged", "duplicate"})
REPLAY = "replay"


@dataclass(frozen=True, slots=True)
class Result:
    """The final result of an operation. An operation that the device has to send again has none.

    Attributes:
        id: Id of the row. None: the operation has no row.
        params: Values for the sentence of `code`.
        errors: Faults of single fields.
        fields: The fields of a patch that somebody else changed, too. Each has `base` (the value before both changes),
            `mine` (in the patch) and `theirs` (in the row), with personal values masked.
        version: Version of the row afterwards. None for a rejected operation.
        dead_letter: Id of the dead letter that was stored.
    """

    status: Status
    id: UUID | None
    code: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    fields: dict[str, dict[str, Any]] | None = None
    warnings: list[dict[str, Any]] = field(default_factory=list)
    flags: tuple[str, ...] = ()
    version: int | None = None
    dead_letter: UUID | None = None

    @property
    def is_effective(self) -> bool:
        """True if the operation took effect, now or earlier."""
        return self.status in EFFECTIVE

    @classmethod
    def rejected(cls, row_id: UUID | None, verdict: Verdict) -> Self:
        """Return the result of an operation that did not take effect."""
        return cls("rejected", row_id, code=verdict.code, params=verdict.params, errors=list(verdict.errors))

    def to_stored(self, operation: Operation, device_id: UUID | None) -> dict[str, Any]:
        """Return the result as JSON to store, with time, device and number of the operation."""
        optional = {
            "code": self.code,
            "params": self.params,
            "errors": self.errors,
            "fields": self.fields,
            "warnings": self.warnings,
            "version": self.version,
            "dead_letter": self.dead_letter,
        }
        return {
            "status": self.status,
            "id": self.id,
            "flags": self.flags,
            **{name: value for name, value in optional.items() if value},
            "happened_at": operation.happened_at,
            "device_id": device_id,
            "device_seq": operation.device_seq,
        }

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Self:
        """Return the result from its stored JSON, as `to_stored` has made it."""
        return cls(
            stored["status"],
            _uuid_or_none(stored.get("id")),
            code=stored.get("code"),
            params=stored.get("params", {}),
            errors=stored.get("errors", []),
            fields=stored.get("fields"),
            warnings=stored.get("warnings", []),
            flags=tuple(stored["flags"]),
            version=stored.get("version"),
            dead_letter=_uuid_or_none(stored.get("dead_letter")),
        )


def _uuid_or_none(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)
