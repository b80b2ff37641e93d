"""The registry of all kinds of operations, by entity (as `visit`) and op (as `create`)."""

from app.sync.operations import incidents, notices, register, workforce
from app.sync.operations.push_kinds import PushKind

_KINDS: tuple[PushKind, ...] = (
    incidents.IncidentReport(),
    incidents.IncidentTransition(),
    incidents.IncidentNote(),
    incidents.AssignmentAccept(),
    incidents.AssignmentDecline(),
    incidents.AssignmentTransition(),
    incidents.OfferDelivered(),
    register.PremisesCreate(),
    register.PremisesPatch(),
    register.HouseholdCreate(),
    register.HouseholdPatch(),
    register.ResidentCreate(),
    register.ResidentPatch(),
    register.CareTagCreate(),
    register.CareTagPatch(),
    register.CareTagDelete(),
    register.ConsentCreate(),
    register.ConsentWithdraw(),
    register.VisitCreate(),
    notices.NoticeReceiptCreate(),
    workforce.DutyStart(),
    workforce.DutyEnd(),
    workforce.SosRaise(),
)
OPERATIONS: dict[tuple[str, str], PushKind] = {(kind.entity, kind.op): kind for kind in _KINDS}
# The names of all fields that the `patch` of an operation may have.
KNOWN_FIELDS: dict[tuple[str, str], frozenset[str]] = {
    name: kind.field_names() for name, kind in OPERATIONS.items()
}
