"""Opening a stream of hints: whose changes, since when, until when."""

from datetime import datetime
from typing import Any

from app.core import clock
from app.core.actor import Actor
from app.core.db import read_connection
from app.core.errors import Unauthenticated
from app.fieldapp.queries import events as queries
from app.fieldapp.rules import events
from app.fieldapp.rules.events import ASKED, EVERYWHERE, Pending, Position, Scope, under
from app.fieldapp.service.hub import Subscription

AT_ONCE_RETRY_MS = 5_000


def subscribe(actor: Actor, *, access_ends_at: datetime, since: str | None, mark: int | None) -> Subscription:
    """What a stream of the actor begins with. `since`: the last id she saw; `mark`: of the hub, taken before.

    A position that is unknown, too old or of another epoch means that everything has to be pulled.
    """
    if actor.session_id is None:
        raise Unauthenticated("unauthenticated")
    now = clock.now()
    known = Position.read(since)
    with read_connection() as connection:
        found = queries.scope_of(connection, actor, now=now)
        position = Position(found.epoch, found.snapshot)
        scope = _scope(actor, found)
        changed = None
        if known is not None and scope.names is not None and _is_of(known, position):
            changed = queries.changed_of(connection, known, list(scope.names))
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


def _scope(actor: Actor, found: Any) -> Scope:
    """The same buckets as a pull's, grids and areas by the roots they hang under."""
    own = ["global", f"worker:{actor.id}"]
    keys = {*own, *(f"area:{i}" for i in found.above), *(under(i) for i in found.roots)}
    if actor.is_everywhere:
        return Scope(frozenset({*keys, EVERYWHERE}), None)
    if len(found.below) > ASKED:
        return Scope(frozenset(keys), None)
    areas = sorted({*found.above, *found.below})
    return Scope(
        frozenset(keys), (*own, *(f"area:{i}" for i in areas), *(f"grid:{i}" for i in sorted(found.grids)))
    )


def _is_of(known: Position, present: Position) -> bool:
    """Of the same epoch, and not from a future that a restored database has not come to."""
    known_end, present_end = (int(position.snapshot.split(":")[1]) for position in (known, present))
    return known.epoch == present.epoch and known_end <= present_end
