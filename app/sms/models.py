"""Table of SMS that came in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class IncomingSms(Base):
    """An SMS that came in, with what became of it.

    Attributes:
        account_id: The service account of the gateway.
        message_id: Id that the gateway gave. The same id is applied once.
        body_digest: Digest of the message as sent, to compare a repetition.
        phone, words: The sender (E.164) and the words. Erased some days after.
        sender_id: The worker who sent it; None: somebody else.
        outcome: What it did. `help`: nothing was understood, a person reads it.
        code: Code of the error that refused it, or None.
        reply: The words of the answer. Erased with the words.
    """

    __tablename__ = "incoming_sms"
    __table_args__ = (
        CheckConstraint(
            "outcome in ('reported','accepted','done','words_added','confirmed','stopped','refused','help',"
            "'understood','needs_help','asked','notices_stopped')",
            name="outcome",
        ),
        Index("uq_incoming_sms_account_id_message_id", "account_id", "message_id", unique=True),
        Index("ix_incoming_sms_received_at", "received_at", postgresql_where=text("words is not null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[UUID]
    message_id: Mapped[str]
    jurisdiction_id: Mapped[UUID | None]
    body_digest: Mapped[bytes] = mapped_column(LargeBinary)
    phone: Mapped[str | None]
    words: Mapped[str | None]
    sender_id: Mapped[UUID | None]
    outcome: Mapped[str]
    code: Mapped[str | None]
    incident_id: Mapped[UUID | None]
    reply: Mapped[str | None]
    received_at: Mapped[datetime]
