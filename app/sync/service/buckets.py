"""A whole bucket in one answer, for phones that begin anew in numbers."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.sync.queries import changes, rows
from app.sync.queries import standing as queries
from app.sync.queries.registry import ENTITIES
from app.sync.rules import tags
from app.sync.service.standing import Standing, entities_for, may_have, stand

ROWS_AT_MOST = 20_000


def whole_bucket(
    session: Session, actor: Actor, *, bucket: str, known: Collection[str]
) -> tuple[str, bytes | None]:
    """Its tag, and its rows as JSON; None where one of the `known` tags is still right. One snapshot.

    A tag is right for one account with the same rights, and while nothing of the bucket changed since.
    """
    kind, _, name = bucket.partition(":")
    bucket_id = _id_of(kind, name)
    standing = stand(session, actor, named=[bucket_id] if kind == "grid" else [], now=clock.now())
    if bucket not in standing.ways:
        raise NotFound("not_found")
    log = queries.log_state(session, prev=None, last=None)
    # After a recovery no tag is known: fetching a bucket once more costs less than judging tags of earlier lives.
    made_for = {
        "epoch": log["epoch"],
        "life": log["life"],
        "account": actor.id,
        "rights": standing.rights,
        "bucket": bucket,
        "way": standing.ways[bucket],
    }
    entities = entities_for(actor)
    for tag in known:
        since = tags.read(tag, **made_for)
        if since is None:
            continue
        state = queries.log_state(session, prev=since, last=since, life=log["life"])
        is_known = state["is_kept"] and state["is_past"]
        if is_known and not changes.is_changed(session, bucket=bucket, entities=entities, since=since):
            return tag, None
    return tags.write(log["cur"], **made_for), _rows_of(session, standing, bucket, kind, bucket_id)


def _id_of(kind: str, name: str) -> UUID:
    if kind == "global":
        return UUID(rows.NOWHERE)
    try:
        return UUID(name)
    except ValueError:
        raise NotFound("not_found") from None


def _rows_of(session: Session, standing: Standing, bucket: str, kind: str, bucket_id: UUID) -> bytes:
    found: list[bytes] = []
    for entity in ENTITIES:
        if kind in entity.buckets and may_have(standing.reader.actor, entity):
            lines = rows.whole(
                session,
                standing.reader,
                entity,
                kind,
                bucket_ids=[bucket_id],
                after=None,
                limit=ROWS_AT_MOST + 1 - len(found),
            )
            found += [line.body for line in lines]
        if len(found) > ROWS_AT_MOST:
            raise Conflict("bucket_too_large")
    return b"".join((b'{"bucket":"', bucket.encode(), b'","rows":[', b",".join(found), b"]}"))
