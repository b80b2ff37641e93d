"""/incidents and /assignments: the main job over HTTP."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, current_app, request
from flask.views import MethodView

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.core.links import link
from app.core.telephones import phone_faults
from app.http.messages import sentence, told_field
from app.http.pages import html_page
from app.http.responses import (
    GEOJSON,
    expected_version,
    json_bytes,
    json_of,
    no_content,
    wants_geojson,
    with_warnings,
)
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents import schemas, service
from app.incidents.routes import duplicates
from app.incidents.routes.writing import written

blp = Blueprint(
    "incidents",
    __name__,
    url_prefix="/api/v1/incidents",
    description="Reports and cases",
    template_folder="../pages",
)
assignments = Blueprint(
    "assignments", __name__, url_prefix="/api/v1/assignments", description="Offers and work of mine"
)
offers = Blueprint("offers", __name__, url_prefix="/api/v1/offers", description="What I am asked to take")
BLUEPRINTS = (blp, duplicates.blp, assignments, offers)


@blp.route("")
class Incidents(MethodView):
    @blp.guard(Permission.INCIDENT_REPORT)
    @blp.arguments(schemas.ReportIncident)
    @blp.alt_response(
        200, schema=schemas.ReportedOut, description="Sent before: the case as it is now", success=True
    )
    @blp.response(201, schemas.ReportedOut)
    @blp.alt_response(409, "CONFLICT")
    def post(self, said: dict[str, Any]) -> Response:
        """Report an incident"""
        key = request.headers.get("Idempotency-Key")
        receipt = service.report(transaction, authenticated_actor(), key=key, **said)
        warnings = [*receipt.warnings, *phone_faults({"description": said["description"]})]
        body = with_warnings(receipt.body, warnings)
        response = json_bytes(body, 201 if receipt.is_new else 200, version=receipt.version)
        response.headers["Location"] = link(f"/api/v1/incidents/{receipt.incident_id}")
        return response

    @blp.guard(Permission.INCIDENT_READ)
    @blp.arguments(schemas.IncidentFilter, location="query")
    @blp.alt_response(200, schema=schemas.IncidentFeatures, content_type=GEOJSON, success=True)
    @blp.response(200, schemas.IncidentPage)
    def get(self, filters: dict[str, Any]) -> Response:
        """List the cases I may see, newest first"""
        as_features = wants_geojson()
        body = service.listing(authenticated_actor(), as_features=as_features, **filters)
        return json_bytes(body, media=GEOJSON if as_features else None)


@blp.route("/<uuid:incident_id>")
class Incident(MethodView):
    @blp.guard(Permission.INCIDENT_READ)
    @blp.alt_response(304, description="Not modified", success=True)
    @blp.response(200, schemas.IncidentDetail)
    @blp.alt_response(404, "NOT_FOUND")
    def get(self, incident_id: UUID) -> Response:
        """Read a case"""
        body, version = service.detail(authenticated_actor(), incident_id=incident_id)
        return json_bytes(body, version=version)

    @blp.guard(Permission.INCIDENT_CORRECT)
    @blp.arguments(schemas.IncidentPatch)
    @blp.response(200, schemas.IncidentOut)
    @blp.alt_response(404, "NOT_FOUND")
    @blp.alt_response(409, "CONFLICT")
    @blp.alt_response(412, "PRECONDITION_FAILED")
    @blp.alt_response(428, "PRECONDITION_REQUIRED")
    def patch(self, changes: dict[str, Any], incident_id: UUID) -> Response:
        """Correct the category or the place of a case"""
        expected = expected_version(required=True)
        return written(partial(service.correct, incident_id=incident_id, expected=expected, **changes))


@blp.route("/<uuid:incident_id>/transitions", methods=["POST"])
@blp.guard(Permission.INCIDENT_HANDLE)
@blp.keyed
@blp.arguments(schemas.Transition)
@blp.response(200, schemas.IncidentOut)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
@blp.alt_response(412, "PRECONDITION_FAILED")
def transition(step: dict[str, Any], incident_id: UUID) -> Response:
    """Move a case along"""
    expected = expected_version(required=False)
    return written(partial(service.move, incident_id=incident_id, expected=expected, **step))


@blp.route("/<uuid:incident_id>/events")
@blp.guard(Permission.INCIDENT_READ)
@blp.response(200, schemas.EventList)
@blp.alt_response(404, "NOT_FOUND")
def events(incident_id: UUID) -> Response:
    """List everything that happened to a case"""
    with read_session() as session:
        return json_bytes(service.events(session, authenticated_actor(), incident_id=incident_id))


@blp.route("/<uuid:incident_id>/dispatch")
@blp.guard(Permission.INCIDENT_HANDLE)
@blp.response(200, schemas.DispatchOut)
@blp.alt_response(404, "NOT_FOUND")
def explanation(incident_id: UUID) -> Response:
    """Explain why the case went to whom, with everyone considered"""
    with read_session() as session:
        return json_of(service.explanation(session, authenticated_actor(), incident_id=incident_id))


@blp.route("/<uuid:incident_id>/dispatch/<uuid:run_id>/replay", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.response(200, schemas.ReplayOut)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
def replay(incident_id: UUID, run_id: UUID) -> Response:
    """Make a decision again from what it kept, and say whether it comes out the same"""
    with read_session() as session:
        actor = authenticated_actor()
        return json_of(service.replay(session, actor, incident_id=incident_id, run_id=run_id))


@blp.route("/dispatch/what-if", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.WhatIf)
@blp.response(200, schemas.WhatIfOut)
@blp.alt_response(404, "NOT_FOUND")
def what_if(body: dict[str, Any]) -> Response:
    """Tell what other weights would have made of a day's decisions; nothing is changed"""
    with read_session() as session:
        return json_of(service.what_if(session, authenticated_actor(), **body))


