"""Routes of webhooks, and of the events of cases after a cursor."""

from typing import Any
from uuid import UUID

from apispec import APISpec
from flask import Response, current_app

from app.core.actor import Permission
from app.core.db import Session, transaction
from app.core.outgoing import allowed_of, client_with
from app.http import examples
from app.http.responses import json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor
from app.webhooks import schemas, service
from app.webhooks.rules.event_types import TEST

blp = Blueprint("webhooks", __name__, url_prefix="/api/v1/webhooks", tag="Sync")
events_blp = Blueprint("case_events", __name__, url_prefix="/api/v1/incidents/events", tag="Sync")
BLUEPRINTS = (blp, events_blp)

_HEADERS = {
    "webhook-id": ("Id of the event: a repeated message has the same", "uuid"),
    "webhook-timestamp": ("When the message was sent, in seconds since 1970", None),
    "webhook-signature": (
        "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; two, by a space, after a new secret",
        None,
    ),
}


def describe_webhooks(spec: APISpec) -> None:
    """Add the messages that receivers get to the API document, as its section `webhooks`."""
    spec.components.schema("WebhookEvent", schema=schemas.WebhookEvent)
    spec.components.schema("WebhookNotice", schema=schemas.WebhookNotice)
    example = examples.read("listCaseEvents") or {}
    page = example.get("responses", {}).get("200", {}).get("application/json", {"items": []})
    event = next(({k: v for k, v in item.items() if k != "id"} for item in page["items"]), None)
    notice = {"type": TEST, "timestamp": event["timestamp"], "data": {}} if event else None
    spec.options["webhooks"] = {
        "caseEvent": {
            "post": _message(
                "caseEvent",
                "A case has taken a step",
                "Sent to each subscription whose filters fit and whose account may see the case: `POST /webhooks`.",
                "WebhookEvent",
                event,
            )
        },
        "notice": {
            "post": _message(
                "webhookNotice",
                "A message about the subscription",
                "`webhook.test`: a person asked for it. `webhook.gap`: the log does not have all events since the last "
                "message, so the receiver reads the cases again.",
                "WebhookNotice",
                notice,
            )
        },
    }


