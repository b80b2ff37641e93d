"""Use cases of units and their competences: the categories that a unit owns, and where."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.areas.queries import areas as area_queries
from app.areas.queries import units as queries
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Conflict, Forbidden, NotFound, Stale, invalid_field
from app.core.ids import uuid7
from app.core.paging import key_after, page_body
from app.profiles.service import jurisdiction_named


def list_units(
    session: Session, actor: Actor, *, within: UUID | None = None, limit: int = 100, cursor: str | None = None
) -> bytes:
    """Return a page of units, sorted by code."""
    units = queries.unit_page(
        session,
        actor,
        shows_contact=works_with_units(actor),
        within=within,
        after=key_after(cursor, str, UUID),
        limit=limit,
    )
    return page_body(units["items"], units["next_key"])


def unit(session: Session, actor: Actor, *, unit_id: UUID) -> tuple[bytes, int]:
    """Return (unit as JSON, its version).

    Raises:
        NotFound: There is no such unit in the actor's jurisdictions.
    """
    row = queries.unit(session, actor, unit_id, shows_contact=works_with_units(actor))
    if row is None:
        raise NotFound("not_found")
    return row["item"], row["version"]


def works_with_units(actor: Actor) -> bool:
    """Return True if the actor handles cases or edits units, and may see contacts in full."""
    return actor.may(Permission.INCIDENT_HANDLE) or actor.may(Permission.UNIT_EDIT)


def owner_unit(
    session: Session, *, jurisdiction_id: UUID, path: str | None, category: str
) -> RowMapping | None:
    """Return (id, name, code) of the unit that owns a category at a tree path, or None.

    Args:
        path: Tree path of the area; None: outside all areas.
    """
    return queries.owner_unit(session, jurisdiction_id=jurisdiction_id, path=path, category=category)


def owner_units(
    session: Session, *, jurisdiction_id: UUID, paths_and_categories: Sequence[tuple[str | None, str]]
) -> list[UUID | None]:
    """Return for each pair of path and category the id of the unit that owns the category there.

    The ids have the order of the pairs. A path is the tree path of an area; None: outside all areas.
    """
    return queries.owner_units(
        session, jurisdiction_id=jurisdiction_id, paths_and_categories=paths_and_categories
    )


def unit_names(session: Session, jurisdiction_id: UUID) -> list[dict[str, str]]:
    """Return the names of the units of a jurisdiction by language (`zh`, `en`), deleted units included."""
    return queries.unit_names(session, jurisdiction_id)


# One parameter for each member of the body, which views pass by name.
def create_unit(  # noqa: PLR0913
    session: Session,
    actor: Actor,
    *,
    id: UUID | None = None,
    jurisdiction: str | None = None,
    code: str,
    name: dict[str, str],
    area_id: UUID | None = None,
    contact: str | None = None,
    competences: Iterable[dict[str, Any]] = (),
) -> tuple[bytes, int]:
    """Store a unit with its competences. Return (unit as JSON, its version).

    Args:
        area_id: Area in which the unit works; None: the whole jurisdiction.

    Raises:
        Conflict: `code_taken`, or `id_reused`.
        Forbidden: `outside_own_areas`.
    """
    jurisdiction_id = jurisdiction_named(session, jurisdiction, actor)
    owned_competences = list(competences)
    area_ids = {area_id, *(competence["area_id"] for competence in owned_competences)}
    _require_areas_in_jurisdiction(session, jurisdiction_id, area_ids)
    _require_may_edit(session, actor, area_ids)
    unit_id = id or uuid7()
    values = {
        "id": unit_id,
        "jurisdiction_id": jurisdiction_id,
        "area_id": area_id,
        "code": code,
        "name": name,
        "contact": contact,
        "created_at": clock.now(),
    }
    if not queries.insert_unit(session, values):
        if queries.is_unit_id_used(session, unit_id):
            raise Conflict("id_reused")
        raise Conflict("code_taken")
    _insert_competences(session, unit_id, owned_competences)
    accounts.record(
        session, actor, action="unit.create", entity="unit", entity_id=unit_id, detail={"code": code}
    )
    return unit(session, actor, unit_id=unit_id)


def change_unit(
    session: Session,
    actor: Actor,
    *,
    unit_id: UUID,
    expected_version: int | None,
    changes: dict[str, Any],
) -> tuple[bytes, int]:
    """Change name, contact or all competences of a unit. Return (unit as JSON, its version).

    Args:
        expected_version: The version that the caller has read; None: any.

    Raises:
        Forbidden: `outside_own_areas`.
        Stale: The unit has another version.
    """
    row = queries.unit(session, actor, unit_id, shows_contact=True)
    if row is None:
        raise NotFound("not_found")
    area_ids = {row["area_id"]}
    new_competences = changes.get("competences")
    if new_competences is not None:
        new_area_ids = {competence["area_id"] for competence in new_competences}
        _require_areas_in_jurisdiction(session, row["jurisdiction_id"], new_area_ids)
        area_ids |= new_area_ids | set(queries.competence_areas(session, unit_id))
    _require_may_edit(session, actor, area_ids)
    values: dict[str, Any] = {key: changes[key] for key in ("name", "contact") if key in changes}
    if not queries.update_unit(session, unit_id, expected=expected_version, values=values):
        raise Stale("version_stale")
    if new_competences is not None:
        queries.delete_competences(session, unit_id, clock.now())
        _insert_competences(session, unit_id, new_competences)
    accounts.record(
        session,
        actor,
        action="unit.change",
        entity="unit",
        entity_id=unit_id,
        detail={"fields": sorted(changes)},
    )
    return unit(session, actor, unit_id=unit_id)


def _insert_competences(session: Session, unit_id: UUID, owned: Iterable[dict[str, Any]]) -> None:
    queries.insert_competences(
        session,
        [
            {
                "id": uuid7(),
                "unit_id": unit_id,
                "area_id": competence["area_id"],
                "category_prefix": competence["category_prefix"],
            }
            for competence in owned
        ],
    )


def _require_areas_in_jurisdiction(
    session: Session, jurisdiction_id: UUID, area_ids_given: Iterable[UUID | None]
) -> None:
    area_ids = {place for place in area_ids_given if place is not None}
    if area_ids and queries.areas_in_jurisdiction(session, jurisdiction_id, area_ids) != len(area_ids):
        raise invalid_field("area_id", "reference_unknown")


def _require_may_edit(session: Session, actor: Actor, area_ids_given: Iterable[UUID | None]) -> None:
    if actor.everywhere_with(Permission.UNIT_EDIT):
        return
    area_ids = list(area_ids_given)
    granted = actor.area_ids_with(Permission.UNIT_EDIT)
    named_area_ids = [place for place in area_ids if place is not None]
    if None in area_ids or not area_queries.may_edit(session, area_ids=named_area_ids, granted=granted):
        raise Forbidden("outside_own_areas")


def jurisdiction_of_unit(session: Session, unit_id: UUID) -> UUID | None:
    """Return the id of the unit's jurisdiction, or None if there is no such unit."""
    return queries.jurisdiction_of(session, unit_id)
