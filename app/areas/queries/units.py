"""SQL of units and of their competences (the categories that they own, and where)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    RowMapping,
    Select,
    Text,
    Update,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import array, insert
from sqlalchemy.orm import Session, aliased

from app.accounts.rules.masking import FieldClass, masked
from app.areas.models import AreaVersion, Unit, UnitCompetence
from app.areas.scope import unit_in_charge
from app.core.actor import Actor
from app.core.db import Fragment, sql_text
from app.core.json_sql import json_list, json_object
from app.profiles.scope import own_jurisdictions

_OF_UNIT = Unit.id == bindparam("unit_id", None, Uuid())
_COMPETENCE_LIST = (
    select(
        json_list(
            json_object(area_id=UnitCompetence.area_id, category_prefix=UnitCompetence.category_prefix),
            UnitCompetence.id,
        )
    )
    .where(UnitCompetence.unit_id == Unit.id, UnitCompetence.deleted_at.is_(None))
    .correlate(Unit)
    .scalar_subquery()
)
_ITEM = json_object(
    id=Unit.id,
    code=Unit.code,
    name=Unit.name,
    area_id=Unit.area_id,
    contact=case(
        (bindparam("shows_contact", None, Boolean()), Unit.contact),
        else_=literal_column(masked(FieldClass.CONTACT, "unit.contact")),
    ),
    version=Unit.version,
    competences=_COMPETENCE_LIST,
)
_LIMIT = bindparam("limit", None, Integer())
_KEY = (Unit.code, Unit.id)
_AREA, _AROUND = aliased(AreaVersion, name="area_of_unit"), aliased(AreaVersion, name="around")
_FILTERS: dict[str, ColumnElement[bool]] = {
    "within": exists()
    .where(
        _AREA.area_id == Unit.area_id,
        func.upper_inf(_AREA.valid),
        _AREA.path.bool_op("<@")(_AROUND.path),
        _AROUND.area_id == bindparam("within", None, Uuid()),
        func.upper_inf(_AROUND.valid),
    )
    .correlate(Unit),
    "after": tuple_(*_KEY)
    > tuple_(bindparam("after_code", None, Text()), bindparam("after_id", None, Uuid())),
}


@lru_cache(maxsize=50)
def _unit_page(*conditions: ColumnElement[bool]) -> Select[Any]:
    page = (
        select(*_KEY, func.row_number().over(order_by=_KEY).label("place"))
        .where(Unit.deleted_at.is_(None), *conditions)
        .order_by(*_KEY)
        .limit(_LIMIT + literal_column("1"))
        .cte("page")
        .prefix_with("MATERIALIZED")
    )
    items = (
        select(json_list(_ITEM, *_KEY))
        .select_from(page)
        .join(Unit, Unit.id == page.c.id)
        .where(page.c.place <= _LIMIT)
    )
    row_count = select(func.count()).select_from(page).scalar_subquery()
    next_key = select(array([page.c.code, cast(page.c.id, Text)])).where(
        page.c.place == _LIMIT, row_count > _LIMIT
    )
    return select(items.scalar_subquery().label("items"), next_key.scalar_subquery().label("next_key"))


def unit_page(
    session: Session,
    actor: Actor,
    *,
    shows_contact: bool,
    within: UUID | None,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """Return a page of units, sorted by (code, id).

    The row has `items` as JSON, and `next_key` if another page follows.

    Args:
        shows_contact: Return the contact without a mask.
        within: Only units of this area and of areas under it.
    """
    is_own, binds = own_jurisdictions(actor, Unit.jurisdiction_id)
    binds |= {"limit": limit, "shows_contact": shows_contact, "within": within}
    binds |= dict(zip(("after_code", "after_id"), after or (), strict=False))
    used = {"within": within, "after": after}
    statement = _unit_page(
        is_own, *(condition for name, condition in _FILTERS.items() if used[name] is not None)
    )
    return session.execute(statement, binds).mappings().one()


@lru_cache
def _unit(is_own: ColumnElement[bool]) -> Select[Any]:
    return select(Unit.version, Unit.jurisdiction_id, Unit.area_id, _ITEM.label("item")).where(
        _OF_UNIT, Unit.deleted_at.is_(None), is_own
    )


def unit(session: Session, actor: Actor, unit_id: UUID, *, shows_contact: bool) -> RowMapping | None:
    """Return a unit of one of the actor's jurisdictions, or None.

    The row has `version`, `jurisdiction_id`, `area_id`, and `item` as JSON.
    """
    is_own, binds = own_jurisdictions(actor, Unit.jurisdiction_id)
    binds |= {"unit_id": unit_id, "shows_contact": shows_contact}
    return session.execute(_unit(is_own), binds).mappings().one_or_none()


_JURISDICTION_ID: Any = bindparam("jurisdiction_id", None, Uuid())
_OWNER_UNIT = unit_in_charge(
    bindparam("path", None, Text()), bindparam("category", None, Text()), jurisdiction_id=_JURISDICTION_ID
)


def owner_unit(
    session: Session, *, jurisdiction_id: UUID, path: str | None, category: str
) -> RowMapping | None:
    """Return `id`, `name` and `code` of the unit that owns a category at a tree path, or None."""
    binds = {"jurisdiction_id": jurisdiction_id, "path": path, "category": category}
    return session.execute(_OWNER_UNIT, binds).mappings().one_or_none()


_OWNER_UNITS = Fragment(
    """
    select owner.id from unnest(cast(:paths as text[]), cast(:categories as text[])) with ordinality
      given(path, category, n) left join lateral ({owner}) owner on true order by given.n
    """,
    owner=unit_in_charge(
        literal_column("given.path"), literal_column("given.category"), jurisdiction_id=_JURISDICTION_ID
    ),
)


def owner_units(
    session: Session, *, jurisdiction_id: UUID, paths_and_categories: Sequence[tuple[str | None, str]]
) -> list[UUID | None]:
    """Return the id of the owning unit for each pair of path and category, in the same order."""
    binds = {
        "jurisdiction_id": jurisdiction_id,
        "paths": [path for path, _ in paths_and_categories],
        "categories": [category for _, category in paths_and_categories],
    }
    return list(session.scalars(_OWNER_UNITS, binds))


_NAMES = select(Unit.name).where(Unit.jurisdiction_id == bindparam("jurisdiction_id")).limit(10_000)


def unit_names(session: Session, jurisdiction_id: UUID) -> list[dict[str, str]]:
    """Return the names of the units of a jurisdiction by language, deleted units included; at most 10,000."""
    return list(session.scalars(_NAMES, {"jurisdiction_id": jurisdiction_id}))


_INSERT_UNIT = (
    insert(Unit)
    .values(
        id=bindparam("id"),
        jurisdiction_id=bindparam("jurisdiction_id"),
        area_id=bindparam("area_id"),
        code=bindparam("code"),
        name=bindparam("name"),
        contact=bindparam("contact"),
        created_at=bindparam("created_at"),
    )
    .on_conflict_do_nothing()
    .returning(Unit.id)
)


def insert_unit(session: Session, values: dict[str, Any]) -> bool:
    """Store a unit. Return False if its code or id is taken."""
    return session.scalar(_INSERT_UNIT, values) is not None


_IS_ID_USED = select(exists().where(_OF_UNIT))


def is_unit_id_used(session: Session, unit_id: UUID) -> bool:
    """Return True if an existing or deleted unit has this id."""
    return bool(session.scalar(_IS_ID_USED, {"unit_id": unit_id}))


_INSERT_COMPETENCE = insert(UnitCompetence).values(
    id=bindparam("id"),
    unit_id=bindparam("unit_id"),
    area_id=bindparam("area_id"),
    category_prefix=bindparam("category_prefix"),
)


def insert_competences(session: Session, rows: list[dict[str, Any]]) -> None:
    """Store competences of units.

    Args:
        rows: With `id`, `unit_id`, `area_id` (None: the whole jurisdiction) and `category_prefix`.
    """
    if rows:
        session.execute(_INSERT_COMPETENCE, rows)


_COMPETENCES = (
    UnitCompetence.unit_id == bindparam("owner_id", type_=Uuid()),
    UnitCompetence.deleted_at.is_(None),
)
_COMPETENCE_AREAS = select(UnitCompetence.area_id).where(*_COMPETENCES).distinct()
_DELETE_COMPETENCES = update(UnitCompetence).where(*_COMPETENCES).values(deleted_at=bindparam("deleted_at"))


def competence_areas(session: Session, unit_id: UUID) -> list[UUID | None]:
    """Return the ids of the areas of a unit's competences. None means the whole jurisdiction."""
    return list(session.scalars(_COMPETENCE_AREAS, {"owner_id": unit_id}))


