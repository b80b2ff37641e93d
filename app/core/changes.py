"""The change log: what changed, in which bucket, by which transaction. Triggers write it; sync and the relay read it.

A bucket is `grid:<id>`, `worker:<id>`, `area:<id>`, `global`, or `incident:<id>` for what goes out with a case.
Commit order is not sequence order:
readers compare snapshots (xid), never `seq`.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Identity, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Xid8


class ChangeLog(Base):
    __tablename__ = "change_log"
    __table_args__ = (
        CheckConstraint("op in ('P','R')", name="op"),
        Index("ix_change_log_bucket_xid_seq", "bucket", "xid", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    xid: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    bucket: Mapped[str]
    entity: Mapped[str]
    row_id: Mapped[UUID]
    op: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class SyncEpoch(Base):
    """Rotated after a restore or a failover that lost commits: transaction ids then repeat."""

    __tablename__ = "sync_epoch"
    __table_args__ = (CheckConstraint("only_row", name="only_row"),)

    only_row: Mapped[bool] = mapped_column(Boolean, primary_key=True, server_default=text("true"))
    epoch: Mapped[UUID]
    started_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
