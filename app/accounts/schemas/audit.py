"""Schemas of the audit trail: filters, events with their sentences, and accesses to the caller's own data."""

import marshmallow as ma

from app.accounts.schemas.pages import Page
from app.http import fields
from app.http.fields import Instant, Words
from app.http.smorest import Schema


class AuditCriteria(Schema):
    actor_id = ma.fields.UUID()
    entity = Words(max_length=50)
    entity_id = ma.fields.UUID()
    action = Words(max_length=100)
    purpose = Words(max_length=200, metadata={"description": "Part of the purpose that was given"})
    since = Instant()
    until = Instant()


class AuditFilter(Page, AuditCriteria):
    pass


class ExportAudit(AuditCriteria):
    reason = Words(required=True, min_length=4, max_length=200, metadata={"description": "Recorded"})


class AuditActorOut(Schema):
    kind = ma.fields.String(required=True)
    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, allow_none=True)


class AuditSentence(Schema):
    en = ma.fields.String(required=True)
    zh = ma.fields.String(required=True)


class SeenOut(Schema):
    """An event in which somebody read the caller's position or personal fields, or revoked a token or device of the caller."""

    id = fields.Integer(required=True)
    occurred_at = Instant(required=True)
    actor = ma.fields.Nested(AuditActorOut, required=True)
    action = ma.fields.String(required=True)
    purpose = ma.fields.String(required=True, allow_none=True)
    sentence = ma.fields.Nested(AuditSentence, required=True)
    detail = ma.fields.Dict(
        required=True, allow_none=True, metadata={"description": "Of sessions: from where, and when"}
    )


class SeenPage(Schema):
    items = ma.fields.List(ma.fields.Nested(SeenOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class AuditEventOut(Schema):
    id = fields.Integer(required=True)
    occurred_at = Instant(required=True)
    actor = ma.fields.Nested(AuditActorOut, required=True)
    device_id = ma.fields.UUID(required=True, allow_none=True)
    action = ma.fields.String(required=True)
    entity = ma.fields.String(required=True)
    entity_id = ma.fields.UUID(required=True, allow_none=True)
    label = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "What it was done to, as it is called now"}
    )
    sentence = ma.fields.Nested(AuditSentence, required=True)
    purpose = ma.fields.String(required=True, allow_none=True)
    detail = ma.fields.Dict(required=True)


class AuditPage(Schema):
    items = ma.fields.List(ma.fields.Nested(AuditEventOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
