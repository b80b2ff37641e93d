"""Tables of workers, their areas, duty, positions, substitutes and calls for help."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import SRID, Base, Versioned


class Worker(Versioned, Base):
    """A worker of the city (外勤人员) who handles or checks cases. Its id is that of the account."""

    __tablename__ = "worker"
    __table_args__ = (
        CheckConstraint("capacity between 0 and 100", name="capacity"),
        CheckConstraint("jsonb_typeof(permits) = 'object' and permits - skills = '{}'", name="permits"),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    name: Mapped[str]
    capacity: Mapped[int]
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    # Until when each skill that expires lasts. The others do not expire.
    permits: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    phone: Mapped[str | None]
    created_at: Mapped[datetime]


class WorkerLoad(Base):
    """Number of offers and unfinished assignments of a worker, counted by dispatch.

    It is a table of its own, so that the version of the worker's row does not change with each case.
    """

    __tablename__ = "worker_load"
    __table_args__ = (
        CheckConstraint("open_work >= 0", name="open_work"),
        {"postgresql_with": {"fillfactor": "70"}},
    )

    worker_id: Mapped[UUID] = mapped_column(ForeignKey("worker.id"), primary_key=True)
    open_work: Mapped[int] = mapped_column(server_default=text("0"))


class Responsibility(Versioned, Base):
    """Responsibility of a worker for an area during a period, as worker, substitute or chief."""

    __tablename__ = "responsibility"
    __table_args__ = (
        ExcludeConstraint(
            ("worker_id", "="),
            ("area_id", "="),
            ("role", "="),
            ("valid", "&&"),
            name="ex_responsibility_worker_area_role",
        ),
        CheckConstraint("role in ('worker','chief','substitute')", name="role"),
        Index(
            "ix_responsibility_area_id_live",
            "area_id",
            postgresql_include=["worker_id", "role", "valid"],
            postgresql_where=text("deleted_at is null"),
        ),
        Index(
            "ix_responsibility_worker_id_live",
            "worker_id",
            postgresql_include=["area_id", "role", "valid"],
            postgresql_where=text("deleted_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("worker.id"))
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"))
    role: Mapped[str]
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)


class Substitution(Versioned, Base):
    """Period in which a substitute takes over the grids of an absent worker.

    Only the worker and the account that recorded it may read `reason`.
    """

    __tablename__ = "substitution"
    __table_args__ = (
        ExcludeConstraint(
            ("worker_id", "="),
            ("during", "&&"),
            where=text("deleted_at is null"),
            name="ex_substitution_worker_during",
        ),
        CheckConstraint("worker_id <> substitute_id", name="somebody_else"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("worker.id"))
    substitute_id: Mapped[UUID] = mapped_column(ForeignKey("worker.id"), index=True)
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    reason: Mapped[str | None]
    recorded_by: Mapped[UUID | None]
    created_at: Mapped[datetime]


class Duty(Versioned, Base):
    """Period in which a worker was really on duty, in contrast to a planned `Shift`."""

    __tablename__ = "duty"
    __table_args__ = (ExcludeConstraint(("worker_id", "="), ("during", "&&"), name="ex_duty_worker_during"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("worker.id"))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    recorded_by: Mapped[UUID | None]
    note: Mapped[str | None]


class Shift(Versioned, Base):
    """Period in which a worker is planned to be on duty."""

    __tablename__ = "shift"
    __table_args__ = (
        ExcludeConstraint(
            ("worker_id", "="),
            ("during", "&&"),
            where=text("deleted_at is null"),
            name="ex_shift_worker_during",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("worker.id"))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    note: Mapped[str | None]


class Position(Base):
    """Position reported by the device of a worker on duty.

    Coordinates are EPSG:4326, lengths in metres, times in seconds. The table has one partition for each day.
    """

    __tablename__ = "position"
    __table_args__ = (
        Index("ix_position_at", "at", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    worker_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    geom: Mapped[Any] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    accuracy_m: Mapped[float | None]
    speed_mps: Mapped[float | None]
    heading_deg: Mapped[float | None]
    battery_pct: Mapped[float | None]
    is_mock: Mapped[bool] = mapped_column(server_default=text("false"))
    is_coarse: Mapped[bool] = mapped_column(server_default=text("false"))
    is_implausible: Mapped[bool] = mapped_column(server_default=text("false"))
    device_id: Mapped[UUID | None]
    received_at: Mapped[datetime]


class WorkerPosition(Base):
    """Newest usable position of each worker. Dispatch uses it to rank workers."""

    __tablename__ = "worker_position"
    __table_args__ = (
        Index("ix_worker_position_geom", "geom", postgresql_using="gist"),
        {"postgresql_with": {"fillfactor": "50"}},
    )

    worker_id: Mapped[UUID] = mapped_column(ForeignKey("worker.id"), primary_key=True)
    at: Mapped[datetime]
    geom: Mapped[Any] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    accuracy_m: Mapped[float | None]


class DutyTrack(Base):
    """Line of a worker's positions during one duty, simplified to 10 m.

    The M value of each point is the time in seconds since 1970. The line is stored longer than the positions.
    """

    __tablename__ = "duty_track"
    __table_args__ = (
        Index("ix_duty_track_geom", "geom", postgresql_using="gist"),
        Index("ix_duty_track_worker_id_since", "worker_id", "since"),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("duty.id"), primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("worker.id"))
    since: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(index=True)
    fixes: Mapped[int]
    length_m: Mapped[float]
    geom: Mapped[Any | None] = mapped_column(Geometry("LINESTRINGM", SRID, dimension=3, spatial_index=False))
    made_at: Mapped[datetime]
    is_stale: Mapped[bool] = mapped_column(server_default=text("false"))


class Sos(Versioned, Base):
    """Call of a worker for help.

    The place of the call is used for nothing else. It is erased some hours after the call is closed.
    """

    __tablename__ = "sos"
    __table_args__ = (
        CheckConstraint("outcome in ('helped','services_called','false_alarm','other')", name="outcome"),
        CheckConstraint("(closed_at is null) = (outcome is null)", name="closed_with_outcome"),
        Index(
            "ix_sos_told_at_unanswered",
            "told_at",
            postgresql_where=text("acknowledged_at is null and closed_at is null"),
        ),
        Index("ix_sos_closed_at_placed", "closed_at", postgresql_where=text("place_erased_at is null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("worker.id"), index=True)
    raised_at: Mapped[datetime]
    received_at: Mapped[datetime]
    is_on_duty: Mapped[bool]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    note: Mapped[str | None]
    device_id: Mapped[UUID | None]
    wave: Mapped[int]
    told_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    outcome: Mapped[str | None]
    closing_note: Mapped[str | None]
    place_erased_at: Mapped[datetime | None]


class SosRecipient(Versioned, Base):
    """Account that was notified of a call for help.

    `changed_at` changes whenever the call changes, so that the recipient's devices receive the change.
    """

    __tablename__ = "sos_recipient"
    __table_args__ = (
        CheckConstraint("reason in ('chief','substitute','supervisor','admin')", name="reason"),
        Index("uq_sos_recipient_sos_id_recipient_id", "sos_id", "recipient_id", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sos_id: Mapped[UUID] = mapped_column(ForeignKey("sos.id"))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    reason: Mapped[str]
    wave: Mapped[int]
    told_at: Mapped[datetime]
    changed_at: Mapped[datetime]
