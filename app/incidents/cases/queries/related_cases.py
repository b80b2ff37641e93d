"""SQL of related cases: cases merged into another case, and linked cases."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, select
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.incidents.models import Incident
from app.incidents.scope import CASE_I

_MERGE_TARGET = select(Incident.merged_into).where(Incident.id == bindparam("id", None, Uuid()))
_MERGED = (
    select(Incident.id)
    .where(Incident.merged_into == bindparam("target_id", None, Uuid()))
    .order_by(Incident.id)
)


def same_as(is_shown: ColumnElement[bool]) -> Fragment:
    """Return an SQL expression: the JSON of the case `t` that a case `i` was merged into.

    Args:
        is_shown: Condition on `t` or `i`. Where it is false, the JSON is NULL.
    """
    return Fragment(
        """case when i.merged_into is not null then (
          select json_build_object('id', t.id, 'case_no', t.case_no, 'status', t.status, 'closed_at', t.closed_at)
          from incident t where t.id = i.merged_into and {is_shown}) end""",
        is_shown=is_shown,
    )


def merged(is_shown: ColumnElement[bool]) -> Fragment:
    """Return an SQL expression: the JSON list of cases `t` merged into a case `i`, oldest first.

    Args:
        is_shown: Condition on `t`. Cases that do not meet it are left out.
    """
    return Fragment(
        """(select coalesce(json_agg(json_build_object(
            'id', t.id, 'case_no', t.case_no, 'reported_at', t.reported_at) order by t.reported_at, t.id), '[]')
          from incident t where t.merged_into = i.id and {is_shown})""",
        is_shown=is_shown,
    )


def linked(is_shown: ColumnElement[bool], of: Any = CASE_I) -> Fragment:
    """Return an SQL expression: the JSON list of cases `t` linked with a case, newest first.

    Each item has the case number and, if the linked case has ended, `closed_at` and `ended_as`. When a linked case ends, a
    trigger raises the version of this case.

    Args:
        is_shown: Condition on `t`. Cases that do not meet it are left out.
        of: The case: `Incident` or an alias of it in the statement, other than `t`.
    """
    return Fragment(
        """(select coalesce(json_agg(json_build_object('id', t.id, 'case_no', t.case_no, 'linked_at', l.linked_at,
            'closed_at', t.closed_at,
            'ended_as', case when t.closed_at is not null then t.status end) order by l.linked_at desc, t.id), '[]')
          from incident_link l
          join incident t on t.id = case when l.incident_id = {case_id} then l.other_id else l.incident_id end
          where (l.incident_id = {case_id} or l.other_id = {case_id}) and l.unlinked_at is null
            and t.deleted_at is null and {is_shown})""",
        case_id=of.id,
        is_shown=is_shown,
    )


def merge_target(session: Session, incident_id: UUID) -> UUID | None:
    """Return the id of the case that a case was merged into, or None."""
    target_id: UUID | None = session.scalar(_MERGE_TARGET, {"id": incident_id})
    return target_id


def merged_into(session: Session, incident_id: UUID) -> list[UUID]:
    """Return the ids of the cases that were merged into a case, in ascending order."""
    return list(session.scalars(_MERGED, {"target_id": incident_id}))
