"""SQL that names the nearest places of open cases again, after the register has changed."""

from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

# The trigger `name_place` computes the words. Cases whose words are current are not touched.
_RENAME = text("""
  with batch as materialized (
    select id, location, place, public_place from incident
    where id > :after and status not in ('not_filed', 'closed', 'force_closed') and deleted_at is null
    order by id limit :limit for update),
  changed as (
    update incident i set location = batch.location from batch
    where i.id = batch.id
      and (batch.place is distinct from nearest_place(batch.location, false)
           or batch.public_place is distinct from nearest_place(batch.location, true))
    returning i.id)
  select (select id from batch order by id desc limit 1) last_id, (select count(*) from changed) changed
""")


def rename(session: Session, *, after: UUID, limit: int) -> RowMapping:
    """Name the nearest places of the next open cases again.

    Columns: `last_id` (id of the last case, null after the end) and `changed` (number of cases with other words).
    """
    return session.execute(_RENAME, {"after": after, "limit": limit}).mappings().one()
