"""Tables of planning: the plan of a worker's day, pins, and lots.

A plan is advice and is made again whenever the day changes. It stores planned times and finished stops, but not the
instants at which they were finished.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Recorded, Versioned

LIVE = text("deleted_at is null")


class DayPlan(Versioned, Base):
    """The plan of a worker's day. `stops` (in order) and `left_out` are lists of objects.

    `seen`: the snapshot (pg_snapshot) that the plan was made from. `watched`: buckets whose changes may change the plan.
    `digest`: SHA-256 of all inputs.
    """

    __tablename__ = "day_plan"
    __table_args__ = (
        CheckConstraint("cause in ('morning','change','asked')", name="cause"),
        Index("uq_day_plan_worker_id_day", "worker_id", "day", unique=True, postgresql_where=LIVE),
        Index("ix_day_plan_day_id", "day", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("worker.id"))
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    profile_version_id: Mapped[UUID] = mapped_column(ForeignKey("profile_version.id"))
    day: Mapped[date]
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    stops: Mapped[list[Any]]
    left_out: Mapped[list[Any]]
    more_due: Mapped[int]
    solver: Mapped[str]
    solver_note: Mapped[str | None]
    travel_basis: Mapped[str]
    cause: Mapped[str]
    made_at: Mapped[datetime]
    digest: Mapped[str]
    seen: Mapped[str]
    watched: Mapped[list[str]] = mapped_column(ARRAY(Text))


class PlanPin(Versioned, Base):
    """A decision about a stop: a begin (`at`), or a place in the manual order."""

    __tablename__ = "plan_pin"
    __table_args__ = (
        CheckConstraint("num_nonnulls(at, place) = 1", name="one_of"),
        Index("uq_plan_pin_stop", "worker_id", "day", "stop_id", unique=True, postgresql_where=LIVE),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("worker.id"))
    day: Mapped[date]
    stop_id: Mapped[UUID]
    at: Mapped[datetime | None]
    place: Mapped[int | None]
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]


class CheckLot(Recorded, Base):
    """A drawn list, with seed and members to reproduce it. `number`: its ordinal on its day."""

    __tablename__ = "check_lot"
    __table_args__ = (
        CheckConstraint("kind in ('household','cell')", name="kind"),
        Index("ix_check_lot_area_id_id", "area_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"))
    kind: Mapped[str]
    reason: Mapped[str]
    seed: Mapped[str]
    members: Mapped[list[str]] = mapped_column(ARRAY(Text))
    members_hash: Mapped[str]
    drawn: Mapped[list[str]] = mapped_column(ARRAY(Text))
    number: Mapped[int]
    drawn_by: Mapped[UUID]
    occurred_at: Mapped[datetime]
