"""Tables of notices: the notice, its addressees and those without rows yet, deliveries, history, opt-outs, replies, codes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import SRID, Base, Recorded
from app.notices.rules.notices import CHANNELS, HOUSEHOLD_STATES, PURPOSES, STORED_STATES


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} in ({','.join(repr(value) for value in values)})"


class Notice(Base):
    """A notice to households.

    Attributes:
        area_id: Area in whose name it is sent. Only households in it are addressed.
        texts: `{language: {"title", "text"}}`.
        attachments: `[{"media_id", "titles": {language: title}}]`, in their order. The files are in the media store.
        area_ids, premises_kinds, care_kinds, within: Conditions on households, all of which hold; empty or null: none.
        reply_category: Category of the cases that replies become.
        revision: Raised by each change; the version in `If-Match`. The row is never deleted, so it is no `Versioned` one.
        state: As stored: a published notice whose validity is over has ended.
        households: Number of households that the author confirmed, and that are reached.
        published_at: When its addressees were fixed. A job may still store their rows (`publishing`).
        final_states: Numbers of addressees by state, from when their states were erased.
        published_alone: It was published without approval.
    """

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint(_one_of("state", STORED_STATES), name="state"),
        CheckConstraint(_one_of("purpose", PURPOSES), name="purpose"),
        CheckConstraint("valid_from < valid_until", name="validity"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_at is not null)", name="withdrawn"),
        CheckConstraint(
            "state not in ('publishing','published') or published_at is not null", name="published"
        ),
        CheckConstraint("decided_by <> created_by", name="second_person"),
        Index("ix_notice_area_id", "area_id", "id"),
        Index("ix_notice_within", "within", postgresql_using="gist"),
        Index("ix_notice_created_by_published_at", "created_by", "published_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"))
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    purpose: Mapped[str]
    texts: Mapped[dict[str, Any]]
    attachments: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    area_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    premises_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    care_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    within: Mapped[Any | None] = mapped_column(Geometry("MULTIPOLYGON", SRID, spatial_index=False))
    reply_category: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default=text("'draft'"))
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    households: Mapped[int | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str | None]
    published_at: Mapped[datetime | None]
    published_alone: Mapped[bool] = mapped_column(server_default=text("false"))
    withdrawn_by: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]
    final_states: Mapped[dict[str, Any] | None]
    states_erased_at: Mapped[datetime | None]


class NoticeBatch(Base):
    """Addressees of a notice to many households that have no rows of `notice_household` yet. A job stores and deletes them.

    Attributes:
        number: From 0; a notice has as many batches as are left.
        closed: Of each household in `household_ids`: bits of the channels of the notice in which it gets no such notices.
        households: Number of those that are reached, which have an open channel.
    """

    __tablename__ = "notice_batch"
    __table_args__ = (
        CheckConstraint("cardinality(household_ids) = cardinality(closed)", name="one_value_each"),
        CheckConstraint("households between 0 and cardinality(household_ids)", name="households"),
    )

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    household_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    closed: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    households: Mapped[int]


class NoticeHousehold(Base):
    """An addressee of a published notice, with its present state: the newest of the highest rank in its history."""

    __tablename__ = "notice_household"
    __table_args__ = (
        CheckConstraint(_one_of("state", HOUSEHOLD_STATES), name="state"),
        Index("ix_notice_household_household_id", "household_id"),
    )

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.id"), primary_key=True)
    state: Mapped[str]
    state_at: Mapped[datetime]


_OF_ADDRESSEE = (
    ["notice_id", "household_id"],
    ["notice_household.notice_id", "notice_household.household_id"],
)


class NoticeDelivery(Base):
    """The delivery of a notice to a household through one channel.

    Attributes:
        secret_digest: Of the secret of the link, or keyed of the code of the sheet. The secret is not stored.
        sent_at: The link or the sheet was made, or the household was told.
        opened_at: The link was first opened.
        revoked_at: The link or code cannot be used any more.
        phone_digest: Keyed digest of the number to which the SMS was sent, so that a reply from it is known.
        task_id: Id of the row on the phones of workers, of a visit. Null: phones do not hold the household.
        message_subject_id: Subject of the SMS or e-mail in the outbox, from which its link is derived. Null: none was made.
    """

    __tablename__ = "notice_delivery"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_ADDRESSEE, name="fk_notice_delivery_notice_household"),
        CheckConstraint(_one_of("channel", CHANNELS), name="channel"),
        Index(
            "uq_notice_delivery_secret_digest",
            "secret_digest",
            unique=True,
            postgresql_where=text("secret_digest is not null"),
        ),
        Index(
            "uq_notice_delivery_message_subject_id",
            "message_subject_id",
            unique=True,
            postgresql_where=text("message_subject_id is not null"),
        ),
        Index(
            "ix_notice_delivery_phone_digest",
            "phone_digest",
            postgresql_where=text("phone_digest is not null"),
        ),
        Index(
            "ix_notice_delivery_no_message",
            "notice_id",
            "household_id",
            postgresql_where=text("channel in ('sms','email') and message_subject_id is null"),
        ),
        Index(
            "uq_notice_delivery_task_id",
            "task_id",
            unique=True,
            postgresql_where=text("task_id is not null"),
        ),
        Index(
            "ix_notice_delivery_household_id_task",
            "household_id",
            "notice_id",
            postgresql_where=text("task_id is not null"),
        ),
        Index(
            "ix_notice_delivery_untasked",
            "notice_id",
            "household_id",
            postgresql_where=text("channel = 'visit' and task_id is null"),
        ),
    )

    notice_id: Mapped[UUID] = mapped_column(primary_key=True)
    household_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    secret_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    sent_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    message_subject_id: Mapped[UUID | None]
    phone_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    task_id: Mapped[UUID | None]


class NoticeEvent(Recorded, Base):
    """One step of a notice at a household. Rows are only added, and deleted after the retention.

    Attributes:
        actor_id: Who recorded it. None: the household itself, by its link or code; of `sent` by SMS or e-mail, the server.
        receipt_id: Id that the client made. The same id stores nothing again.
    """

    __tablename__ = "notice_event"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_ADDRESSEE, name="fk_notice_event_notice_household"),
        CheckConstraint(_one_of("state", HOUSEHOLD_STATES), name="state"),
        CheckConstraint(_one_of("channel", CHANNELS), name="channel"),
        Index("ix_notice_event_notice_id_household_id", "notice_id", "household_id"),
        Index(
            "uq_notice_event_receipt_id",
            "receipt_id",
            unique=True,
            postgresql_where=text("receipt_id is not null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    notice_id: Mapped[UUID]
    household_id: Mapped[UUID]
    state: Mapped[str]
    channel: Mapped[str]
    actor_id: Mapped[UUID | None]
    receipt_id: Mapped[UUID | None]
    occurred_at: Mapped[datetime]


class NoticeOptOut(Base):
    """The wish of a household to get no notices of a purpose, through a channel, or at all (both null)."""

    __tablename__ = "notice_opt_out"
    __table_args__ = (
        CheckConstraint(_one_of("purpose", PURPOSES), name="purpose"),
        CheckConstraint(_one_of("channel", CHANNELS), name="channel"),
        Index(
            "uq_notice_opt_out_household_id_purpose_channel",
            "household_id",
            "purpose",
            "channel",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("withdrawn_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.id"))
    purpose: Mapped[str | None]
    channel: Mapped[str | None]
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    withdrawn_by: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]


class NoticeReply(Base):
    """A question of a household about a notice, which became a case."""

    __tablename__ = "notice_reply"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_ADDRESSEE, name="fk_notice_reply_notice_household"),
        Index("ix_notice_reply_notice_id_household_id", "notice_id", "household_id"),
    )

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    notice_id: Mapped[UUID]
    household_id: Mapped[UUID]
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), index=True)
    received_at: Mapped[datetime]


class NoticeCodeFailure(Base):
    """A wrong code from a network address, for the limit of tries. Erased after two days."""

    __tablename__ = "notice_code_failure"
    __table_args__ = (
        Index("ix_notice_code_failure_source_digest_failed_at", "source_digest", "failed_at"),
        Index("ix_notice_code_failure_failed_at", "failed_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    source_digest: Mapped[bytes] = mapped_column(LargeBinary)
    failed_at: Mapped[datetime]
