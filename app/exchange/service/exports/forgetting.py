"""Files of exports that hold words of somebody who is erased."""

from sqlalchemy.orm import Session

from app.core import clock
from app.exchange.queries import exports as queries

# The one collection whose rows have words of reporters (`description`).
_OF_CASES = "incidents"


def forget_files_of_cases(session: Session) -> None:
    """Let files of cases that were made before expire at once, and cancel exports of cases that are under way."""
    queries.forget_files(session, collection=_OF_CASES, now=clock.now())
