"""Tables of statistics: rounded releases with their cells, and monthly statistics of grids."""

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
    """The release of the rounded figures of one month of a jurisdiction, made once per month.

    Rounded figures are for readers who may not see the cases. `occurred_at`: the time of the release.
    """

    __tablename__ = "figure_release"
    __table_args__ = (UniqueConstraint("jurisdiction_id", "month"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"))
    month: Mapped[date]
    occurred_at: Mapped[datetime]


class FigureCell(Recorded, Base):
    """A rounded number of cases in a release.

    The counted cases have the same area, category, class and measures. `told` is the rounded number. The exact number is
    not stored, and a number that is rounded to 0 has no row.
    """

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
    """The stored count of one measure in one grid and month, with the ids of its members.

    The row stays when the tracks and visits from which it was counted are deleted.

    Attributes:
        told: The number of `members`.
        unit_id: The unit that owned the counted cases. None: the cases had no owning unit, or the measure does not count
            cases.
        is_whole: False if the count may be incomplete, because source data had been deleted or the month was counted late.
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
