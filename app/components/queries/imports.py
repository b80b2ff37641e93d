"""SQL that imports components, and that undoes an import."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.areas.scope import LEAF_AREA_JOIN
from app.components.queries.changes import COLUMNS, FACTS, GIVEN_ROWS_CTE, qualified_facts, rows_json
from app.core.actor import Actor, Permission
from app.workforce.scope import paths_sql, scope_binds


def import_rows(
    session: Session, actor: Actor, rows: Sequence[dict[str, Any]], *, permission: Permission, now: datetime
) -> Sequence[RowMapping]:
    """Insert or change components by number. Per row, in order: `is_nowhere` (in no area, where there are any),
    `is_inside` (where the actor holds `permission`, and so did what was there), `is_made` or `is_changed`.

    A fact that is null stays as stored.
    """
    if actor.everywhere_with(permission):
        target_condition = current_condition = "true"
        binds: dict[str, Any] = {}
    else:
        target_condition, current_condition = (
            f"leaf.path <@ any({paths_sql()})",
            f"was.scope_path <@ any({paths_sql()})",
        )
        binds = scope_binds(actor, now, permission)
    facts = [name.strip() for name in FACTS.split(",")]
    merged = ", ".join(f"coalesce(k.{name}, component.{name})" for name in facts)
    columns = [f"k.{name.strip()}" for name in COLUMNS.split(",") if name.strip() != "state"]
    sql = f"""
      with {GIVEN_ROWS_CTE},
      k as materialized (
        select given.*, leaf.grid_id, leaf.path, was.id was_id,
          leaf.path is null and exists (select from area_version a where a.jurisdiction_id = given.jurisdiction_id
                                        and upper_inf(a.valid)) is_nowhere,
          coalesce({target_condition}, false) and (was.id is null or coalesce({current_condition}, false)) is_inside
        from given left join component was on was.jurisdiction_id = given.jurisdiction_id and was.code = given.code
          and was.deleted_at is null
        {LEAF_AREA_JOIN.format(of="given")}),
      changed as (
        update component set ({", ".join(facts)}) = row({merged}), grid_id = k.grid_id, scope_path = k.path
        from k where component.id = k.was_id and k.is_inside and not k.is_nowhere
          and ({qualified_facts("component")}) is distinct from ({merged})
        returning component.code),
      made as (
        insert into component ({", ".join(columns).replace("k.", "")}, state, location, installed_on, checked_on, source,
          note, grid_id, scope_path, created_at)
        select {", ".join(columns)}, coalesce(k.state, 'in_use'), k.location, k.installed_on, k.checked_on, k.source,
          k.note, k.grid_id, k.path, :at
        from k where k.was_id is null and k.is_inside and not k.is_nowhere
        returning code)
      select k.id, k.is_nowhere, k.is_inside, k.code in (select code from made) is_made,
             k.code in (select code from changed) is_changed
      from k
    """
    return session.execute(text(sql), binds | {"rows": rows_json(rows), "at": now}).mappings().all()


def units_by_code_or_name(session: Session, jurisdiction_id: UUID, codes: Sequence[str]) -> dict[str, UUID]:
    """Return the units of a jurisdiction with these codes or names, by code and name."""
    sql = """
      select u.id, u.code, u.name ->> 'zh' zh, u.name ->> 'en' en from unit u
      where u.jurisdiction_id = :jurisdiction_id and u.deleted_at is null
        and (u.code = any(:codes) or u.name ->> 'zh' = any(:codes) or u.name ->> 'en' = any(:codes)) order by u.id desc
    """
    units = session.execute(text(sql), {"jurisdiction_id": jurisdiction_id, "codes": list(codes)}).all()
    names = {name: row.id for row in units for name in (row.zh, row.en)}
    return names | {row.code: row.id for row in units}


def undo_blockers(session: Session, ids: Sequence[UUID]) -> dict[UUID, str | None]:
    """Return why the removal of each remaining component is blocked. None: not blocked; `has_case`: a case names it."""
    lock_sql = "select id from component where id = any(:ids) and deleted_at is null order by id for update"
    session.execute(text(lock_sql), {"ids": list(ids)})
    sql = """
      select c.id, case when exists (select from incident i where i.component_id = c.id and i.deleted_at is null)
        then 'has_case' end reason
      from component c where c.id = any(:ids) and c.deleted_at is null
    """
    return {row.id: row.reason for row in session.execute(text(sql), {"ids": list(ids)})}


def retire_all(session: Session, ids: Sequence[UUID], *, retired_at: datetime) -> None:
    sql = (
        "update component set state = 'retired', deleted_at = :at where id = any(:ids) and deleted_at is null"
    )
    session.execute(text(sql), {"ids": list(ids), "at": retired_at})
