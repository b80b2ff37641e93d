"""Statements on the reporter of a report."""

from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, select, update
from sqlalchemy.orm import Session

from app.incidents.models import Report, Reporter

_STORE_EMAIL = (
    update(Reporter)
    .where(
        Reporter.id
        == select(Report.reporter_id)
        .where(Report.id == bindparam("report_id", None, Uuid()))
        .scalar_subquery(),
        Reporter.account_id.is_(None),
        Reporter.erased_at.is_(None),
    )
    .values(email=bindparam("new_email", None, Text()))
)


def store_email(session: Session, report_id: UUID, email: str) -> None:
    """Store the e-mail address of the reporter of a report."""
    session.execute(_STORE_EMAIL, {"report_id": report_id, "new_email": email})
