"""Download of an export file.

A download is possible until the file expires, and while the permissions of the actor are the same as when it was made.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Gone, NotFound
from app.exchange.queries import exports as queries
from app.exchange.rules.exports import FORMATS, file_name
from app.ogc import service as ogc

_STORE_FOLDER = "exports"


@dataclass(frozen=True, slots=True)
class StoredExport:
    """An export file in the file store."""

    key: str
    name: str
    media: str
    size: int
    sha256: str


def key_of(run_id: UUID) -> str:
    """Return the key under which the file store has the file of an export run.

    All attempts of a run use the same key.
    """
    return f"{_STORE_FOLDER}/{run_id}"


def run_of(key: str) -> UUID:
    """Return the id of the export run to which a key of the file store belongs."""
    return UUID(key.rpartition("/")[2])


def open_download(session: Session, actor: Actor, *, run_id: UUID, part: str | None = None) -> StoredExport:
    """Record a download of the actor's export, and return its file.

    Args:
        part: The byte range that the client requested, for the record.

    Raises:
        Gone: The file has expired.
        Conflict: The actor's rights have changed since the file was made.
    """
    now = clock.now()
    row = queries.lock_run(session, actor, run_id, now=now)
    if row is None or row["requested_by"] != actor.id or row["is_at_once"]:
        raise NotFound("not_found")
    if row["state"] == "expired" or (row["state"] == "done" and row["expires_at"] <= now):
        raise Gone("export_expired")
    if row["state"] != "done":
        raise Conflict("export_not_done")
    ogc.readable_collection(actor, row["collection"])
    if row["permission_epoch"] != actor.permission_epoch:
        raise Conflict("export_rights_changed")
    accounts.record(
        session,
        actor,
        action="export.download",
        entity="export_run",
        entity_id=run_id,
        detail={"collection": row["collection"], "format": row["format"], "part": part},
    )
    return StoredExport(
        key_of(run_id),
        file_name(row["collection"], row["format"], row["created_at"]),
        FORMATS[row["format"]].media,
        row["size"],
        row["sha256"],
    )
