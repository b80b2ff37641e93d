"""Notes on cases."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Recorded


class IncidentNote(Recorded, Base):
    """A note on a case, for the desk or for handlers. It is never changed or shown to reporters."""

    __tablename__ = "incident_note"
    __table_args__ = (
        CheckConstraint("audience in ('desk','handlers')", name="audience"),
        Index("ix_incident_note_incident_id_occurred_at", "incident_id", "occurred_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    audience: Mapped[str]
    words: Mapped[str]
    author_id: Mapped[UUID]
    occurred_at: Mapped[datetime]
