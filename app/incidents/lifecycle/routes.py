"""Transitions of a case."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.http.responses import (
    expected_version,
)
from app.http.smorest import Blueprint
from app.incidents.cases import schemas as case_schemas
from app.incidents.cases.routes.writes import written
from app.incidents.lifecycle import schemas, service

blp = Blueprint("transitions", __name__, url_prefix="/api/v1/incidents", tag="Cases and life cycle")
BLUEPRINTS = (blp,)


@blp.route("/<uuid:incident_id>/transitions", methods=["POST"])
@blp.guard(Permission.INCIDENT_HANDLE)
@blp.keyed
@blp.arguments(schemas.Transition)
@blp.response(200, case_schemas.IncidentOut)
@blp.problem(404)
@blp.problem(409)
@blp.problem(412)
def transition_incident(payload: dict[str, Any], incident_id: UUID) -> Response:
    """Move a case along"""
    expected = expected_version(required=False)
    return written(partial(service.apply_transition, incident_id=incident_id, expected=expected, **payload))
