"""What a phone may do offline: one entry for each kind of operation, and no other list of them.

Each goes through the schema of the route that does the same, so that unknown fields and limits have one truth, and
through the domain's service, so that rules and scope have. A new domain adds its entries here.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core.actor import Actor, Permission
from app.core.coordinates import CoordSys, to_wgs84
from app.fieldapp.rules.merging import Facet, Merge
from app.fieldapp.rules.operations import Done, Kind
from app.households import service as households
from app.households.rules.addresses import PARTS
from app.households.schemas.households import AddHousehold, HouseholdPatch
from app.households.schemas.people import AddCareTag, AddConsent, AddResident, CareTagPatch, ResidentPatch
from app.households.schemas.premises import AddPremises, PremisesPatch
from app.households.schemas.visits import RecordVisit
from app.http.smorest import Schema
from app.incidents import schemas as cases
from app.incidents import service as incidents
from app.workforce import service as workforce
from app.workforce.schemas import SetDuty
from app.workforce.schemas.sos import RaiseSos

P = Permission
# What operations read and change: nothing of the register hangs on a case, and no case on the register.
REGISTER, CASES = "register", "cases"


# --- incidents ----------------------------------------------------------------------------------


def _report(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    taken = incidents.report_within(session, actor, **said)
    return Done(taken.incident_id, taken.is_new, taken.warnings)


def _move(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    return Done(incidents.move(session, actor, incident_id=id, **said))


def _annotate(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    incidents.annotate(session, actor, incident_id=id, **said)
    return Done(id)


def _accept(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    incidents.accept(session, actor, assignment_id=id, **said)
    return Done(id)


def _go_on(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    incidents.go_on(session, actor, assignment_id=id, **said)
    return Done(id)


def _deliver(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    incidents.deliver(session, actor, offer_id=id)
    return Done(id)


def _decline(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    incidents.decline(session, actor, assignment_id=id, **said)
    return Done(id)


# --- register -----------------------------------------------------------------------------------


def _add_premises(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    return Done(id, households.add_premises(session, actor, **said)[-1])


def _change_premises(
    session: Any, actor: Actor, id: UUID, said: dict[str, Any], expected: int | None
) -> Done:
    households.change_premises(session, actor, premises_id=id, expected=expected, changes=said)
    return Done(id)


def _add_household(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    return Done(id, households.add_household(session, actor, **said)[-1])


def _change_household(
    session: Any, actor: Actor, id: UUID, said: dict[str, Any], expected: int | None
) -> Done:
    households.change_household(session, actor, household_id=id, expected=expected, changes=said)
    return Done(id)


def _change_residents(session: Any, actor: Actor, changes: list[tuple[UUID, int, dict[str, Any]]]) -> None:
    households.change_residents(session, actor, changes)


def _change_households(session: Any, actor: Actor, changes: list[tuple[UUID, int, dict[str, Any]]]) -> None:
    households.change_households(session, actor, changes)


def _add_resident(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    return Done(id, households.add_resident(session, actor, **said)[-1])


def _change_resident(
    session: Any, actor: Actor, id: UUID, said: dict[str, Any], expected: int | None
) -> Done:
    households.change_resident(session, actor, resident_id=id, expected=expected, changes=said)
    return Done(id)


def _add_care_tag(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    return Done(id, households.add_care_tag(session, actor, **said)[-1])


def _change_care_tag(
    session: Any, actor: Actor, id: UUID, said: dict[str, Any], expected: int | None
) -> Done:
    households.change_care_tag(session, actor, tag_id=id, expected=expected, changes=said)
    return Done(id)


def _end_care_tag(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    households.end_care_tag_once(session, actor, tag_id=id)
    return Done(id)


def _restore_care_tag(session: Any, actor: Actor, id: UUID) -> None:
    households.restore_care_tag(session, actor, tag_id=id)


def _add_consent(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    return Done(id, households.add_consent(session, actor, **said)[-1])


def _withdraw_consent(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    households.withdraw_consent(session, actor, consent_id=id)
    return Done(id)


def _record_visit(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    return Done(id, households.record_visit(session, actor, **said)[-1])


def _record_visits(session: Any, actor: Actor, visits: list[tuple[UUID, dict[str, Any]]]) -> None:
    households.record_visits(session, actor, [said for _, said in visits])


def _premises_state(row: Mapping[str, Any]) -> dict[str, Any]:
    lon, lat = row["location"]["coordinates"]
    named = {name: row[name] for name in ("kind", "name", "external_ref", "address", *PARTS)}
    return named | {"lon": round(lon, 7), "lat": round(lat, 7)}


def _household_state(row: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: row[name] for name in ("label", "kind", "next_visit_due")}
    return named | {
        "is_declined": row["declined_at"] is not None,
        "has_moved_away": row["moved_away_at"] is not None,
    }


_RESIDENT = ("name", "phone", "is_registered_here", "lives_here", "registered_at", "birth_year")


def _resident_state(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _RESIDENT}


def _care_tag_state(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("purpose", "ends_on", "cycle_days")}


def in_wgs84(said: dict[str, Any]) -> dict[str, Any]:
    """A changed place in the coordinates of the stored one, so that both can be compared."""
    said = dict(said)
    system = said.pop("coord_sys", None)
    if "lon" in said:
        lon, lat = to_wgs84(said["lon"], said["lat"], CoordSys(system or "wgs84"))
        said |= {"lon": round(lon, 7), "lat": round(lat, 7)}
    return said


# --- duty ---------------------------------------------------------------------------------------


def _duty(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    return Done(workforce.set_duty(session, actor, worker_id=actor.id, **said)["id"])


def _call_for_help(session: Any, actor: Actor, id: UUID, said: dict[str, Any]) -> Done:
    return Done(id, workforce.raise_sos(session, actor, **said)[-1])


_SENSITIVE_RESIDENT = tuple(
    Facet((name,), Merge.SENSITIVE) for name in ("name", "phone", "registered_at", "birth_year")
)

# (entity, op): (what push has to know, the route's schema (None: no fields), fields that are always the same).
OPERATIONS: dict[tuple[str, str], tuple[Kind, type[Schema] | None, dict[str, Any]]] = {
    ("incident", "report"): (
        Kind(
            _report,
            "incident",
            (P.INCIDENT_REPORT,),
            id_field="id",
            instants=("occurred_at",),
            has_place=True,
            realm=CASES,
        ),
        cases.ReportIncident,
        {},
    ),
    ("incident", "transition"): (
        Kind(_move, "incident", (P.INCIDENT_HANDLE,), realm=CASES, tells_when=True),
        cases.Transition,
        {},
    ),
    ("incident", "note"): (
        Kind(_annotate, "incident", (P.INCIDENT_HANDLE,), realm=CASES),
        cases.Annotate,
        {},
    ),
    ("assignment", "accept"): (
        Kind(_accept, "assignment", (P.INCIDENT_HANDLE,), realm=CASES, tells_when=True),
        None,
        {},
    ),
    ("assignment", "decline"): (
        Kind(_decline, "assignment", (P.INCIDENT_HANDLE,), realm=CASES),
        cases.Decline,
        {},
    ),
    ("assignment", "transition"): (
        Kind(_go_on, "assignment", (P.INCIDENT_HANDLE,), instants=("at",), happened="at", realm=CASES),
        cases.AssignmentTransition,
        {},
    ),
    ("offer", "delivered"): (Kind(_deliver, "offer", (P.INCIDENT_HANDLE,), realm=CASES), None, {}),
    ("premises", "create"): (
        Kind(_add_premises, "premises", (P.HOUSEHOLD_EDIT,), id_field="id", has_place=True),
        AddPremises,
        {},
    ),
    ("premises", "patch"): (
        Kind(
            _change_premises,
            "premises",
            (P.HOUSEHOLD_EDIT,),
            facets=(Facet(("lon", "lat"), Merge.SENSITIVE), Facet((*PARTS, "address"), Merge.SENSITIVE)),
            state=_premises_state,
            prepare=in_wgs84,
        ),
        PremisesPatch,
        {},
    ),
    ("household", "create"): (
        Kind(
            _add_household,
            "household",
            (P.HOUSEHOLD_EDIT,),
            hangs_on=("premises", "premises_id"),
            id_field="id",
            realm=REGISTER,
            is_apart=True,
        ),
        AddHousehold,
        {},
    ),
    ("household", "patch"): (
        Kind(
            _change_household,
            "household",
            (P.HOUSEHOLD_EDIT,),
            facets=(),
            state=_household_state,
            apply_each=_change_households,
            apply_each_fields=frozenset({"label", "kind", "next_visit_due"}),
            realm=REGISTER,
            is_apart=True,
        ),
        HouseholdPatch,
        {},
    ),
    ("resident", "create"): (
        Kind(
            _add_resident,
            "resident",
            (P.RESIDENT_EDIT,),
            hangs_on=("household", "household_id"),
            id_field="id",
            parent="household_id",
            realm=REGISTER,
            is_apart=True,
        ),
        AddResident,
        {},
    ),
    ("resident", "patch"): (
        Kind(
            _change_resident,
            "resident",
            (P.RESIDENT_EDIT,),
            facets=_SENSITIVE_RESIDENT,
            state=_resident_state,
            apply_each=_change_residents,
            realm=REGISTER,
            is_apart=True,
        ),
        ResidentPatch,
        {},
    ),
    ("care_tag", "create"): (
        Kind(
            _add_care_tag,
            "care_tag",
            (P.RESIDENT_EDIT,),
            hangs_on=("resident", "resident_id"),
            id_field="id",
            parent="resident_id",
            realm=REGISTER,
            is_apart=True,
        ),
        AddCareTag,
        {},
    ),
    ("care_tag", "patch"): (
        Kind(
            _change_care_tag,
            "care_tag",
            (P.RESIDENT_EDIT,),
            facets=(),
            state=_care_tag_state,
            undelete=_restore_care_tag,
            realm=REGISTER,
            is_apart=True,
        ),
        CareTagPatch,
        {},
    ),
    ("care_tag", "delete"): (
        Kind(_end_care_tag, "care_tag", (P.RESIDENT_EDIT,), is_delete=True, realm=REGISTER, is_apart=True),
        None,
        {},
    ),
    ("consent", "create"): (
        Kind(
            _add_consent,
            "consent",
            (P.RESIDENT_EDIT,),
            hangs_on=("household", "household_id"),
            id_field="id",
            parent="household_id",
            instants=("given_at",),
            realm=REGISTER,
            is_apart=True,
        ),
        AddConsent,
        {},
    ),
    ("consent", "withdraw"): (
        Kind(_withdraw_consent, "consent", (P.RESIDENT_EDIT,), realm=REGISTER, is_apart=True),
        None,
        {},
    ),
    ("visit", "create"): (
        Kind(
            _record_visit,
            "visit",
            (P.HOUSEHOLD_EDIT, P.RESIDENT_READ),
            hangs_on=("household", "household_id"),
            id_field="id",
            parent="household_id",
            instants=("visited_at",),
            apply_each=_record_visits,
            realm=REGISTER,
            is_apart=True,
        ),
        RecordVisit,
        {},
    ),
    ("duty", "start"): (
        Kind(_duty, "duty", needs_id=False, instants=("at",), happened="at"),
        SetDuty,
        {"on_duty": True},
    ),
    ("duty", "end"): (
        Kind(_duty, "duty", needs_id=False, instants=("at",), happened="at"),
        SetDuty,
        {"on_duty": False},
    ),
    ("sos", "raise"): (
        Kind(_call_for_help, "sos", (P.POSITION_SEND,), id_field="id", instants=("at",), happened="at"),
        RaiseSos,
        {},
    ),
}
