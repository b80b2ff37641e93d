"""Whole buckets: all rows of a bucket in one answer, for devices that start without data."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.sync.queries import changes, rows
from app.sync.queries import sync_scope as queries
from app.sync.queries.registry import ENTITIES
from app.sync.rules import etags
from app.sync.service.sync_scope import SyncScope, can_read, readable_entities, resolve_sync_scope

MAX_ROWS = 20_000


def whole_bucket(
    session: Session, actor: Actor, *, bucket: str, client_tags: Collection[str]
) -> tuple[str, bytes | None]:
    """Return the ETag of a bucket, and its rows as JSON.

    The rows are None if the device has the present rows already: one of the tags in `client_tags` is still valid. A tag is
    valid for one account with the same rights, as long as nothing in the bucket has changed.

    Raises:
        NotFound: There is no such bucket, or the actor may not read it.
        Conflict: The bucket has more than MAX_ROWS rows.
    """
    kind, _, name = bucket.partition(":")
    bucket_id = _id_of(kind, name)
    scope = resolve_sync_scope(session, actor, named=[bucket_id] if kind == "grid" else [], now=clock.now())
    if bucket not in scope.grounds:
        raise NotFound("not_found")
    log_state = queries.log_state(session, prev=None, last=None)
    # After a recovery no tag is valid: sending a bucket once more costs less than the comparison of tags of earlier lives.
    made_for = {
        "epoch": log_state["epoch"],
        "life": log_state["life"],
        "account": actor.id,
        "rights": scope.rights,
        "bucket": bucket,
        "way": scope.grounds[bucket],
    }
    entities = readable_entities(actor)
    for tag in client_tags:
        since = etags.read(tag, **made_for)
        if since is None:
            continue
        state = queries.log_state(session, prev=since, last=since, life=log_state["life"])
        is_comparable = state["is_kept"] and state["is_past"]
        if is_comparable and not changes.is_changed(session, bucket=bucket, entities=entities, since=since):
            return tag, None
    return etags.write(log_state["cur"], **made_for), _rows_of(session, scope, bucket, kind, bucket_id)


def _id_of(kind: str, name: str) -> UUID:
    if kind == "global":
        return UUID(rows.NIL_ID)
    try:
        return UUID(name)
    except ValueError:
        raise NotFound("not_found") from None


def _rows_of(session: Session, scope: SyncScope, bucket: str, kind: str, bucket_id: UUID) -> bytes:
    bodies: list[bytes] = []
    for entity in ENTITIES:
        if kind in entity.buckets and can_read(scope.reader.actor, entity):
            live_rows = rows.live_rows(
                session,
                scope.reader,
                entity,
                kind,
                bucket_ids=[bucket_id],
                after=None,
                limit=MAX_ROWS + 1 - len(bodies),
            )
            bodies += [row.body for row in live_rows]
        if len(bodies) > MAX_ROWS:
            raise Conflict("bucket_too_large")
    return b"".join((b'{"bucket":"', bucket.encode(), b'","rows":[', b",".join(bodies), b"]}"))
