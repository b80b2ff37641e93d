"""Requests for subscriptions to alerts."""

from cryptography.hazmat.primitives.asymmetric import ec

from app.alerts.rules.encryption import CURVE, base64url, point_of
from tests.endpoints.world import Request, endpoint, plain


def push_subscription() -> dict[str, object]:
    """Return the subscription of a browser whose push service is at a public address, which nothing is sent to."""
    point = point_of(ec.derive_private_key(1, CURVE).public_key())
    keys = {"p256dh": base64url(point), "auth": base64url(bytes(16))}
    return {"endpoint": "https://93.184.215.14/push/c2VjcmV0", "keys": keys}


plain("GET /me/push-subscriptions")


@endpoint("POST /me/push-subscriptions")
def subscribe_push(world, role, city, inside):
    return Request("/me/push-subscriptions", push_subscription())


@endpoint("DELETE /me/push-subscriptions")
def unsubscribe_push(world, role, city, inside):
    return Request("/me/push-subscriptions")
