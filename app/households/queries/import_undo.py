"""SQL of taking back what an import made in the register."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

ENTITIES = ("care_tag", "resident", "household", "premises")


def reasons(
    session: Session, made: Mapping[str, Collection[UUID]], edited: Collection[UUID]
) -> dict[tuple[str, UUID], str | None]:
    """Why each of the things that are still there must stay, None: it need not.

    `visited`: its household was visited; `edited`: by a person; `consented`: somebody agreed to something there;
    `has_others`: something that this import did not make, or that has to stay, hangs on it.
    """
    sql = """
      with edited as materialized (select unnest(cast(:edited as uuid[])) id),
      visited as materialized (
        select distinct v.household_id id from visit v
        where v.deleted_at is null and (v.household_id = any(:household)
          or v.household_id in (select r.household_id from resident r where r.id = any(:resident))
          or v.household_id in (select c.household_id from care_tag c where c.id = any(:care_tag)))),
      tag as materialized (
        select c.id, c.resident_id, case
          when c.household_id in (select id from visited) then 'visited'
          when c.id in (select id from edited) or c.resident_id in (select id from edited) then 'edited'
          when exists (select from consent o where o.resident_id = c.resident_id and o.deleted_at is null)
            then 'consented' end reason
        from care_tag c where c.id = any(:care_tag) and c.deleted_at is null),
      person as materialized (
        select r.id, r.household_id, case
          when r.household_id in (select id from visited) then 'visited'
          when r.id in (select id from edited) then 'edited'
          when exists (select from consent o where o.resident_id = r.id and o.deleted_at is null) then 'consented'
          when exists (select from care_tag c where c.resident_id = r.id and c.deleted_at is null
                       and not exists (select from tag where tag.id = c.id and tag.reason is null))
            then 'has_others' end reason
        from resident r where r.id = any(:resident) and r.deleted_at is null),
      home as materialized (
        select h.id, h.premises_id, case
          when h.id in (select id from visited) then 'visited'
          when h.id in (select id from edited) then 'edited'
          when exists (select from consent o where o.household_id = h.id and o.deleted_at is null) then 'consented'
          when exists (select from resident r where r.household_id = h.id and r.deleted_at is null
                       and not exists (select from person where person.id = r.id and person.reason is null))
            then 'has_others' end reason
        from household h where h.id = any(:household) and h.deleted_at is null),
      place as (
        select p.id, case
          when p.id in (select id from edited) then 'edited'
          when exists (select from premises m where m.merged_into = p.id) then 'has_others'
          when exists (select from household h where h.premises_id = p.id and h.deleted_at is null
                       and not exists (select from home where home.id = h.id and home.reason is null))
            then 'has_others' end reason
        from premises p where p.id = any(:premises) and p.deleted_at is null)
      select 'care_tag' entity, id, reason from tag union all select 'resident', id, reason from person
      union all select 'household', id, reason from home union all select 'premises', id, reason from place
    """
    binds: dict[str, Any] = {entity: list(made.get(entity, ())) for entity in ENTITIES}
    result = session.execute(text(sql), binds | {"edited": list(edited)})
    return {(row.entity, row.id): row.reason for row in result}


def hold(session: Session, made: Mapping[str, Collection[UUID]]) -> None:
    """Keep others from hanging anything on these things meanwhile."""
    homes = """
      id = any(:household) or id in (select household_id from resident where id = any(:resident)
                                     union select household_id from care_tag where id = any(:care_tag))
    """
    binds = {entity: list(made.get(entity, ())) for entity in ENTITIES}
    for held in ("premises where id = any(:premises)", f"household where {homes}"):
        session.execute(text(f"select id from {held} order by id for no key update"), binds)


def take_back(session: Session, gone: Mapping[str, Sequence[UUID]], *, at: datetime) -> None:
    """End these things: tombstones stay, what they said of residents is blanked, also in the history."""
    sets = {
        "care_tag": "kind = 'erased', purpose = '', cycle_days = null, next_due = null",
        "resident": "name = null, phone = null, registered_at = null, birth_year = null, erased_at = :at",
        "household": "label = ''",
        "premises": "external_ref = null",
    }
    for entity in ENTITIES:
        ids = list(gone.get(entity, ()))
        if ids:
            sql = f"update {entity} set {sets[entity]}, deleted_at = :at where id = any(:ids)"
            session.execute(text(sql), {"ids": ids, "at": at})
            if entity in ("care_tag", "resident"):
                session.execute(text("select erase_history(:entity, :ids)"), {"entity": entity, "ids": ids})


def premises_of(session: Session, jurisdiction_id: UUID, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The premises of a jurisdiction, living or merged into others, that have these ids, or whose households have them."""
    sql = """
      select p.id, p.id premises_id from premises p
      where p.id = any(:ids) and p.jurisdiction_id = :jurisdiction_id
        and (p.deleted_at is null or p.merged_into is not null)
      union all
      select h.id, h.premises_id from household h
      where h.id = any(:ids) and h.jurisdiction_id = :jurisdiction_id and h.deleted_at is null
    """
    result = session.execute(text(sql), {"ids": list(ids), "jurisdiction_id": jurisdiction_id})
    return {row.id: row.premises_id for row in result}


def ended_premises(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Those of the ids that belong to premises which were ended, and not merged into others."""
    sql = "select id from premises where id = any(:ids) and deleted_at is not null and merged_into is null"
    return set(session.scalars(text(sql), {"ids": list(ids)}))
