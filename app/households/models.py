"""Tables of the register: premises, households, residents, care, consents, visits, merges.

The area of premises (`grid_id`, `scope_path`) is copied to every household, resident, care tag, consent and visit in them. So
visibility conditions and synchronisation need no join with the premises. `queries/rehoming.py` keeps the copies equal.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import SRID, Base, Ltree, Versioned
from app.households.rules.register import (
    CARE_KINDS,
    CONSENT_WAYS,
    HOUSEHOLD_KINDS,
    PREMISES_KINDS,
    VISIT_OUTCOMES,
)

ABSENT = text("'无'")
LIVE = text("deleted_at is null")
MERGED = text("merged_into is not null")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} in ({','.join(repr(value) for value in values)})"


class Premises(Versioned, Base):
    """A place with an address: a dwelling, a shop or a site.

    A part of the address that does not exist is stored as `无` ("none").
    """

    __tablename__ = "premises"
    __table_args__ = (
        CheckConstraint(_one_of("kind", PREMISES_KINDS), name="kind"),
        Index("ix_premises_location", "location", postgresql_using="gist"),
        Index("ix_premises_grid_id_id", "grid_id", "id"),
        Index("ix_premises_scope_path", "scope_path", postgresql_using="gist"),
        Index("ix_premises_scope_path_id", "scope_path", "id"),
        Index("ix_premises_part_id", text("subpath(scope_path, 0, 2)"), "id"),
        Index(
            "uq_premises_external_ref",
            "jurisdiction_id",
            "external_ref",
            unique=True,
            postgresql_where=text("external_ref is not null and deleted_at is null"),
        ),
        # Pairs of letters: trigrams would not help with the two-letter words of Chinese.
        Index("ix_premises_words", text("letter_pairs(address, name)"), postgresql_using="gin"),
        # The same for each area of the second level, such as a street.
        Index(
            "ix_premises_area_words",
            text("area_letter_pairs(cast(scope_path as text), address, name)"),
            postgresql_using="gin",
        ),
        Index("ix_premises_address_key", "jurisdiction_id", text("address_key(address, unit, room)")),
        Index(
            "ix_premises_possible_double_of",
            "possible_double_of",
            postgresql_where=text("possible_double_of is not null"),
        ),
        Index("ix_premises_merged_into", "merged_into", postgresql_where=MERGED),
        Index("ix_premises_merged_external_ref", "jurisdiction_id", "external_ref", postgresql_where=MERGED),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"))
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    scope_path: Mapped[str | None] = mapped_column(Ltree)
    kind: Mapped[str]
    name: Mapped[str | None]
    province: Mapped[str] = mapped_column(server_default=ABSENT)
    city: Mapped[str] = mapped_column(server_default=ABSENT)
    county: Mapped[str] = mapped_column(server_default=ABSENT)
    town: Mapped[str] = mapped_column(server_default=ABSENT)
    community: Mapped[str] = mapped_column(server_default=ABSENT)
    grid: Mapped[str] = mapped_column(server_default=ABSENT)
    compound: Mapped[str] = mapped_column(server_default=ABSENT)
    building: Mapped[str] = mapped_column(server_default=ABSENT)
    unit: Mapped[str] = mapped_column(server_default=ABSENT)
    room: Mapped[str] = mapped_column(server_default=ABSENT)
    address: Mapped[str]
    location: Mapped[Any] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    is_generated: Mapped[bool] = mapped_column(server_default=text("false"))
    external_ref: Mapped[str | None]
    # Older premises of the same address, until a supervisor merges them or gives the reason why both are right.
    possible_double_of: Mapped[UUID | None] = mapped_column(ForeignKey("premises.id"))
    same_address_reason: Mapped[str | None]
    # Merged premises have deleted_at, too, so lists leave them out.
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("premises.id"))
    created_at: Mapped[datetime]


class PremisesMerge(Base):
    """A record that premises were merged into other premises.

    Attributes:
        households: The households that were moved by the merge: their ids by the label that each household had before.
    """

    __tablename__ = "premises_merge"
    __table_args__ = (
        Index("ix_premises_merge_into_id", "into_id"),
        Index(
            "uq_premises_merge_premises_id",
            "premises_id",
            unique=True,
            postgresql_where=text("undone_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    premises_id: Mapped[UUID] = mapped_column(ForeignKey("premises.id"))
    into_id: Mapped[UUID] = mapped_column(ForeignKey("premises.id"))
    households: Mapped[dict[str, str]] = mapped_column(JSONB)
    gave_external_ref: Mapped[bool]
    reason: Mapped[str]
    merged_by: Mapped[UUID]
    merged_at: Mapped[datetime]
    undo_reason: Mapped[str | None]
    undone_by: Mapped[UUID | None]
    undone_at: Mapped[datetime | None]


class Household(Versioned, Base):
    """A group of people who live together in premises.

    Attributes:
        label: Text that distinguishes the households of the same premises.
    """

    __tablename__ = "household"
    __table_args__ = (
        CheckConstraint(_one_of("kind", HOUSEHOLD_KINDS), name="kind"),
        Index("ix_household_grid_id_id", "grid_id", "id"),
        Index("ix_household_scope_path", "scope_path", postgresql_using="gist"),
        Index("ix_household_scope_path_id", "scope_path", "id"),
        Index("ix_household_part_id", text("subpath(scope_path, 0, 2)"), "id"),
        Index("uq_household_premises_label", "premises_id", "label", unique=True, postgresql_where=LIVE),
        Index("ix_household_next_visit_due_id", "next_visit_due", "id"),
        # Those that the unique index leaves out: all households of premises move with them.
        Index(
            "ix_household_deleted_premises_id", "premises_id", postgresql_where=text("deleted_at is not null")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    scope_path: Mapped[str | None] = mapped_column(Ltree)
    premises_id: Mapped[UUID] = mapped_column(ForeignKey("premises.id"))
    label: Mapped[str] = mapped_column(server_default=text("''"))
    kind: Mapped[str] = mapped_column(server_default=text("'family'"))
    next_visit_due: Mapped[date | None]
    # Final until a person undoes them: the household is not visited any more.
    declined_at: Mapped[datetime | None]
    moved_away_at: Mapped[datetime | None]
    is_generated: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime]


class Resident(Versioned, Base):
    """A member of a household.

    Attributes:
        is_registered_here: The official household registration (户籍) is at this address. Null: unknown.
        lives_here: The person lives at this address. Null: unknown. The two columns are independent.
        registered_at: The other place of registration, if the person is not registered here.
    """

    __tablename__ = "resident"
    __table_args__ = (
        CheckConstraint("(name is null) = (erased_at is not null)", name="erased"),
        CheckConstraint("birth_year between 1880 and 2200", name="birth_year"),
        Index("ix_resident_household_id", "household_id"),
        Index("ix_resident_name", "name", postgresql_where=LIVE),
        Index("ix_resident_grid_id", "grid_id"),
        Index("ix_resident_scope_path", "scope_path", postgresql_using="gist"),
        Index(
            "ix_resident_residence",
            "is_registered_here",
            "lives_here",
            "household_id",
            postgresql_where=LIVE,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.id"))
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    scope_path: Mapped[str | None] = mapped_column(Ltree)
    name: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    is_registered_here: Mapped[bool | None]
    lives_here: Mapped[bool | None]
    registered_at: Mapped[str | None]
    birth_year: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class CareTag(Versioned, Base):
    """A kind of help that a resident needs, with its purpose and its last day.

    Attributes:
        cycle_days: Days between two visits for this help. Null: no visits are planned.
        next_due: Day of the next visit for this help. Null: no visits are planned.
    """

    __tablename__ = "care_tag"
    __table_args__ = (
        CheckConstraint(_one_of("kind", (*CARE_KINDS, "erased")), name="kind"),
        CheckConstraint("cycle_days between 1 and 366", name="cycle_days"),
        CheckConstraint("(cycle_days is null) = (next_due is null)", name="next_due"),
        Index("ix_care_tag_resident_id", "resident_id"),
        Index("ix_care_tag_household_id", "household_id"),
        Index("ix_care_tag_grid_id", "grid_id"),
        Index("ix_care_tag_kind_household_id", "kind", "household_id", postgresql_where=LIVE),
        Index("ix_care_tag_ends_on", "ends_on", postgresql_where=LIVE),
        Index("ix_care_tag_next_due_id", "next_due", "id", postgresql_where=LIVE),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    resident_id: Mapped[UUID] = mapped_column(ForeignKey("resident.id"))
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.id"))
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    kind: Mapped[str]
    purpose: Mapped[str]
    ends_on: Mapped[date]
    cycle_days: Mapped[int | None] = mapped_column(Integer)
    next_due: Mapped[date | None]
    granted_by: Mapped[UUID]
    granted_at: Mapped[datetime]


class Consent(Versioned, Base):
    """A consent of a resident or a household to the storage of data for one purpose.

    Attributes:
        withdrawn_at: Time at which the consent was withdrawn. Null: the consent is still valid.
    """

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint(_one_of("given_by_way", CONSENT_WAYS), name="given_by_way"),
        Index("ix_consent_household_id", "household_id"),
        Index("ix_consent_grid_id", "grid_id"),
        Index("ix_consent_resident_id", "resident_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.id"))
    resident_id: Mapped[UUID | None] = mapped_column(ForeignKey("resident.id"))
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    purpose: Mapped[str]
    given_by_way: Mapped[str]
    given_at: Mapped[datetime]
    recorded_by: Mapped[UUID]
    withdrawn_at: Mapped[datetime | None]
    withdrawal_recorded_by: Mapped[UUID | None]


class Visit(Versioned, Base):
    """A visit to a household, with its outcome.

    The note is erased after the day `note_expires_on`.
    """

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint(_one_of("outcome", VISIT_OUTCOMES), name="outcome"),
        CheckConstraint("(note is null) = (note_expires_on is null)", name="note"),
        Index("ix_visit_household_id_visited_at", "household_id", "visited_at"),
        Index("ix_visit_grid_id_visited_at", "grid_id", "visited_at"),
        Index(
            "ix_visit_note_expires_on",
            "note_expires_on",
            postgresql_where=text("note_expires_on is not null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.id"))
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    visited_by: Mapped[UUID]
    visited_at: Mapped[datetime]
    outcome: Mapped[str]
    note: Mapped[str | None]
    note_expires_on: Mapped[date | None]
    # The care tags whose task was done in this visit.
    care_done: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    created_at: Mapped[datetime]
