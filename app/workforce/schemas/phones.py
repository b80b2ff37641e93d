"""Schemas of ingest tokens and of answers to tracking apps."""

import marshmallow as ma

from app.accounts.schemas import OwnPassword
from app.http import fields
from app.http.smorest import Schema


class MakeIngestToken(OwnPassword):
    label = fields.Words(
        required=True,
        min_length=1,
        max_length=60,
        metadata={"description": "Which phone and app the token is for"},
    )
    expires_in_days = fields.Integer(
        validate=ma.validate.Range(1, 400), metadata={"description": "Life in days; absent: 180"}
    )


class IngestTokenMade(Schema):
    id = ma.fields.UUID()
    token = ma.fields.String(
        metadata={"description": "Secret, in this answer only; it can send positions and nothing else"}
    )
    label = ma.fields.String(metadata={"description": "Which phone and app the token is for"})
    created_at = ma.fields.AwareDateTime(format="iso")
    expires_at = ma.fields.AwareDateTime(format="iso")


class OverlandTaken(Schema):
    result = ma.fields.String(
        metadata={"description": "Always `ok`; on anything else Overland sends the batch again"}
    )
