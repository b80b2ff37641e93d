"""Areas that a supervisor directs, and names of the groups in answers with figures."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound
from app.statistics.queries import areas as queries


def directed_area(
    session: Session, actor: Actor, area_id: UUID, *, now: datetime, then: datetime | None = None
) -> RowMapping:
    """Return an area that the actor directs, in its present version.

    If the area no longer exists, its version at the instant `then` is returned.

    Raises:
        NotFound: There is no such area.
        Forbidden: The area is in none of the areas that the actor directs now.
    """
    area = queries.area_within(session, actor, area_id, now=now, then=then)
    if area is None:
        raise NotFound("not_found")
    if not area["is_mine"]:
        raise Forbidden("outside_own_areas")
    return area


def ref(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return an area or unit for a response: `id`, `code`, `name` and `level`."""
    return {name: row[name] for name in ("id", "code", "name", "level") if name in row}


# Code and name of areas and units, by id.
Names = Mapping[str, Mapping[Any, Any]]


def names_of_groups(session: Session, groupings: Iterable[tuple[str | None, Iterable[str | None]]]) -> Names:
    """Return code and name of the areas and units by which cases are grouped, read once for all groupings of an answer.

    `groupings`: pairs of a grouping and its values. Groupings by other things, such as category or month, have no names here.
    """
    area_ids, unit_ids = set[str](), set[str]()
    for by, values in groupings:
        if by and by.startswith("area:"):
            area_ids.update(value for value in values if value is not None)
        elif by in ("unit", "handling_unit"):
            unit_ids.update(value for value in values if value is not None)
    rows: list[Mapping[Any, Any]] = [*(queries.areas_named(session, sorted(area_ids)) if area_ids else ())]
    rows += queries.units(session, sorted(unit_ids)) if unit_ids else ()
    return {str(row["id"]): row for row in rows}


def group_key(names: Names, by: str | None, value: str | None) -> dict[str, Any]:
    """Return the mapping that identifies a group in a response: `by`, `value`, `code` and `name`.

    Code and name are None for groups that are no area and no unit.
    """
    row = names.get(value or "", {})
    return {"by": by, "value": value, "code": row.get("code"), "name": row.get("name")}


def units_named(session: Session, unit_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the units `unit_ids` for a response, as `ref` does, ordered by code. Their ids are texts."""
    return queries.units(session, unit_ids) if unit_ids else []


def top_directed_areas(session: Session, actor: Actor, *, now: datetime) -> Sequence[RowMapping]:
    """Return the highest areas in which the actor directs cases.

    An area that lies inside another one of these areas is left out.
    """
    return queries.top_directed_areas(session, actor, now=now)
