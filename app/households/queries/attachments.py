"""SQL of photos and voice notes that are linked to visits."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, exists, select
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.households.models import Household, Visit
from app.households.queries.visibility import household_visibility
from app.media.models import Media


@lru_cache
def is_of_visit(visit: Any = Visit, media: Any = Media) -> ColumnElement[bool]:
    """Return the SQL condition that the worker who made a visit sent a media file.

    An upload may name any visit. The condition therefore excludes files that another account has linked to the visit.

    Args:
        visit: `Visit` or an alias of it in the statement.
        media: `Media` or an alias of it in the statement.
    """
    condition: ColumnElement[bool] = media.uploaded_by == visit.visited_by
    return condition


@lru_cache
def media_of_visit(visit: Any = Visit) -> Fragment:
    """Return an SQL expression: the JSON list of the media of a visit, without sender or size.

    Sender, size and digest are only in the answer for a single file.

    Args:
        visit: `Visit` or an alias of it in the statement.
    """
    return Fragment(
        """(select coalesce(json_agg(json_build_object('id', media.id, 'kind', media.kind, 'state', media.state,
              'content_type', media.content_type) order by media.created_at, media.id), '[]')
            from media where media.visit_id = {visit_id} and media.deleted_at is null and {is_of_visit})""",
        visit_id=visit.id,
        is_of_visit=is_of_visit(visit),
    )


_OF_VISITS = (
    select(Media.id)
    .join(Visit, Visit.id == Media.visit_id)
    .where(Visit.household_id == bindparam("household_id"), Media.deleted_at.is_(None))
    .order_by(Media.id)
)


@lru_cache(maxsize=100)
def _is_visible(in_reach: ColumnElement[bool]) -> Select[Any]:
    return select(
        exists()
        .where(Media.id == bindparam("media_id"), is_of_visit(), in_reach)
        .where(Visit.id == Media.visit_id, Visit.deleted_at.is_(None))
        .where(Household.id == Visit.household_id, Household.deleted_at.is_(None))
    )


def is_visible(
    session: Session, actor: Actor, *, media_id: UUID, permission: Permission, now: datetime
) -> bool:
    """Return True if a file is linked to a visit, and the actor holds `permission` there.

    The permission must be held at the visited household.
    """
    visibility = household_visibility(actor, now, permission)
    statement = _is_visible(visibility.condition)
    return bool(session.scalar(statement, visibility.binds | {"media_id": media_id}))


def of_visits_to(session: Session, household_id: UUID) -> list[UUID]:
    """Return the ids of the media that are linked to visits to a household, in ascending order."""
    return list(session.scalars(_OF_VISITS, {"household_id": household_id}))
