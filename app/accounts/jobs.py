"""Job that deletes old rows: failed sign-ins, and expired tickets, proofs, tokens and credentials."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts.queries import access_tokens, refresh_tokens, service_credentials, tickets
from app.accounts.queries import sessions as queries
from app.core import clock, db, jobs
from app.core.actor import SYSTEM

RETENTION = timedelta(days=1)
# Ended tokens stay listed for this time, so that their owner sees why a phone is refused.
ENDED_TOKEN_RETENTION = timedelta(days=90)


@jobs.app.periodic(cron="17 * * * *")
@jobs.app.task(name="accounts.run_due", queueing_lock="accounts.run_due")
def tick(timestamp: int) -> None:
    """Delete old failed sign-ins, stream tickets, proofs and tokens every hour, at minute 17."""
    with db.transaction(SYSTEM) as session:
        run_due(session, clock.now())


def run_due(session: Session, now: datetime) -> None:
    """Delete failed sign-ins, tickets, proofs and tokens whose retention period has ended.

    The period is `ENDED_TOKEN_RETENTION` for access tokens of programs and credentials of service accounts, and `RETENTION`
    for all other rows.
    """
    tickets.prune_tickets(session, before=now - RETENTION)
    queries.prune_attempts(session, before=now - RETENTION)
    refresh_tokens.prune_refresh_tokens(session, before=now - RETENTION)
    refresh_tokens.prune_proofs(session, before=now - RETENTION)
    access_tokens.prune_tokens(session, before=now - ENDED_TOKEN_RETENTION)
    service_credentials.prune(
        session, credentials_before=now - ENDED_TOKEN_RETENTION, assertions_before=now - RETENTION
    )
