"""Tables of synchronisation: progress of devices, and dead letters."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Ltree, Versioned


class SyncDevice(Base):
    """The progress of an account's device in pushing operations.

    Attributes:
        applied_seq: The number up to which all operations of the device have a final result.
        skew_seconds: The correction that was added to the device's clock in the last push, in seconds.
        stuck_key: Key of the operation that last hit the statement timeout.
        stuck_times: How many times in succession this operation hit the timeout.
    """

    __tablename__ = "sync_device"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    applied_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    skew_seconds: Mapped[float | None]
    stuck_key: Mapped[str | None]
    stuck_times: Mapped[int] = mapped_column(server_default=text("0"))
    last_seen: Mapped[datetime]


class SyncDeadLetter(Versioned, Base):
    """An operation that was rejected, is in conflict or was late, kept for a person.

    Attributes:
        operation: The operation as the device sent it, unchanged until its retention ends.
        explanation: JSON with details of the code: `params` (values for its sentence), `errors` (faults of fields) and
            `fields` (for each field in conflict: `base`, its value before the changes; `mine`, in the operation; `theirs`,
            in the row now).
        scope_path: Path of an area. Supervisors of this area may read the letter.
        about_kind, about_id: The person or unit that the operation is about. They may not read the letter.
    """

    __tablename__ = "sync_dead_letter"
    __table_args__ = (
        CheckConstraint("status in ('rejected','conflict','applied')", name="status"),
        CheckConstraint("resolution in ('discard','retry','apply_mine')", name="resolution"),
        CheckConstraint(
            "(resolved_at is null) = (resolution is null) and (resolved_at is null) = (resolved_by is null)",
            name="resolved",
        ),
        Index("ix_sync_dead_letter_account_id_id", "account_id", "id"),
        Index("ix_sync_dead_letter_scope_path", "scope_path", postgresql_using="gist"),
        Index("ix_sync_dead_letter_row_id", "row_id"),
        Index("ix_sync_dead_letter_arrived_at", "arrived_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    device_id: Mapped[UUID | None]
    status: Mapped[str]
    code: Mapped[str]
    entity: Mapped[str | None]
    op: Mapped[str | None]
    row_id: Mapped[UUID | None]
    operation: Mapped[dict[str, Any]]
    explanation: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    happened_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime]
    scope_path: Mapped[str | None] = mapped_column(Ltree)
    about_kind: Mapped[str | None]
    about_id: Mapped[UUID | None]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None]
    resolution: Mapped[str | None]
    note: Mapped[str | None]
