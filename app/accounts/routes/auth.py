"""Routes for apps to sign in, refresh and sign out. `browser` has the routes for browsers."""

from typing import Any

from flask import Response, current_app

from app.accounts import service
from app.accounts.routes.caller_origin import PROOF_PARAMETER, caller
from app.accounts.schemas import Refresh, SignIn, TokensOut
from app.core.db import Session, transaction
from app.http.responses import forbid_store, no_content
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("auth", __name__, url_prefix="/api/v1/auth", tag="Sign in")
blp.after_request(forbid_store)


@blp.route("/token", methods=["POST"])
@blp.public
@blp.doc(parameters=[PROOF_PARAMETER])
@blp.arguments(SignIn)
@blp.response(200, TokensOut)
@blp.problem(400, "proof_invalid", "proof_stale")
@blp.problem(401, "sign_in_failed")
@blp.problem(403, "device_cut_off")
@blp.problem(429, "sign_in_throttled")
@blp.problem(503)
def sign_in(body: dict[str, Any]) -> Any:
    """Sign in with a password

    Verifies user name and password, starts a session and returns an access token and a refresh
    token. A device that signs in for the first time is registered.

    A session that starts with a DPoP proof can be refreshed only with proofs of the same key. After
    too many failed attempts the answer is 429 with `Retry-After`; the limits are per name and
    address, and a device that the account has used before has a limit of its own. Unknown names and
    wrong passwords give the same answer. Every attempt is in the audit trail.
    """
    settings = current_app.extensions["settings"]
    return service.sign_in(settings=settings, caller=caller(), **body)


@blp.route("/refresh", methods=["POST"])
@blp.public
@blp.doc(parameters=[PROOF_PARAMETER])
@blp.arguments(Refresh)
@blp.response(200, TokensOut)
@blp.problem(400, "proof_invalid", "proof_stale", "proof_missing", "proof_key_wrong", "proof_used")
@blp.problem(401, "refresh_invalid", "refresh_reused")
def refresh_session(body: dict[str, Any]) -> Any:
    """Refresh the tokens of a session

    Exchanges a refresh token for a new access token and a new refresh token; the old refresh token
    is used up.

    If the answer was lost, the same request can be repeated for a short time and returns the same
    refresh token, as long as that one is unused. A later repetition ends the whole session
    (`refresh_reused`), because somebody may have copied the token. The owner sees both uses in `GET
    /me/sessions`. A session that started with a DPoP proof needs a new proof of the same key.
    """
    origin = caller()
    # The refusal of a reused token ends the session, so it is raised after the commit.
    with transaction() as session:
        outcome = service.refresh(session, settings=current_app.extensions["settings"], caller=origin, **body)
    return outcome.settled()


@blp.route("/logout", methods=["POST"])
@blp.guard(before_password_change=True)
@blp.response(204)
@blp.writes
def sign_out(*, session: Session) -> Response:
    """Sign out of the current session

    Ends the session of this access token: its access and refresh tokens stop working at once. Other
    sessions and access tokens of programs stay. It also works before a one-time password is
    changed.
    """
    actor = authenticated_actor()
    service.sign_out(session, actor)
    return no_content()
