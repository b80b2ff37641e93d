"""SQL of units and what they own."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts.rules.masking import FieldClass, masked
from app.core.actor import Actor
from app.core.db import sql_text
from app.profiles.scope import in_own_jurisdictions

_UNIT = f"""
  json_build_object('id', u.id, 'code', u.code, 'name', u.name, 'area_id', u.area_id,
    'contact', case when :shows_contact then u.contact else {masked(FieldClass.CONTACT, "u.contact")} end,
    'version', u.version,
    'competences', (select coalesce(json_agg(json_build_object('area_id', c.area_id,
                                             'category_prefix', c.category_prefix) order by c.id), '[]')
                    from unit_competence c where c.unit_id = u.id and c.deleted_at is null))
"""


def unit_page(
    session: Session,
    actor: Actor,
    *,
    shows_contact: bool,
    within: UUID | None,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """Return a page of units in the order of (code, id): `items` as JSON bytes, and the last key if more follow."""
    is_own, binds = in_own_jurisdictions(actor, "u.jurisdiction_id")
    conditions = ["u.deleted_at is null", is_own]
    binds |= {"limit": limit, "shows_contact": shows_contact}
    if within:
        conditions.append("""
          exists (select 1 from area_version v join area_version w on v.path <@ w.path
                  where v.area_id = u.area_id and upper_inf(v.valid)
                    and w.area_id = :within and upper_inf(w.valid))
        """)
        binds["within"] = within
    if after:
        conditions.append("(u.code, u.id) > (:after_code, cast(:after_id as uuid))")
        binds |= {"after_code": after[0], "after_id": after[1]}
    sql = f"""
      with page as materialized (
        select u.id, u.code, row_number() over (order by u.code, u.id) place
        from unit u where {" and ".join(conditions)}
        order by u.code, u.id limit :limit + 1)
      select (select coalesce(json_agg({_UNIT} order by u.code, u.id), '[]')
              from page join unit u on u.id = page.id where page.place <= :limit) items,
             (select array[code, id::text] from page
              where place = :limit and (select count(*) from page) > :limit) next_key
    """
    return session.execute(sql_text(sql), binds).mappings().one()


def unit(session: Session, actor: Actor, unit_id: UUID, *, shows_contact: bool) -> RowMapping | None:
    is_own, binds = in_own_jurisdictions(actor, "u.jurisdiction_id")
    sql = f"""
      select u.version, u.jurisdiction_id, u.area_id, {_UNIT} item
      from unit u where u.id = :unit_id and u.deleted_at is null and {is_own}
    """
    return (
        session.execute(sql_text(sql), binds | {"unit_id": unit_id, "shows_contact": shows_contact})
        .mappings()
        .one_or_none()
    )


def owner_unit(
    session: Session, *, jurisdiction_id: UUID, path: str | None, category: str
) -> RowMapping | None:
    """Return the unit that owns a category at a place: the one with the longest category prefix, then in the deepest
    area, then with the lowest code; else the jurisdiction's root unit."""
    return (
        session.execute(
            sql_text(f"select * from ({OWNER_UNIT}) o"),
            {"jurisdiction_id": jurisdiction_id, "path": path, "category": category},
        )
        .mappings()
        .one_or_none()
    )


def owner_units(
    session: Session, *, jurisdiction_id: UUID, paths_and_categories: Sequence[tuple[str | None, str]]
) -> list[UUID | None]:
    """Return the owner of each (path, category), in order."""
    owner = OWNER_UNIT.replace(":category", "w.category").replace(":path", "w.path")
    sql = f"""
      select o.id from unnest(cast(:paths as text[]), cast(:categories as text[])) with ordinality
        w(path, category, n) left join lateral ({owner}) o on true order by w.n
    """
    binds = {
        "jurisdiction_id": jurisdiction_id,
        "paths": [path for path, _ in paths_and_categories],
        "categories": [category for _, category in paths_and_categories],
    }
    return list(session.scalars(sql_text(sql), binds))


OWNER_UNIT = """
  select u.id, u.name, u.code from (
    select c.unit_id, 1 own, length(c.category_prefix) specific, a.depth
    from unnest(string_to_array(:path, '.')) with ordinality a(label, depth)  -- a path is made of area ids
    join unit_competence c on c.area_id = cast(a.label as uuid)
    where c.deleted_at is null and starts_with(:category, c.category_prefix)
    union all
    select c.unit_id, 1, length(c.category_prefix), 0
    from unit_competence c
    where c.area_id is null and c.deleted_at is null and starts_with(:category, c.category_prefix)
    union all
    select j.root_unit_id, 0, 0, 0 from jurisdiction j where j.id = :jurisdiction_id
  ) m join unit u on u.id = m.unit_id and u.deleted_at is null and u.jurisdiction_id = :jurisdiction_id
  order by m.own desc, m.specific desc, m.depth desc, u.code limit 1
"""


