"""SQL that puts households to tell on phones: a delivery with a `task_id` is a row of the phones of its grid."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.db import Fragment, unscoped
from app.notices.scope import IS_TO_TELL

_REASONS = {
    "notice": "running notices, by a job",
    "household": "grids of households to tell, by a job",
}
_IS_RUNNING = Fragment(
    "notice.state = 'published' and notice.valid_from <= :now and notice.valid_until > :now"
)
# A page of deliveries that phones do not hold, in order of their keys; in each grid the first for which there is room.
_PUT = unscoped(
    Fragment(
        """
        with page as materialized (
          select d.notice_id, d.household_id
          from notice join notice_delivery d on d.notice_id = notice.id
          where {is_running} and d.channel = 'visit' and d.task_id is null
            and (d.notice_id, d.household_id) > (cast(:after_notice as uuid), cast(:after_household as uuid))
          order by d.notice_id, d.household_id limit :page_size),
        open as materialized (
          select page.notice_id, page.household_id, household.grid_id,
            row_number() over (partition by household.grid_id order by page.notice_id, page.household_id) place
          from page join notice on notice.id = page.notice_id
            join notice_household addressee
              on addressee.notice_id = page.notice_id and addressee.household_id = page.household_id
            join household on household.id = page.household_id
          where household.grid_id is not null and {is_to_tell}),
        held as materialized (
          select household.grid_id, count(*) number
          from household join notice_delivery d on d.household_id = household.id and d.task_id is not null
            join notice on notice.id = d.notice_id
            join notice_household addressee
              on addressee.notice_id = d.notice_id and addressee.household_id = d.household_id
          where household.grid_id = any(array(select distinct open.grid_id from open))
            and {is_running} and {is_to_tell}
          group by household.grid_id),
        chosen as materialized (
          select open.notice_id, open.household_id, row_number() over () number
          from open left join held on held.grid_id = open.grid_id
          where open.place + coalesce(held.number, 0) <= :most),
        put as (
          update notice_delivery d set task_id = (cast(:ids as uuid[]))[chosen.number]
          from chosen
          where d.notice_id = chosen.notice_id and d.household_id = chosen.household_id and d.channel = 'visit'
            and d.task_id is null)
        select notice_id, household_id from page order by notice_id desc, household_id desc limit 1
        """,
        is_running=_IS_RUNNING,
        is_to_tell=IS_TO_TELL,
    ),
    **_REASONS,
)
_LOCK = text("select pg_advisory_xact_lock(hashtext('notices.put_tasks'))")


def put_page(
    session: Session, ids: Sequence[UUID], *, after: tuple[UUID, UUID], most: int, now: datetime
) -> tuple[UUID, UUID] | None:
    """Put the next households to tell on phones, as many as there is room for in their grids.

    Args:
        ids: Ids of new rows. Their number is the size of the page.
        after: Notice and household of the last row of the page before.
        most: Number of households to tell of a grid that phones hold.

    Returns:
        Notice and household of the last row of the page. None: no rows are left.
    """
    session.execute(_LOCK)
    binds: dict[str, Any] = {"ids": list(ids), "page_size": len(ids), "most": most, "now": now}
    binds |= {"after_notice": after[0], "after_household": after[1]}
    row = session.execute(_PUT, binds).one_or_none()
    return (row.notice_id, row.household_id) if row is not None else None
