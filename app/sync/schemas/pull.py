"""Requests and responses of pull."""

import marshmallow as ma

from app.http import fields
from app.http.named_schemas import NamedSchema
from app.http.smorest import Schema

MAX_GRIDS = 100


class PullQuery(Schema):
    token = ma.fields.String(
        validate=ma.validate.Length(min=1, max=8_000),
        metadata={"description": "What the last page gave; without one, everything is sent"},
    )
    limit = fields.Integer(load_default=1_000, validate=ma.validate.Range(1, 2_000))
    grid = ma.fields.List(
        ma.fields.UUID(),
        validate=ma.validate.Length(max=MAX_GRIDS),
        metadata={
            "description": "For accounts with more than 100 grids: which ones. Kept in the token until others are named"
        },
    )
    bootstrap = ma.fields.String(
        validate=ma.validate.Equal("links"),
        metadata={"description": "`links`: new buckets are not sent but linked"},
    )


class BucketLink(Schema):
    bucket = ma.fields.String(required=True)
    href = ma.fields.String(required=True)


class PullPage(Schema):
    token = ma.fields.String(required=True, metadata={"description": "Opaque; for the next call"})
    complete = fields.Boolean(
        required=True,
        metadata={"description": "false: the checkpoint goes on; its pages are applied together"},
    )
    epoch = ma.fields.UUID(required=True)
    server_time = ma.fields.DateTime(required=True)
    buckets = ma.fields.List(ma.fields.String(), required=True)
    drop_buckets = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "To be dropped before the rows are applied"},
    )
    too_many_grids = fields.Boolean(required=True)
    bootstrap = ma.fields.List(ma.fields.Nested(BucketLink), required=True)
    applied_device_seq = fields.Integer(required=True, allow_none=True)
    rows = ma.fields.List(NamedSchema("SyncRow"), required=True)


class ChecksumQuery(Schema):
    token = ma.fields.String(
        required=True,
        validate=ma.validate.Length(min=1, max=8_000),
        metadata={"description": "Of the last checkpoint that the phone applied"},
    )


class BucketSum(Schema):
    bucket = ma.fields.String(required=True)
    rows = fields.Integer(required=True)
    sha256 = ma.fields.String(
        required=True,
        metadata={
            "description": "Hexadecimal, of the lines `<entity> <id> <version>` of its rows, sorted, each with a newline"
        },
    )


class Checksums(Schema):
    server_time = ma.fields.DateTime(
        required=True, metadata={"description": "Rows whose `until` is not later are not counted"}
    )
    buckets = ma.fields.List(
        ma.fields.Nested(BucketSum),
        required=True,
        metadata={"description": "Without those that the next pull will change"},
    )


class WholeBucket(Schema):
    bucket = ma.fields.String(required=True)
    rows = ma.fields.List(NamedSchema("SyncRow"), required=True)
