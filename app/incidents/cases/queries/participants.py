"""SQL of participants of cases: reporters, handlers, checkers, verifiers, and who ended a case."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.incidents.scope import ENDED


def reporters(session: Session, incident_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """The accounts that said it, of each case, with those that joined."""
    sql = """
      select distinct r.incident_id, x.account_id
      from report r join reporter p on p.id = r.reporter_id, unnest(array[p.account_id, r.joined_by]) x(account_id)
      where r.incident_id = any(cast(:ids as uuid[])) and x.account_id is not null
    """
    rows = session.execute(sql_text(sql), {"ids": list(incident_ids)})
    return [(row.incident_id, row.account_id) for row in rows]


def actors_of_action(session: Session, incident_ids: Sequence[UUID], action: str) -> list[tuple[UUID, UUID]]:
    """Return (case, actor) of everybody who did this transition: `check_pass`, `verify_not_exist`."""
    sql = """
      select distinct incident_id, actor_id from incident_event
      where incident_id = any(cast(:ids as uuid[])) and action = :step
    """
    rows = session.execute(sql_text(sql), {"ids": list(incident_ids), "step": action})
    return [(row.incident_id, row.actor_id) for row in rows]


# Whoever took one of these steps had it in hand, whoever handed it in at last. Those of other parts are told by dispatch.
_IN_HAND = "('start', 'stage_done', 'feed_back', 'fix_on_spot')"


def handlers(session: Session, incident_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Return (case, actor) of everybody who ever handled one of the cases."""
    sql = f"""
      select distinct incident_id, actor_id from incident_event
      where incident_id = any(cast(:ids as uuid[])) and action in {_IN_HAND} and actor_id is not null
    """
    rows = session.execute(sql_text(sql), {"ids": list(incident_ids)})
    return [(row.incident_id, row.actor_id) for row in rows]


def ending(session: Session, incident_id: UUID) -> RowMapping:
    """The step that ended a case last, or merged it on with another one: `action`, and `by` whom."""
    sql = f"""
      select action, coalesce(cast(detail ->> 'by' as uuid), actor_id) "by" from incident_event
      where incident_id = :id and to_status in {ENDED} and (from_status <> to_status or action = 'merge')
      order by seq desc limit 1
    """
    return session.execute(sql_text(sql), {"id": incident_id}).mappings().one()
