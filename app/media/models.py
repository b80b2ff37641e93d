"""Tables of media: the file records, and the progress and parts of uploads."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Versioned


class Media(Versioned, Base):
    """The record of one photo, voice note or document.

    When processing has ended (`ready` or `refused`), a trigger prevents changes of the content columns.

    Attributes:
        incident_id: Case that the uploader named. It may be stored later than the file.
        visit_id: Visit that the uploader named. It may be stored later than the file.
        notice_id: Notice that the file is attached to.
        admitted_by: Actor who sees the case or visit and confirmed the link.
        claims: Place and time as stated by the device or the metadata of the file. They are not verified.
        sha256: Hex digest of the stored bytes.
        declared_sha256: Hex digest of the bytes that were sent, as the client declared it.
    """

    __tablename__ = "media"
    __table_args__ = (
        CheckConstraint(
            "kind in ('near','far','reference','before','after','voice','other','document')", name="kind"
        ),
        CheckConstraint("state in ('uploading','received','ready','refused')", name="state"),
        CheckConstraint("(state = 'refused') = (refusal is not null)", name="refusal"),
        CheckConstraint("state <> 'ready' or sha256 is not null", name="ready"),
        CheckConstraint("num_nonnulls(incident_id, visit_id, notice_id) <= 1", name="one_record"),
        Index("ix_media_incident_id", "incident_id", postgresql_where=text("incident_id is not null")),
        Index("ix_media_visit_id", "visit_id", postgresql_where=text("visit_id is not null")),
        Index("ix_media_uploaded_by_id", "uploaded_by", "id"),
        Index("ix_media_uploaded_by_created_at", "uploaded_by", "created_at"),
        Index("ix_media_received", "received_at", postgresql_where=text("state = 'received'")),
        Index(
            "ix_media_loose",
            "created_at",
            postgresql_where=text("incident_id is null and visit_id is null and deleted_at is null"),
        ),
        Index(
            "ix_media_unerased", "deleted_at", postgresql_where=text("deleted_at is not null and not erased")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    refusal: Mapped[str | None]
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    device_id: Mapped[UUID | None]
    incident_id: Mapped[UUID | None]
    visit_id: Mapped[UUID | None]
    notice_id: Mapped[UUID | None]
    admitted_by: Mapped[UUID | None]
    declared_type: Mapped[str | None]
    declared_size: Mapped[int] = mapped_column(BigInteger)
    declared_sha256: Mapped[str | None]
    claims: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    content_type: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    stripped: Mapped[list[Any] | None]
    created_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    erased: Mapped[bool] = mapped_column(server_default=text("false"))


class MediaUpload(Base):
    """The progress of an upload.

    Attributes:
        metadata_sent: The header `Upload-Metadata` (tus) as received. Deleted when the upload completes.
    """

    __tablename__ = "media_upload"
    __table_args__ = (Index("ix_media_upload_expires_at", "expires_at"),)

    media_id: Mapped[UUID] = mapped_column(ForeignKey("media.id"), primary_key=True)
    received: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    metadata_sent: Mapped[str | None]
    expires_at: Mapped[datetime]


class MediaPart(Base):
    """A stored part of an upload.

    Attributes:
        start: Offset of the first byte in the file.
        size: Number of bytes.
        key: Key of the object in the store.
    """

    __tablename__ = "media_part"

    media_id: Mapped[UUID] = mapped_column(ForeignKey("media.id"), primary_key=True)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str]
