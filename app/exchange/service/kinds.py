"""What the kinds of imports have in common."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.exchange.rules.contract import Field, Judged
from app.exchange.rules.faults import Fault
from app.exchange.rules.places import finish_nothing
from app.exchange.service.options import Options
from app.profiles.rules.profile import Profile


@dataclass(frozen=True, slots=True)
class Stored:
    """What a domain did with rows, by their ids: those it `refused`, and of the others those that were here already
    (`unchanged`) or said something new of what was here (`changed`). `made`: each thing that was not here, as entity, id and
    the id of the row that brought it.
    """

    refused: Mapping[UUID, Sequence[Fault]] = field(default_factory=dict)
    unchanged: AbstractSet[UUID] = frozenset()
    changed: AbstractSet[UUID] = frozenset()
    made: Sequence[tuple[str, UUID, UUID]] = ()

    def beside(self, other: "Stored") -> "Stored":
        """Both together."""
        return Stored(
            {**self.refused, **other.refused},
            self.unchanged | other.unchanged,
            self.changed | other.changed,
            [*self.made, *other.made],
        )


class Kind:
    """What an import needs to know of a kind of rows: its fields, and how they are stored."""

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
        self.given: Mapping[str, Any] = {}

    def finisher(self, columns: dict[str, str | None]) -> Callable[[Judged], None]:
        return finish_nothing

    @property
    def fields(self) -> Sequence[Field]:
        raise NotImplementedError

    def store(self, session: Session, rows: Sequence[Judged]) -> Stored:
        raise NotImplementedError

    def take_back(self, session: Session, ids: Sequence[UUID]) -> AbstractSet[UUID]:
        """Take back rows of an earlier import that were read wrongly; those which nothing depends on."""
        return frozenset()

    def identity(self) -> Callable[[Judged, Mapping[str, str], UUID], None] | None:
        """What gives a row its id, where several rows are members of one thing; None: each row is a thing of its own."""
        return None

    def summary(self) -> dict[str, Any]:
        return {}
