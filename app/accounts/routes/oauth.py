"""The token endpoint of OAuth 2.0 for service accounts (RFC 6749 4.4, RFC 7523). Its errors are those of RFC 6749 5.2."""

from base64 import b64decode
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

import orjson
from flask import Response, current_app, request

from app.accounts import service
from app.accounts.rules import client_assertions
from app.accounts.schemas.oauth import ClientTokenOut, OAuthError, TokenRequest
from app.core import links
from app.core.db import Session
from app.core.errors import Unauthenticated
from app.http.responses import forbid_store
from app.http.smorest import Blueprint

PATH = "/api/v1/oauth/token"
FORM = "application/x-www-form-urlencoded"
_FIELDS = frozenset(TokenRequest().fields)
MAX_LENGTH = 8_192

blp = Blueprint("oauth", __name__, url_prefix="/api/v1/oauth", tag="Sign in")
blp.after_request(forbid_store)


class OAuthRefusal(Exception):
    """Raised to refuse a request for a token with an error of RFC 6749 5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


def _takes_any_body(view: Callable[..., Response]) -> Callable[..., Response]:
    """Return the view marked as taking a body. It refuses a wrong one itself, with an error of RFC 6749."""
    view.takes = FORM  # type: ignore[attr-defined]
    return view


@blp.route("/token", methods=["POST"])
@blp.public
@blp.doc(requestBody={"required": True, "content": {FORM: {"schema": TokenRequest}}})
@blp.alt_response(400, schema=OAuthError, description="The request is refused (RFC 6749 5.2)")
@blp.alt_response(401, schema=OAuthError, description="The client is not authenticated (RFC 6749 5.2)")
@blp.response(200, ClientTokenOut)
@_takes_any_body
@blp.writes
def create_client_token(*, session: Session) -> Response:
    """Exchange client credentials for an access token

    Grant `client_credentials` of OAuth 2.0, for service accounts. The client authenticates with its secret, by HTTP Basic
    or as `client_id` and `client_secret` in the form, or with an assertion that it signs with its private key
    (`client_assertion`, RFC 7523). The assertion has the client id as `iss` and `sub`, the address of this operation or
    the issuer of this server as `aud`, an `exp` at most five minutes ahead, and a `jti` that is used once.

    The access token lives as long as those of people. There is no refresh token: ask again. Errors are JSON with `error`
    and `error_description`.
    """
    try:
        proof = _proof()
        audiences = (
            f"{request.scheme}://{request.host}{links.link(PATH)}",
            current_app.extensions["settings"].issuer,
        )
        token = _issue(session, proof, audiences)
    except OAuthRefusal as refusal:
        return _refused(refusal)
    return Response(orjson.dumps(token), content_type="application/json")


def _issue(session: Session, proof: service.ClientProof, audiences: tuple[str, ...]) -> dict[str, Any]:
    settings = current_app.extensions["settings"]
    try:
        return service.issue_client_token(session, proof, settings=settings, audiences=audiences)
    except Unauthenticated:
        raise OAuthRefusal(
            "invalid_client", "The client is unknown or disabled, or its credential is not valid."
        ) from None


def _proof() -> service.ClientProof:
    """Return the proof of the client in this request.

    Raises:
        OAuthRefusal: A parameter is missing, repeated or wrong, or the client authenticates in several ways.
    """
    form = _form()
    if form.get("grant_type") is None:
        raise OAuthRefusal("invalid_request", "grant_type is missing.")
    if form["grant_type"] != "client_credentials":
        raise OAuthRefusal("unsupported_grant_type", "Only client_credentials is supported.")
    if form.get("scope"):
        raise OAuthRefusal(
            "invalid_scope", "Scopes are not requested: an administrator sets the permissions."
        )
    basic = _basic()
    secret, assertion = form.get("client_secret"), form.get("client_assertion")
    if sum(way is not None for way in (basic, secret, assertion)) > 1:
        raise OAuthRefusal("invalid_request", "Use one way to authenticate the client.")
    if assertion is not None:
        if form.get("client_assertion_type") != client_assertions.TYPE:
            raise OAuthRefusal("invalid_request", f"client_assertion_type must be {client_assertions.TYPE}.")
        return service.ClientProof(form.get("client_id"), assertion=assertion)
    client_id, secret = basic or (form.get("client_id"), secret)
    if client_id is None or secret is None:
        raise OAuthRefusal("invalid_client", "The client must authenticate.")
    if form.get("client_id", client_id) != client_id:
        raise OAuthRefusal("invalid_request", "client_id and Authorization name different clients.")
    return service.ClientProof(client_id, secret=secret)


def _form() -> dict[str, str]:
    if request.mimetype != FORM:
        raise OAuthRefusal("invalid_request", f"The body must be {FORM}.")
    repeated = [name for name in request.form if len(request.form.getlist(name)) > 1]
    if repeated:
        raise OAuthRefusal("invalid_request", "A parameter is repeated.")
    # RFC 6749 3.2: unknown parameters are ignored, and one without a value counts as left out.
    return {
        name: value
        for name, value in request.form.items()
        if name in _FIELDS and value and len(value) <= MAX_LENGTH
    }


def _basic() -> tuple[str, str] | None:
    header = request.headers.get("Authorization")
    if not header:
        return None
    scheme, _, encoded = header.partition(" ")
    try:
        client_id, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        colon = ""
    if scheme.lower() != "basic" or not colon:
        raise OAuthRefusal("invalid_client", "Authorization must be Basic.")
    # RFC 6749 2.3.1: both parts are form-encoded before they are joined.
    return unquote_plus(client_id), unquote_plus(secret)


def _refused(refusal: OAuthRefusal) -> Response:
    status = 401 if refusal.error == "invalid_client" else 400
    body = {"error": refusal.error, "error_description": refusal.description}
    response = Response(orjson.dumps(body), status, content_type="application/json")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="gridward"'
    return response