def delete_competences(session: Session, unit_id: UUID, at: datetime) -> None:
    """Mark all competences of a unit as deleted.

    A competence is a row that says which categories of cases the unit owns in an area.
    """
    session.execute(_DELETE_COMPETENCES, {"owner_id": unit_id, "deleted_at": at})


_EXPECTED = bindparam("expected", type_=BigInteger())
_UPDATE_UNIT = (
    update(Unit)
    .where(_OF_UNIT, Unit.deleted_at.is_(None), or_(_EXPECTED.is_(None), Unit.version == _EXPECTED))
    .returning(Unit.id)
)


@lru_cache
def _update_of(*columns: str) -> Update:
    # An update of a column to itself, so that the trigger raises the version for a change of competences alone, too.
    values: dict[str, Any] = {column: bindparam(column) for column in columns} or {"code": Unit.code}
    return _UPDATE_UNIT.values(values)


def update_unit(session: Session, unit_id: UUID, *, expected: int | None, values: dict[str, Any]) -> bool:
    """Change `name` or `contact` of a unit and increase the version of its row.

    Return False if the row does not have the expected version.

    Args:
        expected: Expected version; None: any.
        values: The changed columns. Other columns stay.
    """
    statement = _update_of(*sorted(values))
    updated_id = session.scalar(statement, {"unit_id": unit_id, "expected": expected, **values})
    return updated_id is not None


