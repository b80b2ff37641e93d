"""Cases of one matter: merged into another, or linked with it."""

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
    """Return the JSON of the case `t` that a case `i` was merged into.

    Args:
        is_shown: Condition on `t` or `i`; the JSON is NULL without it.
    """
    return Fragment(
        """case when i.merged_into is not null then (
          select json_build_object('id', t.id, 'case_no', t.case_no, 'status', t.status, 'closed_at', t.closed_at)
          from incident t where t.id = i.merged_into and {is_shown}) end""",
        is_shown=is_shown,
    )


def merged(is_shown: ColumnElement[bool]) -> Fragment:
    """Return the JSON of the cases `t` merged into a case `i`, oldest first.

    Only those that meet `is_shown`.
    """
    return Fragment(
        """(select coalesce(json_agg(json_build_object(
            'id', t.id, 'case_no', t.case_no, 'reported_at', t.reported_at) order by t.reported_at, t.id), '[]')
          from incident t where t.merged_into = i.id and {is_shown})""",
        is_shown=is_shown,
    )


def linked(is_shown: ColumnElement[bool], of: Any = CASE_I) -> Fragment:
    """Return the JSON of the cases `t` linked with a case, the newest link first.

    Each has its number, and when and how it ended: `closed_at`, `ended_as`. A trigger raises the version of a case for the
    end of a linked one.

    Args:
        is_shown: Condition on `t`.
        of: The mapped class or alias of the case. Not `t`.
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
    """Return the case that a case was merged into, or None."""
    target_id: UUID | None = session.scalar(_MERGE_TARGET, {"id": incident_id})
    return target_id


def merged_into(session: Session, incident_id: UUID) -> list[UUID]:
    """Return the cases merged into a case, in the order of ids."""
    return list(session.scalars(_MERGED, {"target_id": incident_id}))
