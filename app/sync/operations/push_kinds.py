"""Base classes of the kinds in this folder, with input and documentation of an operation."""

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
NEW = "made by the device for the new row (UUIDv7)"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Purpose of a kind, with an example of the members that depend on it.

    Attributes:
        summary: Sentences that say what the operation does.
        id_is: The row that `id` names; empty where the operation has no `id`.
    """

    summary: str
    id_is: str = ""
    id: str | None = None
    patch: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    base_version: int | None = None


class PushInput(OperationKind):
    """Input of a kind: the schema of the route that does the same, and the differences.

    Attributes:
        schema: Schema of `patch`. None: the operation has no fields.
        constants: Fields of the schema that push sets.
        creates_row: The schema has the `id` of the new row.
        has_parent_in_path: The route has the parent's id in its path; the `patch` has it beside the fields of the schema.
        instant_fields: Fields with an instant by the device's clock.
        time_field: The service's name for the time of the operation, set if the first of `instant_fields` is missing.
        explanation: Text and example of the API document and of docs/sync-reference.md.
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
        """The field with the parent's id that the route has in its path."""
        return self.parent_ref[1] if self.parent_ref is not None and self.has_parent_in_path else None

    @property
    def added_fields(self) -> set[str]:
        """The fields of the schema that push sets, and a device does not send."""
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
        """Return the loaded payload in the form of the stored row."""
        return payload


class Action(PushInput, ActionKind):
    """A kind that is applied as a whole."""


class Patch(PushInput, PatchKind):
    """A kind that changes fields of a row."""


PushKind = Action | Patch
