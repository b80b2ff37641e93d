"""One's own account."""

from typing import Any

from flask import Response, current_app, request
from flask.views import MethodView

from app.accounts import service
from app.accounts.schemas import ChangePassword, MeOut
from app.core.db import read_session, transaction
from app.http.responses import json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("me", __name__, url_prefix="/api/v1/me", description="One's own account")


@blp.route("")
class Me(MethodView):
    @blp.guard(before_password_change=True)
    @blp.response(200, MeOut)
    def get(self) -> Response:
        """Say who I am and what I may do"""
        actor = authenticated_actor()
        with read_session() as session:
            return json_bytes(service.describe_me(session, actor))


@blp.route("/password")
class Password(MethodView):
    @blp.guard(before_password_change=True)
    @blp.arguments(ChangePassword)
    @blp.response(204)
    @blp.alt_response(429, "TOO_MANY_REQUESTS")
    def post(self, body: dict[str, Any]) -> Response:
        """Change my password; my other sessions end"""
        actor = authenticated_actor()
        with transaction(actor) as session:
            outcome = service.change_password(
                session,
                actor,
                settings=current_app.extensions["settings"],
                address=request.remote_addr or "",
                **body,
            )
        outcome.settled()
        return no_content()
