"""Base classes of the kinds of operations, with what is needed to apply them. Pure.

The classes of all kinds are in app/sync/operations. The type of `session` is Any, because rules do not import the database.
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
    """The result that a kind of operation returns after it has applied an operation.

    Attributes:
        id: Id of the row.
        is_new: True: this call created or changed the row. False: an earlier call had done it.
        warnings: Objects with a `code`. The operation took effect in spite of them.
    """

    id: UUID
    is_new: bool = True
    warnings: Sequence[dict[str, Any]] = ()


class OperationKind(ABC):
    """A kind of operation, such as the creation of a visit. Instances have no state.

    Attributes:
        entity: Value of `entity` in the operation.
        op: Value of `op` in the operation.
        table: Table of the row.
        permissions: Permissions that one role of the actor must have together, as in the equivalent route.
        parent_ref: Table of the parent of a new row, and the field of the payload that has the parent's id.
        needs_id: The operation must have an `id`.
        realm: The operation reads and changes rows of this realm only: the register or the cases. None: any rows.
        is_apart: Within the realm the operation reads and changes only the rows that it names, and their children.
        has_location: The payload has `lon` and `lat` (WGS 84) of the new row.
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
        """Return True if an operation with this payload can be applied in a batch."""
        return False


class ActionKind(OperationKind):
    """Base class of kinds that are applied as a whole: create, end, or a step of the life cycle.

    Attributes:
        is_delete: The operation deletes a row. If this row does not exist, the operation still succeeds.
        takes_happened_at: `apply` gets the accepted time of the operation as `happened_at` in the payload.
    """

    is_delete: ClassVar[bool] = False
    takes_happened_at: ClassVar[bool] = False

    @abstractmethod
    def apply(self, session: Any, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        """Apply the operation by a call of the service function of its package."""

    def apply_many(
        self, session: Any, actor: Actor, operations: Sequence[tuple[UUID, dict[str, Any]]]
    ) -> Sequence[Done]:
        """Apply several operations, each given as id and payload, and return their results in the same order.

        If one operation has an error, none is applied.
        """
        raise NotImplementedError


class PatchKind(OperationKind):
    """Base class of kinds that change fields of a row and are merged with other changes.

    Attributes:
        facets: Groups of fields that are merged together. For a field outside of these groups the last value wins.
    """

    facets: ClassVar[tuple[Facet, ...]] = ()

    @abstractmethod
    def state(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return from a stored row the fields that a patch may change, with their values."""

    @abstractmethod
    def change(
        self, session: Any, actor: Actor, row_id: UUID, payload: dict[str, Any], *, expected: int
    ) -> Done:
        """Write the fields in `payload` to the row, if the version of the row is still `expected`."""

    def change_many(
        self, session: Any, actor: Actor, changes: list[tuple[UUID, int, dict[str, Any]]]
    ) -> None:
        """Change several rows, each given as id, expected version and payload.

        If one change has an error, none is written.
        """
        raise NotImplementedError

    def restore(self, session: Any, actor: Actor, row_id: UUID) -> bool:
        """Undelete the row before a change. Return False if rows of this kind cannot be restored."""
        return False


Kind = ActionKind | PatchKind
