"""Tokens for phone apps of others."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request
from flask.views import MethodView

from app.accounts import service as accounts
from app.accounts.schemas import AccessTokenPage
from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.responses import json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor
from app.workforce import schemas, service

blp = Blueprint("ingest-tokens", __name__, url_prefix="/api/v1", tag="Positions and phone apps")

NOT_STORED = {"Cache-Control": "no-store"}


@blp.route("/me/ingest-tokens")
class OwnTokens(MethodView):
    @blp.guard(Permission.POSITION_SEND)
    @blp.arguments(schemas.Page, location="query")
    @blp.response(200, AccessTokenPage)
    def get(self, query: dict[str, Any]) -> Response:
        """List the tokens of my phone apps"""
        with read_session() as session:
            return json_bytes(service.own_ingest_tokens(session, authenticated_actor(), **query))

    @blp.guard(Permission.POSITION_SEND)
    @blp.arguments(schemas.MakeIngestToken)
    @blp.response(201, schemas.IngestTokenMade)
    @blp.alt_response(429, "TOO_MANY_REQUESTS")
    def post(self, body: dict[str, Any]) -> Any:
        """Make a token with which a phone app sends my positions; it is shown once"""
        actor = authenticated_actor()
        proven = accounts.require_password(
            actor,
            settings=current_app.extensions["settings"],
            address=request.remote_addr or "",
            password=body.pop("password"),
            field="password",
        )
        with transaction(actor) as session:
            return service.make_ingest_token(session, actor, proven=proven, **body), 201, NOT_STORED


@blp.route("/me/ingest-tokens/<uuid:token_id>")
class OwnToken(MethodView):
    @blp.guard(Permission.POSITION_SEND)
    @blp.response(204)
    @blp.alt_response(404, "NOT_FOUND")
    def delete(self, token_id: UUID) -> Response:
        """Revoke a token of my phone apps"""
        actor = authenticated_actor()
        with transaction(actor) as session:
            service.revoke_own_ingest_token(session, actor, token_id=token_id)
        return no_content()


@blp.route("/workers/<uuid:worker_id>/ingest-tokens")
class WorkersTokens(MethodView):
    @blp.guard(Permission.WORKER_EDIT)
    @blp.arguments(schemas.Page, location="query")
    @blp.response(200, AccessTokenPage)
    @blp.alt_response(404, "NOT_FOUND")
    def get(self, query: dict[str, Any], worker_id: UUID) -> Response:
        """List the tokens of a worker's phone apps"""
        with read_session() as session:
            return json_bytes(
                service.ingest_tokens(session, authenticated_actor(), worker_id=worker_id, **query)
            )


@blp.route("/workers/<uuid:worker_id>/ingest-tokens/<uuid:token_id>")
class WorkersToken(MethodView):
    @blp.guard(Permission.WORKER_EDIT)
    @blp.response(204)
    @blp.alt_response(404, "NOT_FOUND")
    def delete(self, worker_id: UUID, token_id: UUID) -> Response:
        """Revoke a token of a worker's phone apps"""
        actor = authenticated_actor()
        with transaction(actor) as session:
            service.revoke_ingest_token(session, actor, worker_id=worker_id, token_id=token_id)
        return no_content()
