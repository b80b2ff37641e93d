"""Operations on the register, and stored rows as the fields that an operation may change."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.coordinates import CoordSys, to_wgs84
from app.households import service as households
from app.households.rules.addresses import PARTS
from app.sync.rules.operations import Done


def add_premises(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    warnings: list[dict[str, Any]] = []
    on_double = households.marking_doubles(warnings)
    is_new = households.add_premises(session, actor, on_double=on_double, **payload)[-1]
    return Done(id, is_new, tuple(warnings))


def change_premises(
    session: Any, actor: Actor, id: UUID, payload: dict[str, Any], expected: int | None
) -> Done:
    warnings: list[dict[str, Any]] = []
    on_double = households.marking_doubles(warnings)
    households.change_premises(
        session, actor, premises_id=id, expected=expected, changes=payload, on_double=on_double
    )
    return Done(id, warnings=tuple(warnings))


def add_household(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    return Done(id, households.add_household(session, actor, **payload)[-1])


def change_household(
    session: Any, actor: Actor, id: UUID, payload: dict[str, Any], expected: int | None
) -> Done:
    households.change_household(session, actor, household_id=id, expected=expected, changes=payload)
    return Done(id)


def change_residents(session: Any, actor: Actor, changes: list[tuple[UUID, int, dict[str, Any]]]) -> None:
    households.change_residents(session, actor, changes)


def change_households(session: Any, actor: Actor, changes: list[tuple[UUID, int, dict[str, Any]]]) -> None:
    households.change_households(session, actor, changes)


def add_resident(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    return Done(id, households.add_resident(session, actor, **payload)[-1])


def change_resident(
    session: Any, actor: Actor, id: UUID, payload: dict[str, Any], expected: int | None
) -> Done:
    households.change_resident(session, actor, resident_id=id, expected=expected, changes=payload)
    return Done(id)


def add_care_tag(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    return Done(id, households.add_care_tag(session, actor, **payload)[-1])


def change_care_tag(
    session: Any, actor: Actor, id: UUID, payload: dict[str, Any], expected: int | None
) -> Done:
    households.change_care_tag(session, actor, tag_id=id, expected=expected, changes=payload)
    return Done(id)


def end_care_tag(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    households.end_care_tag_once(session, actor, tag_id=id)
    return Done(id)


def restore_care_tag(session: Any, actor: Actor, id: UUID) -> None:
    households.restore_care_tag(session, actor, tag_id=id)


def add_consent(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    return Done(id, households.add_consent(session, actor, **payload)[-1])


def withdraw_consent(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    households.withdraw_consent(session, actor, consent_id=id)
    return Done(id)


def record_visit(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    return Done(id, households.record_visit(session, actor, **payload)[-1])


def record_visits(session: Any, actor: Actor, visits: list[tuple[UUID, dict[str, Any]]]) -> None:
    households.record_visits(session, actor, [payload for _, payload in visits])


def premises_state(row: Mapping[str, Any]) -> dict[str, Any]:
    lon, lat = row["location"]["coordinates"]
    named = {name: row[name] for name in ("kind", "name", "external_ref", "address", *PARTS)}
    # A field of the request, not of the row: nobody else can have changed it.
    return named | {"allow_same_address": None, "lon": round(lon, 7), "lat": round(lat, 7)}


def household_state(row: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: row[name] for name in ("label", "kind", "next_visit_due")}
    return named | {
        "is_declined": row["declined_at"] is not None,
        "has_moved_away": row["moved_away_at"] is not None,
    }


_RESIDENT = ("name", "phone", "is_registered_here", "lives_here", "registered_at", "birth_year")


def resident_state(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _RESIDENT}


def care_tag_state(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("purpose", "ends_on", "cycle_days")}


def in_wgs84(payload: dict[str, Any]) -> dict[str, Any]:
    """A changed place in the coordinates of the stored one, so that both can be compared."""
    payload = dict(payload)
    system = payload.pop("coord_sys", None)
    if "lon" in payload:
        lon, lat = to_wgs84(payload["lon"], payload["lat"], CoordSys(system or "wgs84"))
        payload |= {"lon": round(lon, 7), "lat": round(lat, 7)}
    return payload
