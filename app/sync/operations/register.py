"""Kinds of operations on premises, households, residents, care tags, consents and visits."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.core.actor import Actor, Permission
from app.core.coordinates import CoordSys, to_wgs84
from app.core.db import Session
from app.households import service as households
from app.households.rules.addresses import PARTS
from app.households.schemas import households as household_schemas
from app.households.schemas import people as people_schemas
from app.households.schemas import premises as premises_schemas
from app.households.schemas.visits import RecordVisit
from app.sync.operations.push_kinds import (
    CARE_TAG,
    CONSENT,
    HOUSEHOLD,
    NEW,
    PREMISES,
    RESIDENT,
    VISIT,
    Action,
    Explanation,
    Patch,
)
from app.sync.rules.field_merge import Facet, Merge
from app.sync.rules.operation_kinds import REGISTER, Done

P = Permission


class PremisesCreate(Action):
    """Add premises.

    `realm` is None, so that push keeps the order of other operations around this one. The order matters, because other
    premises may have the same address.
    """

    entity, op, table = "premises", "create", "premises"
    permissions = (P.HOUSEHOLD_EDIT,)
    schema = premises_schemas.AddPremises
    creates_row = True
    has_location = True
    explanation = Explanation(
        "Add premises. Under the address rule `xihu` (`addresses.rule` in `data` of the row `profile`) all ten parts of the "
        "address are required, `无` for a part that does not exist; under `free` a text in `address` is enough.",
        f"Id of the premises, {NEW}",
        PREMISES,
        {
            **{"kind": "dwelling", "lon": 120.1551, "lat": 30.2741, "province": "浙江省", "city": "杭州市"},
            **{"county": "西湖区", "town": "古荡街道", "community": "文一社区", "grid": "无"},
            **{"compound": "幸福路小区", "building": "12幢", "unit": "3单元", "room": "501"},
        },
    )

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        warnings: list[dict[str, Any]] = []
        on_double = households.marking_doubles(warnings)
        is_new = households.add_premises(session, actor, on_double=on_double, **payload)[-1]
        return Done(row_id, is_new, tuple(warnings))


class PremisesPatch(Patch):
    """Change premises. Position and address are each merged as a whole."""

    entity, op, table = "premises", "patch", "premises"
    permissions = (P.HOUSEHOLD_EDIT,)
    schema = premises_schemas.PremisesPatch
    facets = (Facet(("lon", "lat"), Merge.SENSITIVE), Facet((*PARTS, "address"), Merge.SENSITIVE))
    explanation = Explanation(
        "Change premises.", "Id of the premises", PREMISES, {"name": "便民超市"}, {"name": None}, 3
    )

    def prepare(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the payload with the position in WGS 84 (EPSG:4326), like the stored position."""
        payload = dict(payload)
        system = payload.pop("coord_sys", None)
        if "lon" in payload:
            lon, lat = to_wgs84(payload["lon"], payload["lat"], CoordSys(system or "wgs84"))
            payload |= {"lon": round(lon, 7), "lat": round(lat, 7)}
        return payload

    def state(self, row: Mapping[str, Any]) -> dict[str, Any]:
        lon, lat = row["location"]["coordinates"]
        stored = {name: row[name] for name in ("kind", "name", "external_ref", "address", *PARTS)}
        # `allow_same_address` is a field of the request and not of the row: nobody else can have changed it.
        return stored | {"allow_same_address": None, "lon": round(lon, 7), "lat": round(lat, 7)}

    def change(
        self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any], *, expected: int
    ) -> Done:
        warnings: list[dict[str, Any]] = []
        on_double = households.marking_doubles(warnings)
        households.change_premises(
            session, actor, premises_id=row_id, expected=expected, changes=payload, on_double=on_double
        )
        return Done(row_id, warnings=tuple(warnings))


