"""Routes for positions from tracking apps, in the protocols of these apps.

OwnTracks and Overland repeat every request that is not answered with success. Points that can never be stored (off
duty, unreadable) are therefore counted and answered with success.
"""

from typing import Any

import orjson
from flask import Response, request
from werkzeug.exceptions import BadRequest

from app.core import clock
from app.core.actor import Actor, Permission
from app.core.db import transaction
from app.http.compression import accept_gzip
from app.http.errors import problem
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, Credential, authenticated_actor
from app.workforce import schemas, service
from app.workforce.rules import phones

blp = Blueprint("ingest", __name__, url_prefix="/api/v1/ingest", tag="Positions and phone apps")

SECURITY_SCHEMES = {
    "ingest_basic": {
        "type": "http",
        "scheme": "basic",
        "description": "Any user name; the password is an ingest token",
    },
    "ingest_bearer": {"type": "http", "scheme": "bearer", "description": "An ingest token"},
    "ingest_id": {
        "type": "apiKey",
        "in": "query",
        "name": "id",
        "description": "An ingest token, as the device's identifier; also as `deviceid` or `token`, in the query, "
        "the form, or as `device_id` of the JSON form",
    },
}


def _of_password() -> str | None:
    given = request.authorization
    return given.password if given is not None and given.type == "basic" else None


def _of_bearer() -> str | None:
    given = request.authorization
    return given.token if given is not None and given.type == "bearer" else None


def _of_device() -> str | None:
    """Return the ingest token of a request, which is sent in place of the device id.

    The protocol has no other field for a token.
    """
    if request.is_json:
        message = _message()
        device_id = message.get("device_id") if isinstance(message, dict) else None
        if isinstance(device_id, str):
            return device_id
    for name in ("id", "deviceid", "token"):
        device_id = request.args.get(name) or request.form.get(name)
        if device_id:
            return device_id
    return None


def _refused(challenge: str) -> Any:
    def refuse(code: str) -> Response:
        response = problem(401, code)
        response.headers["WWW-Authenticate"] = challenge
        return response

    return refuse


def _unknown_device(_code: str) -> Response:
    return problem(404 if request.is_json else 400, "device_unknown")


OWNTRACKS = Credential("ingest", ("ingest_basic",), _of_password, _refused('Basic realm="gridward"'))
OVERLAND = Credential("ingest", ("ingest_bearer",), _of_bearer, _refused('Bearer realm="gridward"'))
OSMAND = Credential("ingest", ("ingest_id",), _of_device, _unknown_device)


@blp.route("/owntracks", methods=["POST"])
@blp.guard(Permission.POSITION_SEND, credential=OWNTRACKS)
@accept_gzip
@blp.doc(
    requestBody={
        "description": "A message of OwnTracks in HTTP mode; all but `location` is let by",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
)
@blp.response(200, {"type": "array", "items": {"type": "object"}, "maxItems": 0})
@blp.problem(400)
@blp.problem(403, "not_a_worker")
@blp.problem(413)
def ingest_owntracks() -> Response:
    """Receive positions from OwnTracks

    Stores the points of a `location` message of OwnTracks in HTTP mode; other messages are ignored.
    The request carries an ingest token of the worker (`createOwnIngestToken`) and no access token.
    The token is the password of HTTP Basic, with any user name.

    Points from outside duty, unreadable points and duplicates are dropped and counted, but still
    answered with success, so that the app does not send them again. The answer is always an empty
    array. The body may be compressed with gzip.
    """
    _take(authenticated_actor(), phones.owntracks(_message()))
    return json_bytes(b"[]")


@blp.route("/overland", methods=["POST"])
@blp.guard(Permission.POSITION_SEND, credential=OVERLAND)
@accept_gzip
@blp.doc(
    requestBody={
        "description": "A batch of Overland: up to 1,000 features in `locations`",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
)
@blp.response(200, schemas.OverlandTaken)
@blp.problem(400)
@blp.problem(403, "not_a_worker")
@blp.problem(413)
def ingest_overland() -> Response:
    """Receive positions from Overland

    Stores the points of a batch of Overland, up to 1,000 features. The request carries an ingest
    token of the worker (`createOwnIngestToken`) and no access token. The token is sent as Bearer
    token.

    Points from outside duty, unreadable points and duplicates are dropped and counted, but still
    answered with success, so that the app does not send them again. The body may be compressed with
    gzip.
    """
    _take(authenticated_actor(), phones.overland(_message()))
    return json_bytes(b'{"result":"ok"}')


@blp.route("/osmand")
@blp.guard(Permission.POSITION_SEND, credential=OSMAND)
@blp.response(200, {"type": "string"}, content_type="text/plain")
@blp.problem(400, "device_unknown")
@blp.problem(403, "not_a_worker")
def ingest_osmand_query() -> Response:
    """Receive a position from OsmAnd or Traccar Client

    Stores one point from the query parameters of the OsmAnd protocol: `lat`, `lon`, `timestamp` and
    others. The request carries an ingest token of the worker (`createOwnIngestToken`) and no access
    token. The token is the device identifier: parameter `id`, `deviceid` or `token`.

    Points from outside duty, unreadable points and duplicates are dropped and counted, but still
    answered with success, so that the app does not send them again. The answer has no content. An
    unknown token is 400 `device_unknown`, as these apps expect.
    """
    return _osmand()


@blp.route("/osmand", methods=["POST"])
@blp.guard(Permission.POSITION_SEND, credential=OSMAND)
@blp.doc(
    requestBody={
        "description": "A form, or the JSON of newer Traccar Clients",
        "content": {
            "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
            "application/json": {"schema": {"type": "object"}},
        },
    }
)
@blp.response(200, {"type": "string"}, content_type="text/plain")
@blp.problem(400, "device_unknown")
@blp.problem(403, "not_a_worker")
@blp.problem(404, "device_unknown")
@blp.problem(413)
def ingest_osmand_body() -> Response:
    """Receive positions from Traccar Client

    Stores points from a form of the OsmAnd protocol or from the JSON of newer Traccar Clients. The
    request carries an ingest token of the worker (`createOwnIngestToken`) and no access token. The
    token is the device identifier: `id`, `deviceid` or `token` of the query or form, or `device_id`
    of the JSON.

    Points from outside duty, unreadable points and duplicates are dropped and counted, but still
    answered with success, so that the app does not send them again. The answer has no content. An
    unknown token is 400 for a form and 404 for JSON, with the code `device_unknown`.
    """
    return _osmand()


def _osmand() -> Response:
    if request.is_json:
        _take(authenticated_actor(), phones.osmand_json(_message()))
    else:
        _take(authenticated_actor(), phones.osmand(request.values, received_at=clock.now()))
    return Response(b"", 200, content_type="text/plain; charset=utf-8")


def _message() -> Any:
    """Return the body of the request as JSON, or None if the body is empty.

    Raises:
        BadRequest: The body is not JSON.
    """
    body = request.get_data()
    try:
        return orjson.loads(body) if body.strip() else None
    except orjson.JSONDecodeError:
        raise BadRequest from None


def _take(actor: Actor, message: phones.ParsedMessage) -> None:
    """Store the positions of a message, batch by batch, and add the outcomes to the metrics."""
    service.count_positions({"filtered": {"unreadable": message.unreadable}})
    for fixes in message.batches():
        with transaction(actor) as session:
            taken = service.take_fixes(session, actor, fixes)
        service.count_positions(taken)
