"""Tables of the division tree and its versions, and of units and their competences."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import SRID, Base, Ltree, Recorded, Versioned


class Area(Versioned, Base):
    """A node of the division tree. Its id stays the same when its code or geometry changes."""

    __tablename__ = "area"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    level: Mapped[str]
    created_at: Mapped[datetime]


class AreaVersion(Recorded, Base):
    """Code, name, geometry (EPSG:4326) and parent of an area during the range `valid`.

    Attributes:
        path: Position in the tree (ltree), made of hexadecimal area ids, so that a change of code does not change it.
    """

    __tablename__ = "area_version"
    __table_args__ = (
        ExcludeConstraint(
            ("jurisdiction_id", "="), ("code", "="), ("valid", "&&"), name="ex_area_version_code_valid"
        ),
        ExcludeConstraint(("area_id", "="), ("valid", "&&"), name="ex_area_version_area_valid"),
        Index(
            "ix_area_version_geom", "geom", postgresql_using="gist", postgresql_where=text("upper_inf(valid)")
        ),
        Index(
            "ix_area_version_path", "path", postgresql_using="gist", postgresql_where=text("upper_inf(valid)")
        ),
        Index(
            "uq_area_version_present",
            "area_id",
            unique=True,
            postgresql_include=["path"],
            postgresql_where=text("upper_inf(valid)"),
        ),
        Index("ix_area_version_area_id", "area_id"),
        Index("ix_area_version_code", "code"),
        Index("ix_area_version_jurisdiction_id_code", "jurisdiction_id", "code", "area_id"),
        Index(
            "ix_area_version_jurisdiction_id_area_id",
            "jurisdiction_id",
            "area_id",
            postgresql_where=text("upper_inf(valid)"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"))
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"), index=True)
    level: Mapped[str]
    code: Mapped[str]
    name: Mapped[dict[str, str]]
    geom: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", SRID, spatial_index=False))
    path: Mapped[str] = mapped_column(Ltree)
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    reason: Mapped[str | None]
    recorded_by: Mapped[UUID | None]


class Unit(Versioned, Base):
    """A unit (责任单位): an office or company that owns categories of cases in areas."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("jurisdiction_id", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"))
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"), index=True)
    code: Mapped[str]
    name: Mapped[dict[str, str]]
    contact: Mapped[str | None]
    created_at: Mapped[datetime]


class UnitCompetence(Versioned, Base):
    """A competence: the categories of cases that a unit owns in an area.

    The unit owns every category whose code begins with the prefix of the competence.

    Attributes:
        area_id: Null: in the whole jurisdiction.
    """

    __tablename__ = "unit_competence"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"), index=True)
    category_prefix: Mapped[str]
