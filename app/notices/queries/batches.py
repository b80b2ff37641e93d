"""SQL of the job that publishes notices to many households: addressees in batches become rows with a state."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.db import Fragment, unscoped
from app.notices.queries.addressees import STORE
from app.notices.queries.opt_outs import close_batch, lock_wishes

_UNFINISHED = text("""
  select b.notice_id from (select distinct notice_id from notice_batch) b order by b.notice_id limit 100
""")
_LOCK = unscoped(
    Fragment("""
      select notice.id, notice.channels from notice
      where notice.id = :id for no key update skip locked
    """),
    notice="a published notice, for the job that stores its addressees",
)
# In the order of their ids, so that two notices lock shared households alike.
_STORE = Fragment(
    """
    with batch as (
      delete from notice_batch
      where notice_id = :notice_id and number = (select min(number) from notice_batch where notice_id = :notice_id)
      returning household_ids, closed),
    stored as materialized (
      select a.household_id, a.closed, a.closed <> :all_bits is_reached
      from batch, unnest(batch.household_ids, batch.closed) a(household_id, closed) order by a.household_id),
    {inserts}
    select array(select household_id from stored)
    """,
    inserts=STORE,
)
_FINISH = text("""
  update notice set state = 'published', revision = revision + 1
  where id = :id and state = 'publishing' and not exists (select from notice_batch where notice_id = :id)
  returning 1
""")


def unfinished(session: Session) -> Sequence[UUID]:
    """Return the ids of at most 100 notices with addressees that have no rows yet."""
    return session.scalars(_UNFINISHED).all()


def lock(session: Session, notice_id: UUID) -> RowMapping | None:
    """Lock and return a notice; None: another transaction has locked it."""
    return session.execute(_LOCK, {"id": notice_id}).mappings().one_or_none()


def store(session: Session, notice: RowMapping, *, now: datetime) -> int:
    """Store the rows of the next batch of a locked notice, and delete the batch. Return the number of addressees.

    A household that opted out of all channels after the addressees were fixed gets the state `opted_out`, as if its row had
    been there.
    """
    lock_wishes(session)
    binds = {"notice_id": notice["id"], "channels": notice["channels"], "now": now}
    binds |= {"all_bits": (1 << len(notice["channels"])) - 1}
    household_ids = session.execute(_STORE, binds).scalar_one()
    close_batch(session, notice["id"], household_ids, now=now)
    return len(household_ids)


def finish(session: Session, notice_id: UUID) -> bool:
    """Store that a notice is published, if no batch is left. Return True if this call did."""
    return session.scalar(_FINISH, {"id": notice_id}) is not None
