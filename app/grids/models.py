"""Tables of the audit of grids: findings on geometry, and last audit of each jurisdiction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import SRID, Base


class LandFinding(Base):
    """A finding about a piece of land in no grid, in several grids, or outside the parent area.

    "Outside the parent" means that the land is in a grid, but not in the parent area of that grid. A finding is void as soon as
    one of the area versions in `version_ids` is no longer in force.

    Attributes:
        area_id: The parent area that the grids should cover.
        place: The piece of land, in EPSG:4326.
        area_m2, width_m: Its size in square metres and its width in metres.
    """

    __tablename__ = "land_finding"
    __table_args__ = (
        CheckConstraint("kind in ('gap','overlap','sliver','outside_parent')", name="kind"),
        Index("ix_land_finding_jurisdiction_id", "jurisdiction_id"),
        Index("ix_land_finding_place", "place", postgresql_using="gist"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"))
    kind: Mapped[str]
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"))
    grid_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    version_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    place: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", SRID, spatial_index=False))
    area_m2: Mapped[float]
    width_m: Mapped[float]


class LandAudit(Base):
    """The last audit of the geometry of grids in a jurisdiction.

    Attributes:
        digest: Hash of the area versions that were in force during the audit.
    """

    __tablename__ = "land_audit"

    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"), primary_key=True)
    digest: Mapped[str]
    audited_at: Mapped[datetime]
