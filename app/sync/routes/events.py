"""Routes of change hints: event streams that report which buckets have changed (/events).

The rows that changed are not in the stream; a pull returns them.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, g, request
from werkzeug.exceptions import NotAcceptable

from app.accounts import service as accounts
from app.core.db import Session, transaction
from app.core.enumerations import described_values
from app.http.smorest import Blueprint, authenticated_actor
from app.rsgi import streams
from app.sync.rules.events import MEDIA
from app.sync.schemas.events import EventsQuery, TicketOut
from app.sync.service import events as service

blp = Blueprint("events", __name__, url_prefix="/api/v1", tag="Sync")

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
# Schema of one event of the stream, as OpenAPI describes server-sent events.
EVENT = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "Opaque position of the stream, for `Last-Event-ID`"},
        "event": {
            "type": "string",
            "enum": ["pull", "bye"],
            "x-enumeration": "EventName",
            "x-meanings": described_values(
                {"pull": "buckets changed: pull them", "bye": "the server ends the stream"}
            ),
            "description": "pull: buckets changed; bye: the server ends the stream",
        },
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "description": "JSON: `buckets` and `all` of `pull`, `reason` of `bye`",
        },
    },
}
NOT_STORED = {"Cache-Control": "no-store"}


def by_ticket(view: Callable[..., Any]) -> Callable[..., Any]:
    """Authenticate a request by the ticket in its query string, if the query has a ticket.

    This decorator must be outside of `guard`.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        ticket = request.args.get("ticket")
        if ticket is not None and "Authorization" not in request.headers and request.method != "HEAD":
            with transaction() as session:
                claims, g.access_ends_at = accounts.redeem_ticket(session, ticket)
            g.actor = accounts.actor_in_session(claims)
        return view(*args, **kwargs)

    return wrapper


def access_end() -> Any:
    """Return when the caller's access token or ticket expires."""
    if "access_ends_at" not in g:
        settings = current_app.extensions["settings"]
        g.access_ends_at = accounts.access_ends(settings, request.headers.get("Authorization"))
    return g.access_ends_at


@blp.route("/events")
@by_ticket
@blp.guard()
@blp.arguments(EventsQuery, location="query")
@blp.response(200, EVENT, content_type=MEDIA)
@blp.problem(401, "ticket_invalid")
@blp.problem(406)
@blp.problem(429, "streams_per_account")
@blp.problem(503, "streams_full")
def stream_events(query: dict[str, Any]) -> Response:
    """Stream hints of changes (server-sent events)

    An event `pull` with `{"buckets": [...], "all": false}` names buckets of the caller that changed; it has no rows, so the
    device pulls. With `all` true everything may have changed, and `buckets` names the buckets if there are at most 100. An
    event `bye` with `{"reason": ...}` ends the stream; open another. A line `: ping` keeps the connection open. With the last
    `id` as `Last-Event-ID` the stream begins with the changes since; without it, with `all` true. The stream ends when the
    access token or the session expires, or when the rights of the account change. A ticket opens one stream. The number of
    open streams of an account is limited.
    """
    if not request.accept_mimetypes.best_match([MEDIA]) and request.accept_mimetypes:
        raise NotAcceptable
    since = request.headers.get("Last-Event-ID") or query.get("last_event_id")
    hub = current_app.extensions.get("hub")
    if request.method == "HEAD":
        return Response(content_type=MEDIA, headers=HEADERS)
    admission = hub.admit(authenticated_actor().id) if hub is not None else None
    try:
        subscription = service.subscribe(
            authenticated_actor(),
            access_ends_at=access_end(),
            since=since,
            mark=hub.mark() if hub is not None else None,
        )
    except BaseException:
        if admission is not None:
            admission.give_back()
        raise
    if admission is None:
        # A plain WSGI server gets the present hints only; an EventSource reconnects by itself.
        return Response(service.current_hints(subscription), content_type=MEDIA, headers=HEADERS)
    streams.attach_stream(admission.listener(subscription))
    return Response(content_type=MEDIA, headers=HEADERS)


@blp.route("/events/ticket", methods=["POST"])
@blp.guard()
@blp.response(200, TicketOut)
@blp.writes
def create_event_ticket(*, session: Session) -> Any:
    """Create a ticket for an event stream

    The ticket opens one `GET /events` within 30 seconds, for an EventSource, which cannot send an `Authorization` header. It is
    used up by the first stream. The stream ends with the access token by which the ticket was created. Only a hash of the
    ticket is stored. Each call creates another ticket. The caller needs a session: a token without one is refused.
    """
    actor = authenticated_actor()
    ticket = accounts.issue_ticket(session, actor, access_ends_at=access_end())
    return {"ticket": ticket, "expires_in": accounts.TICKET_SECONDS}, 200, NOT_STORED
