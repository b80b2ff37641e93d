"""Base class of the kinds of imports (households, incidents, ...)."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.exchange.rules.contract import Field, JudgedRow
from app.exchange.rules.faults import Fault
from app.exchange.rules.organisation import no_finish
from app.exchange.service.options import Options
from app.profiles.rules.profile import Profile


@dataclass(frozen=True, slots=True)
class StoreResult:
    """The result of storing rows.

    Attributes:
        refused: Faults of refused rows, by row id.
        unchanged: Ids of rows that were stored before with the same content.
        changed: Ids of rows that changed a stored entity.
        made: (entity type, entity id, row id) of each new entity.
    """

    refused: Mapping[UUID, Sequence[Fault]] = field(default_factory=dict)
    unchanged: AbstractSet[UUID] = frozenset()
    changed: AbstractSet[UUID] = frozenset()
    made: Sequence[tuple[str, UUID, UUID]] = ()

    def merged_with(self, other: "StoreResult") -> "StoreResult":
        """Return one result with the rows and entities of this and the other result."""
        return StoreResult(
            {**self.refused, **other.refused},
            self.unchanged | other.unchanged,
            self.changed | other.changed,
            [*self.made, *other.made],
        )


class Kind:
    """A kind of import: its fields, and the storing of its rows.

    Attributes:
        constants: Values that every row gets, by field.
    """

    key: str | None = None
    may_change = False

    def __init__(
        self, actor: Actor, options: Options, jurisdiction_id: UUID, profile: Profile, crs: str | None
    ) -> None:
        self._actor = actor
        self._options = options
        self._jurisdiction_id = jurisdiction_id
        self._profile = profile
        self._crs = crs
        self.constants: Mapping[str, Any] = {}

    def finisher(self, columns: dict[str, str | None]) -> Callable[[JudgedRow], None]:
        return no_finish

    @property
    def fields(self) -> Sequence[Field]:
        raise NotImplementedError

    def store(self, session: Session, rows: Sequence[JudgedRow]) -> StoreResult:
        raise NotImplementedError

    def undo_rows(self, session: Session, ids: Sequence[UUID]) -> AbstractSet[UUID]:
        """Remove the entities that an earlier import created from rows, if nothing depends on them.

        Return the ids of the rows whose entities were removed.
        """
        return frozenset()

    def identity(self) -> Callable[[JudgedRow, Mapping[str, str], UUID], None] | None:
        """Return the function that sets the id of a row. None: ids are set in the usual way.

        A kind has such a function if several rows can belong to one entity.
        """
        return None

    def summary(self) -> dict[str, Any]:
        return {}
