"""A pull: pages of one checkpoint, which a phone applies together.

The first page fixes the snapshot `cur`. New buckets are sent whole from their live rows, the others by what the change
log has between the phone's snapshot and `cur`. Rows are read live on each page, so they may be newer than `cur`: what
changed after it comes again with the next checkpoint, and nothing can be missing.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Gone, Malformed
from app.core.links import link
from app.core.metrics import SYNC_BEHIND, SYNC_BUCKETS, SYNC_RESYNCS, SYNC_ROWS
from app.dispatch import service as dispatch
from app.sync.queries import changes, rows
from app.sync.queries import standing as queries
from app.sync.queries.registry import BY_NAME, ENTITIES
from app.sync.rules import tokens
from app.sync.rules.tokens import Held, Seal, Token
from app.sync.service.standing import Standing, entities_for, may_have, stand

# A bucket is sent anew where more changes than this, and several times as many as it has rows, are to be told of it.
FEW_CHANGES = 2_000
TIMES_ITS_ROWS = 3

WHOLE, LOG = "whole", "log"
START = ("", "", rows.NOWHERE)


@dataclass(slots=True)
class Page:
    """Rows as JSON bytes, up to a limit. `after`: where the next page goes on; None when the checkpoint is complete."""

    limit: int
    rows: list[bytes] = field(default_factory=list)
    after: tuple[str, ...] | None = None

    @property
    def left(self) -> int:
        return self.limit - len(self.rows)


def pull(
    session: Session,
    actor: Actor,
    *,
    secret: bytes,
    token: str | None = None,
    limit: int = 1_000,
    grid: Collection[UUID] = (),
    bootstrap: str | None = None,
) -> tuple[bytes, list[UUID]]:
    """The next page for this account on this device, in one snapshot. Raises Malformed and Gone for tokens.

    And the offers that are on the phone as its token shows, of which that was not known yet.
    """
    now = clock.now()
    if actor.device_id is None:
        raise Malformed("sync_token_invalid")
    seal = Seal(secret, actor.id, actor.device_id)
    told: Token | None = None
    if token:
        told, log = read_token(session, seal, token)
    else:
        log = _log_state(session, seal, None)
    named = grid or (grids_of(told.held) if told else ())
    standing = stand(session, actor, named=named, now=now)
    dropped: list[str] = []
    linked: list[str] = []
    known: list[changes.Place] | None = None
    if told is None or told.cur is None:
        if told is not None and told.prev_at is not None:
            SYNC_BEHIND.observe(max(now.timestamp() - told.prev_at, 0))
        told, dropped, known = _begin(session, standing, told, log, limit)
        if bootstrap == "links":
            linked = [name for name, bucket in told.held.items() if bucket.is_fresh]
            told = replace(told, held={name: replace(b, is_fresh=False) for name, b in told.held.items()})
    elif _differs(standing, told):
        # This page is written under other rights than the first one: the next checkpoint sends everything anew.
        told = replace(told, rights="")
    page = _fill(session, standing, told, limit, known)
    following = told.completed() if page.after is None else replace(told, after=page.after)
    SYNC_ROWS.observe(len(page.rows))
    head = {
        "token": tokens.write(following, seal),
        "complete": page.after is None,
        "epoch": told.epoch,
        "server_time": now,
        "buckets": list(told.held),
        "drop_buckets": dropped,
        "too_many_grids": told.has_too_many,
        "bootstrap": [{"bucket": name, "href": link(f"/api/v1/sync/buckets/{name}")} for name in linked],
        "applied_device_seq": told.applied,
    }
    return b"".join((orjson.dumps(head)[:-1], b',"rows":[', b",".join(page.rows), b"]}")), list(
        log["reached"]
    )


def offers_reached(session: Session, actor: Actor, *, offer_ids: Collection[UUID]) -> None:
    """Note that these offers are on the phone: it has applied the checkpoint that brought them."""
    dispatch.deliver(session, actor, offer_ids=offer_ids, way="pulled", now=clock.now())


def read_token(session: Session, seal: Seal, token: str) -> tuple[Token, RowMapping]:
    """Return a phone's token, and the state of the change log (`queries.log_state`), in which it is still good.

    Raises:
        Malformed: The token was not given to this account on this device.
        Gone: The phone has to begin anew.
    """
    try:
        told = tokens.read(token, seal)
    except Gone:
        SYNC_RESYNCS.labels("unknown_token").inc()
        raise
    log = _log_state(session, seal, told)
    _require_kept(told, log)
    return told, log


def _log_state(session: Session, seal: Seal, told: Token | None) -> RowMapping:
    return queries.log_state(
        session,
        prev=told.prev if told else None,
        last=(told.cur or told.prev) if told else None,
        life=told.life if told else None,
        device=(seal.account_id, seal.device_id),
    )


def _require_kept(told: Token, log: RowMapping) -> None:
    """Refuse a token of another epoch, of a future that this database has lost, or older than the log: begin anew.

    A token of before a crash is none of these. Its snapshot was durable when it was given out, so the phone goes on.
    """
    reason = None
    if told.epoch != log["epoch"] or not log["is_past"]:
        reason = "epoch"
    elif not log["is_kept"]:
        reason = "too_old"
    if reason is not None:
        SYNC_RESYNCS.labels(reason).inc()
        raise Gone("resync_required", extra={"reason": reason})


def _differs(standing: Standing, told: Token) -> bool:
    return standing.rights != told.rights or any(
        standing.ways.get(name) != bucket.way for name, bucket in told.held.items()
    )


def grids_of(held: Collection[str]) -> list[UUID]:
    """Return the ids of the grids among the names of buckets."""
    return [UUID(name.removeprefix("grid:")) for name in held if name.startswith("grid:")]


def _begin(
    session: Session, standing: Standing, told: Token | None, log: RowMapping, limit: int
) -> tuple[Token, list[str], list[changes.Place] | None]:
    """The checkpoint from what was told to this snapshot, and which buckets the phone has to drop first.

    And all that changed in the others, if that is no more than a page holds.
    """
    before = told.held if told is not None else {}
    is_other = told is None or told.rights != standing.rights
    kept = {
        name
        for name, way in standing.ways.items()
        if not is_other and name in before and before[name].way == way
    }
    cur = tokens.shortened(log["cur"])
    known: list[changes.Place] | None = None
    if told is not None and told.prev is not None and kept:
        few = min(limit, FEW_CHANGES)
        known = _changed(session, standing, kept, told.prev, cur, START, few + 1)
        if len(known) > few:
            known = None
            kept -= _cheaper_anew(session, standing, kept, prev=told.prev, cur=cur)
    held = {name: Held(way, name not in kept) for name, way in standing.ways.items()}
    SYNC_BUCKETS.labels("whole").inc(len(held) - len(kept))
    SYNC_BUCKETS.labels("changes").inc(len(kept))
    begun = Token(
        log["epoch"],
        standing.rights,
        held,
        prev=told.prev if told is not None else None,
        cur=cur,
        applied=log["applied"],
        has_too_many=standing.has_too_many_grids,
        prev_at=told.prev_at if told is not None else None,
        cur_at=int(standing.reader.now.timestamp()),
        life=log["life"],
    )
    return begun, [name for name in before if name not in kept], known


def _cheaper_anew(
    session: Session, standing: Standing, kept: Collection[str], *, prev: str, cur: str
) -> set[str]:
    """Buckets with several times as many changes as rows."""
    actor = standing.reader.actor
    found = changes.sizes(session, buckets=kept, entities=entities_for(actor), prev=prev, cur=cur)
    anew = set()
    for name, n in found.items():
        kind, _, bucket_id = name.partition(":")
        if n > FEW_CHANGES:
            stored = sum(
                rows.number(session, standing.reader, entity, kind, bucket_id=UUID(bucket_id or rows.NOWHERE))
                for entity in ENTITIES
                if kind in entity.buckets and may_have(actor, entity)
            )
            if n > TIMES_ITS_ROWS * stored:
                anew.add(name)
    return anew


def _changed(
    session: Session,
    standing: Standing,
    buckets: Collection[str],
    prev: str,
    cur: str,
    after: changes.Place,
    limit: int,
) -> list[changes.Place]:
    entities = entities_for(standing.reader.actor)
    return changes.changed(
        session, buckets=buckets, entities=entities, prev=prev, cur=cur, after=after, limit=limit
    )


def _fill(
    session: Session, standing: Standing, told: Token, limit: int, known: list[changes.Place] | None
) -> Page:
    page = Page(limit)
    if not told.after or told.after[0] == WHOLE:
        _send_whole(session, standing, told, page)
    if page.after is None and told.prev is not None:
        _send_changes(session, standing, told, page, known)
    return page


def _send_whole(session: Session, standing: Standing, told: Token, page: Page) -> None:
    """The live rows of new buckets, entity by entity."""
    ids: dict[str, list[UUID]] = {}
    for name, bucket in told.held.items():
        if bucket.is_fresh:
            kind, _, bucket_id = name.partition(":")
            ids.setdefault(kind, []).append(UUID(bucket_id or rows.NOWHERE))
    steps = [
        (entity, kind)
        for entity in ENTITIES
        if may_have(standing.reader.actor, entity)
        for kind in entity.buckets
        if kind in ids
    ]
    after: tuple[str, str] | None = None
    if told.after:
        _, name, at_kind, *place = told.after
        names = [(entity.name, kind) for entity, kind in steps]
        # What she may no longer have is not gone on with: the next checkpoint drops it.
        steps = steps[names.index((name, at_kind)) :] if (name, at_kind) in names else []
        after = (place[0], place[1])
    for entity, kind in steps:
        if page.left <= 0:
            page.after = (WHOLE, entity.name, kind, rows.NOWHERE, rows.NOWHERE)
            return
        found = rows.whole(
            session, standing.reader, entity, kind, bucket_ids=ids[kind], after=after, limit=page.left + 1
        )
        shown = found[: page.left]
        page.rows += [row.body for row in shown]
        if len(found) > len(shown):
            page.after = (WHOLE, entity.name, kind, shown[-1].bucket_id, shown[-1].id)
            return
        after = None


def _send_changes(
    session: Session, standing: Standing, told: Token, page: Page, known: list[changes.Place] | None
) -> None:
    """What changed in the buckets that the phone had: the live row, or R where it stands there no more."""
    start = told.after[1:] if told.after and told.after[0] == LOG else START
    if page.left <= 0:
        page.after = (LOG, *start)
        return
    assert told.prev is not None and told.cur is not None
    wanted = known
    if wanted is None or len(wanted) > page.left:
        held = [name for name, bucket in told.held.items() if not bucket.is_fresh]
        at = (start[0], start[1], start[2])
        wanted = _changed(session, standing, held, told.prev, told.cur, at, page.left + 1)
    if len(wanted) > page.left:
        wanted = wanted[: page.left]
        page.after = (LOG, *wanted[-1])
    page.rows += _live(session, standing, wanted)


def _live(session: Session, standing: Standing, wanted: list[changes.Place]) -> list[bytes]:
    """For each (bucket, entity, id) its row as it is now, R where there is none for this reader, or nothing at all."""
    by_step: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for bucket, name, row_id in wanted:
        kind, _, bucket_id = bucket.partition(":")
        if kind in BY_NAME[name].buckets:
            by_step.setdefault((name, kind), []).append((bucket_id or rows.NOWHERE, row_id))
    found: dict[tuple[str, str, str], Any] = {}
    steps = list(by_step)
    for row in rows.certain(session, standing.reader, by_step):
        name, kind = steps[row.step]
        only = not BY_NAME[name].buckets[kind][0]
        bucket = _only(kind, standing) if only else f"{kind}:{row.bucket_id}"
        found[bucket, name, row.id] = row
    told = []
    for place in wanted:
        bucket, name, row_id = place
        if bucket.partition(":")[0] not in BY_NAME[name].buckets:
            continue
        live = found.get(place)
        if live is not None and live.body is not None:
            told.append(live.body)
        elif live is None or not live.is_quiet:
            told.append(orjson.dumps({"bucket": bucket, "entity": name, "id": row_id, "op": "R"}))
    return told


def _only(kind: str, standing: Standing) -> str:
    return kind if kind == "global" else f"{kind}:{standing.reader.actor.id}"
