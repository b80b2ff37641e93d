"""Sign-in."""

from typing import Any

from flask import Response, current_app
from flask.views import MethodView

from app.accounts import service
from app.accounts.routes.caller_origin import PROOF_PARAMETER, caller
from app.accounts.schemas import Refresh, SignIn, TokensOut
from app.core.db import transaction
from app.http.responses import no_content
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("auth", __name__, url_prefix="/api/v1/auth", tag="Sign in")

NO_STORE = {"Cache-Control": "no-store"}


@blp.route("/token")
class Token(MethodView):
    @blp.public
    @blp.doc(parameters=[PROOF_PARAMETER])
    @blp.arguments(SignIn)
    @blp.response(200, TokensOut)
    @blp.alt_response(400, "BAD_REQUEST")
    @blp.alt_response(401, "UNAUTHORIZED")
    @blp.alt_response(403, "FORBIDDEN")
    @blp.alt_response(429, "TOO_MANY_REQUESTS")
    @blp.alt_response(503, "SERVICE_UNAVAILABLE")
    def post(self, body: dict[str, Any]) -> Any:
        """Sign in with a password"""
        settings = current_app.extensions["settings"]
        return service.sign_in(settings=settings, caller=caller(), **body), 200, NO_STORE


@blp.route("/refresh")
class RefreshedToken(MethodView):
    @blp.public
    @blp.doc(parameters=[PROOF_PARAMETER])
    @blp.arguments(Refresh)
    @blp.response(200, TokensOut)
    @blp.alt_response(400, "BAD_REQUEST")
    @blp.alt_response(401, "UNAUTHORIZED")
    def post(self, body: dict[str, Any]) -> Any:
        """Exchange a refresh token for new tokens"""
        origin = caller()
        with transaction() as session:
            outcome = service.refresh(
                session, settings=current_app.extensions["settings"], caller=origin, **body
            )
        return outcome.settled(), 200, NO_STORE


@blp.route("/logout")
class Logout(MethodView):
    @blp.guard(before_password_change=True)
    @blp.response(204)
    def post(self) -> Response:
        """End this session"""
        actor = authenticated_actor()
        with transaction(actor) as session:
            service.sign_out(session, actor)
        return no_content()
