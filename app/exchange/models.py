"""What exchange keeps of its own work: runs, and which rows of which source were taken."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class ImportRun(Base):
    """One import: who, what, how far. The uploaded file is erased when it is done, the error file some days later."""

    __tablename__ = "import_run"
    __table_args__ = (
        CheckConstraint(
            "state in ('waiting','running','done','refused','failed','interrupted')", name="state"
        ),
        CheckConstraint("kind in ('areas','units','households','workers','incidents')", name="kind"),
        Index("ix_import_run_beat_at_unfinished", "beat_at", postgresql_where=text("finished_at is null")),
        Index(
            "ix_import_run_finished_at_kept", "finished_at", postgresql_where=text("error_file is not null")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    kind: Mapped[str]
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    state: Mapped[str]
    options: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    finished_at: Mapped[datetime | None]
    rows_seen: Mapped[int] = mapped_column(server_default=text("0"))
    outcome: Mapped[dict[str, Any] | None]
    upload: Mapped[bytes | None] = mapped_column(LargeBinary)
    error_file: Mapped[bytes | None] = mapped_column(LargeBinary)


class ImportRow(Base):
    """A row that was taken: `id` is that of what was made of it, the same each time the row comes."""

    __tablename__ = "import_row"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("import_run.id"), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    imported_at: Mapped[datetime]
