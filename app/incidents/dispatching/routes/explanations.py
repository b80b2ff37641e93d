"""Routes that explain dispatch decisions or compute them again."""

from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.core.actor import Permission
from app.core.db import Session
from app.dispatch import schemas as dispatch_schemas
from app.http.responses import (
    json_response,
)
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents.cases import service as cases
from app.incidents.dispatching import schemas, service
from app.settings import Settings

blp = Blueprint("dispatch-explanations", __name__, url_prefix="/api/v1/incidents", tag="Dispatch")


@blp.route("/<uuid:incident_id>/dispatch")
@blp.guard(Permission.INCIDENT_HANDLE)
@blp.response(200, schemas.DispatchOut)
@blp.problem(404, "not_found")
@blp.reads
def explain_dispatch(incident_id: UUID, *, session: Session) -> Response:
    """Explain the dispatch of a case

    Returns all decisions about who gets the case: each run with the workers considered, the reason for each one as
    a code and as a sentence, then the offers, and pins and locks in force. Distances, positions and travel times
    are null for callers who do not direct the case, and the subject of the case is never listed. Runs and offers
    are limited to 200 each.
    """
    return json_response(cases.explanation(session, authenticated_actor(), incident_id=incident_id))


@blp.route("/<uuid:incident_id>/candidates")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.CandidatesQuery, location="query")
@blp.response(200, schemas.CandidatesOut)
@blp.problem(404, "not_found")
@blp.problem(409, "transition_illegal")
@blp.problem(429, "locate_throttled")
@blp.writes
def list_candidates(query: dict[str, Any], incident_id: UUID, *, session: Session) -> Response:
    """List the candidates for a case now

    Returns the workers around the case whom the caller directs, eligible or not, in the order in which the rules would
    choose, with a reason, distance, way and load as of now. Nothing is offered; `explainDispatch` has the decisions of
    the past. The caller must direct the case. Positions are not returned (`locateWorkers`); distances and ages of
    positions are rounded, and only workers on duty have one. The subject of a case is never listed. A case that has
    ended answers 409.

    The request, the case and the workers with a distance are stored in the audit trail, and these workers see the
    request in `GET /me/audit`. The number of requests per time window is limited: 429 with `Retry-After`.
    """
    settings: Settings = current_app.extensions["settings"]
    return json_response(
        service.candidates_of(
            session, authenticated_actor(), settings=settings, incident_id=incident_id, **query
        )
    )


@blp.route("/<uuid:incident_id>/dispatch/<uuid:run_id>/replay", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.response(200, dispatch_schemas.ReplayOut)
@blp.problem(404, "not_found")
@blp.problem(409, "run_not_replayable")
@blp.reads
def replay_dispatch_run(incident_id: UUID, run_id: UUID, *, session: Session) -> Response:
    """Compute a dispatch decision again

    Computes a stored run again from its input and the weights of its time, and compares the result with the stored
    one. `same` is true if all of it is equal. Nothing is stored. The caller must direct the case. A run that did
    not choose by rank, or whose input was erased, answers 409 with `reason`: `not_ranked`, `input_not_kept` or
    `input_erased`.
    """
    actor = authenticated_actor()
    return json_response(cases.replay(session, actor, incident_id=incident_id, run_id=run_id))


@blp.route("/dispatch/what-if", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(dispatch_schemas.WhatIf)
@blp.response(200, dispatch_schemas.WhatIfOut)
@blp.problem(404, "not_found")
@blp.reads
def evaluate_other_weights(body: dict[str, Any], *, session: Session) -> Response:
    """Compare a day's decisions with other weights

    Computes the dispatch decisions of one day again with changed cost weights, for cases in the area that the
    caller directs, and returns the differences. Each decision is computed by itself: effects of a changed choice on
    later decisions are not followed. Nothing is stored. At most 5000 decisions are computed and 200 differences
    returned.
    """
    return json_response(cases.what_if(session, authenticated_actor(), **body))
