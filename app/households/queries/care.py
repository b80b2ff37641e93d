"""SQL of care tags of residents, and of the consents of households and residents.

A care tag marks a kind of help that a resident needs. SQL of the residents themselves is in `residents`.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, select, text, update
from sqlalchemy.orm import Session

from app.households.models import CareTag, Consent
from app.households.queries.row_conditions import has_expected_version
from app.households.queries.row_json import CARE_TAG, CONSENT

_IS_TAG = CareTag.id == bindparam("tag_id")
_INSERT_TAG = text("""
  insert into care_tag (id, resident_id, household_id, grid_id, kind, purpose, ends_on, cycle_days, next_due,
                        granted_by, granted_at)
  select :id, r.id, r.household_id, r.grid_id, :kind, :purpose, :ends_on, :cycle_days, :next_due, :by, :at
  from resident r where r.id = :resident_id
  on conflict (id) do nothing returning id
""")
_TAG = select(CareTag.version, CARE_TAG.label("item")).where(_IS_TAG)
_TAG_FACTS = select(
    CareTag.purpose, CareTag.ends_on, CareTag.cycle_days, CareTag.next_due, CareTag.granted_at
).where(_IS_TAG)
# Sets the columns that are among the keys of its parameters.
_UPDATE_TAG = (
    update(CareTag)
    .where(_IS_TAG, CareTag.deleted_at.is_(None), has_expected_version(CareTag))
    .returning(CareTag.id)
)
_END_TAG = update(CareTag).where(_IS_TAG).values(deleted_at=bindparam("ended_at"))
_IS_ENDED = select(CareTag.id).where(_IS_TAG, CareTag.deleted_at.is_not(None))
_RESTORE_TAG = (
    update(CareTag)
    .where(_IS_TAG, CareTag.deleted_at.is_not(None), CareTag.kind != "erased")
    .values(deleted_at=None)
    .returning(CareTag.id)
)
_END_LAPSED = (
    update(CareTag)
    .where(CareTag.deleted_at.is_(None), CareTag.ends_on < bindparam("today"))
    .values(deleted_at=bindparam("ended_at"))
    .returning(CareTag.id)
)
_INSERT_CONSENT = text("""
  insert into consent (id, household_id, resident_id, grid_id, purpose, given_by_way, given_at, recorded_by)
  select :id, h.id, :resident_id, h.grid_id, :purpose, :given_by_way, :given_at, :by
  from household h where h.id = :household_id
  on conflict (id) do nothing returning id
""")
_CONSENT = select(CONSENT.label("item")).select_from(Consent).where(Consent.id == bindparam("consent_id"))
_WITHDRAW = (
    update(Consent)
    .where(Consent.id == bindparam("consent_id"), Consent.withdrawn_at.is_(None))
    .values(withdrawn_at=bindparam("at"), withdrawal_recorded_by=bindparam("by"))
    .returning(Consent.id)
)


def insert_care_tag(session: Session, values: dict[str, Any]) -> bool:
    """Store a care tag (a kind of help that a resident needs). Return False if the id is used."""
    return session.scalar(_INSERT_TAG, values) is not None


def care_tag(session: Session, tag_id: UUID) -> RowMapping:
    """Return `version` and `item` (JSON) of a care tag, also of an ended one."""
    return session.execute(_TAG, {"tag_id": tag_id}).mappings().one()


def care_facts(session: Session, tag_id: UUID) -> RowMapping:
    """Return purpose, last day, cycle, next due day and time of creation of a care tag.

    Columns: `purpose`, `ends_on`, `cycle_days`, `next_due` and `granted_at` (the time of creation).
    """
    return session.execute(_TAG_FACTS, {"tag_id": tag_id}).mappings().one()


def update_care_tag(session: Session, tag_id: UUID, *, expected: int | None, values: dict[str, Any]) -> bool:
    """Store purpose, last day, cycle and next due day of a care tag.

    Return False if the stored version is not the expected one, or the tag has ended.
    """
    columns = {column: values[column] for column in ("purpose", "ends_on", "cycle_days", "next_due")}
    return session.scalar(_UPDATE_TAG, columns | {"tag_id": tag_id, "expected": expected}) is not None


def end_care_tag(session: Session, tag_id: UUID, *, at: datetime) -> None:
    """End a care tag: set its tombstone (`deleted_at`)."""
    session.execute(_END_TAG, {"tag_id": tag_id, "ended_at": at})


def is_ended(session: Session, tag_id: UUID) -> bool:
    """Return True if the care tag exists and has ended."""
    return session.scalar(_IS_ENDED, {"tag_id": tag_id}) is not None


def restore_care_tag(session: Session, tag_id: UUID) -> bool:
    """Make an ended care tag active again.

    Return False if the tag has not ended, or its resident was erased.
    """
    return session.scalar(_RESTORE_TAG, {"tag_id": tag_id}) is not None


def end_lapsed_care(session: Session, *, today: date, at: datetime) -> int:
    """End the care tags whose last day is before `today`. Return their number.

    A care tag marks a kind of help that a resident needs.
    """
    return len(session.execute(_END_LAPSED, {"today": today, "ended_at": at}).all())


def insert_consent(session: Session, values: dict[str, Any]) -> bool:
    """Store a consent with the grid of its household. Return False if the id is used."""
    return session.scalar(_INSERT_CONSENT, values) is not None


def consent(session: Session, consent_id: UUID) -> bytes:
    """Return a consent as JSON."""
    result: bytes = session.execute(_CONSENT, {"consent_id": consent_id}).scalar_one()
    return result


def withdraw_consent(session: Session, consent_id: UUID, *, by: UUID, at: datetime) -> bool:
    """Mark a consent as withdrawn. Return False if it was withdrawn before."""
    return session.scalar(_WITHDRAW, {"consent_id": consent_id, "by": by, "at": at}) is not None
