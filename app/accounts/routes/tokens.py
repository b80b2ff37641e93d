"""Routes of personal access tokens, with which map programs act for the caller."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from app.accounts import service
from app.accounts.schemas import AccessTokenPage, MakePersonalToken, Page, PersonalTokenMade
from app.core.db import Session, transaction
from app.http.responses import forbid_store, json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("tokens", __name__, url_prefix="/api/v1/tokens", tag="Sign in")
blp.after_request(forbid_store)


@blp.route("")
@blp.guard()
@blp.arguments(Page, location="query")
@blp.response(200, AccessTokenPage)
@blp.reads
def list_access_tokens(query: dict[str, Any], *, session: Session) -> Response:
    """List personal access tokens of the caller

    Lists the access tokens that the caller made for map programs, newest first, with the revoked
    and expired ones. The secrets are never returned.
    """
    return json_bytes(service.list_personal_tokens(session, authenticated_actor(), **query))


@blp.route("", methods=["POST"])
@blp.guard()
@blp.arguments(MakePersonalToken)
@blp.response(201, PersonalTokenMade)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(422, "tokens_too_many")
@blp.problem(429, "sign_in_throttled")
def create_access_token(body: dict[str, Any]) -> Any:
    """Create a personal access token

    Creates a token with which a program, such as QGIS, reads `/ogc` as the caller does. The secret
    is in this answer only; programs send it as the password of HTTP Basic. The caller's own
    password is required; a wrong one counts as a failed sign-in.

    The token never has more permissions than the caller: what the account loses, the token loses.
    An account can have 20 live tokens. Every request makes a new token.
    """
    actor = authenticated_actor()
    verified_hash = service.require_password(
        actor,
        settings=current_app.extensions["settings"],
        address=request.remote_addr or "",
        password=body.pop("password"),
        field="password",
    )
    with transaction(actor) as session:
        token = service.make_personal_token(session, actor, verified_hash=verified_hash, **body)
    return token, 201


@blp.route("/<uuid:token_id>", methods=["DELETE"])
@blp.guard()
@blp.response(204)
@blp.problem(404, "not_found")
@blp.writes
def revoke_access_token(token_id: UUID, *, session: Session) -> Response:
    """Revoke a personal access token

    Revokes a token of the caller at once. A token that was already revoked is 404. The change is in
    the audit trail.
    """
    actor = authenticated_actor()
    service.revoke_personal_token(session, actor, token_id=token_id)
    return no_content()
