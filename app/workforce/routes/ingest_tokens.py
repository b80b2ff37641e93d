"""Routes of ingest tokens. A tracking app uses such a token to send positions of a worker."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from app.accounts import service as accounts
from app.accounts.schemas import AccessTokenPage
from app.core.actor import Permission
from app.core.db import Session, transaction
from app.http.responses import json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor
from app.workforce import schemas, service

blp = Blueprint("ingest-tokens", __name__, url_prefix="/api/v1", tag="Positions and phone apps")

NOT_STORED = {"Cache-Control": "no-store"}


@blp.route("/me/ingest-tokens")
@blp.guard(Permission.POSITION_SEND)
@blp.arguments(schemas.Page, location="query")
@blp.response(200, AccessTokenPage)
@blp.reads
def list_own_ingest_tokens(query: dict[str, Any], *, session: Session) -> Response:
    """List ingest tokens of the caller

    Lists the tokens that the caller made for tracking apps, newest first, with the revoked and
    expired ones. The secrets are never returned.
    """
    return json_bytes(service.own_ingest_tokens(session, authenticated_actor(), **query))


@blp.route("/me/ingest-tokens", methods=["POST"])
@blp.guard(Permission.POSITION_SEND)
@blp.arguments(schemas.MakeIngestToken)
@blp.response(201, schemas.IngestTokenMade)
@blp.problem(403, "not_a_worker")
@blp.problem(422, "tokens_too_many")
@blp.problem(429, "sign_in_throttled")
def create_own_ingest_token(body: dict[str, Any]) -> Any:
    """Create an ingest token

    Creates a token with which a tracking app, such as OwnTracks or Traccar Client, sends positions
    of the caller; it can do nothing else. The secret is in this answer only. The caller must be a
    worker and must repeat their password; a wrong one counts as a failed sign-in.

    A worker can have 20 live tokens. Every request makes a new token.
    """
    actor = authenticated_actor()
    proven = accounts.require_password(
        actor,
        settings=current_app.extensions["settings"],
        address=request.remote_addr or "",
        password=body.pop("password"),
        field="password",
    )
    with transaction(actor) as session:
        token = service.make_ingest_token(session, actor, proven=proven, **body)
    return token, 201, NOT_STORED


@blp.route("/me/ingest-tokens/<uuid:token_id>", methods=["DELETE"])
@blp.guard(Permission.POSITION_SEND)
@blp.response(204)
@blp.problem(404, "not_found")
@blp.writes
def revoke_own_ingest_token(token_id: UUID, *, session: Session) -> Response:
    """Revoke an ingest token of the caller

    Revokes a token of the caller at once. A token that was already revoked is 404. The change is in
    the audit trail.
    """
    actor = authenticated_actor()
    service.revoke_own_ingest_token(session, actor, token_id=token_id)
    return no_content()


@blp.route("/workers/<uuid:worker_id>/ingest-tokens")
@blp.guard(Permission.WORKER_EDIT)
@blp.arguments(schemas.Page, location="query")
@blp.response(200, AccessTokenPage)
@blp.problem(404, "not_found")
@blp.reads
def list_worker_ingest_tokens(query: dict[str, Any], worker_id: UUID, *, session: Session) -> Response:
    """List ingest tokens of a worker

    Lists the tokens for tracking apps of a worker, newest first, with the revoked and expired ones.
    The secrets are never returned.
    """
    return json_bytes(service.ingest_tokens(session, authenticated_actor(), worker_id=worker_id, **query))


@blp.route("/workers/<uuid:worker_id>/ingest-tokens/<uuid:token_id>", methods=["DELETE"])
@blp.guard(Permission.WORKER_EDIT)
@blp.response(204)
@blp.problem(404, "not_found")
@blp.writes
def revoke_worker_ingest_token(worker_id: UUID, token_id: UUID, *, session: Session) -> Response:
    """Revoke an ingest token of a worker

    Revokes a token of a worker at once, for example after a phone was lost. A token that was
    already revoked is 404. The change is in the audit trail.
    """
    actor = authenticated_actor()
    service.revoke_ingest_token(session, actor, worker_id=worker_id, token_id=token_id)
    return no_content()
