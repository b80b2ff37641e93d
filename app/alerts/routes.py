"""Routes of the caller's subscriptions to alerts."""

from typing import Any

from flask import Response, current_app

from app.alerts import service
from app.alerts.schemas import PushSubscribed, PushSubscriptions, SubscribePush
from app.core.db import Session, transaction
from app.core.outgoing import allowed_of, client_with
from app.http.responses import no_content
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint(
    "alerts", __name__, url_prefix="/api/v1/me/push-subscriptions", tag="Positions and phone apps"
)
BLUEPRINTS = (blp,)


@blp.route("")
@blp.guard()
@blp.response(200, PushSubscriptions)
@blp.reads
def list_push_subscriptions(*, session: Session) -> dict[str, Any]:
    """List subscriptions of the caller to alerts

    Lists the browsers of the caller that receive alerts by Web Push while the app is closed, newest
    first, and the public key with which a browser subscribes. Endpoints and keys of browsers are
    never returned.
    """
    return service.list_subscriptions(
        session, authenticated_actor(), settings=current_app.extensions["settings"]
    )


@blp.route("", methods=["POST"])
@blp.guard()
@blp.arguments(SubscribePush)
@blp.response(201, PushSubscribed)
@blp.problem(422, "push_endpoint_refused")
def subscribe_push(body: dict[str, Any]) -> dict[str, Any]:
    """Subscribe this session to alerts

    Stores the Web Push subscription of the caller's browser (RFC 8030). The browser then gets a
    message for each offer, urge, notice of a deadline and call for help; off duty only for calls for
    help. A message has a kind and an id, and nothing else: `{"kind": "offer", "id": "..."}`. The id
    is that of the assignment, or of the call for help with the kind `sos`. Kinds are `offer`,
    `urge`, `deadline` and `sos`. The message is encrypted for the browser (RFC 8291) and may arrive
    twice.

    A session has one subscription; a new one replaces it. The subscription ends with the session, at
    sign-out, and when the push service answers 404 or 410. The endpoint must be a public address
    reached by https at port 443, or a host that the operator allows.
    """
    settings = current_app.extensions["settings"]
    service.require_endpoint(client_with(allowed_of(settings)), body["endpoint"])
    actor, keys = authenticated_actor(), body["keys"]
    with transaction(actor) as session:
        return service.subscribe(
            session, actor, endpoint=body["endpoint"], public_key=keys["p256dh"], secret=keys["auth"]
        )


@blp.route("", methods=["DELETE"])
@blp.guard()
@blp.response(204)
@blp.writes
def unsubscribe_push(*, session: Session) -> Response:
    """Unsubscribe this session from alerts

    Ends the subscription of the caller's session and erases its endpoint and keys. Idempotent: a
    session without a subscription is 204, too.
    """
    service.unsubscribe(session, authenticated_actor())
    return no_content()
