"""Tables of profiles: jurisdictions and the versions of their rules."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Text, UniqueConstraint
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
