"""Subscriptions of the actor's browsers. Each session has at most one; it ends with the session."""

from typing import Any

from sqlalchemy.orm import Session

from app.alerts.queries import subscriptions as queries
from app.alerts.rules import encryption
from app.alerts.service.web_push import key_of
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid, Unauthenticated, invalid_field
from app.core.ids import uuid7
from app.core.outgoing import OutgoingClient, OutgoingFailed, OutgoingRefused
from app.core.public_addresses import parse_url
from app.settings import Settings

WEB_PUSH = "web_push"


def list_subscriptions(session: Session, actor: Actor, *, settings: Settings) -> dict[str, Any]:
    """Return the key of the server and the live subscriptions of the actor, newest first."""
    return {
        "key": encryption.base64url(encryption.point_of(key_of(settings).public_key())),
        "items": [
            {
                "id": row["id"],
                "service": parse_url(row["endpoint"]).host,
                "created_at": row["created_at"],
                "is_this_session": row["session_id"] == actor.session_id,
            }
            for row in queries.of_account(session, actor.id)
        ],
    }


def require_endpoint(client: OutgoingClient, endpoint: str) -> None:
    """Check that the guarded client may send to an endpoint. It looks the name up, so no session should be open.

    Raises:
        Invalid: `push_endpoint_refused`.
    """
    try:
        client.check(endpoint)
    except (OutgoingRefused, OutgoingFailed):
        raise Invalid("push_endpoint_refused") from None


def subscribe(
    session: Session, actor: Actor, *, endpoint: str, public_key: str, secret: str
) -> dict[str, Any]:
    """Store the subscription of the actor's session. It replaces the former one, and that of the same endpoint.

    Args:
        endpoint: Checked by `require_endpoint`.
        public_key: Member `p256dh` of the browser's keys, base64url.
        secret: Member `auth` of the browser's keys, base64url.

    Raises:
        Invalid: A key is malformed.
        Unauthenticated: The actor has no session.
    """
    if actor.session_id is None:
        raise Unauthenticated("session_revoked")
    point, auth = _decoded("p256dh", public_key), _decoded("auth", secret)
    if not encryption.is_point(point):
        raise invalid_field("keys.p256dh", "invalid")
    if len(auth) != encryption.SECRET_BYTES:
        raise invalid_field("keys.auth", "invalid")
    row = {
        "id": uuid7(),
        "account_id": actor.id,
        "session_id": actor.session_id,
        "channel": WEB_PUSH,
        "endpoint": endpoint,
        "public_key": point,
        "secret": auth,
        "created_at": clock.now(),
    }
    queries.insert_subscription(session, row)
    return {"id": row["id"], "created_at": row["created_at"]}


def unsubscribe(session: Session, actor: Actor) -> None:
    """End the subscription of the actor's session. Idempotent."""
    if actor.session_id is not None:
        queries.end_of_session(session, actor.session_id, because="unsubscribed", at=clock.now())


def _decoded(name: str, value: str) -> bytes:
    try:
        return encryption.from_base64url(value)
    except ValueError:
        raise invalid_field(f"keys.{name}", "invalid") from None
