"""The HTTP response to a write of a case."""

from uuid import UUID

from flask import Response

from app.core.actor import Actor
from app.core.db import Session
from app.http.responses import json_bytes
from app.incidents.cases import service


def case_response(session: Session, actor: Actor, incident_id: UUID) -> Response:
    """Return the HTTP response with the case after a write of the actor, and its version."""
    body, version = service.receipt(session, actor, incident_id=incident_id)
    return json_bytes(body, version=version)