class HouseholdCreate(Action):
    """Add a household to premises."""

    entity, op, table = "household", "create", "household"
    permissions = (P.HOUSEHOLD_EDIT,)
    schema = household_schemas.AddHousehold
    creates_row = True
    parent_ref = ("premises", "premises_id")
    realm, is_apart = REGISTER, True
    explanation = Explanation(
        "Add a household to premises.",
        f"Id of the household, {NEW}",
        HOUSEHOLD,
        {"premises_id": PREMISES, "label": "东间"},
    )

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        return Done(row_id, households.add_household(session, actor, **payload)[-1])


class HouseholdPatch(Patch):
    """Change a household.

    Changes of several households are applied together only if no other fields than label, kind and next visit change.
    """

    entity, op, table = "household", "patch", "household"
    permissions = (P.HOUSEHOLD_EDIT,)
    schema = household_schemas.HouseholdPatch
    realm, is_apart = REGISTER, True
    explanation = Explanation(
        "Change a household.", "Id of the household", HOUSEHOLD, {"label": "西间"}, {"label": "东间"}, 3
    )

    def can_batch(self, payload: Mapping[str, Any]) -> bool:
        return payload.keys() <= {"label", "kind", "next_visit_due"}

    def state(self, row: Mapping[str, Any]) -> dict[str, Any]:
        stored = {name: row[name] for name in ("label", "kind", "next_visit_due")}
        return stored | {
            "is_declined": row["declined_at"] is not None,
            "has_moved_away": row["moved_away_at"] is not None,
        }

    def change(
        self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any], *, expected: int
    ) -> Done:
        households.change_household(session, actor, household_id=row_id, expected=expected, changes=payload)
        return Done(row_id)

    def change_many(
        self, session: Session, actor: Actor, changes: list[tuple[UUID, int, dict[str, Any]]]
    ) -> None:
        households.change_households(session, actor, changes)


class ResidentCreate(Action):
    """Add a resident to a household."""

    entity, op, table = "resident", "create", "resident"
    permissions = (P.RESIDENT_EDIT,)
    schema = people_schemas.AddResident
    creates_row = True
    parent_ref = ("household", "household_id")
    has_parent_in_path = True
    realm, is_apart = REGISTER, True
    explanation = Explanation(
        "Add a resident to a household.",
        f"Id of the resident, {NEW}",
        RESIDENT,
        {"household_id": HOUSEHOLD, "name": "王芳", "phone": "13800000000"},
    )

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        return Done(row_id, households.add_resident(session, actor, **payload)[-1])


class ResidentPatch(Patch):
    """Change a resident. If personal fields are in conflict, a person decides."""

    entity, op, table = "resident", "patch", "resident"
    permissions = (P.RESIDENT_EDIT,)
    schema = people_schemas.ResidentPatch
    facets = tuple(
        Facet((name,), Merge.SENSITIVE) for name in ("name", "phone", "email", "registered_at", "birth_year")
    )
    realm, is_apart = REGISTER, True
    explanation = Explanation(
        "Change a resident. `base` has the masked text where the device holds only that.",
        "Id of the resident",
        RESIDENT,
        {"phone": "13900000000"},
        {"phone": "138****0000"},
        2,
    )
    _STATE = ("name", "phone", "email", "is_registered_here", "lives_here", "registered_at", "birth_year")

    def can_batch(self, payload: Mapping[str, Any]) -> bool:
        return True

    def state(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {name: row[name] for name in self._STATE}

    def change(
        self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any], *, expected: int
    ) -> Done:
        households.change_resident(session, actor, resident_id=row_id, expected=expected, changes=payload)
        return Done(row_id)

    def change_many(
        self, session: Session, actor: Actor, changes: list[tuple[UUID, int, dict[str, Any]]]
    ) -> None:
        households.change_residents(session, actor, changes)


class CareTagCreate(Action):
    """Record that a resident needs a kind of help."""

    entity, op, table = "care_tag", "create", "care_tag"
    permissions = (P.RESIDENT_EDIT,)
    schema = people_schemas.AddCareTag
    creates_row = True
    parent_ref = ("resident", "resident_id")
    has_parent_in_path = True
    realm, is_apart = REGISTER, True
    explanation = Explanation(
        "Record that a resident needs a kind of help, for at most 366 days.",
        f"Id of the care tag, {NEW}",
        CARE_TAG,
        {
            "resident_id": RESIDENT,
            "kind": "mobility",
            "purpose": "下楼需要帮助",
            "ends_on": "2026-12-31",
            "cycle_days": 7,
        },
    )

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        return Done(row_id, households.add_care_tag(session, actor, **payload)[-1])


