"""Calls for help, in and out."""

import marshmallow as ma

from app.core.coordinates import CoordSys
from app.http import fields
from app.http.smorest import Schema
from app.workforce.schemas.people import Page
from app.workforce.schemas.positions import Number

OUTCOMES = ("helped", "services_called", "false_alarm", "other")
REASONS = ("chief", "substitute", "supervisor", "admin")


class RaiseSos(Schema):
    id = ma.fields.UUID(
        required=True,
        validate=fields.is_uuid7,
        metadata={"description": "UUIDv7 made by the phone; the same one again is the same call"},
    )
    at = fields.Instant(metadata={"description": "When she called, by the phone's clock; now, if left out"})
    sent_at = fields.Instant(metadata={"description": "The phone's clock at this attempt; corrects `at`"})
    lon = Number(allow_none=True)
    lat = Number(allow_none=True)
    accuracy_m = Number(allow_none=True)
    coord_sys = ma.fields.String(validate=ma.validate.OneOf(list(CoordSys)))
    note = fields.Words(max_length=500, allow_none=True)


class SosFilter(Page):
    state = ma.fields.String(load_default="open", validate=ma.validate.OneOf(["open", "closed", "all"]))


class CloseSos(Schema):
    outcome = ma.fields.String(required=True, validate=ma.validate.OneOf(OUTCOMES))
    note = fields.Words(max_length=500)


class SosPerson(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String()


class SosPlace(Schema):
    lon = ma.fields.Float()
    lat = ma.fields.Float()
    accuracy_m = ma.fields.Float(allow_none=True)


class SosTold(SosPerson):
    reason = ma.fields.String(validate=ma.validate.OneOf(REASONS))
    at = ma.fields.String()


class SosAcknowledged(Schema):
    at = ma.fields.String()
    by = ma.fields.Nested(SosPerson)


class SosClosed(SosAcknowledged):
    outcome = ma.fields.String(validate=ma.validate.OneOf(OUTCOMES))
    note = ma.fields.String(allow_none=True)


class SosWork(Schema):
    open_work = ma.fields.Integer()
    incidents = ma.fields.String(
        metadata={"description": "Lists what she has accepted, as far as I may see it"}
    )


class SosOut(Schema):
    id = ma.fields.UUID()
    worker = ma.fields.Nested(SosPerson)
    raised_at = ma.fields.String()
    received_at = ma.fields.String()
    late_s = ma.fields.Integer(metadata={"description": "How late it came, if by more than a minute; else 0"})
    on_duty = ma.fields.Boolean()
    place = ma.fields.Nested(SosPlace, allow_none=True)
    place_erased_at = ma.fields.String(allow_none=True)
    note = ma.fields.String(allow_none=True)
    told = ma.fields.List(ma.fields.Nested(SosTold))
    acknowledged = ma.fields.Nested(SosAcknowledged, allow_none=True)
    closed = ma.fields.Nested(SosClosed, allow_none=True)
    work = ma.fields.Nested(SosWork, allow_none=True)
    version = ma.fields.Integer()


class SosPage(Schema):
    items = ma.fields.List(ma.fields.Nested(SosOut))
    next = ma.fields.String(allow_none=True)
