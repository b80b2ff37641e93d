"""Tables of webhooks: subscriptions, and messages to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class WebhookSubscription(Base):
    """A subscription of an account to events of cases, delivered to a URL.

    Attributes:
        url: Erased at the end.
        types, categories: Filters; empty: all.
        area_id: Only cases in this area and below; None: everywhere in the account's scope.
        secret_number: The secret is derived from it; a rotation raises it. `former_until`: until then the former secret signs,
            too.
        cursor: Position in the log of events; the events before it have their deliveries.
        due_at: When the next batch may begin. A job that sends moves it first, so that no other job sends for this
            subscription, and a killed job is repeated.
        failures: Failed attempts in succession. `failing_since`: the first failure since the last success.
    """

    __tablename__ = "webhook_subscription"
    __table_args__ = (
        CheckConstraint("state in ('active','paused','ended')", name="state"),
        CheckConstraint(
            "paused_because in ('by_person','failing','gone','not_permitted')", name="paused_because"
        ),
        CheckConstraint("(state = 'paused') = (paused_because is not null)", name="paused"),
        CheckConstraint(
            "(state = 'ended') = (url is null) and (url is null) = (ended_at is not null)", name="ended"
        ),
        Index("ix_webhook_subscription_due_at_active", "due_at", postgresql_where=text("state = 'active'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    url: Mapped[str | None]
    description: Mapped[str]
    types: Mapped[list[str]] = mapped_column(ARRAY(Text))
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text))
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    secret_number: Mapped[int] = mapped_column(server_default=text("1"))
    former_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(server_default=text("'active'"))
    paused_because: Mapped[str | None]
    cursor: Mapped[str]
    due_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    failing_since: Mapped[datetime | None]
    last_sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class WebhookDelivery(Base):
    """A message to one subscription, to be delivered at least once.

    Attributes:
        event_id: The header `webhook-id`. An event has one message for a subscription.
        incident_id: The case. None: a message about the subscription, such as a test. No foreign key: its check would lock
            cases in another order than those who change them.
        event_seq: Number of the event in the history of cases. `action`, `from_status`, `to_status`: its step.
        state: waiting, sent, dropped (the account may not see the case any more) or dead (failed too often).
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("state in ('waiting','sent','dropped','dead')", name="state"),
        CheckConstraint("(state = 'waiting') = (ended_at is null)", name="ended"),
        Index("uq_webhook_delivery_subscription_id_event_id", "subscription_id", "event_id", unique=True),
        Index(
            "ix_webhook_delivery_waiting",
            "subscription_id",
            "id",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_webhook_delivery_waiting_due_at",
            "subscription_id",
            "due_at",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_webhook_delivery_dead", "subscription_id", "id", postgresql_where=text("state = 'dead'")),
        Index("ix_webhook_delivery_ended_at", "ended_at", postgresql_where=text("ended_at is not null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_subscription.id", ondelete="CASCADE"))
    event_id: Mapped[UUID]
    type: Mapped[str]
    incident_id: Mapped[UUID | None]
    event_seq: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[str | None]
    from_status: Mapped[str | None]
    to_status: Mapped[str | None]
    occurred_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
