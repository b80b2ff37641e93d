"""Tables of profiles: jurisdictions and the versions of their rules."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Recorded, Versioned


class Jurisdiction(Versioned, Base):
    """A city or district with one profile. `rules_number`: the last announced version in force."""

    __tablename__ = "jurisdiction"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[dict[str, str]]
    root_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id", use_alter=True), index=True)
    rules_number: Mapped[int | None]


class ProfileVersion(Recorded, Base):
    """A version of a jurisdiction's rules.

    Rows are only inserted; cases keep the version under which they were filed.
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
