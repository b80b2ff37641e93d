"""Sums over what a phone should hold, so that it notices a difference and fetches the bucket anew."""

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
from app.sync.service.pulling import grids_of, read_token
from app.sync.service.standing import Standing, entities_for, may_have, stand


def checksums(session: Session, actor: Actor, *, secret: bytes, token: str) -> dict[str, Any]:
    """Return `server_time` and, of each bucket in which nothing changed since the token, its number of rows and their sum.

    A bucket that the next pull will change, drop or send anew is left out: the phone rightly holds something else.

    Raises:
        Malformed: The token is not this phone's, or its checkpoint is not complete.
        Gone: The token is not of this database's past; the phone has to begin anew.
    """
    if actor.device_id is None:
        raise Malformed("sync_token_invalid")
    told, log = read_token(session, Seal(secret, actor.id, actor.device_id), token)
    if told.prev is None or told.cur is not None:
        raise Malformed("sync_token_invalid")
    now = clock.now()
    standing = stand(session, actor, named=grids_of(told.held), now=now)
    names = _unchanged(session, standing, told, cur=log["cur"])
    return {"server_time": now, "buckets": _sums(session, standing, names)}


def _unchanged(session: Session, standing: Standing, told: Token, *, cur: str) -> list[str]:
    """Return the names of buckets that the phone holds on its present grounds and whose rows it has received."""
    if told.rights != standing.rights:
        return []
    held = [name for name, bucket in told.held.items() if standing.ways.get(name) == bucket.way]
    entities = entities_for(standing.reader.actor)
    assert told.prev is not None
    changed = changes.sizes(session, buckets=held, entities=entities, prev=told.prev, cur=cur)
    if sum(changed.values()) >= changes.COUNTED:
        return []  # not all of them were looked at
    return [name for name in held if name not in changed]


def _sums(session: Session, standing: Standing, names: list[str]) -> list[dict[str, Any]]:
    reader = standing.reader
    ids: dict[str, dict[str, str]] = {}
    for name in names:
        kind, _, bucket_id = name.partition(":")
        # Where there is one bucket of a kind, its rows say no id.
        ids.setdefault(kind, {})[bucket_id or rows.NOWHERE] = name
    lines: dict[str, list[str]] = {name: [] for name in names}
    for entity in ENTITIES:
        if not may_have(reader.actor, entity):
            continue
        for kind in entity.buckets.keys() & ids.keys():
            own = ids[kind]
            found = rows.versions(session, reader, entity, kind, bucket_ids=[UUID(one) for one in own])
            for row in found:
                name = own[row.bucket_id] if entity.buckets[kind][0] else next(iter(own.values()))
                lines[name].append(f"{entity.name} {row.id} {row.version}\n")
    return [
        {
            "bucket": name,
            "rows": len(of),
            "sha256": hashlib.sha256("".join(sorted(of)).encode()).hexdigest(),
        }
        for name, of in lines.items()
    ]
