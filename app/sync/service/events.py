"""Subscriptions of event streams to change hints (names of changed buckets)."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.db import read_session
from app.core.errors import Unauthenticated
from app.sync.queries import events as queries
from app.sync.queries.sync_scope import log_state
from app.sync.rules import events
from app.sync.rules.events import EVERYWHERE, Bye, Pending, Position, Scope, under
from app.sync.service.hub import Subscription
from app.sync.service.sync_scope import SyncScope, readable_entities, resolve_sync_scope

POLL_RETRY_MS = 5_000


def subscribe(actor: Actor, *, access_ends_at: datetime, since: str | None, mark: int | None) -> Subscription:
    """Return the data for a new event stream: its scope, and the buckets changed meanwhile.

    The list of buckets is None (everything may have changed) if the changes since the client's last event cannot be found:
    the event is unknown, too old or of another database epoch, or the actor has too many grids.

    Args:
        since: Last event id that the client received.
        mark: How many times the hub had read the change log before this call (`Hub.mark`).
    """
    if actor.session_id is None:
        raise Unauthenticated("unauthenticated")
    now = clock.now()
    client_position = Position.read(since)
    with read_session(plan="generic") as session:
        scope_row = queries.subscription_scope(session, actor, now=now)
        position = Position(scope_row.epoch, scope_row.snapshot, scope_row.life)
        sync_scope = resolve_sync_scope(session, actor, named=(), now=now)
        scope = _scope(actor, scope_row, sync_scope)
        changed = None
        if (
            client_position is not None
            and scope.names is not None
            and _is_comparable(session, client_position, position)
        ):
            changed = queries.changed_buckets(
                session, client_position, list(scope.names), readable_entities(actor)
            )
    ends_at, end_reason = access_ends_at, Bye.TOKEN_EXPIRED
    if scope_row.ends_at is not None and scope_row.ends_at < ends_at:
        ends_at, end_reason = scope_row.ends_at, Bye.RIGHTS_CHANGED
    return Subscription(
        account_id=actor.id,
        session_id=actor.session_id,
        permission_epoch=actor.permission_epoch,
        scope=scope,
        position=position,
        changed=changed,
        ends_at=ends_at,
        ends_because=end_reason,
        mark=mark,
    )


def current_hints(subscription: Subscription) -> bytes:
    """Return an event stream that ends after the present hints.

    It is for servers that cannot keep connections open.
    """
    opening = events.opening(subscription.position, POLL_RETRY_MS)
    if subscription.changed == []:
        return opening
    pending = Pending()
    if subscription.changed is None:
        pending.add_all()
    else:
        pending.add(subscription.changed)
    is_all, buckets = pending.take(subscription.scope)
    return opening + events.pull(subscription.position, is_all=is_all, buckets=buckets)


def _scope(actor: Actor, scope_row: Any, sync_scope: SyncScope) -> Scope:
    """Return the scope of a subscription: buckets that a pull returns, and the actor's areas."""
    keys = {
        *sync_scope.grounds,
        *(f"area:{i}" for i in scope_row.above),
        *(under(i) for i in scope_row.roots),
    }
    if actor.is_everywhere:
        keys.add(EVERYWHERE)
    return Scope(frozenset(keys), None if sync_scope.has_too_many_grids else tuple(sync_scope.grounds))


def _is_comparable(session: Session, client_position: Position, present: Position) -> bool:
    """Return True if the change log has all changes since the client's position.

    This requires that the position is of this epoch and in the past of this database.
    """
    log = log_state(
        session, prev=client_position.snapshot, last=client_position.snapshot, life=client_position.life
    )
    return bool(client_position.epoch == present.epoch and log["is_kept"] and log["is_past"])
