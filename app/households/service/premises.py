"""Use cases of premises: list, read, add, change."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.coordinates import CoordSys, to_wgs84
from app.core.errors import Conflict, Forbidden, NotFound, Stale
from app.core.paging import id_after, page_body
from app.households.queries import bulk_registration, merges, rehoming
from app.households.queries import premises as queries
from app.households.queries.shown_fields import shown_address, shown_label, shown_name
from app.households.queries.visibility import household_visibility, premises_visibility
from app.households.rules import rows as rules
from app.households.rules.addresses import compose
from app.households.service.duplicate_addresses import OnDouble, refuse_double, settle_double
from app.households.service.guards import (
    is_first,
    require_inside,
    require_no_number,
    require_selective,
    require_sound,
)
from app.households.service.local_day import profile_of
from app.profiles import service as profiles


def list_premises(
    session: Session,
    actor: Actor,
    *,
    limit: int,
    cursor: str | None = None,
    as_features: bool = False,
    **filters: Any,
) -> bytes:
    """Return one page of the premises that the actor sees, as JSON.

    Raises:
        Forbidden: The filter `q` is used, and the actor may not read addresses.
    """
    if filters.get("q") and not actor.may(Permission.ADDRESS_READ):
        raise Forbidden("permission_missing", permission=Permission.ADDRESS_READ.value)
    require_no_number(filters)
    require_selective(session, filters.get("q"))
    row = queries.premises_page(
        session,
        actor,
        filters=filters | {"after": id_after(cursor)},
        as_features=as_features,
        now=clock.now(),
        limit=limit,
    )
    return page_body(row["items"], row["next_key"], as_features=as_features)


def premises(session: Session, actor: Actor, *, premises_id: UUID) -> tuple[bytes, int]:
    """Return premises with their households (JSON), and their version.

    Raises:
        NotFound: There are no such premises, or the actor does not see them.
    """
    row = queries.premises(session, actor, premises_id, now=clock.now())
    if row is None:
        raise NotFound("not_found")
    return row["item"], row["version"]


def add_premises(
    session: Session, actor: Actor, *, id: UUID, on_double: OnDouble = refuse_double, **payload: Any
) -> tuple[bytes, int, bool]:
    """Add premises. Idempotent by `id`.

    Return the premises (JSON), their version, and True if this call added them.

    Args:
        on_double: Callback for the case that other premises have this address and `allow_same_address` gives no reason. It
            returns the columns that mark the double, or raises.
        payload: `lon` and `lat` are degrees in `coord_sys`, by default `wgs84`.
    """
    is_new = is_first(session, actor, route="premises", key=id, payload=payload)
    if is_new:
        lon, lat = to_wgs84(payload["lon"], payload["lat"], CoordSys(payload.get("coord_sys", "wgs84")))
        jurisdiction_id = _jurisdiction(session, actor, payload.get("jurisdiction"), lon, lat)
        row = payload | {"jurisdiction_id": jurisdiction_id, "lon": lon, "lat": lat}
        _store(session, actor, id, row, was=None, on_double=on_double)
    return *premises(session, actor, premises_id=id), is_new


def change_premises(
    session: Session,
    actor: Actor,
    *,
    premises_id: UUID,
    expected: int | None,
    changes: dict[str, Any],
    on_double: OnDouble = refuse_double,
) -> tuple[bytes, int]:
    """Change premises. Return them (JSON) and their version.

    If the new location is in another area, everything in the premises is assigned to that area, too.

    Args:
        expected: The version that the caller has read. None: any version.
        on_double: Callback for the case that other premises have the new address and `allow_same_address` gives no reason. It
            returns the columns that mark the double, or raises.

    Raises:
        NotFound: There are no such premises, or the actor may not edit there.
        Conflict: `premises_merged`: these premises were merged into other premises.
        Stale: The stored version is not `expected`.
    """
    was = queries.lock(session, actor, premises_id, now=clock.now())
    if was is None:
        raise_if_merged(session, actor, premises_id)
        raise NotFound("not_found")
    if expected not in (None, was["version"]):
        raise Stale("version_stale")
    if "lon" in changes:
        lon, lat = to_wgs84(changes["lon"], changes["lat"], CoordSys(changes.get("coord_sys", "wgs84")))
        changes = changes | {"lon": lon, "lat": lat}
    facts = dict(was)
    if "address" not in changes and was["address"] == compose(facts):
        facts["address"] = None  # composed anew; an address that a person wrote is kept
    place = _store(session, actor, premises_id, facts | changes, was=was, on_double=on_double)
    if any(place[column] != was[column] for column in ("grid_id", "scope_path")):
        rehoming.follow(session, [premises_id])
    return premises(session, actor, premises_id=premises_id)


def raise_if_merged(session: Session, actor: Actor, premises_id: UUID) -> None:
    """Raise Conflict if premises that the actor sees were merged into other premises.

    The error has `merged_into`: the id of the premises at the end of the chain of merges.
    """
    row = queries.premises(session, actor, premises_id, now=clock.now())
    if row is not None and row["is_merged"]:
        raise Conflict("premises_merged", extra={"merged_into": merges.present(session, premises_id)})


def address_on_maps(
    actor: Actor, now: datetime, premises: Any
) -> tuple[ColumnElement[Any], ColumnElement[bool], dict[str, Any]]:
    """Return the SQL that shows the address of premises on a map.

    Args:
        premises: `Premises` or an alias of it in the statement.

    Returns:
        The column with the address, which is masked where the condition is false; the condition that the actor may read the
        address; the bind values of both.
    """
    visibility = premises_visibility(actor, now, Permission.ADDRESS_READ, premises)
    return shown_address(visibility.condition, premises), visibility.condition, visibility.binds


def name_on_maps(actor: Actor, now: datetime, premises: Any) -> tuple[ColumnElement[Any], dict[str, Any]]:
    """Return an SQL column with the name of premises, and its bind values.

    The name of a home is masked where the actor may not read residents. The name of a shop or an office is public.
    """
    visibility = premises_visibility(actor, now, Permission.RESIDENT_READ, premises)
    return shown_name(visibility.condition, premises), visibility.binds


def label_on_maps(actor: Actor, now: datetime, household: Any) -> tuple[ColumnElement[Any], dict[str, Any]]:
    """Return an SQL column with the label of a household, and its bind values.

    The label is masked where the actor may not read residents.
    """
    visibility = household_visibility(actor, now, Permission.RESIDENT_READ, household)
    return shown_label(visibility.condition, household), visibility.binds


def _store(
    session: Session,
    actor: Actor,
    premises_id: UUID,
    row: dict[str, Any],
    *,
    was: RowMapping | None,
    on_double: OnDouble,
) -> RowMapping:
    """Validate premises and store them. Return their `grid_id` and `scope_path`.

    Args:
        was: The premises as stored now. None: they are new.

    Raises:
        Invalid: The premises have faults.
        Forbidden: The point is not in an area where the actor may edit.
        Conflict: The id or the address is in use.
    """
    jurisdiction_id = row["jurisdiction_id"]
    rehoming.lock_jurisdictions(session, [jurisdiction_id])
    if row.get("external_ref"):
        bulk_registration.lock_imports(session, [jurisdiction_id])
    stored, faults = rules.read_row(row, profile_of(session, jurisdiction_id).profile.address_rule)
    require_sound(faults)
    now = clock.now()
    place = queries.place(
        session, actor, jurisdiction_id=jurisdiction_id, lon=stored["lon"], lat=stored["lat"], now=now
    )
    require_inside(place["is_inside"])
    double = settle_double(session, actor, premises_id, row | stored, was=was, on_double=on_double)
    values = stored | {
        **double,
        "id": premises_id,
        "grid_id": place["grid_id"],
        "scope_path": place["scope_path"],
        "at": now,
    }
    if was is None:
        if not queries.insert_premises(session, values):
            raise Conflict("id_reused")
    else:
        queries.update_premises(session, values)
    accounts.record(
        session,
        actor,
        action="premises.add" if was is None else "premises.change",
        entity="premises",
        entity_id=premises_id,
        purpose=row.get("allow_same_address"),
        detail={"kind": stored["kind"]},
    )
    return place


def _jurisdiction(session: Session, actor: Actor, code: str | None, lon: float, lat: float) -> UUID:
    """Return the id of the jurisdiction with this code.

    If `code` is None: the jurisdiction that covers the point. If none covers it: the jurisdiction of the actor.
    """
    if code is None:
        row = queries.jurisdiction_at(session, lon=lon, lat=lat)
        if row is not None:
            return row
    return profiles.jurisdiction_named(session, code, actor)
