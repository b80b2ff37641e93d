"""SQL of taking back imported cases."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


def reasons(session: Session, ids: Collection[UUID]) -> dict[UUID, str | None]:
    """Why each of the cases that are still there must stay, None: it need not.

    `worked_on`: a person did something with it (an import's own steps are the system's); `dispatched`: it was offered
    to somebody; `attached`: there are notes, links, media or further reports.
    """
    # By itself: what others committed while we waited for a case is seen by the statement after it.
    lock_sql = "select id from incident where id = any(:ids) and deleted_at is null order by id for update"
    session.execute(text(lock_sql), {"ids": list(ids)})
    sql = """
      select i.id, case
        when exists (select from incident_event e where e.incident_id = i.id and e.actor_kind <> 'system')
          then 'worked_on'
        when i.status not in ('filed', 'closed') then 'worked_on'
        when exists (select from assignment a where a.incident_id = i.id)
          or exists (select from offer o where o.incident_id = i.id) then 'dispatched'
        when exists (select from incident_note n where n.incident_id = i.id)
          or exists (select from incident_link l where l.incident_id = i.id or l.other_id = i.id)
          or exists (select from media m where m.incident_id = i.id and m.deleted_at is null)
          or (select count(*) from report r where r.incident_id = i.id) > 1 then 'attached' end reason
      from incident i where i.id = any(:ids) and i.deleted_at is null
    """
    rows = session.execute(text(sql), {"ids": list(ids)})
    return {row.id: row.reason for row in rows}


def known_ids(session: Session, jurisdiction_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Return those of the ids that cases of the jurisdiction have."""
    sql = "select id from incident where id = any(:ids) and jurisdiction_id = :city and deleted_at is null"
    return set(session.scalars(text(sql), {"ids": list(ids), "city": jurisdiction_id}))


def take_back(session: Session, ids: Collection[UUID], *, at: datetime) -> None:
    """End cases, their limits, and what is known of who reported them."""
    binds = {"ids": list(ids), "at": at}
    session.execute(text("update incident set deleted_at = :at where id = any(:ids)"), binds)
    session.execute(
        text("update deadline set deleted_at = :at where incident_id = any(:ids) and deleted_at is null"),
        binds,
    )
    reporters = """
      update reporter p set name = null, phone = null, may_be_shown_to_handlers = false, erased_at = :at from report r
      where r.incident_id = any(:ids) and p.id = r.reporter_id and p.erased_at is null and p.account_id is null
    """
    session.execute(text(reporters), binds)
