"""Tables of cases: reports (never changed), cases, events, links, notes and deadlines."""

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
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import SRID, Base, Ltree, Recorded, Versioned

CASE_SEQUENCE = Sequence("case_number", metadata=Base.metadata)


class Reporter(Versioned, Base):
    """The person or account that made a report, in a table separate from the report.

    Handlers may read text and location of a report. They may read the reporter only if the reporter agreed.
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
    email: Mapped[str | None]
    may_be_shown_to_handlers: Mapped[bool] = mapped_column(server_default=text("false"))
    erased_at: Mapped[datetime | None]


class Report(Recorded, Base):
    """A report as it was sent. It is never changed.

    Attributes:
        joined_by: Account that added the report to an existing case. None: the report opened the case.
    """

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


_CHANGED = text("from_status is distinct from to_status")
_OPEN = "status not in ('not_filed', 'closed', 'force_closed') and deleted_at is null"


class Incident(Versioned, Base):
    """A case. Category, location and owning unit can be corrected; the reports stay unchanged.

    Attributes:
        scope_path: Path of the area whose staff is responsible: the area of the location or, for a case about a person or
            unit, the area one level above the subject.
        component_link: How the component of the case was found.
        owner_basis: Why the owning unit is not the unit that owns the category in the area.
        pinned_to: Worker for whom the case is reserved. The rules do not offer the case to others, nor move it.
        locked_at: Start of a lock. While it lasts, the rules do not give the case to another worker.
        ended_reason: Code of the reason, from the list in the profile.
        extension_asked_at: Time of a request for more time that is not decided yet. `extension_asked_by` and
            `extension_amount` belong to it.
        supervised_at: Start of a supervision, with `supervised_level` and `supervised_until`. Actor and reason are in the
            events.
        review_at: Date to which the case is postponed (deferred, or on long-term hold).
        contested_order_by: Actor who ended the case, while a contest of that end is not decided yet.
        place: The nearest address or landmark within 200 m when the location was stored, written by a trigger. `public_place`:
            the nearest street or landmark, for people who may not read addresses.
        handling_unit_id: Unit of `handled_by` at the time when the work was submitted.
    """

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_location", "location", postgresql_using="gist"),
        Index("ix_incident_scope_path", "scope_path", postgresql_using="gist"),
        Index("ix_incident_status_due_at", "status", "due_at"),
        Index("ix_incident_grid_id_reported_at_id", "grid_id", "reported_at", "id"),
        Index("ix_incident_reported_by_reported_at_id", "reported_by", "reported_at", "id"),
        Index("ix_incident_scope_path_reported_at_id", "scope_path", "reported_at", "id"),
        Index("ix_incident_part_reported_at_id", text("subpath(scope_path, 0, 2)"), "reported_at", "id"),
        Index(
            "ix_incident_open_scope_path", "scope_path", postgresql_using="gist", postgresql_where=text(_OPEN)
        ),
        Index("ix_incident_open_reported_at_id", "reported_at", "id", postgresql_where=text(_OPEN)),
        Index(
            "ix_incident_open_part_reported_at_id",
            text("subpath(scope_path, 0, 2)"),
            "reported_at",
            "id",
            postgresql_where=text(_OPEN),
        ),
        Index(
            "ix_incident_open_reported_by_reported_at_id",
            "reported_by",
            "reported_at",
            "id",
            postgresql_where=text(_OPEN),
        ),
        Index(
            "ix_incident_open_due_at_id",
            text("coalesce(due_at, 'infinity'::timestamptz)"),
            "id",
            postgresql_where=text(_OPEN),
        ),
        Index("ix_incident_updated_at_id", "updated_at", "id"),
        Index("ix_incident_reported_at_id", "reported_at", "id"),
        Index("ix_incident_owner_unit_id", "owner_unit_id"),
        Index("ix_incident_component_id", "component_id", postgresql_where=text("component_id is not null")),
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
    place: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    public_place: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
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
    # Written by trigger: what reporters with a secret link answered (function `answers_of`). None: nobody has a link.
    reporter_answers: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    returned_count: Mapped[int] = mapped_column(server_default=text("0"))
    contested_count: Mapped[int] = mapped_column(server_default=text("0"))
    urged_count: Mapped[int] = mapped_column(server_default=text("0"))
    supervised_at: Mapped[datetime | None]
    supervised_level: Mapped[int | None]
    supervised_until: Mapped[datetime | None]
    review_at: Mapped[datetime | None]
    contested_order_by: Mapped[UUID | None]


class IncidentLink(Base):
    """A link between two cases that stay separate, made by an actor who directs both.

    Attributes:
        incident_id: The lower id of the two cases.
        other_id: The higher id.
    """

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
    """An event in the history of a case. All events in order give the present state.

    Attributes:
        location: Position of the actor's device, if it was sent and stored. Erased after the retention time of positions.
    """

    __tablename__ = "incident_event"
    __table_args__ = (
        Index("ix_incident_event_incident_id_seq", "incident_id", "seq"),
        Index("ix_incident_event_xid_seq", "xid", "seq"),
        Index("ix_incident_event_placed", "occurred_at", postgresql_where=text("location is not null")),
        Index(
            "ix_incident_event_moved",
            "occurred_at",
            postgresql_where=text("action in ('relocate', 'rehome')"),
        ),
        Index("ix_incident_event_changed", "recorded_at", "seq", postgresql_where=_CHANGED),
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
    """A snapshot of the columns of a case that statistics count, one for each transaction.

    A trigger writes the row at the commit of a transaction that changed the case.

    Attributes:
        due_at: Due time of the deadline for handling.
        outcome: Outcome of the deadline for handling.
        is_handled: The handler has submitted the work at least once.
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
    reporter_answers: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


_IS_RUNNING = "stopped_at is null and paused_at is null"


class Deadline(Versioned, Base):
    """A deadline of a case, for the whole handling (stage `handle`) or for another stage.

    Attributes:
        spent: Time that had passed before the last pause.
        amount: Length of the deadline in `unit`.
        extended: Length of the extension in `unit`, in addition to `amount`.
        first_due_at: Due time before the extension.
        escalated: Number of levels that were notified that the deadline has passed.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        Index("ix_deadline_due_at_running", "due_at", postgresql_where=text(_IS_RUNNING)),
        Index(
            "ix_deadline_warn_at",
            "warn_at",
            postgresql_where=text(f"{_IS_RUNNING} and warned_at is null"),
        ),
        Index("ix_deadline_escalate_at", "escalate_at", postgresql_where=text(_IS_RUNNING)),
        Index("ix_deadline_incident_id", "incident_id"),
        # A case has one handling limit that was not replaced; figures of many cases read it from the index.
        Index(
            "uq_deadline_handling_limit",
            "incident_id",
            unique=True,
            postgresql_include=["due_at", "outcome"],
            postgresql_where=text(
                "stage = 'handle' and deleted_at is null and outcome is distinct from 'replaced'"
            ),
        ),
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
