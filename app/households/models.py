"""Households: where people live, found by location."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import SRID, Base, Ltree, Versioned


class Household(Versioned, Base):
    __tablename__ = "household"
    __table_args__ = (
        Index("ix_household_location", "location", postgresql_using="gist"),
        Index("ix_household_grid_id_id", "grid_id", "id"),
        Index("ix_household_scope_path", "scope_path", postgresql_using="gist"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    scope_path: Mapped[str | None] = mapped_column(Ltree)
    address: Mapped[str]
    location: Mapped[Any] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    is_generated: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime]
