"""Supervision's own books: the audit of shapes, signals, what is told of a month for good. No facts that it did not count."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import SRID, Base, Ltree, Recorded


class LandFinding(Base):
    """Land that grids leave open or share, found in the shapes `version_ids`; it holds no longer than those are in force.

    `area_id` is the area that the grids are to cover. EPSG:4326; square metres and metres.
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
    """When the shapes of a jurisdiction were last audited; `digest` stands for the shapes that were in force then."""

    __tablename__ = "land_audit"

    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"), primary_key=True)
    digest: Mapped[str]
    audited_at: Mapped[datetime]


class Signal(Base):
    """A sign that a service fails; what it says is in its states. `key` names what it is about while it stands.

    `last_seen` None: in the last run of its cadence. `ended_at`: the first run that did not find it any more.
    """

    __tablename__ = "signal"
    __table_args__ = (
        CheckConstraint(
            "kind in ('cluster','unanswered','bouncing','visits_missed','rising','unclassified','unheard')",
            name="kind",
        ),
        CheckConstraint("(last_seen is null) = (ended_at is null)", name="ended"),
        Index(
            "uq_signal_standing",
            "jurisdiction_id",
            "kind",
            "key",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"))
    kind: Mapped[str]
    key: Mapped[str]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class SignalState(Recorded, Base):
    """What a signal said from a run on, with the rows that were counted. Written once.

    `place` None: its area. EPSG:4326.
    """

    __tablename__ = "signal_state"
    __table_args__ = (Index("ix_signal_state_signal_id_occurred_at", "signal_id", "occurred_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    signal_id: Mapped[UUID] = mapped_column(ForeignKey("signal.id"))
    run_id: Mapped[UUID] = mapped_column(ForeignKey("signal_run.id"), index=True)
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"), index=True)
    subject: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    member_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    figure: Mapped[float]
    expected: Mapped[float | None]
    p_value: Mapped[float | None]
    strength: Mapped[float]
    since: Mapped[datetime]
    until: Mapped[datetime]
    place: Mapped[Any | None] = mapped_column(Geometry("MULTIPOLYGON", SRID, spatial_index=False))
    occurred_at: Mapped[datetime]


class SignalRun(Recorded, Base):
    """One look for signals of a cadence: by which rules and seed, how many stood, began and ended, and which kinds could
    not be looked for. Written once."""

    __tablename__ = "signal_run"
    __table_args__ = (
        CheckConstraint("cadence in ('hourly','daily')", name="cadence"),
        Index(
            "ix_signal_run_jurisdiction_id_cadence_occurred_at", "jurisdiction_id", "cadence", "occurred_at"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"))
    profile_version_id: Mapped[UUID] = mapped_column(ForeignKey("profile_version.id"), index=True)
    cadence: Mapped[str]
    occurred_at: Mapped[datetime]
    seed: Mapped[int] = mapped_column(BigInteger)
    found: Mapped[int] = mapped_column(Integer)
    began: Mapped[int] = mapped_column(Integer)
    ended: Mapped[int] = mapped_column(Integer)
    failed: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default=text("'{}'::text[]"))


class SignalAnswer(Recorded, Base):
    """What somebody who directs there did about a signal, in words. Written once.

    Of a reply: to how many cases it was told, and in how many nobody could be.
    """

    __tablename__ = "signal_answer"
    __table_args__ = (
        CheckConstraint("done in ('reply','help_offered','category_version','none')", name="done"),
        Index("ix_signal_answer_signal_id_occurred_at", "signal_id", "occurred_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    signal_id: Mapped[UUID] = mapped_column(ForeignKey("signal.id"))
    done: Mapped[str]
    words: Mapped[str]
    account_id: Mapped[UUID]
    occurred_at: Mapped[datetime]
    told: Mapped[int | None] = mapped_column(Integer)
    unheard: Mapped[int | None] = mapped_column(Integer)


class FigureRelease(Recorded, Base):
    """That a month was told to those who see no cases. Once; `occurred_at` is when."""

    __tablename__ = "figure_release"
    __table_args__ = (UniqueConstraint("jurisdiction_id", "month"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"))
    month: Mapped[date]
    occurred_at: Mapped[datetime]


class FigureCell(Recorded, Base):
    """What was told of cases that are alike: their number rounded at random, never the number itself. Nought has no row."""

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
    """What a month came to in a grid, by measure, with what was counted; it stays when lines and visits are forgotten.

    `unit_id`: of the cases of this unit. `is_whole`: it was counted while all that it counts was still there.
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
