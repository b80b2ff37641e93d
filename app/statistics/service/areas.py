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


def group_keys(
    session: Session, by: str | None, values: Iterable[str | None]
) -> dict[str | None, dict[str, Any]]:
    """Return for each value of a grouping the mapping that identifies the group in a response.

    The mapping has `by`, `value`, `code` and `name`. Code and name are None for groups that are no area and no unit.
    """
    listed = list(values)
    present = [value for value in listed if value is not None]
    rows_by_id: dict[str, RowMapping] = {}
    if by and by.startswith("area:"):
        rows_by_id = {str(row["id"]): row for row in queries.areas_named(session, present)}
    elif by in ("unit", "handling_unit"):
        rows_by_id = {str(row["id"]): row for row in queries.units(session, present)}
    return {
        value: {
            "by": by,
            "value": value,
            "code": rows_by_id[value]["code"] if value in rows_by_id else None,
            "name": rows_by_id[value]["name"] if value in rows_by_id else None,
        }
        for value in listed
    }


def units_named(session: Session, unit_ids: Sequence[str]) -> Sequence[RowMapping]:
    """Return the code and name of each of the units `unit_ids`, ordered by code."""
    return queries.units(session, unit_ids)


def top_directed_areas(session: Session, actor: Actor, *, now: datetime) -> Sequence[RowMapping]:
    """Return the highest areas in which the actor directs cases.

    An area that lies inside another one of these areas is left out.
    """
    return queries.top_directed_areas(session, actor, now=now)
