"""Export of all that is known of one person, for that person (GDPR 15 and 20, PIPL 45), on the record."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.rules.purposes import PURPOSES
from app.core import clock, erasures
from app.core.actor import Actor, Permission
from app.households import service as households
from app.incidents import service as incidents
from app.rights import queries
from app.settings import Settings

# Entries of each list, the newest first.
LIST_MOST = 500


def export_resident(
    session: Session, actor: Actor, *, resident_id: UUID, purpose: str, explanation: str, settings: Settings
) -> dict[str, Any]:
    """Everything known of a resident: entry and earlier states, homes, consents, care, visits, reports, who looked.

    Reports are those under exactly the name and number of the resident. `reports_elsewhere` counts those where the actor
    may not export.

    Raises:
        Throttled: The actor has exported too many persons in the window of the settings.
    """
    known = households.known_resident(session, actor, resident_id, Permission.PERSON_EXPORT)
    accounts.require_person_exports_left(session, actor, settings)
    said = incidents.said_by(session, actor, name=known["name"], phone=known["phone"])
    _record(session, actor, erasures.RESIDENT, {resident_id: known}, purpose, explanation)
    found = queries.resident(session, resident_id, limit=LIST_MOST)
    homes = [UUID(home["household_id"]) for home in found["homes"]]
    seen = queries.seen(session, erasures.RESIDENT, [resident_id], limit=LIST_MOST)
    seen += queries.seen(session, erasures.REPORTER, said.reporter_ids, limit=LIST_MOST)
    imported = queries.imported(session, [resident_id, *homes, *said.incident_ids])
    return _document(erasures.RESIDENT, found, said, seen, imported)


def export_reporter(
    session: Session,
    actor: Actor,
    *,
    incident_id: UUID,
    purpose: str,
    explanation: str,
    settings: Settings,
    report_id: UUID | None = None,
) -> dict[str, Any]:
    """Everything known of who reported a case: contact, all reports under the same name and number, who looked.

    Raises:
        Throttled: The actor has exported too many persons in the window of the settings.
        Conflict: `reporter_is_staff`, `reporter_erased`.
    """
    known = incidents.known_reporter(session, actor, incident_id=incident_id, report_id=report_id)
    accounts.require_person_exports_left(session, actor, settings)
    said = incidents.said_by(
        session, actor, name=known["name"], phone=known["phone"], reporter_id=known["id"]
    )
    contact = {field: known[field] for field in ("name", "phone")}
    _record(session, actor, erasures.REPORTER, {known["id"]: contact}, purpose, explanation)
    seen = queries.seen(session, erasures.REPORTER, said.reporter_ids, limit=LIST_MOST)
    imported = queries.imported(session, said.incident_ids)
    return _document(erasures.REPORTER, {"entry": known}, said, seen, imported)


def _record(
    session: Session,
    actor: Actor,
    entity: str,
    rows: dict[UUID, dict[str, Any]],
    purpose: str,
    explanation: str,
) -> None:
    accounts.disclose(
        session,
        actor,
        purpose=purpose,
        explanation=explanation,
        fields=sorted({field for row in rows.values() for field in row}),
        entity=entity,
        rows=rows,
        action=accounts.PERSON_EXPORT,
    )


def _document(
    kind: str,
    found: dict[str, Any],
    said: incidents.SaidBy,
    seen: list[dict[str, Any]],
    imported: list[dict[str, Any]],
) -> dict[str, Any]:
    for look in seen:
        english, chinese = PURPOSES.get(look["purpose"] or "", (None, None))
        look["purpose_name"] = {"en": english, "zh": chinese}
    return {
        "kind": kind,
        "made_at": clock.now(),
        **found,
        "reports": said.reports,
        "reports_elsewhere": said.elsewhere,
        "seen_by": seen,
        "imported": imported,
    }
