"""Use cases of the register of components."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.components import queries, rules
from app.components.queries import imports
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.coordinates import CoordSys, to_wgs84
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, Stale, invalid_field
from app.core.ids import uuid7
from app.core.paging import id_after, page
from app.profiles import service as profiles
from app.workforce.scope import Ways

_UNITS = ("owning_unit_id", "managing_unit_id", "maintaining_unit_id")
_ROLES = tuple(name.removesuffix("_id") for name in _UNITS)
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Registered:
    """What an import did to the register; the rest of its rows said what was there already."""

    made: int
    changed: int
    retired: int


@dataclass(frozen=True, slots=True)
class Found:
    """The component that a report is about, and whose it is (None: nobody's that is known)."""

    id: UUID
    owner_unit_id: UUID | None


@dataclass(frozen=True, slots=True)
class Rehomed:
    """Components on redrawn land: all of them, and those whose place changed."""

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
    """A page of the components that the actor sees; retired ones only when `state` names them."""
    found = queries.page(
        session,
        actor,
        form=queries.FEATURE if as_features else queries.ITEM,
        filters=filters,
        after=id_after(cursor),
        now=clock.now(),
        limit=limit,
    )
    return page(found["items"], found["next_key"], as_features=as_features)


def component(
    session: Session, actor: Actor, *, component_id: UUID, as_feature: bool = False
) -> tuple[bytes, int]:
    """One component as JSON, and its version; a retired one too, so that what refers to it leads somewhere."""
    form = queries.FEATURE if as_feature else queries.ITEM
    found = queries.component(session, actor, component_id=component_id, now=clock.now(), form=form)
    if found is None:
        raise NotFound("not_found")
    return found["item"], found["version"]


def register(
    session: Session,
    actor: Actor,
    *,
    id: UUID | None = None,
    jurisdiction: str | None = None,
    coord_sys: str = "wgs84",
    **facts: Any,
) -> tuple[bytes, int]:
    """Take one component into the register, where it stands."""
    jurisdiction_id = profiles.jurisdiction_named(session, jurisdiction, actor)
    _require_number(facts["code"])
    _require_units(session, jurisdiction_id, facts)
    lon, lat = to_wgs84(facts["lon"], facts["lat"], CoordSys(coord_sys))
    component_id = id or uuid7()
    row = _row(facts | {"id": component_id, "jurisdiction_id": jurisdiction_id, "lon": lon, "lat": lat})
    queries.hold_jurisdictions(session, [jurisdiction_id])
    if not queries.insert(session, row, at=clock.now()):
        raise Conflict("id_reused" if queries.is_id_used(session, component_id) else "code_taken")
    _require_may_edit(session, actor, component_id)
    _audit(session, actor, "component.register", component_id, code=facts["code"])
    return component(session, actor, component_id=component_id)


def change(
    session: Session, actor: Actor, *, component_id: UUID, expected: int | None, changes: dict[str, Any]
) -> tuple[bytes, int]:
    """Change facts of a component. Moved, it finds its grid anew; its number stays what it is."""
    found = _of_the_register(session, actor, component_id=component_id)
    _require_units(session, found["jurisdiction_id"], changes)
    values = {name: value for name, value in changes.items() if name not in ("lon", "lat", "coord_sys")}
    if "lon" in changes:
        coord_sys = CoordSys(changes.get("coord_sys", "wgs84"))
        values["point"] = to_wgs84(changes["lon"], changes["lat"], coord_sys)
        queries.hold_jurisdictions(session, [found["jurisdiction_id"]])
    if not queries.change(session, component_id, expected=expected, values=values, at=clock.now()):
        raise Stale("version_stale")
    if "point" in values:
        queries.find_place(session, component_id)
        _require_may_edit(session, actor, component_id)
    _audit(session, actor, "component.change", component_id, fields=sorted(changes))
    return component(session, actor, component_id=component_id)


def retire(session: Session, actor: Actor, *, component_id: UUID, expected: int | None) -> None:
    """It stands there no more: the row stays, its number may be given again."""
    _of_the_register(session, actor, component_id=component_id)
    if not queries.change(session, component_id, expected=expected, values={"retired": True}, at=clock.now()):
        raise Stale("version_stale")
    _audit(session, actor, "component.retire", component_id)


def register_many(session: Session, actor: Actor, *, rows: Sequence[dict[str, Any]]) -> Registered:
    """Bring the register to what an import says, by number: the same rows again change nothing.

    A row has jurisdiction_id, code, name {zh, en}, lon and lat (degrees, WGS84), and may have state, the three
    `*_unit_id`, installed_on, checked_on, source and note. Whoever calls has checked the names of units. Raises
    Invalid with the place of each row whose number is wrong or comes twice; nothing is stored then.
    """
    _require_numbers(rows)
    queries.hold_jurisdictions(session, list({row["jurisdiction_id"] for row in rows}))
    made = changed = retired = 0
    for start in range(0, len(rows), _BATCH):
        batch = [_row({"id": uuid7()} | row) for row in rows[start : start + _BATCH]]
        did = queries.upsert(session, batch, at=clock.now())
        made, changed, retired = made + did["made"], changed + did["changed"], retired + did["retired"]
    counts = {"made": made, "changed": changed, "retired": retired}
    accounts.record(session, actor, action="component.import", entity="component", detail=counts)
    return Registered(**counts)


def reasons_to_stay(session: Session, ids: Sequence[UUID], *, since: datetime) -> dict[UUID, str | None]:
    """Return why each of the imported components that are still there has to stay; None where it need not.

    `since`: when they were made; what people changed later is `edited`.
    """
    edited = accounts.edited_by_people(session, entity="component", ids=ids, since=since)
    found = imports.reasons_to_stay(session, ids)
    return {id: "edited" if id in edited and reason is None else reason for id, reason in found.items()}


def take_back_imported(session: Session, actor: Actor, ids: Sequence[UUID]) -> None:
    """Retire components that `reasons_to_stay` found free: their numbers may be given again."""
    imports.retire_each(session, ids, at=clock.now())
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
    """Bring the register to what rows say, by number; what became of each, by the row's `id`.

    A row has `id` (of a new component), `code`, `name`, `lon`, `lat`, and may have `state`, `owning_unit`,
    `managing_unit`, `maintaining_unit` (codes or names of units), `installed_on`, `checked_on`, `source`, `note`; what
    it does not say stays. The outcome is `made`, `changed`, `unchanged`, or the code of a refusal:
    `component_number_invalid`, `unit_unknown`, `outside_jurisdiction`, `outside_scope`.
    """
    named = {row[role] for row in rows for role in _ROLES if row.get(role)}
    units = imports.unit_codes(session, jurisdiction_id, list(named)) if named else {}
    became: dict[UUID, str] = {}
    sound = []
    for row in rows:
        if not rules.is_number(row["code"]):
            became[row["id"]] = "component_number_invalid"
        elif any(row.get(role) and row[role] not in units for role in _ROLES):
            became[row["id"]] = "unit_unknown"
        else:
            owners = {f"{role}_id": units.get(row.get(role) or "") for role in _ROLES}
            category = rules.category_of(row["code"])
            sound.append(row | owners | {"jurisdiction_id": jurisdiction_id, "category": category})
    queries.hold_jurisdictions(session, [jurisdiction_id])
    for found in imports.import_rows(session, actor, sound, permission=permission, now=clock.now()):
        became[found["id"]] = _import_outcome(found)
    counts = {what: sum(one == what for one in became.values()) for what in ("made", "changed")}
    accounts.record(session, actor, action="component.import", entity="component", detail=counts)
    return became


def _import_outcome(found: Any) -> str:
    if found["is_nowhere"]:
        return "outside_jurisdiction"
    if not found["is_inside"]:
        return "outside_scope"
    if found["is_made"]:
        return "made"
    return "changed" if found["is_changed"] else "unchanged"


def nearest(
    session: Session, *, jurisdiction_id: UUID, category: str, lon: float, lat: float
) -> Found | None:
    """The component in use that a report of this category at this place is about, if one stands near enough."""
    if not rules.has_components(category):
        return None
    row = queries.nearest(
        session,
        jurisdiction_id=jurisdiction_id,
        category=category,
        lon=lon,
        lat=lat,
        reach=rules.reach(lat),
        within_m=rules.SNAP_WITHIN_M,
    )
    return Found(row["id"], row["owner_unit_id"]) if row else None


def named(
    session: Session,
    actor: Actor,
    *,
    component_id: UUID,
    jurisdiction_id: UUID,
    category: str,
    lon: float,
    lat: float,
) -> Found:
    """The component that somebody named: one of the register as she sees it, or before which she stands."""
    row = queries.named(
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
    return Found(row["id"], row["owner_unit_id"])


def visible(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Who sees which components, as a condition on a component `c` and its binds, for statements of audiences."""
    return queries.visible(actor, now)


def ways_to_see(actor: Actor) -> Ways | None:
    """What `visible` says, with its binds, as ways; None: everything."""
    return queries.ways_to_see(actor)


def rehome(session: Session, *, area_ids: Sequence[UUID], at: datetime) -> Rehomed:
    """Give the components on the land of redrawn areas their places in the tree."""
    return Rehomed(**queries.rehome(session, area_ids=area_ids, at=at))


def _row(facts: dict[str, Any]) -> dict[str, Any]:
    empty = dict.fromkeys((*_UNITS, "installed_on", "checked_on", "source", "note"))
    defaults = {"state": rules.State.IN_USE.value, "category": rules.category_of(facts["code"])}
    return empty | defaults | facts


def _of_the_register(session: Session, actor: Actor, *, component_id: UUID) -> Any:
    """One that the actor sees and may edit, and that has not been retired."""
    found = queries.component(session, actor, component_id=component_id, now=clock.now())
    if found is None:
        raise NotFound("not_found")
    _require_may_edit(session, actor, component_id)
    if found["deleted_at"] is not None:
        raise Conflict("component_retired")
    return found


def _require_may_edit(session: Session, actor: Actor, component_id: UUID) -> None:
    if not queries.is_within(session, actor, component_id=component_id, now=clock.now()):
        raise Forbidden("outside_own_areas")


def _require_number(code: str) -> None:
    if not rules.is_number(code):
        raise invalid_field("code", "component_number_invalid")


def _require_numbers(rows: Sequence[dict[str, Any]]) -> None:
    seen: set[tuple[UUID, str]] = set()
    faults = []
    for place, row in enumerate(rows):
        key = (row["jurisdiction_id"], row["code"])
        if not rules.is_number(row["code"]):
            faults.append({"field": f"rows.{place}.code", "code": "component_number_invalid"})
        elif key in seen:
            faults.append({"field": f"rows.{place}.code", "code": "not_unique"})
        seen.add(key)
    if faults:
        raise Invalid("validation_failed", extra={"errors": faults})


def _require_units(session: Session, jurisdiction_id: UUID, facts: dict[str, Any]) -> None:
    wanted = {name: facts[name] for name in _UNITS if facts.get(name) is not None}
    known = queries.units_of(session, jurisdiction_id, list(wanted.values())) if wanted else set()
    for name, unit_id in wanted.items():
        if unit_id not in known:
            raise invalid_field(name, "reference_unknown")


def _audit(session: Session, actor: Actor, action: str, component_id: UUID, **detail: Any) -> None:
    accounts.record(session, actor, action=action, entity="component", entity_id=component_id, detail=detail)
