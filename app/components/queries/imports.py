"""SQL that imports components, and that undoes an import."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, RowMapping, Text, Uuid, any_, bindparam, or_, select, text, update
from sqlalchemy.orm import Session

from app.areas.models import Unit
from app.areas.scope import LEAF_AREA_JOIN
from app.components.models import Component
from app.components.queries.changes import COLUMNS, FACTS, GIVEN_ROWS_CTE, qualified_facts, rows_json
from app.components.rules import State
from app.core.actor import Actor, Permission
from app.workforce.scope import paths_sql, scope_binds

_NAMES = any_(bindparam("names", type_=ARRAY(Text)))
_ZH, _EN = Unit.name["zh"].astext, Unit.name["en"].astext
_UNITS = (
    select(Unit.id, Unit.code, _ZH.label("zh"), _EN.label("en"))
    .where(
        Unit.jurisdiction_id == bindparam("jurisdiction_id"),
        Unit.deleted_at.is_(None),
        or_(Unit.code == _NAMES, _ZH == _NAMES, _EN == _NAMES),
    )
    .order_by(Unit.id.desc())
)
_AMONG_IDS = Component.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
_LOCK = (
    select(Component.id)
    .where(_AMONG_IDS, Component.deleted_at.is_(None))
    .order_by(Component.id)
    .with_for_update()
)
_UNDO_BLOCKERS = text("""
  select c.id, case when exists (select from incident i where i.component_id = c.id and i.deleted_at is null)
    then 'has_case' end reason
  from component c where c.id = any(:ids) and c.deleted_at is null
""")
_RETIRE = (
    update(Component)
    .where(_AMONG_IDS, Component.deleted_at.is_(None))
    .values(state=State.RETIRED.value, deleted_at=bindparam("retired_at"))
)


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


def units_by_code_or_name(session: Session, jurisdiction_id: UUID, names: Sequence[str]) -> dict[str, UUID]:
    """Return the units of a jurisdiction with these codes or names, by code and by each name.

    Where two units have one name, it means the one with the lower id; a code comes before a name.
    """
    binds = {"jurisdiction_id": jurisdiction_id, "names": list(names)}
    units = session.execute(_UNITS, binds).all()
    by_name = {name: row.id for row in units for name in (row.zh, row.en)}
    return by_name | {row.code: row.id for row in units}


def undo_blockers(session: Session, ids: Sequence[UUID]) -> dict[UUID, str | None]:
    """Return why the removal of each remaining component is blocked. None: not blocked; `has_case`: a case names it.

    Locks the components until the transaction ends, so that no case comes to name one meanwhile.
    """
    session.execute(_LOCK, {"ids": list(ids)})
    return {row.id: row.reason for row in session.execute(_UNDO_BLOCKERS, {"ids": list(ids)})}


def retire_all(session: Session, ids: Sequence[UUID], *, retired_at: datetime) -> None:
    """Retire those of the components that are not retired yet."""
    session.execute(_RETIRE, {"ids": list(ids), "retired_at": retired_at})
