"""Subscriptions: create, read, change, end, new secret, test, dead letters.

A subscription belongs to an account and sends what this account reads. Actors handle the subscriptions of their own account
and of the service accounts that they manage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.areas import service as areas
from app.core import clock, jobs
from app.core.actor import Actor, Permission
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import uuid7
from app.core.outbox import DELIVERY_STATES
from app.core.outgoing import OutgoingClient, OutgoingFailed, OutgoingRefused
from app.core.paging import encode_cursor, id_after, number_after
from app.settings import Settings
from app.webhooks.queries import deliveries
from app.webhooks.queries import subscriptions as queries
from app.webhooks.rules import signing
from app.webhooks.rules.attempts import OVERLAP, shown_reason
from app.webhooks.rules.event_types import TEST
from app.webhooks.service.log import present_cursor

MOST_OF_ACCOUNT = 20


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """A subscription that is to be created. Empty filters let everything through.

    Attributes:
        url: Checked by `require_url`.
        account_id: A service account that the actor manages, whose subscription it becomes; None: the actor's own account.
    """

    url: str
    description: str = ""
    types: Sequence[str] = ()
    categories: Sequence[str] = ()
    area_id: UUID | None = None
    account_id: UUID | None = None


def server_key(settings: Settings) -> bytes:
    """Return the key from which the secrets of subscriptions are derived."""
    return accounts.derived_key(settings.signing_key_file, signing.PURPOSE)


def require_url(client: OutgoingClient, url: str) -> None:
    """Check that the guarded client may send to a URL. It looks the name up, so no session should be open.

    Raises:
        Invalid: `webhook_url_refused`.
    """
    try:
        client.check(url)
    except (OutgoingRefused, OutgoingFailed) as error:
        raise Invalid("webhook_url_refused", extra={"reason": shown_reason(str(error))}) from None


def list_subscriptions(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 100
) -> dict[str, Any]:
    """Return a page of the subscriptions that the actor may see, oldest first."""
    names = accounts.service_account_names(session, actor, queries.accounts(session))
    rows = queries.page(session, [actor.id, *names], after=id_after(cursor), limit=limit + 1)
    is_more = len(rows) > limit
    return {
        "items": [_described(row, names) for row in rows[:limit]],
        "next": encode_cursor([str(rows[limit - 1]["id"])]) if is_more else None,
    }


def subscription(session: Session, actor: Actor, *, subscription_id: UUID) -> dict[str, Any]:
    """Return a subscription of the actor's account, or of a service account that the actor may see.

    Raises:
        NotFound: There is no such subscription.
    """
    row = queries.of_id(session, subscription_id)
    if row is None:
        raise NotFound("not_found")
    names = accounts.service_account_names(session, actor, [row["account_id"]])
    if row["account_id"] != actor.id and not names:
        raise NotFound("not_found")
    return _described(row, names)


def subscribe(session: Session, actor: Actor, new: NewSubscription, *, settings: Settings) -> dict[str, Any]:
    """Store a subscription to the events that are committed from now on. The result has the secret, and a cursor of now.

    Raises:
        Conflict: The account has too many subscriptions, or lacks the permission to have one.
        Forbidden: The actor manages not all that the service account has.
        NotFound: The actor reads no such area, or sees no such service account.
    """
    owner_id = new.account_id or actor.id
    if owner_id != actor.id:
        accounts.require_service_permission(session, actor, owner_id, Permission.WEBHOOK_MANAGE)
    if queries.count_of_account(session, owner_id) >= MOST_OF_ACCOUNT:
        raise Conflict("webhooks_too_many", most=MOST_OF_ACCOUNT)
    _require_area(session, actor, new.area_id)
    now, subscription_id = clock.now(), uuid7()
    cursor = str(present_cursor(session))
    queries.insert_subscription(
        session,
        {
            "id": subscription_id,
            "account_id": owner_id,
            "url": new.url,
            "description": new.description,
            "types": list(new.types),
            "categories": list(new.categories),
            "area_id": new.area_id,
            "cursor": cursor,
            "due_at": now,
            "created_at": now,
        },
    )
    _record(session, actor, "webhook.create", subscription_id, owner_id)
    secret = signing.secret_of(server_key(settings), subscription_id, 1)
    return subscription(session, actor, subscription_id=subscription_id) | {
        "secret": secret,
        "cursor": cursor,
    }


def change(
    session: Session, actor: Actor, *, subscription_id: UUID, changes: dict[str, Any]
) -> dict[str, Any]:
    """Change a subscription; `state` pauses it or sets it active. Waiting messages stay."""
    row = _locked(session, actor, subscription_id)
    _require_area(session, actor, changes.get("area_id"))
    queries.change(session, subscription_id, changes)
    state = changes.get("state", row["state"])
    if state == "paused" and row["state"] == "active":
        queries.pause(session, subscription_id, because="by_person")
    elif state == "active" and row["state"] == "paused":
        queries.activate(session, subscription_id, now=clock.now())
        wake(session)
    _record(session, actor, "webhook.change", subscription_id, row["account_id"], fields=sorted(changes))
    return subscription(session, actor, subscription_id=subscription_id)


def end(session: Session, actor: Actor, *, subscription_id: UUID) -> None:
    """End a subscription. Its messages are not sent any more."""
    row = _locked(session, actor, subscription_id)
    queries.end(session, subscription_id, now=clock.now())
    _record(session, actor, "webhook.delete", subscription_id, row["account_id"])


def rotate_secret(
    session: Session, actor: Actor, *, settings: Settings, subscription_id: UUID
) -> dict[str, Any]:
    """Return a new secret. For a day each message has a signature with the former one, too."""
    row = _locked(session, actor, subscription_id)
    former_until = clock.now() + OVERLAP
    queries.rotate(session, subscription_id, former_until=former_until)
    _record(session, actor, "webhook.rotate_secret", subscription_id, row["account_id"])
    secret = signing.secret_of(server_key(settings), subscription_id, row["secret_number"] + 1)
    return {"secret": secret, "former_secret_until": former_until}


def send_test(session: Session, actor: Actor, *, subscription_id: UUID) -> dict[str, Any]:
    """Add a test message to an active subscription, and return its id.

    Raises:
        Conflict: The subscription is paused.
    """
    if _locked(session, actor, subscription_id)["state"] != "active":
        raise Conflict("webhook_paused")
    now, event_id = clock.now(), uuid7()
    row = {"event_id": event_id, "type": TEST, "occurred_at": now}
    deliveries.insert_all(session, subscription_id, [row], now=now)
    wake(session)
    return {"id": event_id}


def list_deliveries(
    session: Session,
    actor: Actor,
    *,
    subscription_id: UUID,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """Return a page of the messages of a subscription, newest first; None: in each state."""
    subscription(session, actor, subscription_id=subscription_id)
    states = DELIVERY_STATES if state is None else (state,)
    rows = deliveries.page(
        session, subscription_id, states=states, before=number_after(cursor), limit=limit + 1
    )
    is_more = len(rows) > limit
    return {
        "items": [_delivery(row) for row in rows[:limit]],
        "next": encode_cursor([str(rows[limit - 1]["id"])]) if is_more else None,
    }


def replay(
    session: Session, actor: Actor, *, subscription_id: UUID, ids: Sequence[UUID] | None = None
) -> dict[str, Any]:
    """Send messages again with their ids: the named ones, or all dead letters. Return their number."""
    row = _locked(session, actor, subscription_id)
    count = deliveries.replay(session, subscription_id, ids=ids, now=clock.now())
    _record(session, actor, "webhook.replay", subscription_id, row["account_id"], deliveries=count)
    wake(session)
    return {"replayed": count}


def wake(session: Session) -> None:
    """Add the job that sends, at the commit."""
    session.execute(jobs.ENQUEUE, jobs.enqueue_binds("webhooks.send", queue=jobs.WEBHOOKS))


def delete_old(session: Session, *, settings: Settings) -> int:
    """Delete messages and subscriptions that ended long ago. Return the number of messages of a batch."""
    now = clock.now()
    queries.delete_ended(session, before=now - timedelta(days=1))
    dead_before = now - timedelta(days=settings.dead_letter_days)
    return deliveries.delete_ended(session, before=now - timedelta(days=7), dead_before=dead_before)


def _locked(session: Session, actor: Actor, subscription_id: UUID) -> RowMapping:
    """Lock a subscription of the actor's account, or of a service account that the actor manages.

    Raises:
        Forbidden: The actor sees the service account, and manages not all that it has.
        NotFound: There is no such subscription.
    """
    row = queries.lock(session, subscription_id)
    if row is None:
        raise NotFound("not_found")
    if row["account_id"] != actor.id:
        accounts.lock_service_account(session, actor, row["account_id"])
    return row


def _require_area(session: Session, actor: Actor, area_id: UUID | None) -> None:
    """Raise NotFound if the actor reads no such area."""
    if area_id is not None:
        areas.area(session, actor, area_id=area_id)


def _record(
    session: Session, actor: Actor, action: str, subscription_id: UUID, account_id: UUID, **detail: Any
) -> None:
    accounts.record(
        session, actor, action=action, entity="account", entity_id=account_id,
        detail={"webhook_id": subscription_id, **detail},
    )  # fmt: skip


def _described(row: RowMapping, names: Mapping[UUID, str]) -> dict[str, Any]:
    """Return a subscription as JSON. `names`: those of service accounts by id."""
    members = (
        "id", "url", "description", "types", "categories", "area_id", "state", "paused_because", "failing_since",
        "last_sent_at", "created_at", "waiting", "dead",
    )  # fmt: skip
    former, name_of_service = row["former_until"], names.get(row["account_id"])
    return {member: row[member] for member in members} | {
        "service_account": None
        if name_of_service is None
        else {"id": row["account_id"], "name": name_of_service},
        "former_secret_until": former if former is not None and former > clock.now() else None,
        "next_attempt_at": row["due_at"] if row["failures"] and row["state"] == "active" else None,
    }


def _delivery(row: RowMapping) -> dict[str, Any]:
    names = ("type", "incident_id", "occurred_at", "state", "reason", "attempts", "ended_at")
    due_at = row["due_at"] if row["state"] == "waiting" else None
    return {"id": row["event_id"], "next_attempt_at": due_at} | {name: row[name] for name in names}
