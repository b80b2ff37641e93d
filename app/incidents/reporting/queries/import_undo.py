"""Statements that delete the cases of an import again."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Uuid, any_, bindparam, false, null, select, text, update
from sqlalchemy.orm import Session

from app.incidents.models import Deadline, Incident, Report, Reporter

_IDS: Any = bindparam("ids", None, ARRAY(Uuid()))
_AT: Any = bindparam("at", None, DateTime(timezone=True))
_IS_NAMED = (Incident.id == any_(_IDS), Incident.deleted_at.is_(None))

_LOCK = select(Incident.id).where(*_IS_NAMED).order_by(Incident.id).with_for_update()
_BLOCKERS = text("""
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
""")


def undo_blockers(session: Session, ids: Collection[UUID]) -> dict[UUID, str | None]:
    """Lock imported cases, and return for each why it cannot be deleted; None: it can.

    Cases that do not exist any more are left out. Reasons: `worked_on` (a person took an action on the case; events of the
    import itself do not count), `dispatched` (the case was offered or assigned), `attached` (the case has notes, links, media
    or further reports).
    """
    # A statement of its own: the next statement then sees what others committed while this one waited for a lock.
    session.execute(_LOCK, {"ids": list(ids)})
    return {row.id: row.reason for row in session.execute(_BLOCKERS, {"ids": list(ids)})}


_KNOWN_IDS = select(Incident.id).where(
    *_IS_NAMED, Incident.jurisdiction_id == bindparam("jurisdiction_id", None, Uuid())
)


def known_ids(session: Session, jurisdiction_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Return the given ids that belong to existing cases of the jurisdiction."""
    return set(session.scalars(_KNOWN_IDS, {"ids": list(ids), "jurisdiction_id": jurisdiction_id}))


_DELETE_CASES = update(Incident).where(Incident.id == any_(_IDS)).values(deleted_at=_AT)
_DELETE_DEADLINES = (
    update(Deadline)
    .where(Deadline.incident_id == any_(_IDS), Deadline.deleted_at.is_(None))
    .values(deleted_at=_AT)
)
_ERASE_REPORTERS = (
    update(Reporter)
    .where(
        Report.incident_id == any_(_IDS),
        Reporter.id == Report.reporter_id,
        Reporter.erased_at.is_(None),
        Reporter.account_id.is_(None),
    )
    .values(name=null(), phone=null(), email=null(), may_be_shown_to_handlers=false(), erased_at=_AT)
)


def undo(session: Session, ids: Collection[UUID], *, at: datetime) -> None:
    """Mark cases and their deadlines as deleted, and erase the personal data of their reporters.

    The rows stay in the tables as tombstones.
    """
    for statement in (_DELETE_CASES, _DELETE_DEADLINES, _ERASE_REPORTERS):
        session.execute(statement, {"ids": list(ids), "at": at})
