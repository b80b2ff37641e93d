"""The tables of open cases, their changes and numbers, which triggers and a job write, and boards read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, text
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
        Index("ix_open_case_due_at", "due_at"),
        *(
            Index(f"ix_open_case_{name}", name, postgresql_where=text(f"{name} is not null"))
            for name in ("warned_until", "stage_due_at", "verify_due_at")
        ),
        Index("ix_open_case_about_id", "about_id", postgresql_where=text("about_kind is not null")),
        # A change of a case then finds space in the page of its row, and writes no index, if no due time changes.
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


class OpenCaseChange(Base):
    """The part of a change of an open case: added to the kept numbers (`n` is 1) or taken from them (-1).

    A trigger of `open_case` inserts the rows; the job adds them up and deletes them. The columns are those of the row of
    `open_case` after or before the change. Cases about a person or unit have no rows.
    """

    __tablename__ = "open_case_change"
    __table_args__ = (
        {
            "postgresql_with": {
                "autovacuum_vacuum_scale_factor": 0,
                "autovacuum_vacuum_threshold": 1000,
            }
        },
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    n: Mapped[int]
    scope_path: Mapped[str | None] = mapped_column(Ltree)
    status: Mapped[str]
    attempt: Mapped[str | None]
    waiting_reason: Mapped[str | None]
    owner_unit_id: Mapped[UUID | None]
    is_urgent: Mapped[bool]
    is_waiting: Mapped[bool]
    is_supervised: Mapped[bool]
    is_extension_asked: Mapped[bool]
    is_escalated: Mapped[bool]
    due_at: Mapped[datetime | None]
    warned_until: Mapped[datetime | None]
    stage_due_at: Mapped[datetime | None]
    verify_due_at: Mapped[datetime | None]


class OpenCaseCount(Base):
    """Numbers of open cases of an area, by one property and its value, at one instant.

    With the rows of `OpenCaseChange` they are the numbers of all open cases that are about nobody.

    Attributes:
        level: Length of the path of the area, from 1 to 3; cases above it count by their own path. 0: the only row with
            `counted_at`, without numbers.
        dimension: `all`, `status`, `waiting_reason`, `unit` or `attempt`.
        value: Value of the property. None: the cases have none.
        counted_at: Instant for which cases are late, warned and so on.
    """

    __tablename__ = "open_case_count"
    __table_args__ = (
        Index(
            "uq_open_case_count_level_scope_path_dimension_value",
            *("level", "scope_path", "dimension", "value"),
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_open_case_count_scope_path", "scope_path", postgresql_using="gist"),
        {
            "postgresql_with": {
                "fillfactor": 70,
                "autovacuum_vacuum_scale_factor": 0.1,
                "autovacuum_vacuum_threshold": 500,
            }
        },
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    level: Mapped[int]
    scope_path: Mapped[str | None] = mapped_column(Ltree)
    dimension: Mapped[str]
    value: Mapped[str | None]
    open: Mapped[int] = mapped_column(server_default=text("0"))
    late: Mapped[int] = mapped_column(server_default=text("0"))
    urgent: Mapped[int] = mapped_column(server_default=text("0"))
    waiting: Mapped[int] = mapped_column(server_default=text("0"))
    warned: Mapped[int] = mapped_column(server_default=text("0"))
    stage_late: Mapped[int] = mapped_column(server_default=text("0"))
    verify_late: Mapped[int] = mapped_column(server_default=text("0"))
    escalated: Mapped[int] = mapped_column(server_default=text("0"))
    supervised: Mapped[int] = mapped_column(server_default=text("0"))
    extension: Mapped[int] = mapped_column(server_default=text("0"))
    counted_at: Mapped[datetime | None]
