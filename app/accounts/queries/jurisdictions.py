"""Jurisdictions that an account reaches."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

_PLACED = """
    select r.jurisdiction_id from account_grant g join area r on r.id = g.area_id
    where g.account_id = a.id and g.revoked_at is null and g.deleted_at is null
    union select u.jurisdiction_id from account_grant g join unit u on u.id = g.unit_id
    where g.account_id = a.id and g.revoked_at is null and g.deleted_at is null
    union select r.jurisdiction_id from responsibility p join area r on r.id = p.area_id
    where p.worker_id = a.id and p.deleted_at is null and p.valid @> cast(:now as timestamptz)
"""
# The oldest jurisdiction that has areas, else the oldest.
_DEFAULT = """
    select j.id from jurisdiction j where j.deleted_at is null
    order by exists (select 1 from area r where r.jurisdiction_id = j.id) desc, j.id limit 1
"""

# SQL for a uuid[] of the jurisdictions of account `a`; needs :now.
JURISDICTIONS = f"coalesce(nullif(array({_PLACED} order by 1), '{{}}'), array({_DEFAULT}))"


def jurisdiction_ids(session: Session, account_id: UUID, *, now: datetime) -> list[UUID]:
    """Return the jurisdictions of the account's areas and units; of an account without any, the default one."""
    sql = f"select {JURISDICTIONS} from account a where a.id = :account_id"
    found: list[UUID] = session.execute(text(sql), {"account_id": account_id, "now": now}).scalar_one()
    return found
