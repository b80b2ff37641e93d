"""A pull: the pages of one checkpoint, which a device applies together.

The first page fixes the snapshot `cur` of the checkpoint. For a new bucket all present rows are sent. For any other bucket,
those rows are sent that changed between the device's snapshot and `cur`; the change log has their keys. Each page reads the
present rows, so a row may be newer than `cur`. Such a row is sent again in the next checkpoint, so that no change is lost.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Gone, Malformed
from app.core.metrics import SYNC_BEHIND, SYNC_BUCKETS, SYNC_RESYNCS
from app.dispatch import service as dispatch
from app.sync.queries import changes, rows
from app.sync.queries import sync_scope as queries
from app.sync.queries.registry import BY_NAME, ENTITIES
from app.sync.rules import tokens
from app.sync.rules.tokens import HeldBucket, Resync, Seal, Token
from app.sync.service.row_page import RowPage, page_bytes
from app.sync.service.sync_scope import SyncScope, can_read, readable_entities, resolve_sync_scope

# A bucket is sent anew where it has more changes than this, and several times as many as rows.
FEW_CHANGES = 2_000
CHANGES_PER_ROW = 3

WHOLE, LOG = "whole", "log"
START = ("", "", rows.NIL_ID)


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
    """Return the next page for a device as JSON bytes, and the ids of offers that reached it.

    An offer has reached the device if it was in an earlier checkpoint: the device has sent the token of this checkpoint, so
    it has applied the checkpoint.

    Raises:
        Malformed: The token was not issued to this account on this device.
        Gone: The device has to pull again without a token.
    """
    now = clock.now()
    if actor.device_id is None:
        raise Malformed("sync_token_invalid")
    seal = Seal(secret, actor.id, actor.device_id)
    client_token: Token | None = None
    if token:
        client_token, log = read_token(session, seal, token)
    else:
        log = _log_state(session, seal, None)
    grid_ids = grid or (grid_ids_of(client_token.held) if client_token else ())
    scope = resolve_sync_scope(session, actor, named=grid_ids, now=now)
    dropped: list[str] = []
    linked: list[str] = []
    known_changes: list[changes.ChangeKey] | None = None
    if client_token is None or client_token.cur is None:
        if client_token is not None and client_token.prev_at is not None:
            SYNC_BEHIND.observe(max(now.timestamp() - client_token.prev_at, 0))
        client_token, dropped, known_changes = _begin_checkpoint(session, scope, client_token, log, limit)
        if bootstrap == "links":
            linked = [name for name, bucket in client_token.held.items() if bucket.is_fresh]
            client_token = replace(
                client_token, held={name: replace(b, is_fresh=False) for name, b in client_token.held.items()}
            )
    elif _has_changed_scope(scope, client_token):
        # This page has other rights than the first one: the next checkpoint sends everything anew.
        client_token = replace(client_token, rights="")
    page = _fill(session, scope, client_token, limit, known_changes)
    return page_bytes(client_token, page, seal, now=now, dropped=dropped, linked=linked), list(log["reached"])


def mark_offers_delivered(session: Session, actor: Actor, *, offer_ids: Collection[UUID]) -> None:
    """Mark offers of work as delivered, after the device has applied the checkpoint with them."""
    dispatch.mark_delivered(session, actor, offer_ids=offer_ids, way="pulled", now=clock.now())


def read_token(session: Session, seal: Seal, token: str) -> tuple[Token, RowMapping]:
    """Return the parsed token of a device, and the state of the change log.

    Raises:
        Malformed: The token was not issued to this account on this device.
        Gone: The device has to pull again without a token.
    """
    try:
        client_token = tokens.read(token, seal)
    except Gone:
        SYNC_RESYNCS.labels("unknown_token").inc()
        raise
    log = _log_state(session, seal, client_token)
    _require_kept(client_token, log)
    return client_token, log


def _log_state(session: Session, seal: Seal, client_token: Token | None) -> RowMapping:
    return queries.log_state(
        session,
        prev=client_token.prev if client_token else None,
        last=(client_token.cur or client_token.prev) if client_token else None,
        life=client_token.life if client_token else None,
        device=(seal.account_id, seal.device_id),
    )


def resync_reason(client_token: Token, log: RowMapping | dict[str, Any]) -> Resync | None:
    """Return why the changes since a token was issued cannot be read from the change log; None: they can.

    There are three cases: The token is of another epoch. The token is older than the change log. The token was issued after
    the moment to which the database was restored, so that its snapshot does not belong to the past of this database.

    A token that was issued before a crash stays valid, because its snapshot was durable when it was issued.
    """
    if client_token.epoch != log["epoch"] or not log["is_past"]:
        return Resync.EPOCH
    return None if log["is_kept"] else Resync.TOO_OLD


def _require_kept(client_token: Token, log: RowMapping) -> None:
    """Raise Gone if the device has to load everything again."""
    reason = resync_reason(client_token, log)
    if reason is not None:
        SYNC_RESYNCS.labels(reason).inc()
        raise Gone("resync_required", extra={"reason": reason})


def _has_changed_scope(scope: SyncScope, client_token: Token) -> bool:
    return scope.rights != client_token.rights or any(
        scope.grounds.get(name) != bucket.grounds for name, bucket in client_token.held.items()
    )


def grid_ids_of(bucket_names: Collection[str]) -> list[UUID]:
    """Return the ids of the grids that are in a list of bucket names."""
    return [UUID(name.removeprefix("grid:")) for name in bucket_names if name.startswith("grid:")]


def _begin_checkpoint(
    session: Session, scope: SyncScope, client_token: Token | None, log: RowMapping, limit: int
) -> tuple[Token, list[str], list[changes.ChangeKey] | None]:
    """Begin a pull from the snapshot in the device's token to the present snapshot.

    Returns:
        Token of the new checkpoint.
        Names of the buckets whose rows the device has to delete first.
        Keys of all changed rows if they fit on one page, else None.
    """
    previous = client_token.held if client_token is not None else {}
    has_other_rights = client_token is None or client_token.rights != scope.rights
    unchanged = {
        name
        for name, grounds in scope.grounds.items()
        if not has_other_rights and name in previous and previous[name].grounds == grounds
    }
    cur = tokens.shortened(log["cur"])
    known_changes: list[changes.ChangeKey] | None = None
    if client_token is not None and client_token.prev is not None and unchanged:
        max_changes = min(limit, FEW_CHANGES)
        known_changes = _changed_rows(
            session, scope, unchanged, client_token.prev, cur, START, max_changes + 1
        )
        if len(known_changes) > max_changes:
            known_changes = None
            unchanged -= _buckets_cheaper_to_resend(
                session, scope, unchanged, prev=client_token.prev, cur=cur
            )
    buckets = {name: HeldBucket(grounds, name not in unchanged) for name, grounds in scope.grounds.items()}
    SYNC_BUCKETS.labels("whole").inc(len(buckets) - len(unchanged))
    SYNC_BUCKETS.labels("changes").inc(len(unchanged))
    checkpoint = checkpoint_of(scope, client_token, buckets, log, cur=cur)
    return checkpoint, [name for name in previous if name not in unchanged], known_changes


def checkpoint_of(
    scope: SyncScope,
    client_token: Token | None,
    buckets: dict[str, HeldBucket],
    log: RowMapping | Mapping[str, Any],
    *,
    cur: str,
) -> Token:
    """Return the token of a new checkpoint, from the snapshot of the device's token to `cur`.

    Args:
        log: The state of the change log.
    """
    return Token(
        log["epoch"],
        scope.rights,
        buckets,
        prev=client_token.prev if client_token is not None else None,
        cur=cur,
        applied=log["applied"],
        has_too_many=scope.has_too_many_grids,
        prev_at=client_token.prev_at if client_token is not None else None,
        cur_at=int(scope.reader.now.timestamp()),
        life=log["life"],
    )


def _buckets_cheaper_to_resend(
    session: Session, scope: SyncScope, bucket_names: Collection[str], *, prev: str, cur: str
) -> set[str]:
    """Return the names of buckets that are cheaper to send whole than change by change.

    Such a bucket has more than FEW_CHANGES changes, and more than CHANGES_PER_ROW changes per row.
    """
    actor = scope.reader.actor
    change_counts = changes.count_by_bucket(
        session, buckets=bucket_names, entities=readable_entities(actor), prev=prev, cur=cur
    )
    resent = set()
    for name, change_count in change_counts.items():
        kind, _, bucket_id = name.partition(":")
        if change_count > FEW_CHANGES:
            stored = sum(
                rows.count_rows(session, scope.reader, entity, kind, bucket_id=UUID(bucket_id or rows.NIL_ID))
                for entity in ENTITIES
                if kind in entity.buckets and can_read(actor, entity)
            )
            if change_count > CHANGES_PER_ROW * stored:
                resent.add(name)
    return resent


def _changed_rows(
    session: Session,
    scope: SyncScope,
    buckets: Collection[str],
    prev: str,
    cur: str,
    after: changes.ChangeKey,
    limit: int,
) -> list[changes.ChangeKey]:
    entities = readable_entities(scope.reader.actor)
    return changes.changed_rows(
        session, buckets=buckets, entities=entities, prev=prev, cur=cur, after=after, limit=limit
    )


def _fill(
    session: Session,
    scope: SyncScope,
    client_token: Token,
    limit: int,
    known_changes: list[changes.ChangeKey] | None,
) -> RowPage:
    page = RowPage(limit)
    if not client_token.after or client_token.after[0] == WHOLE:
        _send_whole(session, scope, client_token, page)
    if page.after is None and client_token.prev is not None:
        _send_changes(session, scope, client_token, page, known_changes)
    return page


def _send_whole(session: Session, scope: SyncScope, client_token: Token, page: RowPage) -> None:
    """Add the present rows of new buckets to the page, one kind of rows after the other."""
    ids: dict[str, list[UUID]] = {}
    for name, bucket in client_token.held.items():
        if bucket.is_fresh:
            kind, _, bucket_id = name.partition(":")
            ids.setdefault(kind, []).append(UUID(bucket_id or rows.NIL_ID))
    steps = [
        (entity, kind)
        for entity in ENTITIES
        if can_read(scope.reader.actor, entity)
        for kind in entity.buckets
        if kind in ids
    ]
    after: tuple[str, str] | None = None
    if client_token.after:
        _, name, at_kind, *position = client_token.after
        names = [(entity.name, kind) for entity, kind in steps]
        # A step that the reader may no longer have is not continued: the next checkpoint drops its bucket.
        steps = steps[names.index((name, at_kind)) :] if (name, at_kind) in names else []
        after = (position[0], position[1])
    for entity, kind in steps:
        if page.remaining <= 0:
            page.after = (WHOLE, entity.name, kind, rows.NIL_ID, rows.NIL_ID)
            return
        live_rows = rows.live_rows(
            session, scope.reader, entity, kind, bucket_ids=ids[kind], after=after, limit=page.remaining + 1
        )
        page_rows = live_rows[: page.remaining]
        page.rows += [row.body for row in page_rows]
        if len(live_rows) > len(page_rows):
            page.after = (WHOLE, entity.name, kind, page_rows[-1].bucket_id, page_rows[-1].id)
            return
        after = None


def _send_changes(
    session: Session,
    scope: SyncScope,
    client_token: Token,
    page: RowPage,
    known_changes: list[changes.ChangeKey] | None,
) -> None:
    """Add the changed rows of buckets that the device stores already to the page.

    A row that is no longer in the bucket is sent with op `R` (removed).
    """
    start = client_token.after[1:] if client_token.after and client_token.after[0] == LOG else START
    if page.remaining <= 0:
        page.after = (LOG, *start)
        return
    assert client_token.prev is not None and client_token.cur is not None
    wanted = known_changes
    if wanted is None or len(wanted) > page.remaining:
        bucket_names = [name for name, bucket in client_token.held.items() if not bucket.is_fresh]
        position = (start[0], start[1], start[2])
        wanted = _changed_rows(
            session, scope, bucket_names, client_token.prev, client_token.cur, position, page.remaining + 1
        )
    if len(wanted) > page.remaining:
        wanted = wanted[: page.remaining]
        page.after = (LOG, *wanted[-1])
    page.rows += changed_bodies(scope, wanted, rows.rows_by_id(session, scope.reader, ids_by_kind(wanted)))


RowIds = dict[tuple[str, str], list[tuple[str, str]]]


def ids_by_kind(wanted: Sequence[changes.ChangeKey]) -> RowIds:
    """Return pairs of bucket id and row id of changed rows, by entity name and kind of bucket."""
    by_kind: RowIds = {}
    for bucket, name, row_id in wanted:
        kind, _, bucket_id = bucket.partition(":")
        if kind in BY_NAME[name].buckets:
            by_kind.setdefault((name, kind), []).append((bucket_id or rows.NIL_ID, row_id))
    return by_kind


def changed_bodies(
    scope: SyncScope, wanted: Sequence[changes.ChangeKey], present_rows: Iterable[Mapping[str, Any]]
) -> list[bytes]:
    """Return the JSON to send for each changed row, in the order of `wanted`.

    It has the present row. If the row is gone or the reader may not see it, the JSON has op `R` (removed). A row for which
    `Entity.quiet` is true is left out instead.

    Args:
        present_rows: The rows of `rows.rows_by_id`.
    """
    live_rows: dict[tuple[str, str, str], Any] = {}
    for live_row in present_rows:
        name, kind = live_row["entity"], live_row["kind"]
        is_only = BY_NAME[name].buckets[kind].id is None
        bucket = _single_bucket(kind, scope) if is_only else f"{kind}:{live_row['bucket_id']}"
        live_rows[bucket, name, live_row["id"]] = live_row
    bodies = []
    for change in wanted:
        bucket, name, row_id = change
        if bucket.partition(":")[0] not in BY_NAME[name].buckets:
            continue
        row = live_rows.get(change)
        if row is not None and row["body"] is not None:
            bodies.append(row["body"])
        elif row is None or not row["is_quiet"]:
            bodies.append(orjson.dumps({"bucket": bucket, "entity": name, "id": row_id, "op": "R"}))
    return bodies


def _single_bucket(kind: str, scope: SyncScope) -> str:
    return kind if kind == "global" else f"{kind}:{scope.reader.actor.id}"
