"""Tables of dispatch: assignments, offers, stored decisions, and contests of weekly counts.

A worker can contest a weekly count about them. Column `incident_id` is the id of the case that needs a worker. The models
of cases are not imported here.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Recorded, Versioned
from app.dispatch.rules.states import ACTIVE_SQL, TASKED_SQL


class Assignment(Versioned, Base):
    """One attempt to get one role of a case (such as handling it) done by a worker or a unit.

    A case has at most one assignment in progress for each of the roles `handle`, `check`, `verify`, and `second` (assists
    the lead of a case that needs two workers). If several units work on one case (joint handling), each unit besides the
    lead has an assignment with the role `joint`.

    An assignment with a unit and no worker waits until a member of the unit accepts it. An assignment with neither unit
    nor worker was offered to several workers.

    Attributes:
        ended_because: Code of the reason why the assignment ended.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint(
            "state in ('offered','queued','accepted','done','withdrawn','failed','open','en_route','on_scene')",
            name="state",
        ),
        CheckConstraint("role in ('handle','check','second','verify','joint')", name="role"),
        Index(
            "uq_assignment_active",
            "incident_id",
            "role",
            unique=True,
            postgresql_where=text(f"role <> 'joint' and state in {ACTIVE_SQL}"),
        ),
        Index(
            "uq_assignment_joint",
            "incident_id",
            "unit_id",
            unique=True,
            postgresql_where=text(f"role = 'joint' and state in {ACTIVE_SQL}"),
        ),
        Index("ix_assignment_unit_id_tasked", "unit_id", postgresql_where=text(TASKED_SQL)),
        Index("ix_assignment_incident_id", "incident_id"),
        Index("ix_assignment_worker_id", "worker_id"),
        Index("ix_assignment_account_id", "account_id"),
        # A worker's own list reads no attempts that ended.
        Index(
            "ix_assignment_account_id_active", "account_id", postgresql_where=text(f"state in {ACTIVE_SQL}")
        ),
        Index("ix_assignment_worker_id_offered", "worker_id", postgresql_where=text("state = 'offered'")),
        Index("ix_assignment_unit_id_queued", "unit_id", postgresql_where=text("state = 'queued'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    incident_id: Mapped[UUID]
    role: Mapped[str]
    worker_id: Mapped[UUID | None] = mapped_column(ForeignKey("worker.id"))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    state: Mapped[str]
    reason: Mapped[str]
    created_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    en_route_at: Mapped[datetime | None]
    on_scene_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]


class Offer(Versioned, Base):
    """An offer of an assignment to one worker.

    Attributes:
        reason: Why the worker declined, in the worker's words.
        because: Code of the reason for declining.
    """

    __tablename__ = "offer"
    __table_args__ = (
        CheckConstraint(
            "state in ('offered','accepted','declined','expired','withdrawn','undelivered')", name="state"
        ),
        Index(
            "uq_offer_live",
            "assignment_id",
            "worker_id",
            unique=True,
            postgresql_where=text("state = 'offered'"),
        ),
        Index("ix_offer_expires_at_live", "expires_at", postgresql_where=text("state = 'offered'")),
        Index("ix_offer_worker_id", "worker_id"),
        Index("ix_offer_worker_id_live", "worker_id", postgresql_where=text("state = 'offered'")),
        Index("ix_offer_incident_id", "incident_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey("assignment.id"))
    incident_id: Mapped[UUID]
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("worker.id"))
    round: Mapped[int]
    ring: Mapped[str]
    state: Mapped[str]
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    because: Mapped[str | None]


class OfferDelivery(Recorded, Base):
    """The record that an offer has reached the worker's device.

    Attributes:
        way: Why the server knows that the offer arrived. `pulled`: the device has synchronised since. `told`: the device
            confirmed the offer. `answered`: the worker answered it.
    """

    __tablename__ = "offer_delivery"
    __table_args__ = (
        CheckConstraint("way in ('pulled','told','answered')", name="way"),
        Index("ix_offer_delivery_worker_id", "worker_id", "occurred_at"),
    )

    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offer.id"), primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("worker.id"))
    way: Mapped[str]
    occurred_at: Mapped[datetime]


class FigureContest(Versioned, Base):
    """A worker's claim that a weekly count about them (such as accepted assignments) is wrong.

    Attributes:
        member_id: Id of the assignment or offer that should not be counted. None: the whole count is contested.
    """

    __tablename__ = "figure_contest"
    __table_args__ = (
        CheckConstraint("figure in ('load','declined','expired')", name="figure"),
        CheckConstraint("outcome in ('upheld','dismissed')", name="outcome"),
        CheckConstraint(
            "(resolved_at is null) = (outcome is null) and (resolved_at is null) = (reason is null)",
            name="resolved",
        ),
        Index("ix_figure_contest_worker_id", "worker_id"),
        Index(
            "uq_figure_contest_open",
            "worker_id",
            "figure",
            unique=True,
            postgresql_where=text("resolved_at is null and deleted_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("worker.id"))
    figure: Mapped[str]
    member_id: Mapped[UUID | None]
    words: Mapped[str]
    made_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]


class DispatchBatch(Base):
    """One joint decision about all cases of a district that wait for a worker.

    Attributes:
        workers: Ids of the workers. The decision about each case (`DispatchRun`) names a worker by the position in this list.
        input: The complete input, to compute the decision again; erased after some days.
    """

    __tablename__ = "dispatch_batch"
    __table_args__ = (
        Index("ix_dispatch_batch_area_id_at", "area_id", "at"),
        Index("ix_dispatch_batch_at_kept", "at", postgresql_where=text("input is not null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"))
    at: Mapped[datetime]
    profile_version_id: Mapped[UUID] = mapped_column(ForeignKey("profile_version.id"))
    weights_version: Mapped[str]
    solver: Mapped[str]
    demands: Mapped[int]
    placed: Mapped[int]
    objective: Mapped[int] = mapped_column(BigInteger)
    solve_ms: Mapped[float]
    input_hash: Mapped[str]
    workers: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    input: Mapped[dict[str, Any] | None]


class DispatchRun(Recorded, Base):
    """One stored decision about a case: all candidates with verdict and cost, and the choice.

    Attributes:
        tier: 0: the case was decided alone, the smallest area around it first. 1: it was decided together with all waiting
            cases of the district (a batch).
    """

    __tablename__ = "dispatch_run"
    __table_args__ = (
        CheckConstraint("(tier = 1) = (batch_id is not null)", name="tier"),
        Index("ix_dispatch_run_incident_id_at", "incident_id", "at"),
        Index("ix_dispatch_run_at", "at", postgresql_using="brin"),
        Index("ix_dispatch_run_batch_id", "batch_id", postgresql_where=text("batch_id is not null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    incident_id: Mapped[UUID]
    role: Mapped[str]
    at: Mapped[datetime]
    round: Mapped[int]
    profile_version_id: Mapped[UUID]
    weights_version: Mapped[str]
    demand: Mapped[dict[str, Any]]
    candidates: Mapped[list[Any]]
    outcome: Mapped[str]
    reason: Mapped[str]
    assignment_id: Mapped[UUID | None]
    worker_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    tier: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("dispatch_batch.id"))
    input_hash: Mapped[str | None]
