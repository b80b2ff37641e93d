"""Tables of planning: day plans, decisions of persons about stops (pins), random draws.

A plan is advice and is replaced whenever its inputs change. It stores planned times and which stops are finished, but
not when they were finished.
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
    """The plan of a worker for one day.

    Attributes:
        stops: List of stop objects, in the planned order.
        left_out: List of objects for stops that are not in the plan, with the reason.
        seen: The database snapshot (pg_snapshot) from which the plan was made.
        watched: Names of the groups of changes (buckets of synchronisation) after which the plan must be checked.
        digest: SHA-256 of all inputs.
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
    """A person's decision that fixes the time of a stop, or its position in a manual order.

    Attributes:
        at: Begin of the stop, or None.
        place: Position in the manual order from 0, or None.
    """

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
    """A random draw of households or cells for an inspection, with all data to repeat the draw.

    Attributes:
        members: The complete list from which members were drawn.
        drawn: The drawn members.
        number: Ordinal number of the lot among those of the same grid, kind and day.
    """

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
