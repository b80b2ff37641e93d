"""Writes that answer with the case."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Actor
from app.core.db import transaction, with_retries
from app.http.responses import json_bytes
from app.http.smorest import authenticated_actor
from app.incidents.cases import service


def written(write: Callable[[Any, Actor], UUID]) -> Response:
    """Apply one write and respond with the case after it. Retried after a deadlock, which rolls everything back."""
    actor = authenticated_actor()

    def attempt() -> tuple[bytes, int]:
        with transaction(actor) as session:
            incident_id = write(session, actor)
            return service.receipt(session, actor, incident_id=incident_id)

    body, version = with_retries(attempt)
    return json_bytes(body, version=version)
