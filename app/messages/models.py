"""Table of outgoing e-mail and SMS."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class OutgoingMessage(Base):
    """An e-mail or SMS, to be sent at least once.

    Attributes:
        message_id: Idempotency id: a repeated message has the same, in `Message-ID` or for the gateway.
        is_news: Nobody waits for it: answers go first.
        address: E-mail address or telephone number (E.164). Erased at the end, unless the message is dead: it can be replayed.
        address_digest: Keyed digest of the address, for the limit of messages per day.
        subject_id: The row from which the composer of the kind makes the words.
        topic: What the first attempt said, such as the state of a case. A repeated attempt says the same.
        words: The words, if they were written with the message. Erased with the address.
        cause: The row that caused the message. A cause adds one message.
        state: waiting, sent, dropped (of no use any more) or dead (failed too often).
        due_at: When the next attempt may begin. An attempt moves it first, so that a killed job is repeated.
    """

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint("channel in ('email','sms')", name="channel"),
        CheckConstraint("language in ('zh','en')", name="language"),
        CheckConstraint("state in ('waiting','sent','dropped','dead')", name="state"),
        CheckConstraint("(state = 'waiting') = (ended_at is null)", name="ended"),
        CheckConstraint("(state in ('waiting','dead')) = (address is not null)", name="erased"),
        Index("uq_message_message_id", "message_id", unique=True),
        Index("uq_message_cause", "cause", unique=True),
        Index("ix_message_waiting", "is_news", "due_at", "id", postgresql_where=text("state = 'waiting'")),
        Index(
            "ix_message_address_digest_sent",
            "address_digest",
            "ended_at",
            postgresql_where=text("state = 'sent'"),
        ),
        Index(
            "ix_message_address_digest_kept",
            "address_digest",
            postgresql_where=text("address is not null"),
        ),
        Index("ix_message_subject_id", "subject_id", postgresql_where=text("address is not null")),
        Index("ix_message_ended_at", "ended_at", postgresql_where=text("ended_at is not null")),
        Index("ix_message_jurisdiction_id_dead", "jurisdiction_id", postgresql_where=text("state = 'dead'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    message_id: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    jurisdiction_id: Mapped[UUID]
    channel: Mapped[str]
    kind: Mapped[str]
    is_news: Mapped[bool] = mapped_column(server_default=text("false"))
    address: Mapped[str | None]
    address_digest: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str]
    subject_id: Mapped[UUID | None]
    topic: Mapped[str | None]
    words: Mapped[str | None]
    cause: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
