"""Who had a part in a case: who said it, and who found it done."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.db import sql_text


def reporters(session: Session, incident_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """The accounts that said it, of each case, with those that joined."""
    sql = """
      select distinct r.incident_id, x.account_id
      from report r join reporter p on p.id = r.reporter_id, unnest(array[p.account_id, r.joined_by]) x(account_id)
      where r.incident_id = any(cast(:ids as uuid[])) and x.account_id is not null
    """
    found = session.execute(sql_text(sql), {"ids": list(incident_ids)})
    return [(row.incident_id, row.account_id) for row in found]


def passed_checks(session: Session, incident_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Who found that each of the cases was done."""
    sql = """
      select distinct incident_id, actor_id from incident_event
      where incident_id = any(cast(:ids as uuid[])) and action = 'check_pass'
    """
    found = session.execute(sql_text(sql), {"ids": list(incident_ids)})
    return [(row.incident_id, row.actor_id) for row in found]
