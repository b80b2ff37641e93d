"""Rows that people changed, according to the audit trail."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


def edited_by_people(
    session: Session, *, entity: str, ids: Collection[UUID], since: datetime
) -> frozenset[UUID]:
    """Return the ids whose rows an account changed later than `since`. Disclosures do not count as changes."""
    sql = """
      select distinct entity_id from audit_event
      where entity = :entity and entity_id = any(:ids) and occurred_at > :since and actor_kind = 'account'
        and action <> all(array['personal.disclose', 'person.export'])
    """
    return frozenset(session.scalars(text(sql), {"entity": entity, "ids": list(ids), "since": since}))
