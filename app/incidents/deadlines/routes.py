"""Routes of the durations of a case."""

from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents.deadlines import schemas, service

blp = Blueprint("durations", __name__, url_prefix="/api/v1/incidents", tag="Cases and life cycle")
BLUEPRINTS = (blp,)


@blp.route("/<uuid:incident_id>/durations")
@blp.guard(Permission.INCIDENT_READ)
@blp.response(200, schemas.DurationsOut)
@blp.problem(404, "not_found")
@blp.reads
def read_durations(incident_id: UUID, *, session: Session) -> Response:
    """Explain how long a case took

    Returns one sentence, and the segments of the case from its report until its end or now: whether it waited, was
    offered, handled, paused, or verified or checked, and who had it. Each has its calendar time and its time on the
    clock by which the handling limit is measured. Names of staff are masked as in the case. The time between an end
    and a reopening is in no segment. Work that a device sent later counts from when it was done.
    """
    return json_response(service.durations_of(session, authenticated_actor(), incident_id=incident_id))