def insert_unit(session: Session, values: dict[str, Any]) -> bool:
    """False when the code or the id is taken."""
    sql = """
      insert into unit (id, jurisdiction_id, area_id, code, name, contact, created_at)
      values (:id, :jurisdiction_id, :area_id, :code, cast(:name as jsonb), :contact, :at)
      on conflict do nothing returning id
    """
    return session.scalar(sql_text(sql), values) is not None


def is_unit_id_used(session: Session, unit_id: UUID) -> bool:
    is_used: bool = session.execute(
        sql_text("select exists (select 1 from unit where id = :id)"), {"id": unit_id}
    ).scalar_one()
    return is_used


def insert_competences(session: Session, rows: list[dict[str, Any]]) -> None:
    sql = """
      insert into unit_competence (id, unit_id, area_id, category_prefix)
      values (:id, :unit_id, :area_id, :category_prefix)
    """
    if rows:
        session.execute(sql_text(sql), rows)


def competence_areas(session: Session, unit_id: UUID) -> list[UUID | None]:
    """Return the areas in which a unit owns matters; None stands for everywhere."""
    sql = "select distinct area_id from unit_competence where unit_id = :unit_id and deleted_at is null"
    return list(session.scalars(sql_text(sql), {"unit_id": unit_id}))


def retire_competences(session: Session, unit_id: UUID, at: datetime) -> None:
    session.execute(
        sql_text(
            "update unit_competence set deleted_at = :at where unit_id = :unit_id and deleted_at is null"
        ),
        {"unit_id": unit_id, "at": at},
    )


def update_unit(session: Session, unit_id: UUID, *, expected: int | None, values: dict[str, Any]) -> bool:
    """Set the columns given, and in any case raise the version. False when it is not the expected one."""
    sets = {"name": "name = cast(:name as jsonb)", "contact": "contact = :contact"}
    assignments = ", ".join(clause for column, clause in sets.items() if column in values) or "code = code"
    sql = f"""
      update unit set {assignments}
      where id = :unit_id and deleted_at is null
        and (cast(:expected as bigint) is null or version = :expected)
      returning id
    """
    updated_id = session.scalar(sql_text(sql), {"unit_id": unit_id, "expected": expected, **values})
    return updated_id is not None


def areas_in_jurisdiction(session: Session, jurisdiction_id: UUID, area_ids: Collection[UUID]) -> int:
    """Return the number of the areas that are current ones of the jurisdiction."""
    sql = """
      select count(*) from area_version
      where area_id = any(:ids) and jurisdiction_id = :jurisdiction_id and upper_inf(valid)
    """
    count: int = session.execute(
        sql_text(sql), {"ids": list(area_ids), "jurisdiction_id": jurisdiction_id}
    ).scalar_one()
    return count


# Which area follows which: binds :old, :new, :is_first from `_succession_binds`.
_SUCCESSIONS = """
  unnest(cast(:old as uuid[]), cast(:new as uuid[]), cast(:is_first as boolean[])) follows(old, new, is_first)
"""


def _succession_binds(pairs: Sequence[tuple[UUID, UUID, bool]]) -> dict[str, Any]:
    return {
        "old": [old for old, _, _ in pairs],
        "new": [new for _, new, _ in pairs],
        "is_first": [is_first for _, _, is_first in pairs],
    }


def competences_to_move(session: Session, pairs: Sequence[tuple[UUID, UUID, bool]]) -> Sequence[RowMapping]:
    """Return competences of replaced areas as competences of the areas that follow, without duplicates."""
    sql = f"""
      select distinct c.unit_id, follows.new area_id, c.category_prefix
      from unit_competence c join {_SUCCESSIONS} on follows.old = c.area_id
      where c.deleted_at is null and not exists (
        select 1 from unit_competence o
        where o.unit_id = c.unit_id and o.area_id = follows.new and o.category_prefix = c.category_prefix
          and o.deleted_at is null)
    """
    return session.execute(sql_text(sql), _succession_binds(pairs)).mappings().all()


def move_units(session: Session, pairs: Sequence[tuple[UUID, UUID, bool]], at: datetime) -> int:
    """Move units to the first successor of their area and end replaced competences. Return the number of units."""
    sql = f"""
      with ended as (
        update unit_competence set deleted_at = :at
        where area_id = any(cast(:old as uuid[])) and deleted_at is null returning unit_id),
      seated as (
        update unit u set area_id = coalesce(
          (select follows.new from {_SUCCESSIONS} where follows.old = u.area_id and follows.is_first), u.area_id)
        where u.deleted_at is null
          and (u.area_id = any(cast(:old as uuid[])) or u.id in (select unit_id from ended))
        returning 1)
      select count(*) from seated
    """
    moved_count: int = session.execute(sql_text(sql), {"at": at, **_succession_binds(pairs)}).scalar_one()
    return moved_count


def jurisdiction_of(session: Session, unit_id: UUID) -> UUID | None:
    sql = "select jurisdiction_id from unit where id = :unit_id and deleted_at is null"
    jurisdiction_id: UUID | None = session.scalar(sql_text(sql), {"unit_id": unit_id})
    return jurisdiction_id
