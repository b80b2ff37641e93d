"""Tables of statistics: rounded releases with their cells, and the facts of closed months."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Ltree, Recorded


class FigureRelease(Recorded, Base):
    """The release of a month to readers who see no cases. A month is released once, at `occurred_at`."""

    __tablename__ = "figure_release"
    __table_args__ = (UniqueConstraint("jurisdiction_id", "month"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"))
    month: Mapped[date]
    occurred_at: Mapped[datetime]


class FigureCell(Recorded, Base):
    """The rounded number of equal cases of a release. The number itself is not stored; a rounded 0 has no row."""

    __tablename__ = "figure_cell"
    __table_args__ = (
        CheckConstraint("told % 5 = 0 and told > 0", name="told"),
        Index("ix_figure_cell_release_id", "release_id"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    release_id: Mapped[UUID] = mapped_column(ForeignKey("figure_release.id"))
    scope_path: Mapped[str | None] = mapped_column(Ltree)
    category: Mapped[str]
    class_: Mapped[str] = mapped_column("class")
    counts_as: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    told: Mapped[int]
    occurred_at: Mapped[datetime]


class CycleFact(Recorded, Base):
    """The count of a measure in a grid and month with its members. It stays when tracks and visits are deleted.

    `unit_id`: only cases of this unit are counted. `is_whole`: the data were complete when they were counted.
    """

    __tablename__ = "cycle_fact"
    __table_args__ = (
        CheckConstraint("cardinality(members) = told", name="members"),
        Index(
            "uq_cycle_fact_month_grid_id_measure_unit_id",
            *("month", "grid_id", "measure", "unit_id"),
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_cycle_fact_scope_path", "scope_path", postgresql_using="gist"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"))
    month: Mapped[date]
    grid_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"))
    scope_path: Mapped[str] = mapped_column(Ltree)
    measure: Mapped[str]
    unit_id: Mapped[UUID | None]
    is_whole: Mapped[bool] = mapped_column(server_default=text("true"))
    told: Mapped[int]
    members: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    occurred_at: Mapped[datetime]
