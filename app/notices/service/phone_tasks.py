"""Use case of the job that puts households to tell on the phones of workers."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.ids import uuid7
from app.notices.queries import phone_tasks as queries
from app.notices.rules.notices import TASKS_OF_GRID_MAX

PAGE_SIZE = 2_000
FIRST = (UUID(int=0), UUID(int=0))


def put_tasks(
    session: Session,
    *,
    after: tuple[UUID, UUID] = FIRST,
    page_size: int = PAGE_SIZE,
    most: int = TASKS_OF_GRID_MAX,
) -> tuple[UUID, UUID] | None:
    """Put the next households to tell on phones. Return the key of the last one that was looked at, or None.

    A grid has at most `most` of them on phones. Those left are put there by a later run, when others were told.
    """
    ids = [uuid7() for _ in range(page_size)]
    return queries.put_page(session, ids, after=after, most=most, now=clock.now())
