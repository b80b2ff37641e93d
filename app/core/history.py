"""Earlier states of rows that change in place. A trigger inserts one row for each change; other code must not."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Recorded


class FactHistory(Recorded, Base):
    """The state of a row after a change.

    `occurred_at` is the instant of the use case from the database setting `app.now`, or the current time if it is not set.
    """

    __tablename__ = "fact_history"
    __table_args__ = (Index("ix_fact_history_entity_row_id_version", "entity", "row_id", "version"),)

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    entity: Mapped[str]
    row_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(BigInteger)
    row: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
