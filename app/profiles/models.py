"""Tables of profiles: jurisdictions, the versions of their rules, and the evidence of a version."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Recorded, Versioned


class Jurisdiction(Versioned, Base):
    """A city or district with its own profile.

    Attributes:
        rules_number: Number of the profile version that was last announced to devices. If another version is in force now, a
            job still has to announce that version.
    """

    __tablename__ = "jurisdiction"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[dict[str, str]]
    root_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id", use_alter=True), index=True)
    rules_number: Mapped[int | None]


class ProfileVersion(Recorded, Base):
    """A version of a jurisdiction's profile.

    Rows are inserted and never changed. A case keeps the version that was in force when it was filed.
    """

    __tablename__ = "profile_version"
    __table_args__ = (UniqueConstraint("jurisdiction_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"))
    number: Mapped[int]
    data: Mapped[dict[str, Any]]
    confidential: Mapped[list[str]] = mapped_column(
        ARRAY(Text), Computed("confidential_categories(data)", persisted=True)
    )
    in_force_from: Mapped[datetime]
    created_by: Mapped[UUID | None]


class ProfileStatement(Base):
    """The statement of the author of a version.

    Attributes:
        measure: Measure or rate by which the effect of the version is judged. None: none was named.
        category: Only cases of this category are counted. None: all.
        summary: Plain summary by language (`zh`, `en`). None: none was written.
        is_published: The summary is on the public page of changes.
    """

    __tablename__ = "profile_statement"
    __table_args__ = (CheckConstraint("not is_published or summary is not null", name="published"),)

    version_id: Mapped[UUID] = mapped_column(ForeignKey("profile_version.id"), primary_key=True)
    measure: Mapped[str | None]
    category: Mapped[str | None]
    summary: Mapped[dict[str, str] | None]
    is_published: Mapped[bool]
    stated_by: Mapped[UUID]
    stated_at: Mapped[datetime]


class ProfileEvidence(Base):
    """A case, rating, signal or reply to a notice that a version cites.

    Attributes:
        subject_id: Id of the case or signal; of a rating or reply, the id of its report.
        place: Position in the list of the author.
        removed_at: When the author took it off the list. None: it is cited.
    """

    __tablename__ = "profile_evidence"
    __table_args__ = (CheckConstraint("kind in ('signal','case','rating','notice_reply')", name="kind"),)

    version_id: Mapped[UUID] = mapped_column(ForeignKey("profile_statement.version_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    place: Mapped[int]
    note: Mapped[str]
    removed_at: Mapped[datetime | None]
