"""Premises one by one: list, read, add, change."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.coordinates import CoordSys, to_wgs84
from app.core.errors import Conflict, Forbidden, NotFound, Stale
from app.core.paging import id_after, page_body
from app.households.queries import bulk_registration, merges, rehoming
from app.households.queries import premises as queries
from app.households.queries.households import shown_address, shown_label, shown_name
from app.households.rules import rows as rules
from app.households.rules.addresses import compose
from app.households.service.duplicate_addresses import OnDouble, refuse_double, settle_double
from app.households.service.guards import (
    is_first,
    require_inside,
    require_no_number,
    require_sound,
    require_telling,
)
from app.households.service.local_day import profile_of
from app.profiles import service as profiles
from app.workforce.scope import ScopeBranches, area_reach, reach


def list_premises(
    session: Session,
    actor: Actor,
    *,
    limit: int,
    cursor: str | None = None,
    as_features: bool = False,
    **filters: Any,
) -> bytes:
    """A page of the premises the actor looks after; `q` needs the right to read addresses."""
    if filters.get("q") and not actor.may(Permission.ADDRESS_READ):
        raise Forbidden("permission_missing", permission=Permission.ADDRESS_READ.value)
    require_no_number(filters)
    require_telling(session, filters.get("q"))
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
    """Premises in reach with the households there, and their version."""
    row = queries.premises(session, actor, premises_id, now=clock.now())
    if row is None:
        raise NotFound("not_found")
    return row["item"], row["version"]


def add_premises(
    session: Session, actor: Actor, *, id: UUID, on_double: OnDouble = refuse_double, **payload: Any
) -> tuple[bytes, int, bool]:
    """Add premises; they and their version, and whether this call did it or the same one before.

    `on_double`: what is done if there are others of this address and `allow_same_address` says not why.
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
    """Change what is sent. Moved premises take along all that hangs on them. `on_double`: as in `add_premises`."""
    was = queries.hold(session, actor, premises_id, now=clock.now())
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
        facts["address"] = None  # composed anew; one that somebody wrote stays as it is
    place = _store(session, actor, premises_id, facts | changes, was=was, on_double=on_double)
    if any(place[column] != was[column] for column in ("grid_id", "scope_path")):
        rehoming.follow(session, [premises_id])
    return premises(session, actor, premises_id=premises_id)


def raise_if_merged(session: Session, actor: Actor, premises_id: UUID) -> None:
    """Raise Conflict if these premises, in the actor's reach, were merged; with those that stand for them."""
    row = queries.premises(session, actor, premises_id, now=clock.now())
    if row is not None and row["is_merged"]:
        raise Conflict("premises_merged", extra={"merged_into": merges.present(session, premises_id)})


def on_maps(actor: Actor, column: str, now: datetime) -> tuple[str, dict[str, Any]]:
    """Who sees what of the register stands at the path `column`, as a condition, for statements of audiences."""
    return reach(actor, Permission.HOUSEHOLD_READ, column, now=now)


def map_branches(actor: Actor, now: datetime) -> ScopeBranches | None:
    """What `on_maps` says, with its binds, as ways; None: everything."""
    return area_reach(actor, Permission.HOUSEHOLD_READ, now).branches


def address_on_maps(actor: Actor, now: datetime) -> tuple[str, str, dict[str, Any]]:
    """SQL for the address of premises `p`, masked where the actor may not read it; whether she may; their binds."""
    shown, binds = shown_address(actor, now=now)
    may_read, _ = reach(actor, Permission.ADDRESS_READ, "p.scope_path", now=now)
    return shown, may_read, binds


def names_on_maps(actor: Actor, now: datetime) -> tuple[str, str, dict[str, Any]]:
    """SQL for the name of premises `p` and for the label of household `h` there, masked like people; their binds."""
    name, binds = shown_name(actor, now=now)
    label, label_binds = shown_label(actor, now=now)
    return name, label, binds | label_binds


def _store(
    session: Session,
    actor: Actor,
    premises_id: UUID,
    row: dict[str, Any],
    *,
    was: RowMapping | None,
    on_double: OnDouble,
) -> RowMapping:
    """Write one row if it keeps the rules and lies in reach; returns its place. `was`: as it is stored, None if new."""
    jurisdiction_id = row["jurisdiction_id"]
    rehoming.hold_jurisdictions(session, [jurisdiction_id])
    if row.get("external_ref"):
        bulk_registration.hold_imports(session, [jurisdiction_id])
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
        queries.update_premises(session, values, expected=None)
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
    """The one that is named, or on whose land the point lies, or the actor's own one."""
    if code is None:
        row = queries.jurisdiction_at(session, lon=lon, lat=lat)
        if row is not None:
            return row
    return profiles.jurisdiction_named(session, code, actor)
