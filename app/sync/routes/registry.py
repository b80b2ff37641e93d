"""The registry of the operations that a device may push: one entry a kind of operation.

An operation is validated by the schema of the route that does the same, and applied by the domain's service through a
function of app/sync/service/operations. A new domain adds its entries here.
"""

from typing import Any

from app.core.actor import Permission
from app.households.rules.addresses import PARTS
from app.households.schemas.households import AddHousehold, HouseholdPatch
from app.households.schemas.people import AddCareTag, AddConsent, AddResident, CareTagPatch, ResidentPatch
from app.households.schemas.premises import AddPremises, PremisesPatch
from app.households.schemas.visits import RecordVisit
from app.http.smorest import Schema
from app.incidents import schemas as cases
from app.sync.rules.field_merge import Facet, Merge
from app.sync.rules.operations import Kind
from app.sync.service.operations import incidents, register, workforce
from app.workforce.schemas import SetDuty
from app.workforce.schemas.sos import RaiseSos

P = Permission
# What operations read and change: nothing of the register hangs on a case, and no case on the register.
REGISTER, CASES = "register", "cases"

_SENSITIVE_RESIDENT = tuple(
    Facet((name,), Merge.SENSITIVE) for name in ("name", "phone", "registered_at", "birth_year")
)

# (entity, op): (what push has to know, the route's schema (None: no fields), fields that are always the same).
OPERATIONS: dict[tuple[str, str], tuple[Kind, type[Schema] | None, dict[str, Any]]] = {
    ("incident", "report"): (
        Kind(
            incidents.report,
            "incident",
            (P.INCIDENT_REPORT,),
            id_field="id",
            instant_fields=("occurred_at",),
            has_location=True,
            realm=CASES,
        ),
        cases.ReportIncident,
        {},
    ),
    ("incident", "transition"): (
        Kind(incidents.transition, "incident", (P.INCIDENT_HANDLE,), realm=CASES, takes_happened_at=True),
        cases.PushedTransition,
        {},
    ),
    ("incident", "note"): (
        Kind(incidents.annotate, "incident", (P.INCIDENT_HANDLE,), realm=CASES),
        cases.Annotate,
        {},
    ),
    ("assignment", "accept"): (
        Kind(
            incidents.accept_assignment,
            "assignment",
            (P.INCIDENT_HANDLE,),
            realm=CASES,
            takes_happened_at=True,
        ),
        None,
        {},
    ),
    ("assignment", "decline"): (
        Kind(incidents.decline_assignment, "assignment", (P.INCIDENT_HANDLE,), realm=CASES),
        cases.Decline,
        {},
    ),
    ("assignment", "transition"): (
        Kind(
            incidents.transition_assignment,
            "assignment",
            (P.INCIDENT_HANDLE,),
            instant_fields=("at",),
            time_field="at",
            realm=CASES,
        ),
        cases.PushedAssignmentTransition,
        {},
    ),
    ("offer", "delivered"): (
        Kind(incidents.mark_offer_delivered, "offer", (P.INCIDENT_HANDLE,), realm=CASES),
        None,
        {},
    ),
    ("premises", "create"): (
        Kind(register.add_premises, "premises", (P.HOUSEHOLD_EDIT,), id_field="id", has_location=True),
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
            parent_ref=("premises", "premises_id"),
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
            apply_many=register.change_households,
            apply_many_fields=frozenset({"label", "kind", "next_visit_due"}),
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
            parent_ref=("household", "household_id"),
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
            apply_many=register.change_residents,
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
            parent_ref=("resident", "resident_id"),
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
            restore=register.restore_care_tag,
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
            parent_ref=("household", "household_id"),
            id_field="id",
            parent="household_id",
            instant_fields=("given_at",),
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
            parent_ref=("household", "household_id"),
            id_field="id",
            parent="household_id",
            instant_fields=("visited_at",),
            apply_many=register.record_visits,
            realm=REGISTER,
            is_apart=True,
        ),
        RecordVisit,
        {},
    ),
    ("duty", "start"): (
        Kind(workforce.set_duty, "duty", needs_id=False, instant_fields=("at",), time_field="at"),
        SetDuty,
        {"on_duty": True},
    ),
    ("duty", "end"): (
        Kind(workforce.set_duty, "duty", needs_id=False, instant_fields=("at",), time_field="at"),
        SetDuty,
        {"on_duty": False},
    ),
    ("sos", "raise"): (
        Kind(
            workforce.raise_sos,
            "sos",
            (P.POSITION_SEND,),
            id_field="id",
            instant_fields=("at",),
            time_field="at",
        ),
        RaiseSos,
        {},
    ),
}
