"""Expiry of export files of cases when the personal data of a person are erased.

The files may contain the words of that person.
"""

from sqlalchemy.orm import Session

from app.core import clock
from app.exchange.queries import exports as queries

# The one collection whose rows have words of reporters (`description`).
_CASE_COLLECTION = "incidents"


def expire_case_files(session: Session) -> None:
    """Let all export files of cases expire now.

    Exports of cases whose file is still being written are cancelled.
    """
    queries.expire_files(session, collection=_CASE_COLLECTION, now=clock.now())
