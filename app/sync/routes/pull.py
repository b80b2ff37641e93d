"""/sync: pull, checksums and whole buckets."""

from typing import Any

from flask import Response, current_app

from app.accounts.service import derived_key
from app.core.db import snapshot_session, transaction
from app.http.responses import client_tags, gzip_response, json_bytes, json_bytes_with_tag, json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.sync import service
from app.sync.schemas.pull import ChecksumQuery, Checksums, PullPage, PullQuery, WholeBucket

blp = Blueprint("sync", __name__, url_prefix="/api/v1/sync", tag="Sync")


@blp.route("")
@blp.guard()
@blp.arguments(PullQuery, location="query")
@blp.response(200, PullPage)
@blp.problem(400)
@blp.problem(410)
def pull_changes(query: dict[str, Any]) -> Response:
    """Bring this device up to date, page by page; without a token, from nothing"""
    with snapshot_session() as session:
        body, reached = service.pull(session, authenticated_actor(), secret=_secret(), **query)
    if reached:
        with transaction(authenticated_actor()) as session:
            service.mark_offers_delivered(session, authenticated_actor(), offer_ids=reached)
    response = json_bytes(body)
    response.headers["Cache-Control"] = "no-store"
    return gzip_response(response)


@blp.route("/checksum")
@blp.guard()
@blp.arguments(ChecksumQuery, location="query")
@blp.response(200, Checksums)
@blp.problem(400)
@blp.problem(410)
def read_checksum(query: dict[str, Any]) -> Response:
    """Sum up each bucket as this device should hold it at its token, to be compared with what it holds"""
    with snapshot_session() as session:
        sums = service.checksums(session, authenticated_actor(), secret=_secret(), **query)
    response = json_response(sums)
    response.headers["Cache-Control"] = "no-store"
    return gzip_response(response)


def _secret() -> bytes:
    return derived_key(current_app.extensions["settings"].signing_key_file, "sync token")


@blp.route("/buckets/<string:bucket>")
@blp.guard()
@blp.response(200, WholeBucket)
@blp.alt_response(304, "NOT_MODIFIED")
@blp.problem(404)
@blp.problem(409)
def read_bucket(bucket: str) -> Response:
    """Show a whole bucket, or 304 where nothing of it changed"""
    with snapshot_session() as session:
        tag, body = service.whole_bucket(
            session, authenticated_actor(), bucket=bucket, client_tags=client_tags()
        )
    return gzip_response(json_bytes_with_tag(body, tag))
