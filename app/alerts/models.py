"""Tables of alerts: subscriptions of devices, and messages to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class AlertSubscription(Base):
    """A browser of an account that receives alerts until its session ends.

    Attributes:
        channel: Name of the channel that reaches the device.
        endpoint: URL of the browser's push service, which identifies the device. Erased with the keys at the end.
        public_key: P-256 point of the browser (RFC 8291 `ua_public`), 65 bytes.
        secret: Authentication secret of the browser (RFC 8291 `auth_secret`), 16 bytes.
    """

    __tablename__ = "alert_subscription"
    __table_args__ = (
        CheckConstraint("channel in ('web_push')", name="channel"),
        CheckConstraint(
            "ended_because in ('unsubscribed','replaced','session','gone')", name="ended_because"
        ),
        CheckConstraint("ended_at is null = (endpoint is not null)", name="erased"),
        Index("uq_alert_subscription_endpoint", "endpoint", unique=True),
        Index(
            "ix_alert_subscription_account_id_live",
            "account_id",
            postgresql_where=text("ended_at is null"),
        ),
        Index("ix_alert_subscription_ended_at", "ended_at", postgresql_where=text("ended_at is not null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    session_id: Mapped[UUID] = mapped_column(ForeignKey("session.id"), index=True)
    channel: Mapped[str]
    endpoint: Mapped[str | None]
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]


class Alert(Base):
    """A message to one subscription, to be sent at least once.

    Attributes:
        kind: offer, urge, deadline or sos.
        subject_id: The assignment, or the call for help of kind sos.
        cause: The row that caused the message, such as `offer:<id>`. A cause adds one message for a subscription.
        state: waiting, sent, dropped (of no use any more) or dead (failed too often).
        due_at: When the next attempt may begin. An attempt moves it first, so that a killed job is repeated.
        expires_at: After this instant the message is of no use.
    """

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint("kind in ('offer','urge','deadline','sos')", name="kind"),
        CheckConstraint("state in ('waiting','sent','dropped','dead')", name="state"),
        CheckConstraint("(state = 'waiting') = (ended_at is null)", name="ended"),
        Index("uq_alert_subscription_id_cause", "subscription_id", "cause", unique=True),
        Index("ix_alert_due_at_waiting", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_alert_ended_at", "ended_at", postgresql_where=text("ended_at is not null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("alert_subscription.id", ondelete="CASCADE"))
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    cause: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
