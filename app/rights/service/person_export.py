"""Export of all stored data of one person, for that person (GDPR 15 and 20, PIPL 45).

Each export is stored in the audit trail.
"""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.rules.purposes import PURPOSES
from app.core import clock, erasures
from app.core.actor import Actor, Permission
from app.households import service as households
from app.incidents import service as incidents
from app.public import service as public
from app.rights import queries
from app.settings import Settings

# Most entries of each list, the newest first.
LIST_LIMIT = 500


def export_resident(
    session: Session, actor: Actor, *, resident_id: UUID, purpose: str, explanation: str, settings: Settings
) -> dict[str, Any]:
    """Return all stored data of a resident, with reports, disclosures and imports.

    The result includes reports by a reporter who has exactly the resident's name and number. `reports_elsewhere` is the number
    of such reports in areas where the actor may not export.

    Raises:
        NotFound: The actor may not see the resident.
        Throttled: The actor has exported too many people in the time window of the settings.
    """
    resident = households.known_resident(session, actor, resident_id, Permission.PERSON_EXPORT)
    accounts.require_person_exports_left(session, actor, settings)
    reports = incidents.reports_of_reporter(session, actor, name=resident["name"], phone=resident["phone"])
    _record(session, actor, erasures.RESIDENT, {resident_id: resident}, purpose, explanation)
    record = queries.resident(session, resident_id, limit=LIST_LIMIT)
    homes = [UUID(home["household_id"]) for home in record["homes"]]
    disclosures = queries.disclosures(session, erasures.RESIDENT, [resident_id], limit=LIST_LIMIT)
    disclosures += queries.disclosures(session, erasures.REPORTER, reports.reporter_ids, limit=LIST_LIMIT)
    import_sources = queries.import_sources(session, [resident_id, *homes, *reports.incident_ids])
    return _export_document(erasures.RESIDENT, record, reports, disclosures, import_sources)


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
    """Return all stored data of the reporter of a case, with reports, disclosures and imports.

    The result includes other reports by a reporter who has exactly the same name and number.

    Args:
        report_id: The report whose reporter is exported; None: the first report of the case.

    Raises:
        Conflict: `reporter_is_staff` or `reporter_erased`.
        Throttled: The actor has exported too many people in the time window of the settings.
    """
    reporter = incidents.identified_reporter(session, actor, incident_id=incident_id, report_id=report_id)
    accounts.require_person_exports_left(session, actor, settings)
    reports = incidents.reports_of_reporter(
        session, actor, name=reporter["name"], phone=reporter["phone"], reporter_id=reporter["id"]
    )
    contact = {field: reporter[field] for field in ("name", "phone", "email")}
    _record(session, actor, erasures.REPORTER, {reporter["id"]: contact}, purpose, explanation)
    disclosures = queries.disclosures(session, erasures.REPORTER, reports.reporter_ids, limit=LIST_LIMIT)
    import_sources = queries.import_sources(session, reports.incident_ids)
    entry = dict(reporter) | {"messages_to": public.addresses_of_reporters(session, reports.reporter_ids)}
    return _export_document(erasures.REPORTER, {"entry": entry}, reports, disclosures, import_sources)


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


def _export_document(
    kind: str,
    content: dict[str, Any],
    reports: incidents.ReportsOfReporter,
    disclosures: list[dict[str, Any]],
    import_sources: list[dict[str, Any]],
) -> dict[str, Any]:
    for disclosure in disclosures:
        english, chinese = PURPOSES.get(disclosure["purpose"] or "", (None, None))
        disclosure["purpose_name"] = {"en": english, "zh": chinese}
    return {
        "kind": kind,
        "made_at": clock.now(),
        **content,
        "reports": reports.reports,
        "reports_elsewhere": reports.elsewhere,
        "seen_by": disclosures,
        "imported": import_sources,
    }