@blp.route("/<uuid:incident_id>/reporter", methods=["POST"])
@blp.guard(Permission.INCIDENT_READ)
@blp.arguments(schemas.RevealReporter)
@blp.response(200, schemas.ReporterOut)
@blp.alt_response(429, "TOO_MANY_REQUESTS")
@blp.alt_response(404, "NOT_FOUND")
def reporter(body: dict[str, Any], incident_id: UUID) -> Response:
    """Show who reported a case, for a purpose, on the record"""
    actor, settings = authenticated_actor(), current_app.extensions["settings"]
    with transaction(actor) as session:
        return json_of(
            service.reveal_reporter(session, actor, incident_id=incident_id, settings=settings, **body)
        )


@blp.route("/<uuid:incident_id>/notes")
class Notes(MethodView):
    @blp.guard(Permission.INCIDENT_HANDLE)
    @blp.response(200, schemas.NoteList)
    @blp.alt_response(404, "NOT_FOUND")
    def get(self, incident_id: UUID) -> Response:
        """List the notes of a case that are meant for me"""
        with read_session() as session:
            return json_bytes(service.notes(session, authenticated_actor(), incident_id=incident_id))

    @blp.guard(Permission.INCIDENT_HANDLE)
    @blp.keyed
    @blp.arguments(schemas.Annotate)
    @blp.response(201, schemas.NoteOut)
    @blp.alt_response(404, "NOT_FOUND")
    @blp.alt_response(409, "CONFLICT")
    def post(self, body: dict[str, Any], incident_id: UUID) -> Response:
        """Add a note to a case, for the desk or for handlers"""
        actor = authenticated_actor()
        with transaction(actor) as session:
            return json_bytes(service.annotate(session, actor, incident_id=incident_id, **body), 201)


@blp.route("/<uuid:incident_id>/media")
class Media(MethodView):
    @blp.guard(Permission.INCIDENT_READ)
    @blp.response(200, schemas.MediaList)
    @blp.alt_response(404, "NOT_FOUND")
    def get(self, incident_id: UUID) -> Response:
        """List the photos and voice notes of a case, those on their way too"""
        with read_session() as session:
            return json_bytes(service.media_of(session, authenticated_actor(), incident_id=incident_id))

    @blp.guard(Permission.MEDIA_ADD)
    @blp.arguments(schemas.AttachMedia)
    @blp.response(204)
    @blp.alt_response(404, "NOT_FOUND")
    @blp.alt_response(409, "CONFLICT")
    def post(self, body: dict[str, Any], incident_id: UUID) -> Response:
        """Hang a photo or voice note on a case"""
        actor = authenticated_actor()
        records = current_app.extensions["media_records"]
        with transaction(actor) as session:
            service.attach(session, actor, records, incident_id=incident_id, **body)
        return no_content()


