"""Routes that add reports to a case, and that link cases."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.core.telephones import phone_faults
from app.http.responses import (
    with_warnings,
)
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents.cases import schemas as case_schemas
from app.incidents.cases.routes.writes import case_response
from app.incidents.desk import schemas, service

blp = Blueprint("related-cases", __name__, url_prefix="/api/v1/incidents", tag="Report")


@blp.route("/<uuid:incident_id>/reports", methods=["POST"])
@blp.guard(Permission.INCIDENT_REPORT)
@blp.keyed
@blp.arguments(schemas.JoinIncident)
@blp.response(200, case_schemas.ReportedOut)
@blp.problem(404, "not_found")
@blp.problem(409, "id_reused", "join_of_confidential", "join_of_ended", "joined_before")
@blp.writes
def add_report(body: dict[str, Any], incident_id: UUID, *, session: Session) -> Response:
    """Add a report to an existing case

    Stores a further report of a case that the caller may see; the caller follows the case from then on. The same
    `id`, text and place again answers as before and counts once; another content under the `id` answers 409. An
    account, or a telephone number in `reporter`, can report the same case only once. No report can be added to a
    case that has ended, is confidential or is about a person or unit. Telephone numbers in the text are named in
    `warnings`.
    """
    actor = authenticated_actor()
    response = case_response(session, actor, service.join(session, actor, incident_id=incident_id, **body))
    response.set_data(with_warnings(response.get_data(), phone_faults({"description": body["description"]})))
    return response


@blp.route("/<uuid:incident_id>/link", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(schemas.LinkCases)
@blp.response(200, case_schemas.IncidentOut)
@blp.problem(404, "not_found")
@blp.problem(409, "already_linked", "merge_of_other_kind")
@blp.writes
def link_incidents(body: dict[str, Any], incident_id: UUID, *, session: Session) -> Response:
    """Link two cases

    Connects two cases that stay separate; each keeps its state, deadlines and assignments. The caller must direct
    both, which must be of the same jurisdiction and both ordinary, confidential or about the same subject. The link
    is stored in the history of both cases. Repeating the request answers 409.
    """
    actor = authenticated_actor()
    return case_response(session, actor, service.link(session, actor, incident_id=incident_id, **body))


@blp.route("/<uuid:incident_id>/unlink", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(schemas.LinkCases)
@blp.response(200, case_schemas.IncidentOut)
@blp.problem(404, "not_found")
@blp.problem(409, "not_linked")
@blp.writes
def unlink_incidents(body: dict[str, Any], incident_id: UUID, *, session: Session) -> Response:
    """Remove the link of two cases

    Ends the link; that it existed stays in the history of both cases. The caller must direct both cases. Repeating
    the request answers 409. The two cases can be linked again.
    """
    actor = authenticated_actor()
    return case_response(session, actor, service.unlink(session, actor, incident_id=incident_id, **body))
