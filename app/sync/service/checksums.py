"""Checksums of buckets, with which a device verifies the rows that it stores.

If a checksum differs, the device fetches this bucket again.
"""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Malformed
from app.sync.queries import changes, rows
from app.sync.queries.registry import ENTITIES
from app.sync.rules.tokens import Seal, Token
from app.sync.service.pull_pages import grid_ids_of, read_token
from app.sync.service.sync_scope import SyncScope, can_read, readable_entities, resolve_sync_scope


def checksums(session: Session, actor: Actor, *, secret: bytes, token: str) -> dict[str, Any]:
    """Return the server time, and the number of rows and checksum of each unchanged bucket.

    A bucket is unchanged if the next pull would neither change nor drop it, nor send it whole. Only such buckets can be
    compared: the other buckets on the device are out of date, which is no error.

    Raises:
        Malformed: The token is of another device, or its checkpoint is not complete.
        Gone: The token is not of this database's past; the device has to pull again without a token.
    """
    if actor.device_id is None:
        raise Malformed("sync_token_invalid")
    client_token, log = read_token(session, Seal(secret, actor.id, actor.device_id), token)
    if client_token.prev is None or client_token.cur is not None:
        raise Malformed("sync_token_invalid")
    now = clock.now()
    scope = resolve_sync_scope(session, actor, named=grid_ids_of(client_token.held), now=now)
    names = _unchanged(session, scope, client_token, cur=log["cur"])
    return {"server_time": now, "buckets": _sums(session, scope, names)}


def _unchanged(session: Session, scope: SyncScope, client_token: Token, *, cur: str) -> list[str]:
    """Return the names of the buckets whose rows should be the same on device and server."""
    if client_token.rights != scope.rights:
        return []
    names = [name for name, bucket in client_token.held.items() if scope.grounds.get(name) == bucket.grounds]
    entities = readable_entities(scope.reader.actor)
    assert client_token.prev is not None
    changed = changes.count_by_bucket(
        session, buckets=names, entities=entities, prev=client_token.prev, cur=cur
    )
    if sum(changed.values()) >= changes.MAX_COUNTED:
        return []  # not all changes were counted
    return [name for name in names if name not in changed]


def _sums(session: Session, scope: SyncScope, names: list[str]) -> list[dict[str, Any]]:
    reader = scope.reader
    ids: dict[str, dict[str, str]] = {}
    for name in names:
        kind, _, bucket_id = name.partition(":")
        # Rows of the only bucket of a kind have no id of it.
        ids.setdefault(kind, {})[bucket_id or rows.NIL_ID] = name
    lines_by_bucket: dict[str, list[str]] = {name: [] for name in names}
    for entity in ENTITIES:
        if not can_read(reader.actor, entity):
            continue
        for kind in entity.buckets.keys() & ids.keys():
            names_by_id = ids[kind]
            versions = rows.versions(
                session, reader, entity, kind, bucket_ids=[UUID(bucket_id) for bucket_id in names_by_id]
            )
            for row in versions:
                name = (
                    names_by_id[row.bucket_id]
                    if entity.buckets[kind].id is not None
                    else next(iter(names_by_id.values()))
                )
                lines_by_bucket[name].append(f"{entity.name} {row.id} {row.version}\n")
    return [
        {
            "bucket": name,
            "rows": len(lines),
            "sha256": hashlib.sha256("".join(sorted(lines)).encode()).hexdigest(),
        }
        for name, lines in lines_by_bucket.items()
    ]
