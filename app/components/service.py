"""Use cases of components, the municipal objects such as lamps and manhole covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.components import queries, rules
from app.components.models import Component
from app.components.queries import imports
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.coordinates import CoordSys, to_wgs84
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, Stale, invalid_field
from app.core.ids import uuid7
from app.core.paging import id_after, page_body
from app.profiles import service as profiles

_UNIT_COLUMNS = ("owning_unit_id", "managing_unit_id", "maintaining_unit_id")
_UNIT_ROLES = tuple(name.removesuffix("_id") for name in _UNIT_COLUMNS)
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """Numbers of components that an import added, changed and retired.

    Rows without any difference are not counted.
    """

    made: int
    changed: int
    retired: int


@dataclass(frozen=True, slots=True)
class MatchedComponent:
    """The component that a report is about, with the unit that owns it. Unit None: unknown."""

    id: UUID
    owner_unit_id: UUID | None


@dataclass(frozen=True, slots=True)
class RehomeCounts:
    """Numbers of components on redrawn land.

    Attributes:
        inside: Components on this land.
        moved: Components on this land that are in another area than before.
    """

    inside: int
    moved: int


def listing(
    session: Session,
    actor: Actor,
    *,
    as_features: bool = False,
    limit: int = 100,
    cursor: str | None = None,
    **filters: Any,
) -> bytes:
    """Return one page of the components that the actor sees, as JSON.

    Retired components are left out unless the filter `state` names them.
    """
    row = queries.component_page(
        session,
        actor,
        as_features=as_features,
        filters=filters,
        after=id_after(cursor),
        now=clock.now(),
        limit=limit,
    )
    return page_body(row["items"], row["next_key"], as_features=as_features)


def component(
    session: Session, actor: Actor, *, component_id: UUID, as_feature: bool = False
) -> tuple[bytes, int]:
    """Return one component as JSON, and its version.

    A retired component is returned, too, so that references to it stay valid.
    """
    row = queries.component(session, actor, component_id=component_id, now=clock.now(), as_feature=as_feature)
    if row is None:
        raise NotFound("not_found")
    return row["item"], row["version"]


def register(
    session: Session,
    actor: Actor,
    *,
    id: UUID | None = None,
    jurisdiction: str | None = None,
    coord_sys: str = "wgs84",
    **facts: Any,
) -> tuple[bytes, int]:
    """Add a component and assign it to the area that contains its location."""
    jurisdiction_id = profiles.jurisdiction_named(session, jurisdiction, actor)
    _require_number(facts["code"])
    _require_units(session, jurisdiction_id, facts)
    lon, lat = to_wgs84(facts["lon"], facts["lat"], CoordSys(coord_sys))
    component_id = id or uuid7()
    row = _row(facts | {"id": component_id, "jurisdiction_id": jurisdiction_id, "lon": lon, "lat": lat})
    queries.lock_jurisdictions(session, [jurisdiction_id])
    if not queries.insert(session, row, created_at=clock.now()):
        raise Conflict("id_reused" if queries.is_id_used(session, component_id) else "code_taken")
    _require_may_edit(session, actor, component_id)
    _audit(session, actor, "component.register", component_id, code=facts["code"])
    return component(session, actor, component_id=component_id)


def change(
    session: Session, actor: Actor, *, component_id: UUID, expected: int | None, changes: dict[str, Any]
) -> tuple[bytes, int]:
    """Change a component. Its number stays the same.

    With a new location the component is assigned to the grid that contains that location.
    """
    existing = _editable_component(session, actor, component_id=component_id)
    _require_units(session, existing["jurisdiction_id"], changes)
    values = {name: value for name, value in changes.items() if name not in ("lon", "lat", "coord_sys")}
    point = None
    if "lon" in changes:
        coord_sys = CoordSys(changes.get("coord_sys", "wgs84"))
        point = to_wgs84(changes["lon"], changes["lat"], coord_sys)
        queries.lock_jurisdictions(session, [existing["jurisdiction_id"]])
    if not queries.change(session, component_id, expected=expected, values=values, point=point):
        raise Stale("version_stale")
    if point is not None:
        queries.update_areas(session, component_id)
        _require_may_edit(session, actor, component_id)
    _audit(session, actor, "component.change", component_id, fields=sorted(changes))
    return component(session, actor, component_id=component_id)


def retire(session: Session, actor: Actor, *, component_id: UUID, expected: int | None) -> None:
    """Retire a component. Its row stays, and its number may be given to another component."""
    _editable_component(session, actor, component_id=component_id)
    if not queries.retire(session, component_id, expected=expected, retired_at=clock.now()):
        raise Stale("version_stale")
    _audit(session, actor, "component.retire", component_id)


def register_many(session: Session, actor: Actor, *, rows: Sequence[dict[str, Any]]) -> ImportCounts:
    """Insert, change and retire components by number. Idempotent.

    Args:
        rows: Each has `jurisdiction_id`, `code`, `name` ({zh, en}), `lon` and `lat` (WGS 84, degrees). Optional: `state`, the
            three `*_unit_id`, `installed_on`, `checked_on`, `source`, `note`. The units are not checked here.

    Raises:
        Invalid: Numbers are invalid or occur twice. The error has the index of each such row, and nothing is stored.
    """
    _require_numbers(rows)
    queries.lock_jurisdictions(session, list({row["jurisdiction_id"] for row in rows}))
    made = changed = retired = 0
    for start in range(0, len(rows), _BATCH):
        batch = [_row({"id": uuid7()} | row) for row in rows[start : start + _BATCH]]
        counts_of_batch = queries.upsert(session, batch, imported_at=clock.now())
        made, changed, retired = (
            made + counts_of_batch["made"],
            changed + counts_of_batch["changed"],
            retired + counts_of_batch["retired"],
        )
    counts = {"made": made, "changed": changed, "retired": retired}
    accounts.record(session, actor, action="component.import", entity="component", detail=counts)
    return ImportCounts(**counts)


def undo_blockers(session: Session, ids: Sequence[UUID], *, since: datetime) -> dict[UUID, str | None]:
    """Return for each component of an import the reason why it cannot be retired, or None.

    Args:
        since: Time of the import. Components that people changed later have the reason `edited`.
    """
    edited = accounts.edited_by_people(session, entity="component", ids=ids, since=since)
    blockers = imports.undo_blockers(session, ids)
    return {id: "edited" if id in edited and reason is None else reason for id, reason in blockers.items()}


def undo_import(session: Session, actor: Actor, ids: Sequence[UUID]) -> None:
    """Retire the components of an import; their numbers may be given to other components.

    The caller passes only components for which `undo_blockers` returned None.
    """
    imports.retire_all(session, ids, retired_at=clock.now())
    accounts.record(
        session, actor, action="component.take_back", entity="component", detail={"components": len(ids)}
    )


def import_components(
    session: Session,
    actor: Actor,
    *,
    jurisdiction_id: UUID,
    rows: Sequence[dict[str, Any]],
    permission: Permission,
) -> dict[UUID, str]:
    """Insert or change components by number. Return the outcome of each row by its `id`.

    Args:
        rows: Each has `id` (used if the component is new), `code`, `name`, `lon` and `lat` (WGS 84, degrees). Optional:
            `state`, `owning_unit`, `managing_unit`, `maintaining_unit` (codes or names of units), `installed_on`, `checked_on`,
            `source`, `note`. A value that a row does not have stays as stored.
        permission: Permission that the actor must hold at the location of the component.

    Returns:
        `made`, `changed`, `unchanged`, or the code of a refusal: `component_number_invalid`, `unit_unknown`,
        `outside_jurisdiction`, `outside_scope`.
    """
    unit_names = {row[role] for row in rows for role in _UNIT_ROLES if row.get(role)}
    units = imports.units_by_code_or_name(session, jurisdiction_id, list(unit_names)) if unit_names else {}
    outcomes: dict[UUID, str] = {}
    valid_rows = []
    for row in rows:
        if not rules.is_number(row["code"]):
            outcomes[row["id"]] = "component_number_invalid"
        elif any(row.get(role) and row[role] not in units for role in _UNIT_ROLES):
            outcomes[row["id"]] = "unit_unknown"
        else:
            owners = {f"{role}_id": units.get(row.get(role) or "") for role in _UNIT_ROLES}
            category = rules.category_of(row["code"])
            valid_rows.append(row | owners | {"jurisdiction_id": jurisdiction_id, "category": category})
    queries.lock_jurisdictions(session, [jurisdiction_id])
    for imported in imports.import_rows(session, actor, valid_rows, permission=permission, now=clock.now()):
        outcomes[imported["id"]] = _import_outcome(imported)
    counts = {
        outcome: sum(reached == outcome for reached in outcomes.values()) for outcome in ("made", "changed")
    }
    accounts.record(session, actor, action="component.import", entity="component", detail=counts)
    return outcomes


def _import_outcome(imported: Any) -> str:
    if imported["is_nowhere"]:
        return "outside_jurisdiction"
    if not imported["is_inside"]:
        return "outside_scope"
    if imported["is_made"]:
        return "made"
    return "changed" if imported["is_changed"] else "unchanged"


def nearest_component(
    session: Session, *, jurisdiction_id: UUID, category: str, lon: float, lat: float
) -> MatchedComponent | None:
    """Return the nearest component (street furniture, such as a lamp) that a report can be about, or None.

    Only components with the state `in_use` are considered.

    Args:
        category: Category of the report. Components of other categories are ignored.
        lon: Longitude in degrees (WGS 84).
        lat: Latitude in degrees (WGS 84).
    """
    if not rules.has_components(category):
        return None
    row = queries.nearest_component(
        session,
        jurisdiction_id=jurisdiction_id,
        category=category,
        lon=lon,
        lat=lat,
        reach_degrees=rules.degrees_within(lat),
        within_m=rules.SNAP_WITHIN_M,
    )
    return MatchedComponent(row["id"], row["owner_unit_id"]) if row else None


def referenced_component(
    session: Session,
    actor: Actor,
    *,
    component_id: UUID,
    jurisdiction_id: UUID,
    category: str,
    lon: float,
    lat: float,
) -> MatchedComponent:
    """Return the component that a report refers to by id.

    The actor must see the component, or the point of the report must be near it.

    Raises:
        Invalid: There is no such component, or its category is not that of the report.
    """
    row = queries.referenced_component(
        session,
        actor,
        component_id=component_id,
        jurisdiction_id=jurisdiction_id,
        lon=lon,
        lat=lat,
        within_m=rules.SNAP_WITHIN_M,
        now=clock.now(),
    )
    if row is None:
        raise invalid_field("component_id", "reference_unknown")
    if row["category"] != category:
        raise invalid_field("component_id", "component_of_other_class", category=row["category"])
    return MatchedComponent(row["id"], row["owner_unit_id"])


def visibility(actor: Actor, now: datetime, of: Any = Component) -> queries.ComponentVisibility:
    """Return the SQL condition for the components that an actor may see, with bind values.

    Args:
        of: `Component` or an alias of it in the statement.
    """
    return queries.component_visibility(actor, now, of)


def reassign_areas(session: Session, *, area_ids: Sequence[UUID], at: datetime) -> RehomeCounts:
    """Assign the components on redrawn areas to the areas that contain them now."""
    return RehomeCounts(**queries.rehome(session, area_ids=area_ids, at=at))


def _row(facts: dict[str, Any]) -> dict[str, Any]:
    empty = dict.fromkeys((*_UNIT_COLUMNS, "installed_on", "checked_on", "source", "note"))
    defaults = {"state": rules.State.IN_USE.value, "category": rules.category_of(facts["code"])}
    return empty | defaults | facts


def _editable_component(session: Session, actor: Actor, *, component_id: UUID) -> Any:
    """Return a component that the actor may edit.

    Raises:
        NotFound: The component does not exist, or the actor does not see it.
        Forbidden: The component is outside the areas where the actor may edit.
        Conflict: The component is retired.
    """
    existing = queries.component(session, actor, component_id=component_id, now=clock.now())
    if existing is None:
        raise NotFound("not_found")
    _require_may_edit(session, actor, component_id)
    if existing["deleted_at"] is not None:
        raise Conflict("component_retired")
    return existing


def _require_may_edit(session: Session, actor: Actor, component_id: UUID) -> None:
    if not queries.is_editable(session, actor, component_id=component_id, now=clock.now()):
        raise Forbidden("outside_own_areas")


def _require_number(code: str) -> None:
    if not rules.is_number(code):
        raise invalid_field("code", "component_number_invalid")


def _require_numbers(rows: Sequence[dict[str, Any]]) -> None:
    seen: set[tuple[UUID, str]] = set()
    faults = []
    for index, row in enumerate(rows):
        key = (row["jurisdiction_id"], row["code"])
        if not rules.is_number(row["code"]):
            faults.append({"field": f"rows.{index}.code", "code": "component_number_invalid"})
        elif key in seen:
            faults.append({"field": f"rows.{index}.code", "code": "not_unique"})
        seen.add(key)
    if faults:
        raise Invalid("validation_failed", extra={"errors": faults})


def _require_units(session: Session, jurisdiction_id: UUID, facts: dict[str, Any]) -> None:
    unit_ids = {name: facts[name] for name in _UNIT_COLUMNS if facts.get(name) is not None}
    existing = (
        queries.units_in_jurisdiction(session, jurisdiction_id, list(unit_ids.values()))
        if unit_ids
        else set()
    )
    for name, unit_id in unit_ids.items():
        if unit_id not in existing:
            raise invalid_field(name, "reference_unknown")


def _audit(session: Session, actor: Actor, action: str, component_id: UUID, **detail: Any) -> None:
    accounts.record(session, actor, action=action, entity="component", entity_id=component_id, detail=detail)
