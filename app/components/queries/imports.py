"""SQL that imports components, and that undoes an import."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    RowMapping,
    Text,
    Uuid,
    any_,
    bindparam,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from app.areas.models import Unit
from app.components.models import Component
from app.components.queries.changes import AREA_OF_GIVEN, FACTS, GIVEN_ROWS, STORED_FACTS, rows_json
from app.components.rules import State
from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.workforce.scope import area_reach, column_sql

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

_MERGED_FACTS = Fragment("""
  coalesce(m.name, component.name), coalesce(m.state, component.state),
  coalesce(m.owning_unit_id, component.owning_unit_id), coalesce(m.managing_unit_id, component.managing_unit_id),
  coalesce(m.maintaining_unit_id, component.maintaining_unit_id), coalesce(m.location, component.location),
  coalesce(m.installed_on, component.installed_on), coalesce(m.checked_on, component.checked_on),
  coalesce(m.source, component.source), coalesce(m.note, component.note)
""")


@lru_cache
def _import_rows(
    is_target_in_reach: ColumnElement[bool], is_present_in_reach: ColumnElement[bool]
) -> Fragment:
    return Fragment(
        """
          with given as ({given_rows}),
          matched_row as materialized (
            select given.*, leaf.grid_id, leaf.path, was.id was_id,
              leaf.path is null and exists (select from area_version a where a.jurisdiction_id = given.jurisdiction_id
                                            and upper_inf(a.valid)) is_nowhere,
              coalesce({is_target_in_reach}, false)
                and (was.id is null or coalesce({is_present_in_reach}, false)) is_inside
            from given left join component was on was.jurisdiction_id = given.jurisdiction_id and was.code = given.code
              and was.deleted_at is null
            left join lateral {area_of_given} leaf on true),
          changed_component as (
            update component set ({facts}) = row({merged_facts}), grid_id = m.grid_id, scope_path = m.path
            from matched_row m where component.id = m.was_id and m.is_inside and not m.is_nowhere
              and ({stored_facts}) is distinct from ({merged_facts})
            returning component.code),
          new_component as (
            insert into component (id, jurisdiction_id, code, category, name, owning_unit_id, managing_unit_id,
              maintaining_unit_id, state, location, installed_on, checked_on, source, note, grid_id, scope_path, created_at)
            select m.id, m.jurisdiction_id, m.code, m.category, m.name, m.owning_unit_id, m.managing_unit_id,
              m.maintaining_unit_id, coalesce(m.state, 'in_use'), m.location, m.installed_on, m.checked_on, m.source,
              m.note, m.grid_id, m.path, :at
            from matched_row m where m.was_id is null and m.is_inside and not m.is_nowhere
            returning code)
          select m.id, m.is_nowhere, m.is_inside, m.code in (select code from new_component) is_made,
                 m.code in (select code from changed_component) is_changed
          from matched_row m
        """,
        given_rows=GIVEN_ROWS,
        area_of_given=AREA_OF_GIVEN,
        is_target_in_reach=is_target_in_reach,
        is_present_in_reach=is_present_in_reach,
        facts=FACTS,
        stored_facts=STORED_FACTS,
        merged_facts=_MERGED_FACTS,
    )


def import_rows(
    session: Session, actor: Actor, rows: Sequence[dict[str, Any]], *, permission: Permission, now: datetime
) -> Sequence[RowMapping]:
    """Insert components, or change the stored components that have the same number.

    If a value in a row is null, the stored value is not changed.

    Returns:
        One row for each given row, in order: its `id`; `is_nowhere` (the location lies in no area, although the jurisdiction
        has areas); `is_inside` (the actor holds `permission` at the new and at the previous location); `is_made`; `is_changed`.
    """
    reach = area_reach(actor, permission, now)
    statement = _import_rows(
        reach.condition(column_sql("leaf.path")), reach.condition(column_sql("was.scope_path"))
    )
    return session.execute(statement, reach.binds | {"rows": rows_json(rows), "at": now}).mappings().all()


def units_by_code_or_name(session: Session, jurisdiction_id: UUID, names: Sequence[str]) -> dict[str, UUID]:
    """Map codes and names of units in a jurisdiction to the ids of the units.

    If two units have the same name, the name maps to the lower id. If a text is the code of one unit and the name of another,
    the text maps to the unit with the code.

    Args:
        names: Codes, or names in either language.
    """
    binds = {"jurisdiction_id": jurisdiction_id, "names": list(names)}
    units = session.execute(_UNITS, binds).all()
    by_name = {name: row.id for row in units for name in (row.zh, row.en)}
    return by_name | {row.code: row.id for row in units}


def undo_blockers(session: Session, ids: Sequence[UUID]) -> dict[UUID, str | None]:
    """Return for each of the given components the reason why it cannot be retired, or None.

    Retired components are left out. The only reason is `has_case`: a case refers to the component. The function locks the
    components until the transaction ends, so that no new case can refer to them meanwhile.
    """
    session.execute(_LOCK, {"ids": list(ids)})
    return {row.id: row.reason for row in session.execute(_UNDO_BLOCKERS, {"ids": list(ids)})}


def retire_all(session: Session, ids: Sequence[UUID], *, retired_at: datetime) -> None:
    """Retire components. Components that are retired already stay unchanged."""
    session.execute(_RETIRE, {"ids": list(ids), "retired_at": retired_at})
