"""Routes of reports that open a case."""

from typing import Any

from flask import Response, request

from app.core.actor import Permission
from app.core.db import Session
from app.core.links import link
from app.core.telephones import phone_faults
from app.http.responses import (
    json_bytes,
    with_warnings,
)
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents.cases import schemas as case_schemas
from app.incidents.reporting import schemas, service

blp = Blueprint("reports", __name__, url_prefix="/api/v1/incidents", tag="Report")


@blp.route("", methods=["POST"])
@blp.guard(Permission.INCIDENT_REPORT)
@blp.arguments(schemas.ReportIncident)
@blp.alt_response(
    200,
    schema=case_schemas.ReportedOut,
    description="The report was stored before: the case as it is now",
    success=True,
)
@blp.response(201, case_schemas.ReportedOut)
@blp.problem(409, "id_reused")
@blp.problem(503, "no_jurisdiction")
@blp.writes_checked
def report_incident(payload: dict[str, Any], *, session: Session) -> Response:
    """Report an incident

    Opens a case at the place, files it or sends it for verification as the profile says, and dispatches it in the
    same transaction: the worker gets an offer, or the unit gets it in its queue. A case that grid workers handle is
    accepted at once if the reporter is responsible for its grid (`own_report`). The case gets the limits of the first
    condition of its category; a correction of the category takes the first one of the new category, and no operation
    chooses another one. A report is not refused for an unknown category or a place outside all areas: `warnings` has
    what the reporter should know. The place is given by coordinates, by the id of a place that `GET /places/search`
    found, or by a text that names one place. The case is found by its `id`, which the client makes: the same `id` and
    body again answers 200 with the case as it is now, another body 409. Without `id` the `Idempotency-Key` does the same;
    without both each request opens a case. The subject in `about` does not see the case, and the rules offer it to
    nobody.
    """
    key = request.headers.get("Idempotency-Key")
    receipt = service.report(session, authenticated_actor(), key=key, **payload)
    warnings = [*receipt.warnings, *phone_faults({"description": payload["description"]})]
    body = with_warnings(receipt.body, warnings)
    response = json_bytes(body, 201 if receipt.is_new else 200, version=receipt.version)
    response.headers["Location"] = link(f"/api/v1/incidents/{receipt.incident_id}")
    return response
