"""Tables of signals: signals, their states, runs of the detectors, and answers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import SRID, Base, Recorded


class Signal(Base):
    """A sign that a service fails. Its numbers and members are in `SignalState`.

    Attributes:
        key: Identifies the subject of the signal. Unique among the signals of one kind in a jurisdiction that have not
            ended.
        last_seen: Time of the last run that detected the signal. None while the signal has not ended: use the last run.
        ended_at: Time of the first run that no longer detected the signal. None: it has not ended.
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
    """The numbers and members of a signal as one run detected them. Rows never change.

    A state is valid until the next state of the signal. `place`: outline of the members (EPSG:4326). None: the signal
    concerns its whole area.
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
    """One run of the hourly or daily detectors in a jurisdiction. Rows never change.

    Attributes:
        seed: Seed of the random permutations.
        found: Number of signals that the run detected.
        began: Number of these signals that are new.
        ended: Number of signals that the run no longer detected.
        failed: Kinds of signals whose detector failed.
    """

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
    """A supervisor's answer to a signal. Rows never change.

    Attributes:
        words: Text of the answer.
        told: The number of cases whose reporter received the text. None: the text was sent to nobody.
        unheard: The number of cases without a reporter who could receive the text.
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
