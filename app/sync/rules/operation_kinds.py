"""Base classes of the kinds of operations, as push applies them. Pure.

The classes of all kinds are in app/sync/operations. Rules know no database, so `session` is Any here.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from app.core.actor import Actor, Permission
from app.sync.rules.field_merge import Facet

# Realms: nothing of the register depends on a case, and no case on the register.
REGISTER, CASES = "register", "cases"


@dataclass(frozen=True, slots=True)
class Done:
    """Outcome of a domain service: the row, whether this call created or changed it, warnings.

    A warning has a `code` like an error; the operation was applied.
    """

    id: UUID
    is_new: bool = True
    warnings: Sequence[dict[str, Any]] = ()


class OperationKind(ABC):
    """A kind of operation. Has no state: the registry has one instance of each class.

    Attributes:
        entity: Member `entity` of the operation.
        op: Member `op` of the operation.
        table: Table of the row.
        permissions: Permissions that one grant of the actor has to hold together, as in the route that does the same.
        parent_ref: Table and payload field of the parent of a new row.
        needs_id: The operation names a row.
        realm: The operation reads and changes rows of this realm only. None: any row.
        is_apart: Within the realm it reads and changes only the rows it names and their children.
        has_location: The payload has `lon` and `lat` (WGS 84), where the new row is.
    """

    entity: ClassVar[str]
    op: ClassVar[str]
    table: ClassVar[str]
    permissions: ClassVar[tuple[Permission, ...]] = ()
    parent_ref: ClassVar[tuple[str, str] | None] = None
    needs_id: ClassVar[bool] = True
    realm: ClassVar[str | None] = None
    is_apart: ClassVar[bool] = False
    has_location: ClassVar[bool] = False

    def can_batch(self, payload: Mapping[str, Any]) -> bool:
        """Return True if an operation with this payload fits a batch of the kind."""
        return False


class ActionKind(OperationKind):
    """A kind that is applied as a whole: it creates a row, ends one or takes a step.

    Attributes:
        is_delete: A row that does not exist is no fault.
        takes_happened_at: `apply` takes the accepted time as `happened_at` of the payload.
    """

    is_delete: ClassVar[bool] = False
    takes_happened_at: ClassVar[bool] = False

    @abstractmethod
    def apply(self, session: Any, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        """Apply the operation by the domain's service."""

    def apply_many(
        self, session: Any, actor: Actor, operations: Sequence[tuple[UUID, dict[str, Any]]]
    ) -> None:
        """Apply a batch of (id, payload). An error of one fails all."""
        raise NotImplementedError


class PatchKind(OperationKind):
    """A kind that changes fields of a row, and merges with changes made meanwhile.

    Attributes:
        facets: How fields merge. Of a field that is in none of them the last value wins.
    """

    facets: ClassVar[tuple[Facet, ...]] = ()

    @abstractmethod
    def state(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of a stored row that a patch may change, with their stored values."""

    @abstractmethod
    def change(
        self, session: Any, actor: Actor, row_id: UUID, payload: dict[str, Any], *, expected: int
    ) -> Done:
        """Write the fields of `payload` to the row if its version is still `expected`."""

    def change_many(
        self, session: Any, actor: Actor, changes: list[tuple[UUID, int, dict[str, Any]]]
    ) -> None:
        """Write a batch of (id, expected version, payload). An error of one fails all."""
        raise NotImplementedError

    def restore(self, session: Any, actor: Actor, row_id: UUID) -> bool:
        """Undelete the row for a change. Return False if the kind does not allow it."""
        return False


Kind = ActionKind | PatchKind
