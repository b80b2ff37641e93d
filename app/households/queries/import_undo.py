"""SQL that undoes an import: deletes its rows, except those that were used since."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, or_, select, text, update
from sqlalchemy.orm import Session

from app.households.models import CareTag, Household, Premises, Resident
from app.households.queries.residents import ERASE_HISTORY
from app.households.queries.row_conditions import IDS

ENTITIES = ("care_tag", "resident", "household", "premises")

_REASONS = text("""
  with edited as materialized (select unnest(cast(:edited as uuid[])) id),
  visited as materialized (
    select distinct v.household_id id from visit v
    where v.deleted_at is null and (v.household_id = any(:household)
      or v.household_id in (select r.household_id from resident r where r.id = any(:resident))
      or v.household_id in (select c.household_id from care_tag c where c.id = any(:care_tag)))),
  made_tag as materialized (
    select c.id, c.resident_id, case
      when c.household_id in (select id from visited) then 'visited'
      when c.id in (select id from edited) or c.resident_id in (select id from edited) then 'edited'
      when exists (select from consent o where o.resident_id = c.resident_id and o.deleted_at is null)
        then 'consented' end reason
    from care_tag c where c.id = any(:care_tag) and c.deleted_at is null),
  made_resident as materialized (
    select r.id, r.household_id, case
      when r.household_id in (select id from visited) then 'visited'
      when r.id in (select id from edited) then 'edited'
      when exists (select from consent o where o.resident_id = r.id and o.deleted_at is null) then 'consented'
      when exists (select from care_tag c where c.resident_id = r.id and c.deleted_at is null
                   and not exists (select from made_tag t where t.id = c.id and t.reason is null))
        then 'has_others' end reason
    from resident r where r.id = any(:resident) and r.deleted_at is null),
  made_household as materialized (
    select h.id, h.premises_id, case
      when h.id in (select id from visited) then 'visited'
      when h.id in (select id from edited) then 'edited'
      when exists (select from consent o where o.household_id = h.id and o.deleted_at is null) then 'consented'
      when exists (select from resident r where r.household_id = h.id and r.deleted_at is null
                   and not exists (select from made_resident m where m.id = r.id and m.reason is null))
        then 'has_others' end reason
    from household h where h.id = any(:household) and h.deleted_at is null),
  made_premises as (
    select p.id, case
      when p.id in (select id from edited) then 'edited'
      when exists (select from premises m where m.merged_into = p.id) then 'has_others'
      when exists (select from household h where h.premises_id = p.id and h.deleted_at is null
                   and not exists (select from made_household m where m.id = h.id and m.reason is null))
        then 'has_others' end reason
    from premises p where p.id = any(:premises) and p.deleted_at is null)
  select 'care_tag' entity, id, reason from made_tag union all select 'resident', id, reason from made_resident
  union all select 'household', id, reason from made_household union all select 'premises', id, reason from made_premises
""")
_LOCK_PREMISES = text("select id from premises where id = any(:premises) order by id for no key update")
_LOCK_HOUSEHOLDS = text("""
  select id from household
  where id = any(:household)
    or id in (select household_id from resident where id = any(:resident)
              union select household_id from care_tag where id = any(:care_tag))
  order by id for no key update
""")
_AT = bindparam("at", type_=DateTime(timezone=True))
_DELETE_MADE = {
    "care_tag": update(CareTag)
    .where(CareTag.id == IDS)
    .values(kind="erased", purpose="", cycle_days=None, next_due=None, deleted_at=_AT),
    "resident": update(Resident)
    .where(Resident.id == IDS)
    .values(
        name=None, phone=None, email=None, registered_at=None, birth_year=None, erased_at=_AT, deleted_at=_AT
    ),
    "household": update(Household).where(Household.id == IDS).values(label="", deleted_at=_AT),
    "premises": update(Premises).where(Premises.id == IDS).values(external_ref=None, deleted_at=_AT),
}
_OF_JURISDICTION = bindparam("jurisdiction_id", type_=Uuid())
_PREMISES = select(Premises.id, Premises.id.label("premises_id")).where(
    Premises.id == IDS,
    Premises.jurisdiction_id == _OF_JURISDICTION,
    or_(Premises.deleted_at.is_(None), Premises.merged_into.is_not(None)),
)
_PREMISES_OF_HOUSEHOLDS = select(Household.id, Household.premises_id).where(
    Household.id == IDS, Household.jurisdiction_id == _OF_JURISDICTION, Household.deleted_at.is_(None)
)
_PREMISES_OF = _PREMISES.union_all(_PREMISES_OF_HOUSEHOLDS)
_ENDED_PREMISES = select(Premises.id).where(
    Premises.id == IDS, Premises.deleted_at.is_not(None), Premises.merged_into.is_(None)
)


def reasons(
    session: Session, made: Mapping[str, Collection[UUID]], edited: Collection[UUID]
) -> dict[tuple[str, UUID], str | None]:
    """Return for each row that an import made the reason why it cannot be deleted, or None.

    Rows that were deleted already are left out. The keys are (entity, id). The reasons are:
    `visited`: the household of the row was visited;
    `edited`: a person changed the row;
    `consented`: a consent was stored for the row;
    `has_others`: another row refers to this row, and the import did not make the other row, or it cannot be deleted.

    Args:
        made: Ids of the rows that the import made, by entity (one of ENTITIES).
        edited: Ids of rows that people changed later.
    """
    result = session.execute(_REASONS, _ids_by_entity(made) | {"edited": list(edited)})
    return {(row.entity, row.id): row.reason for row in result}


def lock(session: Session, made: Mapping[str, Collection[UUID]]) -> None:
    """Lock the premises and households of rows that an import made.

    Until the transaction ends, no other transaction can store a row that refers to them.
    """
    binds = _ids_by_entity(made)
    session.execute(_LOCK_PREMISES, binds)
    session.execute(_LOCK_HOUSEHOLDS, binds)


def _ids_by_entity(made: Mapping[str, Collection[UUID]]) -> dict[str, Any]:
    return {entity: list(made.get(entity, ())) for entity in ENTITIES}


def delete_made(session: Session, gone: Mapping[str, Sequence[UUID]], *, at: datetime) -> None:
    """Mark rows that an import made as deleted, and blank their personal fields.

    The rows stay in the table (`deleted_at` is set). The personal fields of residents and care tags are also blanked in the
    history.
    """
    for entity in ENTITIES:
        ids = list(gone.get(entity, ()))
        if ids:
            session.execute(_DELETE_MADE[entity], {"ids": ids, "at": at})
            if entity in ("care_tag", "resident"):
                session.execute(ERASE_HISTORY, {"entity": entity, "ids": ids})


def premises_of(session: Session, jurisdiction_id: UUID, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Map ids of premises or households in a jurisdiction to the ids of their premises.

    Ids of deleted premises are left out, except of premises that were merged into others.

    Args:
        ids: Ids of premises or households. Only these ids are keys of the result.
    """
    result = session.execute(_PREMISES_OF, {"ids": list(ids), "jurisdiction_id": jurisdiction_id})
    return {row.id: row.premises_id for row in result}


def ended_premises(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Return the ids of deleted premises, without those that were merged into other premises."""
    return set(session.scalars(_ENDED_PREMISES, {"ids": list(ids)}))
