"""What a phone may do offline: one entry for each kind of operation, and no other list of them.

Each goes through the schema of the route that does the same, so that unknown fields and limits have one truth, and
through the domain's service, so that rules and scope have. A new domain adds its entries here.
"""

from typing import Any
from uuid import UUID

from app.core.actor import Actor, Permission
from app.households.rules.addresses import PARTS
from app.households.schemas.households import AddHousehold, HouseholdPatch
from app.households.schemas.people import AddCareTag, AddConsent, AddResident, CareTagPatch, ResidentPatch
from app.households.schemas.premises import AddPremises, PremisesPatch
from app.households.schemas.visits import RecordVisit
from app.http.smorest import Schema
from app.incidents import schemas as cases
from app.incidents import service as incidents
from app.sync.routes import register
from app.sync.rules.merging import Facet, Merge
from app.sync.rules.operations import Done, Kind
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
        Kind(register.add_premises, "premises", (P.HOUSEHOLD_EDIT,), id_field="id", has_place=True),
        AddPremises,
        {},
    ),
    ("premises", "patch"): (
        Kind(
            register.change_premises,
            "premises",
            (P.HOUSEHOLD_EDIT,),
            facets=(Facet(("lon", "lat"), Merge.SENSITIVE), Facet((*PARTS, "address"), Merge.SENSITIVE)),
            state=register.premises_state,
            prepare=register.in_wgs84,
        ),
        PremisesPatch,
        {},
    ),
    ("household", "create"): (
        Kind(
            register.add_household,
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
            register.change_household,
            "household",
            (P.HOUSEHOLD_EDIT,),
            facets=(),
            state=register.household_state,
            apply_each=register.change_households,
            apply_each_fields=frozenset({"label", "kind", "next_visit_due"}),
            realm=REGISTER,
            is_apart=True,
        ),
        HouseholdPatch,
        {},
    ),
    ("resident", "create"): (
        Kind(
            register.add_resident,
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
            register.change_resident,
            "resident",
            (P.RESIDENT_EDIT,),
            facets=_SENSITIVE_RESIDENT,
            state=register.resident_state,
            apply_each=register.change_residents,
            realm=REGISTER,
            is_apart=True,
        ),
        ResidentPatch,
        {},
    ),
    ("care_tag", "create"): (
        Kind(
            register.add_care_tag,
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
            register.change_care_tag,
            "care_tag",
            (P.RESIDENT_EDIT,),
            facets=(),
            state=register.care_tag_state,
            undelete=register.restore_care_tag,
            realm=REGISTER,
            is_apart=True,
        ),
        CareTagPatch,
        {},
    ),
    ("care_tag", "delete"): (
        Kind(
            register.end_care_tag,
            "care_tag",
            (P.RESIDENT_EDIT,),
            is_delete=True,
            realm=REGISTER,
            is_apart=True,
        ),
        None,
        {},
    ),
    ("consent", "create"): (
        Kind(
            register.add_consent,
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
        Kind(register.withdraw_consent, "consent", (P.RESIDENT_EDIT,), realm=REGISTER, is_apart=True),
        None,
        {},
    ),
    ("visit", "create"): (
        Kind(
            register.record_visit,
            "visit",
            (P.HOUSEHOLD_EDIT, P.RESIDENT_READ),
            hangs_on=("household", "household_id"),
            id_field="id",
            parent="household_id",
            instants=("visited_at",),
            apply_each=register.record_visits,
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
