"""Expiry of export files that may contain the words of an erased person."""

from sqlalchemy.orm import Session

from app.core import clock
from app.exchange.queries import exports as queries

# The one collection whose rows have words of reporters (`description`).
_CASE_COLLECTION = "incidents"


def expire_case_files(session: Session) -> None:
    """Let all files of cases expire now, and cancel exports of cases that are being written."""
    queries.expire_files(session, collection=_CASE_COLLECTION, now=clock.now())