class CareTagPatch(Patch):
    """Change a care tag (the record that a resident needs a kind of help).

    If the tag was ended by a worker, the change restores it. If it was ended by a supervisor, the change is refused.
    """

    entity, op, table = "care_tag", "patch", "care_tag"
    permissions = (P.RESIDENT_EDIT,)
    schema = people_schemas.CareTagPatch
    realm, is_apart = REGISTER, True
    explanation = Explanation(
        "Change a care tag.", "Id of the care tag", CARE_TAG, {"cycle_days": 14}, {"cycle_days": 7}, 1
    )

    def state(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {name: row[name] for name in ("purpose", "ends_on", "cycle_days")}

    def change(
        self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any], *, expected: int
    ) -> Done:
        households.change_care_tag(session, actor, tag_id=row_id, expected=expected, changes=payload)
        return Done(row_id)

    def restore(self, session: Session, actor: Actor, row_id: UUID) -> bool:
        households.restore_care_tag(session, actor, tag_id=row_id)
        return True


class CareTagDelete(Action):
    """End a care tag (the record that a resident needs a kind of help)."""

    entity, op, table = "care_tag", "delete", "care_tag"
    permissions = (P.RESIDENT_EDIT,)
    is_delete = True
    realm, is_apart = REGISTER, True
    explanation = Explanation(
        "End a care tag. A tag that is gone already is no fault.", "Id of the care tag", CARE_TAG
    )

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        households.end_care_tag_once(session, actor, tag_id=row_id)
        return Done(row_id)


class ConsentCreate(Action):
    """Record a consent of a household or of one of its residents."""

    entity, op, table = "consent", "create", "consent"
    permissions = (P.RESIDENT_EDIT,)
    schema = people_schemas.AddConsent
    creates_row = True
    parent_ref = ("household", "household_id")
    has_parent_in_path = True
    instant_fields = ("given_at",)
    realm, is_apart = REGISTER, True
    explanation = Explanation(
        "Record a consent of a household or of one of its residents.",
        f"Id of the consent, {NEW}",
        CONSENT,
        {"household_id": HOUSEHOLD, "purpose": "上门走访", "given_by_way": "spoken"},
    )

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        return Done(row_id, households.add_consent(session, actor, **payload)[-1])


class ConsentWithdraw(Action):
    """Withdraw a consent."""

    entity, op, table = "consent", "withdraw", "consent"
    permissions = (P.RESIDENT_EDIT,)
    realm, is_apart = REGISTER, True
    explanation = Explanation("Withdraw a consent.", "Id of the consent", CONSENT)

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        households.withdraw_consent(session, actor, consent_id=row_id)
        return Done(row_id)


class VisitCreate(Action):
    """Record a visit to a household."""

    entity, op, table = "visit", "create", "visit"
    permissions = (P.HOUSEHOLD_EDIT, P.RESIDENT_READ)
    schema = RecordVisit
    creates_row = True
    parent_ref = ("household", "household_id")
    has_parent_in_path = True
    instant_fields = ("visited_at",)
    realm, is_apart = REGISTER, True
    explanation = Explanation(
        "Record a visit to a household.",
        f"Id of the visit, {NEW}",
        VISIT,
        {"household_id": HOUSEHOLD, "outcome": "done", "note": "一切正常", "care_done": [CARE_TAG]},
    )

    def can_batch(self, payload: Mapping[str, Any]) -> bool:
        return True

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        return Done(row_id, households.record_visit(session, actor, **payload)[-1])

    def apply_many(
        self, session: Session, actor: Actor, operations: Sequence[tuple[UUID, dict[str, Any]]]
    ) -> Sequence[Done]:
        households.record_visits(session, actor, [payload for _, payload in operations])
        return [Done(row_id) for row_id, _ in operations]
