"""SQL of receipts: the step of another person before, the place of a household, and the case of its need of help."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.db import Fragment, unscoped

_STEP_OF_ANOTHER = text("""
  select e.actor_id, a.name from notice_event e left join account a on a.id = e.actor_id
  where e.notice_id = :notice_id and e.household_id = :household_id and e.actor_id is distinct from :actor_id
    and e.state in ('told', 'understood', 'needs_help', 'declined')
  order by e.occurred_at desc, e.id desc limit 1
""")
_PLACE = unscoped(
    Fragment("""
      select ST_X(premises.location) lon, ST_Y(premises.location) lat
      from household join premises on premises.id = household.premises_id where household.id = :household_id
    """),
    household="the addressee that the caller has locked",
    premises="place of the addressee that the caller has locked",
)
_HAS_REPLY = text("""
  select exists (select from notice_reply r where r.notice_id = :notice_id and r.household_id = :household_id)
""")
_ADD_REPLY = text("""
  insert into notice_reply (report_id, notice_id, household_id, incident_id, received_at)
  values (:report_id, :notice_id, :household_id, :incident_id, :now) on conflict (report_id) do nothing
""")


def step_of_another(
    session: Session, notice_id: UUID, household_id: UUID, actor_id: UUID
) -> RowMapping | None:
    """Return the newest telling or answer that another person recorded. `name` is None: the household itself."""
    binds = {"notice_id": notice_id, "household_id": household_id, "actor_id": actor_id}
    return session.execute(_STEP_OF_ANOTHER, binds).mappings().one_or_none()


def place_of(session: Session, household_id: UUID) -> tuple[float, float]:
    """Return longitude and latitude (WGS 84) of a household."""
    row = session.execute(_PLACE, {"household_id": household_id}).one()
    return row.lon, row.lat


def has_reply(session: Session, notice_id: UUID, household_id: UUID) -> bool:
    """Return True if a case was opened for an answer of a household to a notice."""
    return bool(session.scalar(_HAS_REPLY, {"notice_id": notice_id, "household_id": household_id}))


def add_reply(session: Session, binds: dict[str, Any]) -> None:
    """Link a case with the notice. `binds`: `report_id`, `notice_id`, `household_id`, `incident_id`, `now`."""
    session.execute(_ADD_REPLY, binds)
