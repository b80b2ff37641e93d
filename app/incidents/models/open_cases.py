"""The table of open cases, which triggers write and boards count."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Ltree


class OpenCase(Base):
    """The columns of an open case that boards count, with those of its attempt and its deadlines.

    Triggers of `incident`, `assignment` and `deadline` write the row in the statement that changes the case, and delete it
    when the case ends. Nothing else writes it.

    Attributes:
        id: Id of the case.
        attempt: State of the active assignment to the role that the case needs now. None: there is none.
        warned_until: Latest due time of the running deadlines of which a warning was sent.
        stage_due_at: Earliest due time of the running deadlines of stages other than handling and verifying.
        verify_due_at: Earliest due time of the running deadlines for verifying.
        is_escalated: A level was notified that a running deadline has passed.
    """

    __tablename__ = "open_case"
    __table_args__ = (
        Index("ix_open_case_scope_path", "scope_path", postgresql_using="gist"),
        # A change of a case then finds space in the page of its row, and writes no index.
        {"postgresql_with": {"fillfactor": 80}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scope_path: Mapped[str | None] = mapped_column(Ltree)
    status: Mapped[str]
    attempt: Mapped[str | None]
    waiting_reason: Mapped[str | None]
    owner_unit_id: Mapped[UUID | None]
    about_kind: Mapped[str | None]
    about_id: Mapped[UUID | None]
    is_urgent: Mapped[bool]
    is_waiting: Mapped[bool]
    is_supervised: Mapped[bool]
    is_extension_asked: Mapped[bool]
    reported_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    warned_until: Mapped[datetime | None]
    stage_due_at: Mapped[datetime | None]
    verify_due_at: Mapped[datetime | None]
    is_escalated: Mapped[bool]
