"""Base classes of the kinds in this folder: input schema and documentation of an operation."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.http.variants import Variants
from app.sync.rules.operation_kinds import ActionKind, OperationKind, PatchKind

# Ids of the examples.
CASE, ASSIGNMENT, OFFER = (f"01990a2b-0000-7000-8000-00000000000{n}" for n in (1, 2, 3))
PREMISES, HOUSEHOLD, RESIDENT = (f"01990a2b-0000-7000-8000-00000000000{n}" for n in (4, 5, 6))
CARE_TAG, CONSENT, VISIT, CALL = (f"01990a2b-0000-7000-8000-00000000000{n}" for n in (7, 8, 9, "a"))
NOTICE, RECEIPT = (f"01990a2b-0000-7000-8000-00000000000{n}" for n in ("b", "c"))
NEW = "made by the device for the new row (UUIDv7)"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Documentation of a kind: its purpose, and an example.

    Attributes:
        summary: Sentences that describe what the operation does.
        id_is: Description of the row whose id is in `id`. Empty: the operation has no `id`.
        id, patch, base, base_version: Values in the example.
    """

    summary: str
    id_is: str = ""
    id: str | None = None
    patch: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    base_version: int | None = None


class PushInput(OperationKind):
    """The input of a kind: the schema of the equivalent route, and how the operation differs.

    Attributes:
        schema: Schema of `patch`. None: the operation has no fields.
        constants: Fields of the schema whose value push sets.
        creates_row: The operation creates a row; the schema has the `id` of this row.
        has_parent_in_path: The route has the id of the parent row in its path. In the operation this id is in `patch`.
        instant_fields: Fields with an instant of the device's clock. The first one is the time of the operation.
        time_field: Name that the service has for the time of the operation. Push sets this field if the first of
            `instant_fields` is missing.
        explanation: Text and example for the API document and docs/reference/sync-reference.md.
    """

    schema: ClassVar[type[Schema] | None] = None
    constants: ClassVar[dict[str, Any]] = {}
    creates_row: ClassVar[bool] = False
    has_parent_in_path: ClassVar[bool] = False
    instant_fields: ClassVar[tuple[str, ...]] = ()
    time_field: ClassVar[str] = "happened_at"
    explanation: ClassVar[Explanation]

    @property
    def path_parent(self) -> str | None:
        """The name of the field with the id of the parent, if the route has this id in its path."""
        return self.parent_ref[1] if self.parent_ref is not None and self.has_parent_in_path else None

    @property
    def added_fields(self) -> set[str]:
        """The names of the fields that push sets itself, so that a device does not send them."""
        added = set(self.constants) | ({"id"} if self.creates_row else set())
        if self.schema is not None and issubclass(self.schema, FreeText):
            added.add("allow_phone")
        return added

    def field_names(self) -> frozenset[str]:
        """Return the names of all fields that `patch` may have."""
        names = {self.path_parent} if self.path_parent is not None else set()
        if self.schema is not None and issubclass(self.schema, Variants):
            names |= set(self.schema.all_fields())
        elif self.schema is not None:
            names |= set(self.schema().fields)
        return frozenset(names)

    def prepare(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the validated payload in the form of the stored row."""
        return payload


class Action(PushInput, ActionKind):
    """Base class of kinds that are applied as a whole, such as the creation of a row."""


class Patch(PushInput, PatchKind):
    """Base class of kinds that change fields of a row."""


PushKind = Action | Patch
