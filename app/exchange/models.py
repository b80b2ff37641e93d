"""Tables of exchange: import and export runs, imported rows, created entities, faults."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.exchange.rules.exports import STATES


class ImportRun(Base):
    """A run of an import.

    `rows_expected` is approximate, and null if unknown. The uploaded file is deleted when the run ends. The error file and the
    faults are deleted some days later.
    """

    __tablename__ = "import_run"
    __table_args__ = (
        CheckConstraint(
            "state in ('waiting','running','done','refused','failed','interrupted')", name="state"
        ),
        CheckConstraint(
            "kind in ('areas','units','households','workers','incidents','components')", name="kind"
        ),
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
    rows_expected: Mapped[int | None]
    outcome: Mapped[dict[str, Any] | None]
    upload: Mapped[bytes | None] = mapped_column(LargeBinary)
    error_file: Mapped[bytes | None] = mapped_column(LargeBinary)


class ImportRow(Base):
    """A row of a file that was imported.

    `id` is derived from the key of the row, or else from its content. It is the same in each import until the import is
    undone.
    """

    __tablename__ = "import_row"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("import_run.id"), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    imported_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class ImportMade(Base):
    """A record of one entity that an import created.

    The entity is premises, a household, a resident, a care tag, an incident or a component. `row_id` is the row that the entity
    was created from. That row may be assigned to a later run, if the later run imported it again.
    """

    __tablename__ = "import_made"

    entity: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("import_run.id"), index=True)
    row_id: Mapped[UUID]
    undone_at: Mapped[datetime | None]


class ImportFault(Base):
    """A fault of a refused row: the number of the row, the column and a code.

    The content of the row is not stored.
    """

    __tablename__ = "import_fault"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    row: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    column: Mapped[str | None]
    sentence: Mapped[dict[str, str]]


class ExportRun(Base):
    """A run of an export: its request, decision, progress, and the file until it expires.

    Attributes:
        query: The parameters of the request, in order.
        area_ids: The areas from which exported rows may come. Null: all areas.
        permission_epoch: A number that counts changes of the requester's rights, as it was when the file was made. If the
            rights have changed since, downloads are refused.
    """

    __tablename__ = "export_run"
    __table_args__ = (
        CheckConstraint(f"state in ({', '.join(repr(state) for state in STATES)})", name="state"),
        CheckConstraint("(state = 'done') = (sha256 is not null)", name="done_with_file"),
        Index("ix_export_run_unfinished", "created_at", postgresql_where=text("finished_at is null")),
        Index("ix_export_run_expires_at_kept", "expires_at", postgresql_where=text("state = 'done'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    collection: Mapped[str]
    format: Mapped[str]
    query: Mapped[list[Any]]
    purpose: Mapped[str | None]
    is_homes: Mapped[bool]
    is_at_once: Mapped[bool]
    needs_approval: Mapped[bool]
    area_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    state: Mapped[str]
    created_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    finished_at: Mapped[datetime | None]
    rows_expected: Mapped[int | None]
    rows_seen: Mapped[int] = mapped_column(server_default=text("0"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str | None]
    permission_epoch: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[dict[str, Any] | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    expires_at: Mapped[datetime | None]