@blp.route("/<uuid:incident_id>/media/<uuid:media_id>", methods=["DELETE"])
@blp.guard(Permission.INCIDENT_CORRECT)
@blp.response(204)
@blp.alt_response(404, "NOT_FOUND")
def detach(incident_id: UUID, media_id: UUID) -> Response:
    """Take a photo or voice note off a case; it is not erased"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.detach(session, actor, incident_id=incident_id, media_id=media_id)
    return no_content()


@blp.route("/<uuid:incident_id>/merge", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(schemas.Merge)
@blp.response(200, schemas.IncidentOut)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
@blp.alt_response(412, "PRECONDITION_FAILED")
def merge(body: dict[str, Any], incident_id: UUID) -> Response:
    """End a case as the same matter as another"""
    expected = expected_version(required=False)
    return written(partial(service.merge, incident_id=incident_id, expected=expected, **body))


@blp.route("/<uuid:incident_id>/unmerge", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(schemas.Unmerge)
@blp.response(200, schemas.IncidentOut)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
@blp.alt_response(412, "PRECONDITION_FAILED")
def unmerge(body: dict[str, Any], incident_id: UUID) -> Response:
    """Take a merged case out again"""
    expected = expected_version(required=False)
    return written(partial(service.unmerge, incident_id=incident_id, expected=expected, **body))


@blp.route("/<uuid:incident_id>/print")
@blp.guard(Permission.INCIDENT_READ)
@blp.response(200, {"type": "string"}, content_type="text/html")
@blp.alt_response(404, "NOT_FOUND")
def printed(incident_id: UUID) -> Response:
    """Print a case on paper"""
    actor = authenticated_actor()
    with read_session() as session:
        case = service.sheet(session, actor, incident_id=incident_id)
    with transaction(actor) as session:
        service.taken_along(session, actor, [incident_id])
    return html_page("case.html", case=case)


@blp.route("/print")
@blp.guard(Permission.INCIDENT_READ)
@blp.arguments(schemas.PrintFilter, location="query")
@blp.response(200, {"type": "string"}, content_type="text/html")
def printed_list(filters: dict[str, Any]) -> Response:
    """Print the cases of a list as a task sheet"""
    actor = authenticated_actor()
    with read_session() as session:
        sheet = service.sheets(session, actor, **filters)
    with transaction(actor) as session:
        service.taken_along(session, actor, [line["id"] for line in sheet["lines"]])
    return html_page("cases.html", sheet=sheet)


@blp.route("/bulk", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.BulkAct)
@blp.response(200, schemas.BulkResults)
def bulk(body: dict[str, Any]) -> Response:
    """Do one act on many cases, each by itself"""
    key = request.headers.get("Idempotency-Key")
    outcomes = service.act_on_many(transaction, authenticated_actor(), key=key, **body)
    items = [_told(outcome) for outcome in outcomes]
    done = sum(item["ok"] for item in items)
    return json_of({"items": items, "done": done, "failed": len(items) - done})


def _told(outcome: service.Outcome) -> dict[str, Any]:
    """The outcome of one case in the caller's language."""
    code = outcome.code
    return {
        "id": outcome.id,
        "ok": code is None,
        "version": outcome.version,
        "is_repeat": outcome.is_repeat,
        "code": code,
        "message": sentence(code, **outcome.params) if code else None,
        "errors": [told_field(fault) for fault in outcome.errors],
    }


@assignments.route("")
@assignments.guard(Permission.INCIDENT_HANDLE)
@assignments.arguments(schemas.AssignmentFilter, location="query")
@assignments.response(200, schemas.AssignmentList)
def mine(filters: dict[str, Any]) -> Response:
    """List what is offered to me, what I accepted, and my units' queues"""
    return json_bytes(service.assignments_of_mine(authenticated_actor(), **filters))


@assignments.route("/<uuid:assignment_id>/accept", methods=["POST"])
@assignments.guard(Permission.INCIDENT_HANDLE)
@assignments.keyed
@assignments.response(200, schemas.IncidentOut)
@assignments.alt_response(404, "NOT_FOUND")
@assignments.alt_response(409, "CONFLICT")
def accept(assignment_id: UUID) -> Response:
    """Accept an offer, or an item of my unit's queue"""
    return written(partial(service.accept, assignment_id=assignment_id))


@assignments.route("/<uuid:assignment_id>/transitions", methods=["POST"])
@assignments.guard(Permission.INCIDENT_HANDLE)
@assignments.keyed
@assignments.arguments(schemas.AssignmentTransition)
@assignments.response(200, schemas.IncidentOut)
@assignments.alt_response(404, "NOT_FOUND")
@assignments.alt_response(409, "CONFLICT")
def go_on(body: dict[str, Any], assignment_id: UUID) -> Response:
    """Say that I am on my way, that I am there, or that I cannot do it"""
    return written(partial(service.go_on, assignment_id=assignment_id, **body))


@assignments.route("/<uuid:assignment_id>/decline", methods=["POST"])
@assignments.guard(Permission.INCIDENT_HANDLE)
@assignments.keyed
@assignments.arguments(schemas.Decline)
@assignments.response(200, schemas.IncidentOut)
@assignments.alt_response(404, "NOT_FOUND")
@assignments.alt_response(409, "CONFLICT")
def decline(body: dict[str, Any], assignment_id: UUID) -> Response:
    """Decline an offer, with a reason"""
    return written(partial(service.decline, assignment_id=assignment_id, **body))


@offers.route("/<uuid:offer_id>/delivered", methods=["POST"])
@offers.guard(Permission.INCIDENT_HANDLE)
@offers.keyed
@offers.response(204)
@offers.alt_response(404, "NOT_FOUND")
def delivered(offer_id: UUID) -> Response:
    """Say that my phone has an offer"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.deliver(session, actor, offer_id=offer_id)
    return no_content()
