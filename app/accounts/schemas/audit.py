"""Schemas of the audit trail: filters, events, and accesses to the caller's own data."""

import marshmallow as ma

from app.accounts.schemas.pages import Page
from app.http import fields
from app.http.fields import Instant, Words
from app.http.smorest import Schema


class AuditCriteria(Schema):
    actor_id = ma.fields.UUID(metadata={"description": "Only events of this account or device"})
    entity = Words(
        max_length=50, metadata={"description": "Only events on this kind of object, for example `account`"}
    )
    entity_id = ma.fields.UUID(metadata={"description": "Only events on the object with this id"})
    action = Words(max_length=100, metadata={"description": "Only this act, for example `account.disable`"})
    purpose = Words(max_length=200, metadata={"description": "Part of the purpose that was given"})
    since = Instant(metadata={"description": "Only events at or after this time (RFC 3339)"})
    until = Instant(metadata={"description": "Only events before this time (RFC 3339)"})


class AuditFilter(Page, AuditCriteria):
    pass


class ExportAudit(AuditCriteria):
    reason = Words(
        required=True,
        min_length=4,
        max_length=200,
        metadata={"description": "Why the events are exported; stored in the audit trail"},
    )


class AuditActorOut(Schema):
    kind = ma.fields.String(
        required=True,
        metadata={"description": "Kind of actor: account, device, service (a service account) or system"},
    )
    id = ma.fields.UUID(required=True, metadata={"description": "Id of the account or device"})
    name = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Name of the actor now; null: none is known"}
    )


class AuditSentence(Schema):
    en = ma.fields.String(required=True)
    zh = ma.fields.String(required=True)


class SeenOut(Schema):
    """An act of another person on the caller's data, such as a disclosure."""

    id = fields.Integer(required=True, metadata={"description": "Number of the event"})
    occurred_at = Instant(required=True)
    actor = ma.fields.Nested(AuditActorOut, required=True, metadata={"description": "Who did it"})
    action = ma.fields.String(required=True, metadata={"description": "Code of the act"})
    purpose = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Purpose that the actor gave; null: the act needs none"},
    )
    sentence = ma.fields.Nested(
        AuditSentence,
        required=True,
        metadata={"description": "What happened, as a sentence in both languages"},
    )
    detail = ma.fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "For sessions: from where and when; null for every other act"},
    )


class SeenPage(Schema):
    items = ma.fields.List(ma.fields.Nested(SeenOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class AuditEventOut(Schema):
    id = fields.Integer(required=True, metadata={"description": "Number of the event"})
    occurred_at = Instant(required=True)
    actor = ma.fields.Nested(AuditActorOut, required=True, metadata={"description": "Who did it"})
    device_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Device of the session; null: the actor used none"},
    )
    action = ma.fields.String(
        required=True, metadata={"description": "Code of the act, for example `account.disable`"}
    )
    entity = ma.fields.String(
        required=True, metadata={"description": "Kind of object that the act was done to"}
    )
    entity_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Id of that object; null: the act concerns no single object"},
    )
    label = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Present name of that object; null: none is known"},
    )
    sentence = ma.fields.Nested(
        AuditSentence,
        required=True,
        metadata={"description": "What happened, as a sentence in both languages"},
    )
    purpose = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Purpose that the actor gave; null: the act needs none"},
    )
    detail = ma.fields.Dict(
        required=True, metadata={"description": "Further facts of the act; never personal values or secrets"}
    )


class AuditPage(Schema):
    items = ma.fields.List(ma.fields.Nested(AuditEventOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
