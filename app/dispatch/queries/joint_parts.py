"""SQL of parts: what each unit does of a demand that several handle together."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.dispatch.rules.states import ACTIVE_SQL, STATE_SINCE_SQL

# The newest attempt of each unit is its part.
PARTS = f"""(
  select distinct on (a.unit_id) a.id, a.incident_id, a.unit_id, a.account_id, a.state, a.ended_because,
         {STATE_SINCE_SQL} since, a.created_at
  from assignment a where a.incident_id = {{case}} and a.role = 'joint' order by a.unit_id, a.created_at desc, a.id desc)"""


def parts(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Each unit's part with the unit's name, in the order in which they came in."""
    sql = f"""
      select p.*, u.name unit_name from {PARTS.format(case=":id")} p join unit u on u.id = p.unit_id
      order by p.created_at, p.id
    """
    return session.execute(sql_text(sql), {"id": incident_id}).mappings().all()


def end_parts(
    session: Session,
    *,
    incident_id: UUID,
    state: str,
    because: str | None,
    now: datetime,
    unit_ids: Collection[UUID] | None,
) -> Sequence[UUID]:
    """End live parts, of these units or all; the units whose they were."""
    sql = f"""
      update assignment set state = :state, ended_at = :now, ended_because = :because
      where incident_id = :incident_id and role = 'joint' and state in {ACTIVE_SQL}
        and (cast(:unit_ids as uuid[]) is null or unit_id = any(cast(:unit_ids as uuid[])))
      returning unit_id
    """
    binds = {"incident_id": incident_id, "state": state, "because": because, "now": now}
    binds["unit_ids"] = None if unit_ids is None else list(unit_ids)
    return session.execute(sql_text(sql), binds).scalars().all()


def settle(session: Session, *, incident_id: UUID, unit_ids: Collection[UUID] | None, because: str) -> None:
    """Somebody has decided what becomes of parts that were returned, of these units or all."""
    sql = """
      update assignment set ended_because = :because
      where incident_id = :incident_id and role = 'joint' and state = 'failed' and ended_because = 'part_returned'
        and (cast(:unit_ids as uuid[]) is null or unit_id = any(cast(:unit_ids as uuid[])))
    """
    binds = {"incident_id": incident_id, "because": because}
    binds["unit_ids"] = None if unit_ids is None else list(unit_ids)
    session.execute(sql_text(sql), binds)
