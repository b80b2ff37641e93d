"""Why a case went to whom: explain, replay, ask what if."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import read_session
from app.http.responses import (
    json_response,
)
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents.cases import service as cases
from app.incidents.dispatching import schemas

blp = Blueprint("dispatch-explanations", __name__, url_prefix="/api/v1/incidents", tag="Dispatch")


@blp.route("/<uuid:incident_id>/dispatch")
@blp.guard(Permission.INCIDENT_HANDLE)
@blp.response(200, schemas.DispatchOut)
@blp.problem(404)
def explain_dispatch(incident_id: UUID) -> Response:
    """Explain why the case went to whom, with everyone considered"""
    with read_session() as session:
        return json_response(cases.explanation(session, authenticated_actor(), incident_id=incident_id))


@blp.route("/<uuid:incident_id>/dispatch/<uuid:run_id>/replay", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.response(200, schemas.ReplayOut)
@blp.problem(404)
@blp.problem(409)
def replay_dispatch_run(incident_id: UUID, run_id: UUID) -> Response:
    """Make a decision again from what it kept, and say whether it comes out the same"""
    with read_session() as session:
        actor = authenticated_actor()
        return json_response(cases.replay(session, actor, incident_id=incident_id, run_id=run_id))


@blp.route("/dispatch/what-if", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.WhatIf)
@blp.response(200, schemas.WhatIfOut)
@blp.problem(404)
def evaluate_other_weights(body: dict[str, Any]) -> Response:
    """Tell what other weights would have made of a day's decisions; nothing is changed"""
    with read_session() as session:
        return json_response(cases.what_if(session, authenticated_actor(), **body))
