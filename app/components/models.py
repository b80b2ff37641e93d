"""Table of components, the municipal objects such as lamps and manhole covers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import SRID, Base, Ltree, Versioned


class Component(Versioned, Base):
    """A municipal object with a number.

    A retired component stays in the table, and its number may be given to another component.

    Attributes:
        code: Number of 16 digits, unique among the components of a jurisdiction that are not retired.
        category: Class and subclass, digits 7 to 10 of the number.
    """

    __tablename__ = "component"
    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{16}$' and category = substr(code, 7, 4)", name="code"),
        CheckConstraint("state in ('in_use','damaged','missing','retired')", name="state"),
        CheckConstraint("(state = 'retired') = (deleted_at is not null)", name="retired"),
        Index(
            "uq_component_jurisdiction_id_code",
            "jurisdiction_id",
            "code",
            unique=True,
            postgresql_where=text("deleted_at is null"),
        ),
        Index("ix_component_location", "location", postgresql_using="gist"),
        Index("ix_component_scope_path", "scope_path", postgresql_using="gist"),
        Index("ix_component_scope_path_id", "scope_path", "id"),
        Index("ix_component_part_id", text("subpath(scope_path, 0, 2)"), "id"),
        Index("ix_component_grid_id_id", "grid_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"))
    code: Mapped[str]
    category: Mapped[str]
    name: Mapped[dict[str, Any]]
    state: Mapped[str]
    owning_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    managing_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    maintaining_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    location: Mapped[Any] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    scope_path: Mapped[str | None] = mapped_column(Ltree)
    installed_on: Mapped[date | None]
    checked_on: Mapped[date | None]
    source: Mapped[str | None]
    note: Mapped[str | None]
    created_at: Mapped[datetime]
