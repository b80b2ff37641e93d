"""Tokens with which programs of one's own read maps, and edit them if asked for."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from app.accounts import service
from app.accounts.schemas import AccessTokenPage, MakePersonalToken, Page, PersonalTokenMade
from app.core.db import read_session, transaction
from app.http.responses import json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("tokens", __name__, url_prefix="/api/v1/tokens", tag="Sign in")
NO_STORE = {"Cache-Control": "no-store"}


@blp.route("")
@blp.guard()
@blp.arguments(Page, location="query")
@blp.response(200, AccessTokenPage)
def list_access_tokens(query: dict[str, Any]) -> Response:
    """List the tokens of my own programs"""
    with read_session() as session:
        return json_bytes(service.list_personal_tokens(session, authenticated_actor(), **query))


@blp.route("", methods=["POST"])
@blp.guard()
@blp.arguments(MakePersonalToken)
@blp.response(201, PersonalTokenMade)
@blp.problem(429)
def create_access_token(body: dict[str, Any]) -> Any:
    """Make a token with which a program reads `/ogc` as I do; it is shown once"""
    actor = authenticated_actor()
    verified_hash = service.require_password(
        actor,
        settings=current_app.extensions["settings"],
        address=request.remote_addr or "",
        password=body.pop("password"),
        field="password",
    )
    with transaction(actor) as session:
        return (
            service.make_personal_token(session, actor, verified_hash=verified_hash, **body),
            201,
            NO_STORE,
        )


@blp.route("/<uuid:token_id>", methods=["DELETE"])
@blp.guard()
@blp.response(204)
@blp.problem(404)
def revoke_access_token(token_id: UUID) -> Response:
    """Revoke a token of my own programs"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.revoke_personal_token(session, actor, token_id=token_id)
    return no_content()
