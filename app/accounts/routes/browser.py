"""Routes for browsers to sign in, refresh and sign out, with an HttpOnly cookie.

The cookie has the refresh token. The browser sends it to these three routes only, and they only accept requests from
pages of this server (`http/same_site.py`). All other routes need the access token, which a page keeps in memory.
"""

from typing import Any

from flask import Response, current_app, request

from app.accounts import service
from app.accounts.routes.caller_origin import PROOF_PARAMETER, caller
from app.accounts.schemas import BrowserTokensOut, SignIn
from app.core import links
from app.core.db import Session, transaction
from app.core.errors import Unauthenticated
from app.http.responses import forbid_store, json_response, no_content
from app.http.same_site import HEADER_PARAMETER, own_pages_only
from app.http.smorest import Blueprint

PATH = "/api/v1/auth/browser"
COOKIE = "gridward_refresh"
# Browsers take a cookie of this name over https alone (RFC 6265bis 4.1.3.1), so that a page of plain http cannot set it.
SECURE_COOKIE = f"__Secure-{COOKIE}"

blp = Blueprint("browser", __name__, url_prefix=PATH, tag="Sign in")
blp.after_request(forbid_store)


@blp.route("/token", methods=["POST"])
@blp.public
@own_pages_only
@blp.doc(parameters=[HEADER_PARAMETER, PROOF_PARAMETER])
@blp.arguments(SignIn)
@blp.response(200, BrowserTokensOut)
@blp.problem(400, "proof_invalid", "proof_stale")
@blp.problem(401, "sign_in_failed")
@blp.problem(403, "device_cut_off", "cross_site")
@blp.problem(429, "sign_in_throttled")
@blp.problem(503)
def sign_in_browser(body: dict[str, Any]) -> Response:
    """Sign in with a password in a browser

    Does what `signIn` does, for pages of this server: the refresh token is set as an `HttpOnly`,
    `SameSite=Strict` cookie and is not in the body. Requests of other sites are refused with 403
    `cross_site`.
    """
    settings = current_app.extensions["settings"]
    return _token_response(service.sign_in(settings=settings, caller=caller(), **body))


@blp.route("/refresh", methods=["POST"])
@blp.public
@own_pages_only
@blp.doc(parameters=[HEADER_PARAMETER, PROOF_PARAMETER])
@blp.response(200, BrowserTokensOut)
@blp.problem(400, "proof_invalid", "proof_stale", "proof_missing", "proof_key_wrong", "proof_used")
@blp.problem(401, "refresh_invalid", "refresh_reused")
@blp.problem(403, "cross_site")
def refresh_browser_session() -> Response:
    """Refresh the session of a browser

    Exchanges the refresh token of the cookie for a new access token and sets the next cookie.
    Repetition follows the rules of `refreshSession`. Requests of other sites are refused with 403
    `cross_site`; without a cookie the answer is 401.
    """
    settings = current_app.extensions["settings"]
    origin = caller()
    # The refusal of a reused token ends the session, so it is raised after the commit.
    with transaction() as session:
        outcome = service.refresh(session, settings=settings, refresh_token=_cookie(), caller=origin)
    return _token_response(outcome.settled())


@blp.route("/logout", methods=["POST"])
@blp.public
@own_pages_only
@blp.doc(parameters=[HEADER_PARAMETER])
@blp.response(204)
@blp.problem(401, "unauthenticated")
@blp.problem(403, "cross_site")
@blp.writes
def sign_out_browser(*, session: Session) -> Response:
    """Sign out of the session of a browser

    Ends the session of the cookie and deletes the cookie. It needs no access token, so it also
    works after that has expired. A cookie whose session has ended already gives 204 too; without a
    cookie the answer is 401.
    """
    token = _cookie()
    service.sign_out_with(session, refresh_token=token)
    response = no_content()
    response.delete_cookie(
        _cookie_name(), path=links.link(PATH), secure=request.is_secure, httponly=True, samesite="Strict"
    )
    return response


def _cookie_name() -> str:
    return SECURE_COOKIE if request.is_secure else COOKIE


def _cookie() -> str:
    """Return the refresh token from the cookie of the request.

    Raises:
        Unauthenticated: The request has no such cookie.
    """
    token = request.cookies.get(_cookie_name(), "")
    if not token:
        raise Unauthenticated("unauthenticated")
    return token


def _token_response(tokens: dict[str, Any]) -> Response:
    refresh_token = tokens.pop("refresh_token")
    response = json_response(tokens)
    response.set_cookie(
        _cookie_name(),
        refresh_token,
        max_age=current_app.extensions["settings"].refresh_idle_life,
        path=links.link(PATH),
        secure=request.is_secure,
        httponly=True,
        samesite="Strict",
    )
    return response
