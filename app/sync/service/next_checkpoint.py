"""A pull that follows a complete one: the device has the same rights and buckets, and few rows have changed.

It needs one statement, none in a transaction; a second one if rows changed that were not expected (`expected_kinds`).
`pull_pages.pull` answers all other pulls in one snapshot.
"""

from collections.abc import Collection
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Gone
from app.core.metrics import SYNC_BEHIND, SYNC_BUCKETS
from app.sync.queries import next_checkpoint as queries
from app.sync.queries.registry import Reader
from app.sync.queries.rows import rows_by_id
from app.sync.rules import tokens
from app.sync.rules.tokens import HeldBucket, Seal, Token
from app.sync.service import expected_kinds, pull_pages
from app.sync.service.pull_pages import changed_bodies, checkpoint_of
from app.sync.service.row_page import RowPage, page_bytes
from app.sync.service.sync_scope import readable_entities, scope_of


def pull_next(
    actor: Actor,
    *,
    secret: bytes,
    token: str | None = None,
    limit: int = 1_000,
    grid: Collection[UUID] = (),
    bootstrap: str | None = None,
) -> tuple[bytes, list[UUID]] | None:
    """Return the page of a pull that follows a complete one, and the ids of offers that reached the device.

    Unexpected rows are read after the statement that reads the snapshot of the checkpoint, so a row may be newer than the
    snapshot. Such a row is sent again in the next checkpoint, as for any page after the first one.

    Returns:
        None: the answer needs more. The device has no token, or that of a page before the last one; it names grids; its
        rights or buckets are others than at its last pull; its token is not usable any more; or there are more changes than
        fit on the page.

    Raises:
        Malformed: The token was not issued to this account on this device.
    """
    if not token or grid or bootstrap or actor.device_id is None:
        return None
    seal = Seal(secret, actor.id, actor.device_id)
    client_token = _read(token, seal)
    if client_token is None or client_token.cur is not None or client_token.prev is None:
        return None
    now = clock.now()
    most = min(limit, pull_pages.FEW_CHANGES)
    expected = expected_kinds.memory.expected(actor)
    row, changes, present_rows = queries.state_and_changes(
        Reader(actor, now, expected.zones),
        buckets=client_token.held,
        grid_ids=pull_pages.grid_ids_of(client_token.held),
        entities=readable_entities(actor),
        prev=client_token.prev,
        life=client_token.life,
        limit=most + 1,
        row_kinds=expected.kinds,
    )
    is_usable = pull_pages.resync_reason(client_token, row) is None
    scope = scope_of(actor, row, now=now)
    held_grounds = {name: bucket.grounds for name, bucket in client_token.held.items()}
    has_same_scope = (scope.rights, scope.grounds) == (client_token.rights, held_grounds)
    cur = tokens.shortened(row["cur"])
    if not is_usable or not has_same_scope or cur != row["cur"] or len(changes) > most:
        return None
    if client_token.prev_at is not None:
        SYNC_BEHIND.observe(max(now.timestamp() - client_token.prev_at, 0))
    SYNC_BUCKETS.labels("changes").inc(len(scope.grounds))
    buckets = {name: HeldBucket(grounds, False) for name, grounds in scope.grounds.items()}
    checkpoint = checkpoint_of(scope, client_token, buckets, row, cur=cur)
    page = RowPage(limit)
    wanted = pull_pages.ids_by_kind(changes)
    if not (wanted.keys() <= set(expected.kinds) and scope.reader.zones == expected.zones):
        present_rows = [dict(row) for row in rows_by_id(None, scope.reader, wanted)]
    expected_kinds.memory.remember(actor, wanted, scope.reader.zones)
    page.rows += changed_bodies(scope, changes, present_rows)
    return page_bytes(checkpoint, page, seal, now=now, dropped=[], linked=[]), list(row["reached"])


def _read(token: str, seal: Seal) -> Token | None:
    """Return the token, or None if its format is too old."""
    try:
        return tokens.read(token, seal)
    except Gone:
        return None
