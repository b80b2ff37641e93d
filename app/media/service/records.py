"""What media hang on, said by the domains above: each answers for its own records, and is told in `create_app`."""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor


class Rule(Protocol):
    """What the owner of a kind of record decides about media on it."""

    def sees(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Whether the actor may see this: who may see the record, if it hangs there rightly."""
        ...

    def knows_claims(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Whether she may read what the file claims of place and time."""
        ...

    def may_remove(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Whether she may take it off and erase it: who may correct the record."""
        ...


@dataclass(frozen=True, slots=True)
class Records:
    """The rules by the column that names the record."""

    rules: dict[str, Rule]

    def of(self, media: RowMapping) -> Rule | None:
        return next((rule for column, rule in self.rules.items() if media[column] is not None), None)


NO_RECORDS = Records({})
