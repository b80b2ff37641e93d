"""Rules about media of a record, which the record's domain implements.

They are registered in `create_app`.
"""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor


class Rule(Protocol):
    """Decisions of a record's domain about media that are linked to it."""

    def sees(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Return True if the actor may see the record and the link of the media is valid."""
        ...

    def knows_claims(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Return True if the actor may read the file's claims of place and time."""
        ...

    def may_remove(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Return True if the actor may unlink and erase the media: if they may correct the record."""
        ...


@dataclass(frozen=True, slots=True)
class Records:
    """The rules by the column that names the record."""

    rules: dict[str, Rule]

    def of(self, media: RowMapping) -> Rule | None:
        """Return the rule of the record that the media are linked to. None: they are not linked."""
        return next((rule for column, rule in self.rules.items() if media[column] is not None), None)


NO_RECORDS = Records({})
