"""One page of a pull, and its JSON."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson

from app.core.links import link
from app.core.metrics import SYNC_ROWS
from app.sync.rules import tokens
from app.sync.rules.tokens import Seal, Token


@dataclass(slots=True)
class RowPage:
    """The rows of one page as JSON bytes, at most `limit`.

    `after`: key of the last row. None: this is the last page of the pull.
    """

    limit: int
    rows: list[bytes] = field(default_factory=list)
    after: tuple[str, ...] | None = None

    @property
    def remaining(self) -> int:
        """The number of rows that the page can still take."""
        return self.limit - len(self.rows)


def page_bytes(
    client_token: Token,
    page: RowPage,
    seal: Seal,
    *,
    now: datetime,
    dropped: list[str],
    linked: list[str],
) -> bytes:
    """Return a page with the next token as JSON bytes.

    Args:
        client_token: The token of the checkpoint.
        dropped: Names of the buckets whose rows the device has to delete first.
        linked: Names of the buckets that the device fetches by themselves.
    """
    following = client_token.completed() if page.after is None else replace(client_token, after=page.after)
    SYNC_ROWS.observe(len(page.rows))
    head = {
        "token": tokens.write(following, seal),
        "complete": page.after is None,
        "epoch": client_token.epoch,
        "server_time": now,
        "buckets": list(client_token.held),
        "drop_buckets": dropped,
        "too_many_grids": client_token.has_too_many,
        "bootstrap": [{"bucket": name, "href": link(f"/api/v1/sync/buckets/{name}")} for name in linked],
        "applied_device_seq": client_token.applied,
    }
    return b"".join((orjson.dumps(head)[:-1], b',"rows":[', b",".join(page.rows), b"]}"))
