"""Use case of operators: name the nearest places of open cases again."""

from uuid import UUID

from app.core import db
from app.core.actor import SYSTEM
from app.incidents.reporting.queries import place_names

_BATCH = 500


def refresh_places() -> int:
    """Name the nearest places of all open cases again. Return the number of cases with other words.

    Each batch is a transaction of its own, because the words of a case raise its version, and phones receive it again.
    """
    last_id, changed = UUID(int=0), 0
    while True:
        with db.transaction(SYSTEM) as session:
            row = place_names.rename(session, after=last_id, limit=_BATCH)
        if row["last_id"] is None:
            return changed
        last_id = row["last_id"]
        changed += row["changed"]
