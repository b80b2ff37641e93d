"""Routes of the rights of data subjects: export and erasure of residents and reporters."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from app.accounts.schemas import WithPurpose
from app.core.actor import Permission
from app.core.db import Session
from app.households.schemas.people import EraseResident
from app.http.pages import html_page
from app.http.responses import json_response, no_content
from app.http.smorest import Blueprint, authenticated_actor
from app.rights import service
from app.rights.rules import LABELS
from app.rights.schemas import EraseReporter, ExportReporter, PersonKnown, ResidentKnown

reporters = Blueprint("rights_of_reporters", __name__, url_prefix="/api/v1/incidents", tag="Administration")
residents = Blueprint(
    "rights_of_residents",
    __name__,
    url_prefix="/api/v1/residents",
    template_folder="pages",
    tag="Administration",
)
BLUEPRINTS = (residents, reporters)
HTML = "text/html"


@residents.route("/<uuid:resident_id>/export", methods=["POST"])
@residents.guard(Permission.PERSON_EXPORT, Permission.INCIDENT_DIRECT)
@residents.arguments(WithPurpose)
@residents.alt_response(200, schema={"type": "string"}, content_type=HTML, success=True)
@residents.response(200, ResidentKnown)
@residents.problem(404, "not_found")
@residents.problem(429, "reveal_throttled")
@residents.writes
def export_resident(body: dict[str, Any], resident_id: UUID, *, session: Session) -> Response:
    """Export the data of a resident

    Returns everything that is stored about a resident, unmasked, for the person themselves: entry and earlier
    states, homes, consents, care tags, visits, reports under exactly the same name and number, and who has
    read these data. Names and numbers of other people are left out or blacked out (█). Each list has at most
    500 entries, the newest first.

    `Accept: text/html` returns a page to print. The export is recorded in the audit trail, and only a limited
    number is allowed in a window of time.
    """
    actor, settings = authenticated_actor(), current_app.extensions["settings"]
    person = service.export_resident(session, actor, resident_id=resident_id, settings=settings, **body)
    return _person_response(person)


@residents.route("/<uuid:resident_id>", methods=["DELETE"])
@residents.guard(Permission.RESIDENT_ERASE)
@residents.arguments(EraseResident)
@residents.response(204)
@residents.problem(404, "not_found")
@residents.writes
def erase_resident(body: dict[str, Any], resident_id: UUID, *, session: Session) -> Response:
    """Erase a resident

    Clears the values of the resident in the rows and in their history, ends care tags and consents, and
    erases notes and media of visits to the households where the resident lived. Messages to the telephone
    number or e-mail address that wait or failed, and SMS that came from the number, lose them at once. The
    erasure cannot be undone; a restored backup repeats it.

    That it happened, when and why stays in the audit trail; names and numbers in the reason are blacked out.
    A second call answers 404.
    """
    actor, ledger = authenticated_actor(), current_app.extensions["erasure_ledger"]
    settings = current_app.extensions["settings"]
    service.erase_resident(session, actor, resident_id=resident_id, ledger=ledger, settings=settings, **body)
    return no_content()


@reporters.route("/<uuid:incident_id>/reporter/export", methods=["POST"])
@reporters.guard(Permission.PERSON_EXPORT, Permission.INCIDENT_DIRECT)
@reporters.arguments(ExportReporter)
@reporters.alt_response(200, schema={"type": "string"}, content_type=HTML, success=True)
@reporters.response(200, PersonKnown)
@reporters.problem(404, "not_found")
@reporters.problem(409, "reporter_erased", "reporter_is_staff")
@reporters.problem(429, "reveal_throttled")
@reporters.writes
def export_reporter(body: dict[str, Any], incident_id: UUID, *, session: Session) -> Response:
    """Export the data of a reporter

    Returns everything that is stored about the person who reported a case that the caller directs, unmasked,
    for the person themselves: contact, all reports under exactly the same name and number, and who has read
    these data. Reports in areas where the caller may not export are only counted (`reports_elsewhere`).

    `Accept: text/html` returns a page to print. The export is recorded in the audit trail, and only a limited
    number is allowed in a window of time. Reports of staff accounts cannot be exported.
    """
    actor, settings = authenticated_actor(), current_app.extensions["settings"]
    person = service.export_reporter(session, actor, incident_id=incident_id, settings=settings, **body)
    return _person_response(person)


@reporters.route("/<uuid:incident_id>/reporter/erase", methods=["POST"])
@reporters.guard(Permission.REPORTER_ERASE, Permission.INCIDENT_DIRECT)
@reporters.arguments(EraseReporter)
@reporters.response(204)
@reporters.problem(404, "not_found")
@reporters.problem(409, "reporter_erased", "reporter_is_staff")
@reporters.problem(503, "erasure_ledger_unavailable")
@reporters.writes
def erase_reporter(body: dict[str, Any], incident_id: UUID, *, session: Session) -> Response:
    """Erase the data of a reporter

    Clears name, telephone number and words of the person who reported a case that the caller directs, in the
    rows and in their history; the case stays. Export files of cases expire at once. The erasure cannot be
    undone; a restored backup repeats it.

    That it happened, when and why stays in the audit trail. A second call is refused (`reporter_erased`).
    """
    actor, ledger = authenticated_actor(), current_app.extensions["erasure_ledger"]
    service.erase_reporter(session, actor, incident_id=incident_id, ledger=ledger, **body)
    return no_content()


def _person_response(person: dict[str, Any]) -> Response:
    """Return a response with a person's data as JSON, or as a page to print for `text/html`."""
    if HTML in request.accept_mimetypes.values():
        return html_page("person.html", person=person, labels=LABELS)
    return json_response(person)
