"""Routes of substitutions: list and end. `handover` creates them."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.workforce import service
from app.workforce.schemas import substitutes as schemas

blp = Blueprint("substitutions", __name__, url_prefix="/api/v1/substitutions", tag="People and duty")


@blp.route("")
@blp.guard()
@blp.arguments(schemas.SubstitutionFilter, location="query")
@blp.response(200, schemas.SubstitutionPage)
@blp.reads
def list_substitutions(query: dict[str, Any], *, session: Session) -> Response:
    """List substitutions

    Lists the substitutions of the caller and of the workers whom the caller may read: who is
    absent, who takes over and when. By default only those of now. `reason` is shown only to the
    person who entered it and to the absent worker; it is null for everybody else.
    """
    return json_bytes(service.substitutions(session, authenticated_actor(), **query))


@blp.route("/<uuid:substitution_id>/end", methods=["POST"])
@blp.guard(Permission.WORKER_EDIT)
@blp.arguments(schemas.EndSubstitution)
@blp.response(200, schemas.SubstitutionOut)
@blp.problem(404, "not_found")
@blp.writes
def end_substitution(body: dict[str, Any], substitution_id: UUID, *, session: Session) -> Response:
    """End a substitution early

    Ends a substitution at an instant, now by default: the substitute loses the grids, and the
    absent worker has them alone again. Cases that were handed over stay with the substitute.
    Idempotent: a substitution that has ended by then stays as it is.
    """
    actor = authenticated_actor()
    return json_bytes(service.end_substitution(session, actor, substitution_id=substitution_id, **body))
