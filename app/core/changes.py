"""The change log: which row changed, in which bucket, in which transaction.

Triggers write it. The synchronisation of devices reads it, and so does the relay, which sends changes to open event streams.

A bucket is the set of rows that a device synchronises together: `grid:<id>`, `area:<id>`, `worker:<id>`, `unit:<id>`, `global`,
or `none` for changes that no device stores. Commit order is not sequence order: readers compare snapshots (xid), never `seq`. A
snapshot that is stored or sent to a client comes from the SQL function `durable_snapshot`, never from `pg_current_snapshot`:
after a crash, PostgreSQL reuses the ids of transactions that rolled back shortly before it (migration 0061 explains this).
"""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Identity, Index, Text, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.db import Base, Xid8


class ChangeLog(Base):
    __tablename__ = "change_log"
    __table_args__ = (
        CheckConstraint("op in ('P','R')", name="op"),
        Index("ix_change_log_bucket_xid_seq", "bucket", "xid", "seq"),
        Index("ix_change_log_xid", "xid"),
        Index("ix_change_log_row_id_offer", "row_id", postgresql_where=text("entity = 'offer'")),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    xid: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    bucket: Mapped[str]
    entity: Mapped[str]
    row_id: Mapped[UUID]
    op: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class SyncEpoch(Base):
    """The period in which transaction ids can be compared.

    A new epoch begins after a restore, or after a failover that lost commits, because transaction ids are then used again.
    """

    __tablename__ = "sync_epoch"
    __table_args__ = (CheckConstraint("only_row", name="only_row"),)

    only_row: Mapped[bool] = mapped_column(Boolean, primary_key=True, server_default=text("true"))
    epoch: Mapped[UUID]
    started_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    # The change log is complete from this transaction id on.
    pruned_below: Mapped[int] = mapped_column(Xid8, server_default=text("'0'"))


class RecoveryMark(Base):
    """Mark that shows whether the database has recovered from a crash since a cursor was issued.

    PostgreSQL empties this unlogged table at each recovery. The first change after a recovery inserts a row.

    Attributes:
        life: Random text that is part of all cursors issued from then on.
        first_xid: Transactions since the recovery have this id or a higher one.
    """

    __tablename__ = "recovery_mark"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012 (SQLAlchemy's own protocol)

    life: Mapped[str] = mapped_column(
        primary_key=True, server_default=text("left(gen_random_uuid()::text, 8)")
    )
    first_xid: Mapped[int] = mapped_column(Xid8)


# SQL of the mark of the present life: empty before the first change after a recovery.
CURRENT_LIFE = "coalesce((select m.life from recovery_mark m order by m.first_xid, m.life limit 1), '')"


def current_epoch(session: Session) -> UUID:
    """Return the id of the current sync epoch.

    Transaction ids can be compared only within one epoch; a restore begins another.
    """
    epoch: UUID = session.execute(text("select epoch from sync_epoch")).scalar_one()
    return epoch


def rotate_epoch(session: Session) -> UUID:
    """Begin a new sync epoch, as is needed after a restore.

    Clients of sync then delete their data and synchronise from the beginning.
    """
    epoch = uuid4()
    session.execute(
        text("update sync_epoch set epoch = :epoch, started_at = clock_timestamp(), pruned_below = '0'"),
        {"epoch": epoch},
    )
    return epoch


def forget_foreign(session: Session) -> None:
    """Delete changes whose transaction ids this database has not issued yet.

    Such changes came with a dump of another database. As soon as this database issues the same ids, `durable_snapshot` would
    treat them as its own commits.
    """
    session.execute(text("delete from change_log where xid > pg_current_xact_id()"))


def prune(session: Session, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` changes older than `before`, and return their number.

    The newest change stays. `sync_epoch.pruned_below` is raised above the transaction ids (xid) of the deleted changes: the log
    is complete from this id on.
    """
    sql = """
      with gone as (
        delete from change_log where seq = any(array(
          select seq from change_log
          where xid < (select least(
              (select xid from change_log where at >= :before order by xid limit 1),
              (select xid from change_log order by seq desc limit 1)))
          order by seq limit :limit))
        returning xid),
      told as (
        update sync_epoch set pruned_below = greatest(
          pruned_below, (select (max(xid)::text::numeric + 1)::text::xid8 from gone))
        where exists (select 1 from gone))
      select count(*) from gone
    """
    return int(session.execute(text(sql), {"before": before, "limit": limit}).scalar_one())
