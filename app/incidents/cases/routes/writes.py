"""The response of a write to a case."""

from uuid import UUID

from flask import Response

from app.core.actor import Actor
from app.core.db import Session
from app.http.responses import json_bytes
from app.incidents.cases import service


def case_response(session: Session, actor: Actor, incident_id: UUID) -> Response:
    """Return the case as the actor sees it after their write, with its version."""
    body, version = service.receipt(session, actor, incident_id=incident_id)
    return json_bytes(body, version=version)
