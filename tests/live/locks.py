"""Requests that wait for a lock: how a test keeps one under way for as long as it wants."""

from typing import Any
from uuid import UUID


def lock_waits(owner: Any) -> int:
    """Return how many backends of this database wait for a lock now.

    Inside a transaction PostgreSQL repeats the first statistics snapshot, so the snapshot is cleared first.
    """
    owner.execute("select pg_stat_clear_snapshot()")
    waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    count: int = owner.execute(waits).fetchone()[0]
    return count


def claim_report(owner: Any, account_id: UUID, report_id: str) -> None:
    """Claim the report of an account in the open transaction: the report itself waits until the rollback."""
    owner.execute(
        "insert into applied_op (principal, key, route, digest, result, applied_at) "
        "values (%s, %s, 'incidents', '', '{}', now())",
        [f"account:{account_id}", report_id],
    )
