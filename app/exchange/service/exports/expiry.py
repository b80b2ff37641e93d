"""Expiry of export files of cases, when a person's data are erased: the files may contain their words."""

from sqlalchemy.orm import Session

from app.core import clock
from app.exchange.queries import exports as queries

# The one collection whose rows have words of reporters (`description`).
_CASE_COLLECTION = "incidents"


def expire_case_files(session: Session) -> None:
    """Expire all export files of cases now.

    Exports of cases that are being written are cancelled.
    """
    queries.expire_files(session, collection=_CASE_COLLECTION, now=clock.now())
