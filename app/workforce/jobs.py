"""What the workforce does by itself."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.workforce import service


def run_due(session: Session, now: datetime) -> None:
    """Make the partitions of the coming days, and forget positions whose time is over."""
    service.prepare_partitions(session, now)
    service.drop_old_partitions(session, now)
