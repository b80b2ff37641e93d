"""Sign-in."""

from typing import Any

from flask import Response, current_app

from app.accounts import service
from app.accounts.routes.caller_origin import PROOF_PARAMETER, caller
from app.accounts.schemas import Refresh, SignIn, TokensOut
from app.core.db import transaction
from app.http.responses import no_content
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("auth", __name__, url_prefix="/api/v1/auth", tag="Sign in")

NO_STORE = {"Cache-Control": "no-store"}


@blp.route("/token", methods=["POST"])
@blp.public
@blp.doc(parameters=[PROOF_PARAMETER])
@blp.arguments(SignIn)
@blp.response(200, TokensOut)
@blp.problem(400)
@blp.problem(401)
@blp.problem(403)
@blp.problem(429)
@blp.problem(503)
def sign_in(body: dict[str, Any]) -> Any:
    """Sign in with a password"""
    settings = current_app.extensions["settings"]
    return service.sign_in(settings=settings, caller=caller(), **body), 200, NO_STORE


@blp.route("/refresh", methods=["POST"])
@blp.public
@blp.doc(parameters=[PROOF_PARAMETER])
@blp.arguments(Refresh)
@blp.response(200, TokensOut)
@blp.problem(400)
@blp.problem(401)
def refresh_session(body: dict[str, Any]) -> Any:
    """Exchange a refresh token for new tokens"""
    origin = caller()
    with transaction() as session:
        outcome = service.refresh(session, settings=current_app.extensions["settings"], caller=origin, **body)
    return outcome.settled(), 200, NO_STORE


@blp.route("/logout", methods=["POST"])
@blp.guard(before_password_change=True)
@blp.response(204)
def sign_out() -> Response:
    """End this session"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.sign_out(session, actor)
    return no_content()
