"""Routes of pull, checksums and whole buckets (/sync)."""

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app

from app.accounts.service import derived_key
from app.core.actor import Actor
from app.core.db import Session, snapshot_session, transaction
from app.http.content_coding import allow_without_store
from app.http.direct_reads import NO_STORE
from app.http.responses import client_tags, json_bytes, json_bytes_with_tag, json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.settings import Settings
from app.sync import service
from app.sync.schemas.pull import (
    ChecksumQuery,
    Checksums,
    PullPage,
    PullQuery,
    WholeBucket,
    usual_pull,
)

blp = Blueprint("sync", __name__, url_prefix="/api/v1/sync", tag="Sync")


def _pull_arguments(environ: Mapping[str, Any], extensions: Mapping[str, Any]) -> dict[str, Any] | None:
    query = usual_pull(environ.get("QUERY_STRING", ""))
    return None if query is None else {"query": query, "settings": extensions["settings"]}


def _pull(actor: Actor, query: dict[str, Any], settings: Settings) -> tuple[bytes, None]:
    secret = _secret(settings)
    page = service.pull_next(actor, secret=secret, **query)
    if page is None:
        with snapshot_session() as session:
            page = service.pull(session, actor, secret=secret, **query)
    body, reached = page
    if reached:
        with transaction(actor) as session:
            service.mark_offers_delivered(session, actor, offer_ids=reached)
    return body, None


@blp.route("")
@blp.guard()
@blp.arguments(PullQuery, location="query")
@blp.response(200, PullPage)
@blp.problem(400, "sync_token_invalid")
@blp.problem(410, "resync_required")
@blp.answers_directly(_pull, _pull_arguments, headers=(NO_STORE,))
def pull_changes(query: dict[str, Any]) -> Response:
    """Pull the rows that changed

    Returns a page of a checkpoint: with `token` the changes since that token, without it all rows that the account may hold.
    While `complete` is false the device pulls again with the new token; then it applies all pages in one transaction. The
    same token can be sent again and gives the same checkpoint. A row may be newer than its checkpoint, and then comes again.
    A token is valid for one account on one device. Open offers in a checkpoint are marked as delivered as soon as its token
    is sent.
    """
    body, _ = _pull(authenticated_actor(), query, current_app.extensions["settings"])
    return _not_stored(json_bytes(body))


@blp.route("/checksum")
@blp.guard()
@blp.arguments(ChecksumQuery, location="query")
@blp.response(200, Checksums)
@blp.problem(400, "sync_token_invalid")
@blp.problem(410, "resync_required")
@blp.snapshots
def read_checksum(query: dict[str, Any], *, session: Session) -> Response:
    """Compute checksums of the device's buckets

    Returns the number of rows and a SHA-256 of each bucket, for comparison with the rows on the device. `token` is that of the
    last complete checkpoint; the token of a page before the last one is refused. A bucket that the next pull changes, drops
    or sends anew is left out. The device fetches a bucket that differs with `GET /sync/buckets/{bucket}`. The call reads all
    rows of the device: once a day is enough.
    """
    secret = _secret(current_app.extensions["settings"])
    return _not_stored(
        json_response(service.checksums(session, authenticated_actor(), secret=secret, **query))
    )


def _not_stored(response: Response) -> Response:
    """Forbid caches to store a response. Its token is a place in the change log, which opens nothing by itself."""
    response.headers.set(*NO_STORE)
    allow_without_store()
    return response


def _secret(settings: Settings) -> bytes:
    return derived_key(settings.signing_key_file, "sync token")


@blp.route("/buckets/<string:bucket>")
@blp.guard()
@blp.response(200, WholeBucket)
@blp.alt_response(304, "NOT_MODIFIED")
@blp.problem(404, "not_found")
@blp.problem(409, "bucket_too_large")
@blp.snapshots
def read_bucket(bucket: str, *, session: Session) -> Response:
    """Read a whole bucket

    Returns all rows of one bucket. A bucket that the account may not hold is not found. The answer has a strong `ETag`; with
    `If-None-Match` the answer is 304 while nothing in the bucket and in the caller's rights has changed. A bucket with more
    than 20,000 rows is refused: pull it by pages. The token of the device stays as it is.
    """
    tag, body = service.whole_bucket(session, authenticated_actor(), bucket=bucket, client_tags=client_tags())
    return json_bytes_with_tag(body, tag)