def _message(operation_id: str, summary: str, description: str, schema: str, example: Any) -> dict[str, Any]:
    """Return a message as an operation of the receiver."""
    media: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    if example is not None:
        media["example"] = example
    return {
        "operationId": operation_id,
        "tags": ["Webhooks"],
        "summary": summary,
        "description": description,
        "security": [],
        "parameters": [
            {
                "in": "header",
                "name": name,
                "required": True,
                "description": text,
                "schema": {"type": "string"} | ({"format": format_} if format_ else {}),
            }
            for name, (text, format_) in _HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": media}},
        "responses": {
            "2XX": {"description": "Received. The message is not sent again"},
            "410": {"description": "The receiver wants no more messages: the subscription is paused"},
            "default": {"description": "Not received. The message is sent again"},
        },
    }


def _require_url(url: str) -> None:
    service.require_url(client_with(allowed_of(current_app.extensions["settings"])), url)


@blp.route("")
@blp.guard(Permission.WEBHOOK_MANAGE)
@blp.arguments(schemas.WebhookFilter, location="query")
@blp.response(200, schemas.Webhooks)
@blp.reads
def list_webhooks(query: dict[str, Any], *, session: Session) -> dict[str, Any]:
    """List subscriptions to events

    Lists the webhooks of the caller's account and of the service accounts that the caller manages, oldest first. Secrets
    are never returned.
    """
    return service.list_subscriptions(session, authenticated_actor(), **query)


@blp.route("", methods=["POST"])
@blp.guard(Permission.WEBHOOK_MANAGE)
@blp.arguments(schemas.CreateWebhook)
@blp.response(201, schemas.WebhookCreated)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.problem(409, "webhooks_too_many", "service_account_lacks_permission")
@blp.problem(422, "webhook_url_refused")
def create_webhook(body: dict[str, Any]) -> dict[str, Any]:
    """Subscribe a URL to events

    Each event that is committed from now on is sent to the URL by POST, as Standard Webhooks
    defines: headers `webhook-id`, `webhook-timestamp` and `webhook-signature`, and a JSON body with
    `type`, `timestamp` and `data`. The section `webhooks` of this document has the body.

    An event is sent at least once. A repeated message has the same `webhook-id`. The events of one
    case arrive in order. The case in `data` is what the account of the subscription reads at the
    time of sending; an event of a case that it may not see is not sent. For another system name its
    service account in `account_id`: the messages then have what that system may read, and go on when
    the person who subscribed it leaves.

    The receiver answers 2xx within 15 seconds. Any other answer is repeated after pauses that grow.
    A message that failed too often is a dead letter, and the later messages of the case follow. A
    subscription whose attempts all fail for days is paused, and so is one whose receiver answers 410.
    """
    _require_url(body["url"])
    actor, settings = authenticated_actor(), current_app.extensions["settings"]
    with transaction(actor) as session:
        return service.subscribe(session, actor, service.NewSubscription(**body), settings=settings)


@blp.route("/<uuid:webhook_id>")
@blp.guard(Permission.WEBHOOK_MANAGE)
@blp.response(200, schemas.WebhookOut)
@blp.problem(404, "not_found")
@blp.reads
def read_webhook(webhook_id: UUID, *, session: Session) -> dict[str, Any]:
    """Read a subscription to events

    Returns filters, state and numbers of messages. The secret is never returned.
    """
    return service.subscription(session, authenticated_actor(), subscription_id=webhook_id)


@blp.route("/<uuid:webhook_id>", methods=["PATCH"])
@blp.guard(Permission.WEBHOOK_MANAGE)
@blp.arguments(schemas.ChangeWebhook)
@blp.response(200, schemas.WebhookOut)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.problem(422, "webhook_url_refused")
def change_webhook(body: dict[str, Any], webhook_id: UUID) -> dict[str, Any]:
    """Change a subscription to events

    Changes the members that are sent. `state` pauses the subscription or sets it active. While it
    is paused its position in the log stays, so the events of the pause are sent afterwards. If the
    log does not have them any more, a message `webhook.gap` is sent in their place.
    """
    if "url" in body:
        _require_url(body["url"])
    actor = authenticated_actor()
    with transaction(actor) as session:
        return service.change(session, actor, subscription_id=webhook_id, changes=body)


@blp.route("/<uuid:webhook_id>", methods=["DELETE"])
@blp.guard(Permission.WEBHOOK_MANAGE)
@blp.response(204)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.writes
def delete_webhook(webhook_id: UUID, *, session: Session) -> Response:
    """End a subscription to events

    Nothing more is sent. URL and messages are deleted within a day.
    """
    service.end(session, authenticated_actor(), subscription_id=webhook_id)
    return no_content()


@blp.route("/<uuid:webhook_id>/secret", methods=["POST"])
@blp.guard(Permission.WEBHOOK_MANAGE)
@blp.response(200, schemas.WebhookSecret)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.writes
def rotate_webhook_secret(webhook_id: UUID, *, session: Session) -> dict[str, Any]:
    """Make a new secret for a subscription

    Returns the new secret, once. For 24 hours each message has two signatures, with the new secret
    and with the former one. A second rotation within this time ends the oldest secret.
    """
    settings = current_app.extensions["settings"]
    return service.rotate_secret(
        session, authenticated_actor(), settings=settings, subscription_id=webhook_id
    )


@blp.route("/<uuid:webhook_id>/test", methods=["POST"])
@blp.guard(Permission.WEBHOOK_MANAGE)
@blp.response(202, schemas.WebhookTest)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.problem(409, "webhook_paused")
@blp.writes
def send_webhook_test(webhook_id: UUID, *, session: Session) -> dict[str, Any]:
    """Send a test message

    Sends a message of the type `webhook.test` with empty `data`. Its result is in the list of
    messages.
    """
    return service.send_test(session, authenticated_actor(), subscription_id=webhook_id)


@blp.route("/<uuid:webhook_id>/deliveries")
@blp.guard(Permission.WEBHOOK_MANAGE)
@blp.arguments(schemas.DeliveryFilter, location="query")
@blp.response(200, schemas.WebhookDeliveries)
@blp.problem(404, "not_found")
@blp.reads
def list_webhook_deliveries(query: dict[str, Any], webhook_id: UUID, *, session: Session) -> dict[str, Any]:
    """List messages of a subscription

    Lists messages with their state, newest first. `state=dead` lists the dead letters. Messages are
    deleted 7 days after their end, dead letters after the time that the operator set for dead
    letters.
    """
    actor = authenticated_actor()
    return service.list_deliveries(session, actor, subscription_id=webhook_id, **query)


@blp.route("/<uuid:webhook_id>/replay", methods=["POST"])
@blp.guard(Permission.WEBHOOK_MANAGE)
@blp.arguments(schemas.ReplayWebhook)
@blp.response(202, schemas.WebhookReplayed)
@blp.problem(403, "grant_exceeds_own")
@blp.problem(404, "not_found")
@blp.writes
def replay_webhook(body: dict[str, Any], webhook_id: UUID, *, session: Session) -> dict[str, Any]:
    """Send messages again

    Sends the named messages again, or all dead letters, each with its `webhook-id` and with the case
    as the account reads it now. A receiver that got later events of the case sees an earlier one
    arrive after them.
    """
    return service.replay(session, authenticated_actor(), subscription_id=webhook_id, **body)


@events_blp.route("")
@events_blp.guard(Permission.INCIDENT_READ)
@events_blp.arguments(schemas.EventsQuery, location="query")
@events_blp.response(200, schemas.CaseEventPage)
@events_blp.problem(410, "event_cursor_expired")
@events_blp.reads
def list_case_events(query: dict[str, Any], *, session: Session) -> Response:
    """List events of cases after a cursor

    Returns the events that webhooks send, with the same ids, of the cases that the caller may see
    now. A system that was away, or that receives no requests, calls it with the cursor `next` of the
    last response. No event is skipped, also not one whose transaction was committed late. The events
    of one case are in order.

    The log is kept as long as the change log of synchronisation (`GRIDWARD_CHANGE_LOG_DAYS`). An
    older cursor, and one from before a restore, is answered 410.
    """
    body = service.events_after(
        session, authenticated_actor(), after=query.get("after"), limit=query["limit"]
    )
    return json_bytes(body)