_COUNT_AREAS = select(func.count()).where(
    AreaVersion.area_id == any_(bindparam("area_ids", type_=ARRAY(Uuid()))),
    AreaVersion.jurisdiction_id == bindparam("jurisdiction_id"),
    func.upper_inf(AreaVersion.valid),
)


def areas_in_jurisdiction(session: Session, jurisdiction_id: UUID, area_ids: Collection[UUID]) -> int:
    """Return how many of these areas are in force and belong to the jurisdiction."""
    binds = {"area_ids": list(area_ids), "jurisdiction_id": jurisdiction_id}
    return int(session.execute(_COUNT_AREAS, binds).scalar_one())


def _succession_binds(pairs: Sequence[tuple[UUID, UUID, bool]]) -> dict[str, Any]:
    return {
        "old": [old for old, _, _ in pairs],
        "new": [new for _, new, _ in pairs],
        "is_first": [is_first for _, _, is_first in pairs],
    }


_COMPETENCES_TO_MOVE = sql_text("""
  select distinct c.unit_id, follows.new area_id, c.category_prefix
  from unit_competence c join unnest(cast(:old as uuid[]), cast(:new as uuid[])) follows(old, new)
    on follows.old = c.area_id
  where c.deleted_at is null and not exists (
    select 1 from unit_competence o
    where o.unit_id = c.unit_id and o.area_id = follows.new and o.category_prefix = c.category_prefix
      and o.deleted_at is null)
""")


def competences_to_move(session: Session, pairs: Sequence[tuple[UUID, UUID, bool]]) -> Sequence[RowMapping]:
    """Return the competences that units of replaced areas need in the successor areas.

    The caller stores them. A competence that a successor would get twice is returned once.

    Args:
        pairs: (replaced area, successor area, True for the first successor of that replaced area).
    """
    return session.execute(_COMPETENCES_TO_MOVE, _succession_binds(pairs)).mappings().all()


_MOVE_UNITS = sql_text("""
  with ended_competence as (
    update unit_competence set deleted_at = :at
    where area_id = any(cast(:old as uuid[])) and deleted_at is null returning unit_id),
  moved_unit as (
    update unit u set area_id = coalesce(
      (select follows.new
       from unnest(cast(:old as uuid[]), cast(:new as uuid[]), cast(:is_first as boolean[]))
         follows(old, new, is_first)
       where follows.old = u.area_id and follows.is_first), u.area_id)
    where u.deleted_at is null
      and (u.area_id = any(cast(:old as uuid[])) or u.id in (select unit_id from ended_competence))
    returning 1)
  select count(*) from moved_unit
""")


def move_units(session: Session, pairs: Sequence[tuple[UUID, UUID, bool]], at: datetime) -> int:
    """Assign units of replaced areas to successor areas, and end competences in replaced areas.

    A unit gets the first successor of its area. Return the number of units that were assigned or whose competences ended.

    Args:
        pairs: (replaced area, successor area, True for the first successor of that replaced area).
    """
    binds = {"at": at, **_succession_binds(pairs)}
    return int(session.execute(_MOVE_UNITS, binds).scalar_one())


_JURISDICTION = select(Unit.jurisdiction_id).where(_OF_UNIT, Unit.deleted_at.is_(None))


def jurisdiction_of(session: Session, unit_id: UUID) -> UUID | None:
    """Return the id of a unit's jurisdiction, or None if there is no such unit."""
    jurisdiction_id: UUID | None = session.scalar(_JURISDICTION, {"unit_id": unit_id})
    return jurisdiction_id
