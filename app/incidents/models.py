"""Tables of incidents: reports (immutable), cases, their events, notes, links and deadlines."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Sequence,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import SRID, Base, Ltree, Recorded, Versioned

CASE_SEQUENCE = Sequence("case_number", metadata=Base.metadata)


class Reporter(Versioned, Base):
    """The reporter of a report, in a table of its own.

    Handlers see place and words of a report, and its reporter only if the reporter allows it.
    """

    __tablename__ = "reporter"
    __table_args__ = (
        CheckConstraint("kind in ('worker','account','resident','anonymous')", name="kind"),
        Index("ix_reporter_phone", "phone", postgresql_where=text("phone is not null")),
        Index("ix_reporter_kept", "id", postgresql_where=text("erased_at is null and account_id is null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str | None]
    phone: Mapped[str | None]
    may_be_shown_to_handlers: Mapped[bool] = mapped_column(server_default=text("false"))
    erased_at: Mapped[datetime | None]


class Report(Recorded, Base):
    """A report as it was sent. Never changed. `joined_by`: the account that added the report to an existing case."""

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint("source in ('worker','public','video','leader','import','signal')", name="source"),
        Index("ix_report_joined_by", "joined_by", postgresql_where=text("joined_by is not null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), index=True)
    reporter_id: Mapped[UUID] = mapped_column(ForeignKey("reporter.id"), index=True)
    channel: Mapped[str]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    words: Mapped[str]
    category: Mapped[str]
    lon_sent: Mapped[float]
    lat_sent: Mapped[float]
    coord_sys: Mapped[str]
    location: Mapped[Any] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    accuracy_m: Mapped[float | None]
    attributes: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    device_id: Mapped[UUID | None]
    source: Mapped[str] = mapped_column(server_default=text("'worker'"))
    joined_by: Mapped[UUID | None]


_OPEN = "status not in ('not_filed', 'closed', 'force_closed') and deleted_at is null"


class Incident(Versioned, Base):
    """A case. Category, place and owner are corrected by events; its reports stay.

    `scope_path` is the path of the area whose staff is responsible for the case: the area of its place, or for a case about
    a person or unit the area one level above the subject. `component_link` is the way in which the component was found,
    `owner_basis` the reason for an owner who is not the competent unit. `pinned_to` is the worker who gets the case next, or
    keeps it; since `locked_at` no rule gives the case to another worker. `ended_reason` is a code of the profile's list.
    `extension_*` are a request for more time that nobody has decided about; `supervised_*` a supervision, whose actor and
    reason are in the events. A case is on the books until `review_at`. `contested_order_by` is the actor who ended the case,
    until it is decided whether the end was right. `handling_unit_id` is the unit of `handled_by` when the work was handed in.
    """

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_location", "location", postgresql_using="gist"),
        Index("ix_incident_scope_path", "scope_path", postgresql_using="gist"),
        Index("ix_incident_status_due_at", "status", "due_at"),
        Index("ix_incident_grid_id_reported_at_id", "grid_id", "reported_at", "id"),
        Index("ix_incident_reported_by_reported_at_id", "reported_by", "reported_at", "id"),
        Index("ix_incident_scope_path_reported_at_id", "scope_path", "reported_at", "id"),
        Index(
            "ix_incident_part_reported_at_id",
            text("subpath(scope_path, 0, 2)"),
            "reported_at",
            "id",
        ),
        Index(
            "ix_incident_open_scope_path", "scope_path", postgresql_using="gist", postgresql_where=text(_OPEN)
        ),
        Index("ix_incident_open_reported_at_id", "reported_at", "id", postgresql_where=text(_OPEN)),
        Index("ix_incident_updated_at_id", "updated_at", "id"),
        Index("ix_incident_reported_at_id", "reported_at", "id"),
        Index("ix_incident_owner_unit_id", "owner_unit_id"),
        Index(
            "ix_incident_component_id",
            "component_id",
            postgresql_where=text("component_id is not null"),
        ),
        Index("ix_incident_merged_into", "merged_into", postgresql_where=text("merged_into is not null")),
        Index("ix_incident_about_id", "about_id", postgresql_where=text("about_kind is not null")),
        Index("ix_incident_pinned_to", "pinned_to", postgresql_where=text("pinned_to is not null")),
        *(
            Index(f"ix_incident_{name}", name, postgresql_where=text(f"{name} is not null"))
            for name in ("extension_asked_at", "supervised_at", "review_at")
        ),
        Index("ix_incident_waiting", "waiting_since", postgresql_where=text("waiting_since is not null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(unique=True)
    jurisdiction_id: Mapped[UUID | None] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    profile_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("profile_version.id"), index=True)
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"), index=True)
    scope_path: Mapped[str | None] = mapped_column(Ltree)
    category: Mapped[str]
    condition: Mapped[str | None]
    status: Mapped[str]
    priority: Mapped[int]
    location: Mapped[Any] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    owner_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    reported_by: Mapped[UUID | None]
    handled_by: Mapped[UUID | None]
    handling_unit_id: Mapped[UUID | None]
    about_kind: Mapped[str | None]
    about_id: Mapped[UUID | None]
    rework_count: Mapped[int] = mapped_column(server_default=text("0"))
    urged_at: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    waiting_reason: Mapped[str | None]
    reported_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    component_id: Mapped[UUID | None] = mapped_column(ForeignKey("component.id"))
    component_link: Mapped[str | None]
    owner_basis: Mapped[str | None]
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("incident.id"))
    pinned_to: Mapped[UUID | None] = mapped_column(ForeignKey("worker.id"))
    locked_at: Mapped[datetime | None]
    # Written by trigger: first filed, first accepted, last handed in; and whether a holder has returned the case.
    filed_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]
    is_returned: Mapped[bool] = mapped_column(server_default=text("false"))
    report_count: Mapped[int] = mapped_column(server_default=text("1"))
    ended_reason: Mapped[str | None]
    extension_asked_at: Mapped[datetime | None]
    extension_asked_by: Mapped[UUID | None]
    extension_amount: Mapped[float | None]
    extended_count: Mapped[int] = mapped_column(server_default=text("0"))
    # Written by trigger: the number of the case among those of its category in its grid within 30 days. None: not known.
    recurrence: Mapped[int | None]
    returned_count: Mapped[int] = mapped_column(server_default=text("0"))
    contested_count: Mapped[int] = mapped_column(server_default=text("0"))
    urged_count: Mapped[int] = mapped_column(server_default=text("0"))
    supervised_at: Mapped[datetime | None]
    supervised_level: Mapped[int | None]
    supervised_until: Mapped[datetime | None]
    review_at: Mapped[datetime | None]
    contested_order_by: Mapped[UUID | None]


class IncidentLink(Base):
    """A link of two cases of one matter, by an actor who directs both. Each continues. `incident_id` is the lower id."""

    __tablename__ = "incident_link"
    __table_args__ = (
        CheckConstraint("incident_id < other_id", name="ordered"),
        CheckConstraint(
            "(unlinked_at is null) = (unlinked_by is null) and (unlinked_at is null) = (unlink_reason is null)",
            name="ended",
        ),
        Index(
            "uq_incident_link_live",
            "incident_id",
            "other_id",
            unique=True,
            postgresql_where=text("unlinked_at is null"),
        ),
        Index("ix_incident_link_incident_id", "incident_id"),
        Index("ix_incident_link_other_id", "other_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    other_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    reason: Mapped[str]
    linked_by: Mapped[UUID]
    linked_at: Mapped[datetime]
    unlinked_by: Mapped[UUID | None]
    unlinked_at: Mapped[datetime | None]
    unlink_reason: Mapped[str | None]


class IncidentEvent(Recorded, Base):
    """The events of a case, in order. Their replay gives the present state.

    `location`: the place of a step, if it was sent; erased when positions are.
    """

    __tablename__ = "incident_event"
    __table_args__ = (
        Index("ix_incident_event_incident_id_seq", "incident_id", "seq"),
        Index("ix_incident_event_placed", "occurred_at", postgresql_where=text("location is not null")),
        Index(
            "ix_incident_event_moved",
            "occurred_at",
            postgresql_where=text("action in ('relocate', 'rehome')"),
        ),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    action: Mapped[str]
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID]
    occurred_at: Mapped[datetime]
    note: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    location: Mapped[Any | None] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    accuracy_m: Mapped[float | None]


class IncidentHistory(Recorded, Base):
    """The facts of a case that figures count, after each transaction that changed it. Written by trigger at commit.

    `due_at` and `outcome` are those of the handling limit. `is_handled`: the work was handed in at least once.
    """

    __tablename__ = "incident_history"
    __table_args__ = (
        Index("ix_incident_history_incident_id_seq", "incident_id", "seq"),
        # Rows near in time are near in the table, and a BRIN index costs a write next to nothing.
        Index(
            "ix_incident_history_reported_at_due_at",
            "reported_at",
            "due_at",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
        ),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    incident_id: Mapped[UUID]
    jurisdiction_id: Mapped[UUID | None]
    profile_version_id: Mapped[UUID | None]
    category: Mapped[str]
    status: Mapped[str]
    scope_path: Mapped[str | None] = mapped_column(Ltree)
    owner_unit_id: Mapped[UUID | None]
    about_kind: Mapped[str | None]
    about_id: Mapped[UUID | None]
    reported_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    is_handled: Mapped[bool]
    rework_count: Mapped[int]
    is_deleted: Mapped[bool]
    occurred_at: Mapped[datetime]
    filed_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]
    is_returned: Mapped[bool] = mapped_column(server_default=text("false"))
    is_merged: Mapped[bool] = mapped_column(server_default=text("false"))
    handling_unit_id: Mapped[UUID | None]
    extended_count: Mapped[int] = mapped_column(server_default=text("0"))
    recurrence: Mapped[int | None]


class IncidentNote(Recorded, Base):
    """A note of the desk beside a case, for the desk or for handlers. Never changed, never shown to reporters."""

    __tablename__ = "incident_note"
    __table_args__ = (
        CheckConstraint("audience in ('desk','handlers')", name="audience"),
        Index("ix_incident_note_incident_id_occurred_at", "incident_id", "occurred_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    audience: Mapped[str]
    words: Mapped[str]
    author_id: Mapped[UUID]
    occurred_at: Mapped[datetime]


class Deadline(Versioned, Base):
    """A limit on handling a case (stage `handle`) or on another stage.

    `spent` is the time of the clock before the last pause, `escalated` the number of levels that were notified of the
    exceeded limit. `extended` is the time given beside `amount`, in the same unit; `first_due_at` the due date before.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        Index(
            "ix_deadline_due_at_running",
            "due_at",
            postgresql_where=text("stopped_at is null and paused_at is null"),
        ),
        Index(
            "ix_deadline_warn_at",
            "warn_at",
            postgresql_where=text("stopped_at is null and paused_at is null and warned_at is null"),
        ),
        Index(
            "ix_deadline_escalate_at",
            "escalate_at",
            postgresql_where=text("stopped_at is null and paused_at is null"),
        ),
        Index("ix_deadline_incident_id", "incident_id"),
        Index(
            "ix_deadline_due_at",
            "due_at",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    stage: Mapped[str]
    condition: Mapped[str]
    unit: Mapped[str]
    amount: Mapped[float]
    profile_version_id: Mapped[UUID] = mapped_column(ForeignKey("profile_version.id"), index=True)
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    running_since: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    spent: Mapped[timedelta]
    stopped_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    name: Mapped[dict[str, str] | None]
    ends_with: Mapped[str] = mapped_column(server_default="fed_back")
    warn_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    escalate_at: Mapped[datetime | None]
    escalated: Mapped[int] = mapped_column(server_default="0")
    escalated_to: Mapped[str | None]
    told_id: Mapped[UUID | None]
    extended: Mapped[float] = mapped_column(server_default=text("0"))
    first_due_at: Mapped[datetime | None]
