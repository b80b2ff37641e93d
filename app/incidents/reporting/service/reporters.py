"""Use case: the e-mail address of a reporter without an account."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.incidents.reporting.queries import reporters as queries


def store_email(session: Session, *, report_id: UUID, email: str) -> None:
    """Store the e-mail address of the person who made a report, in the transaction of the report.

    It is a statement of its own, since the one that inserts a case is as long as psycopg caches.
    """
    queries.store_email(session, report_id, email)
