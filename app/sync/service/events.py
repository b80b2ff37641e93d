"""Opening a stream of hints: whose changes, since when, until when."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.db import read_session
from app.core.errors import Unauthenticated
from app.sync.queries import events as queries
from app.sync.queries.standing import log_state
from app.sync.rules import events
from app.sync.rules.events import EVERYWHERE, Pending, Position, Scope, under
from app.sync.service.hub import Subscription
from app.sync.service.standing import Standing, entities_for, stand

AT_ONCE_RETRY_MS = 5_000


def subscribe(actor: Actor, *, access_ends_at: datetime, since: str | None, mark: int | None) -> Subscription:
    """What a stream of the actor begins with. `since`: the last id she saw; `mark`: of the hub, taken before.

    A position that is unknown, too old or of another epoch means that everything has to be pulled.
    """
    if actor.session_id is None:
        raise Unauthenticated("unauthenticated")
    now = clock.now()
    known = Position.read(since)
    with read_session(plan="generic") as session:
        found = queries.scope_of(session, actor, now=now)
        position = Position(found.epoch, found.snapshot, found.life)
        standing = stand(session, actor, named=(), now=now)
        scope = _scope(actor, found, standing)
        changed = None
        if known is not None and scope.names is not None and _is_of(session, known, position):
            changed = queries.changed_of(session, known, list(scope.names), entities_for(actor))
    ends_at, because = access_ends_at, "token_expired"
    if found.ends_at is not None and found.ends_at < ends_at:
        ends_at, because = found.ends_at, "rights_changed"
    return Subscription(
        account_id=actor.id,
        session_id=actor.session_id,
        permission_epoch=actor.permission_epoch,
        scope=scope,
        position=position,
        changed=changed,
        ends_at=ends_at,
        ends_because=because,
        mark=mark,
    )


def at_once(subscription: Subscription) -> bytes:
    """The stream of a process that cannot keep one: what there is to say now."""
    said = events.opening(subscription.position, AT_ONCE_RETRY_MS)
    if subscription.changed == []:
        return said
    pending = Pending()
    if subscription.changed is None:
        pending.add_all()
    else:
        pending.add(subscription.changed)
    is_all, buckets = pending.take(subscription.scope)
    return said + events.pull(subscription.position, is_all=is_all, buckets=buckets)


def _scope(actor: Actor, found: Any, standing: Standing) -> Scope:
    """The buckets of a pull; grids and areas by the roots they hang under, however many they are."""
    keys = {*standing.ways, *(f"area:{i}" for i in found.above), *(under(i) for i in found.roots)}
    if actor.is_everywhere:
        keys.add(EVERYWHERE)
    return Scope(frozenset(keys), None if standing.has_too_many_grids else tuple(standing.ways))


def _is_of(session: Session, known: Position, present: Position) -> bool:
    """Return True if the position has this epoch, is of this database's past, and all changes since it are kept."""
    log = log_state(session, prev=known.snapshot, last=known.snapshot, life=known.life)
    return bool(known.epoch == present.epoch and log["is_kept"] and log["is_past"])
