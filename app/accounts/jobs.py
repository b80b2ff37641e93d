"""What accounts clean up."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts.queries import sessions as queries

KEPT = timedelta(days=1)


def run_due(session: Session, now: datetime) -> None:
    """Forget failed sign-ins after a day, and the refresh tokens of sessions that ended a day ago."""
    queries.prune_attempts(session, before=now - KEPT)
    queries.prune_refresh_tokens(session, before=now - KEPT)
