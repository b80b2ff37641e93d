"""Requests and responses of pull."""

import re
from typing import Any

import marshmallow as ma

from app.http import fields
from app.http.named_schemas import NamedSchema
from app.http.smorest import Schema

MAX_GRIDS = 100
MAX_TOKEN = 8_000
DEFAULT_LIMIT, MAX_LIMIT = 1_000, 2_000


class PullQuery(Schema):
    token = ma.fields.String(
        validate=ma.validate.Length(min=1, max=MAX_TOKEN),
        metadata={"description": "`token` of the page before; left out: everything is sent (bootstrap)"},
    )
    limit = fields.Integer(
        load_default=DEFAULT_LIMIT,
        validate=ma.validate.Range(1, MAX_LIMIT),
        metadata={
            "description": "The most rows of a page; a page may have fewer, even none, before the last"
        },
    )
    grid = ma.fields.List(
        ma.fields.UUID(),
        validate=ma.validate.Length(max=MAX_GRIDS),
        metadata={
            "description": "Ids of the wanted grids, for accounts with more than 100; the token stores them"
        },
    )
    bootstrap = ma.fields.String(
        validate=ma.validate.Equal("links"),
        metadata={"description": "`links`: new buckets come as links in `bootstrap` instead of rows"},
    )


# As the server writes tokens: base64url with a signature, and a mark before what is compressed.
_USUAL_PULL = re.compile(
    r"(?:limit=([1-9]\d{0,3})&)?token=([\w.-]{1,8000})(?:&limit=([1-9]\d{0,3}))?", re.ASCII
)


def usual_pull(query: str) -> dict[str, Any] | None:
    """Return what `PullQuery` makes of a token, with a limit before or after it; None if only the schema can tell."""
    match = _USUAL_PULL.fullmatch(query)
    if match is None or (match[1] and match[3]):
        return None
    limit = int(match[1] or match[3] or DEFAULT_LIMIT)
    return {"limit": limit, "token": match[2]} if limit <= MAX_LIMIT else None


class BucketLink(Schema):
    bucket = ma.fields.String(required=True)
    href = ma.fields.String(
        required=True, metadata={"description": "Path of the bucket, of `GET /sync/buckets/{bucket}`"}
    )


class PullPage(Schema):
    token = ma.fields.String(
        required=True, metadata={"description": "Opaque position of the device, for the next call"}
    )
    complete = fields.Boolean(
        required=True,
        metadata={
            "description": "True: the last page of the checkpoint. False: pull again, and apply all pages together"
        },
    )
    epoch = ma.fields.UUID(
        required=True,
        metadata={
            "description": "Id of the history of the server's data; a restored backup can begin another"
        },
    )
    server_time = ma.fields.DateTime(
        required=True, metadata={"description": "Clock of the server at this page (RFC 3339, UTC)"}
    )
    buckets = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "Names of all buckets that the device holds after the checkpoint"},
    )
    drop_buckets = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={
            "description": "Buckets to drop before the rows are applied; one that is in `buckets` too is sent anew"
        },
    )
    too_many_grids = fields.Boolean(
        required=True,
        metadata={"description": "True: the account has more than 100 grids; `grid` names the wanted ones"},
    )
    bootstrap = ma.fields.List(
        ma.fields.Nested(BucketLink),
        required=True,
        metadata={"description": "New buckets to fetch by link; empty without `bootstrap=links`"},
    )
    applied_device_seq = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "Operations of the device up to this number are in the checkpoint; null: it never pushed"
        },
    )
    rows = ma.fields.List(
        NamedSchema("SyncRow"),
        required=True,
        metadata={"description": "Rows to store (`op` `P`), and rows that left a bucket (`op` `R`)"},
    )


class ChecksumQuery(Schema):
    token = ma.fields.String(
        required=True,
        validate=ma.validate.Length(min=1, max=MAX_TOKEN),
        metadata={"description": "`token` of the last complete checkpoint that the device applied"},
    )


class BucketSum(Schema):
    bucket = ma.fields.String(required=True)
    rows = fields.Integer(required=True, metadata={"description": "Number of rows in the bucket"})
    sha256 = ma.fields.String(
        required=True,
        metadata={
            "description": "Hexadecimal SHA-256 of the lines `<entity> <id> <version>` of the rows, sorted, each with a "
            "newline"
        },
    )


class Checksums(Schema):
    server_time = ma.fields.DateTime(
        required=True,
        metadata={"description": "Clock of the server; rows whose `until` is not later are not counted"},
    )
    buckets = ma.fields.List(
        ma.fields.Nested(BucketSum),
        required=True,
        metadata={"description": "Buckets of the token in which nothing changed since"},
    )


class WholeBucket(Schema):
    bucket = ma.fields.String(required=True)
    rows = ma.fields.List(
        NamedSchema("SyncRow"), required=True, metadata={"description": "All rows of the bucket (`op` `P`)"}
    )
