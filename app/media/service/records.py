"""Interface for the access rules of linked files. Domains with linked files implement it.

A file can be linked to a record of another package: a case, a visit or a notice. `create_app` registers the
rules of these packages.
"""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor


class Rule(Protocol):
    """The access rules for files that are linked to the records of one domain."""

    def sees(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Return True if the actor may see the linked record, and the link is valid."""
        ...

    def knows_claims(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Return True if the actor may read the place and time that the file claims."""
        ...

    def may_remove(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Return True if the actor may remove a file that is linked to a record of this domain."""
        ...


@dataclass(frozen=True, slots=True)
class Records:
    """The access rules by the column of the link (`incident_id`, `visit_id`, `notice_id`)."""

    rules: dict[str, Rule]

    def of(self, media: RowMapping) -> Rule | None:
        """Return the access rules for a file by its link. None: the file is not linked."""
        return next((rule for column, rule in self.rules.items() if media[column] is not None), None)


NO_RECORDS = Records({})
