"""Cases that are one matter: merged into another, or linked with it."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


def same_as(sees: str) -> str:
    """SQL: the case that this one `i` is the same as, for whoever `sees` it; enough to follow the outcome."""
    return f"""case when i.merged_into is not null then (
      select json_build_object('id', t.id, 'case_no', t.case_no, 'status', t.status, 'closed_at', t.closed_at)
      from incident t where t.id = i.merged_into and {sees}) end"""


def merged(sees: str) -> str:
    """SQL: of the cases `t` that were merged into this one `i`, those that the reader `sees`, oldest first."""
    return f"""(select coalesce(json_agg(json_build_object('id', t.id, 'case_no', t.case_no, 'reported_at', t.reported_at)
        order by t.reported_at, t.id), '[]')
      from incident t where t.merged_into = i.id and {sees})"""


def linked(visible_sql: str) -> str:
    """SQL: the cases `t` said to be the same matter as a case `i`, each going on by itself; the newest link first.

    `visible_sql`: which of them are shown, as a condition on `t`. Each is shown with its number, and with when and how it
    ended (`closed_at`, `ended_as`; a trigger raises the one for the end of the other).
    """
    return f"""(
  select coalesce(json_agg(json_build_object('id', t.id, 'case_no', t.case_no, 'linked_at', l.linked_at,
      'closed_at', t.closed_at,
      'ended_as', case when t.closed_at is not null then t.status end) order by l.linked_at desc, t.id), '[]')
  from incident_link l join incident t on t.id = case when l.incident_id = i.id then l.other_id else l.incident_id end
  where (l.incident_id = i.id or l.other_id = i.id) and l.unlinked_at is null and t.deleted_at is null and {visible_sql})"""


def merge_target(session: Session, incident_id: UUID) -> UUID | None:
    """The case that one was merged into, if it was."""
    target_id: UUID | None = session.scalar(
        text("select merged_into from incident where id = :id"), {"id": incident_id}
    )
    return target_id


def merged_into(session: Session, incident_id: UUID) -> list[UUID]:
    """Return the cases merged into one, in the order of ids."""
    sql = "select id from incident where merged_into = :id order by id"
    return list(session.scalars(text(sql), {"id": incident_id}))
