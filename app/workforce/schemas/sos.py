"""Calls for help, in and out."""

import marshmallow as ma

from app.core.coordinates import COORDINATE_SYSTEMS
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.workforce.schemas.people import Page
from app.workforce.schemas.positions import Number

OUTCOMES = Enumeration("SosOutcome", ("helped", "services_called", "false_alarm", "other"))
REASONS = Enumeration("SosRecipientReason", ("chief", "substitute", "supervisor", "admin"))


class RaiseSos(Schema):
    id = fields.Uuid7(
        required=True,
        metadata={"description": "UUIDv7 made by the phone; the same one again is the same call"},
    )
    at = fields.Instant(metadata={"description": "When she called, by the phone's clock; now, if left out"})
    sent_at = fields.Instant(metadata={"description": "The phone's clock at this attempt; corrects `at`"})
    lon = Number(allow_none=True)
    lat = Number(allow_none=True)
    accuracy_m = Number(allow_none=True)
    coord_sys = fields.Choice(COORDINATE_SYSTEMS)
    note = fields.Words(max_length=500, allow_none=True)


class SosFilter(Page):
    state = fields.Choice(Enumeration("SosSelection", ("open", "closed", "all")), load_default="open")


class CloseSos(Schema):
    outcome = fields.Choice(OUTCOMES, required=True)
    note = fields.Words(max_length=500)


class SosPerson(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String()


class SosPlace(Schema):
    lon = fields.Float()
    lat = fields.Float()
    accuracy_m = fields.Float(allow_none=True)


class SosTold(SosPerson):
    reason = fields.Choice(REASONS)
    at = ma.fields.String()


class SosAcknowledged(Schema):
    at = ma.fields.String()
    by = ma.fields.Nested(SosPerson)


class SosClosed(SosAcknowledged):
    outcome = fields.Choice(OUTCOMES)
    note = ma.fields.String(allow_none=True)


class SosWork(Schema):
    open_work = fields.Integer()
    incidents = ma.fields.String(
        metadata={"description": "Lists what she has accepted, as far as I may see it"}
    )


class SosOut(Schema):
    id = ma.fields.UUID()
    worker = ma.fields.Nested(SosPerson)
    raised_at = ma.fields.String()
    received_at = ma.fields.String()
    late_s = fields.Integer(metadata={"description": "How late it came, if by more than a minute; else 0"})
    on_duty = fields.Boolean()
    place = ma.fields.Nested(SosPlace, allow_none=True)
    place_erased_at = ma.fields.String(allow_none=True)
    note = ma.fields.String(allow_none=True)
    told = ma.fields.List(ma.fields.Nested(SosTold))
    acknowledged = ma.fields.Nested(SosAcknowledged, allow_none=True)
    closed = ma.fields.Nested(SosClosed, allow_none=True)
    work = ma.fields.Nested(SosWork, allow_none=True)
    version = fields.Integer()


class SosPage(Schema):
    items = ma.fields.List(ma.fields.Nested(SosOut))
    next = ma.fields.String(allow_none=True)
