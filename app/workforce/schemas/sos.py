"""Schemas of calls for help."""

import marshmallow as ma

from app.areas.schemas import PlaceInWords
from app.core.coordinates import COORDINATE_SYSTEMS
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema
from app.workforce.schemas.people import Page
from app.workforce.schemas.positions import Number

OUTCOMES = Enumeration(
    "SosOutcome",
    {
        "helped": "the worker got help",
        "services_called": "police or rescue services were called",
        "false_alarm": "there was no danger",
        "other": "any other ending",
    },
)
REASONS = Enumeration(
    "SosRecipientReason",
    {
        "chief": "grid chief of the worker's area",
        "substitute": "substitute of a chief who is absent",
        "supervisor": "supervisor of the worker's area",
        "admin": "administrator",
    },
)


class RaiseSos(Schema):
    id = fields.Uuid7(
        required=True,
        metadata={"description": "UUIDv7 made by the device; the same id again is the same call"},
    )
    at = fields.Instant(metadata={"description": "When the worker called, by the device clock; absent: now"})
    sent_at = fields.Instant(
        metadata={"description": "Device clock at this attempt to send; it corrects `at`"}
    )
    lon = Number(allow_none=True)
    lat = Number(allow_none=True)
    accuracy_m = Number(allow_none=True)
    coord_sys = fields.Choice(COORDINATE_SYSTEMS)
    note = fields.Words(
        max_length=500,
        allow_none=True,
        metadata={"description": "What the worker adds; null or absent: nothing"},
    )


class SosFilter(Page):
    state = fields.Choice(
        Enumeration(
            "SosSelection",
            {
                "open": "calls that nobody has closed",
                "closed": "closed calls",
                "all": "both",
            },
        ),
        load_default="open",
        metadata={"description": "Which calls: open, closed or all; absent: open"},
    )


class CloseSos(Schema):
    outcome = fields.Choice(OUTCOMES, required=True, metadata={"description": "How the call ended"})
    note = fields.Words(max_length=500, metadata={"description": "Remark on the outcome"})


class SosPerson(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the account"})
    name = ma.fields.String(metadata={"description": "Name of the person"})


class SosCaller(SosPerson):
    phone = ma.fields.String(
        allow_none=True,
        metadata={"description": "Telephone number under which the worker is reached; null: none is stored"},
    )


class SosPlace(Schema):
    lon = fields.Float()
    lat = fields.Float()
    accuracy_m = fields.Float(allow_none=True)
    near = ma.fields.Nested(
        PlaceInWords,
        allow_none=True,
        metadata={"description": "The nearest address or landmark within 200 m; null: none"},
    )


class SosTold(SosPerson):
    reason = fields.Choice(REASONS, metadata={"description": "Why this person was notified"})
    at = ma.fields.String(metadata={"description": "When they were notified (RFC 3339)"})


class SosAcknowledged(Schema):
    at = ma.fields.String(metadata={"description": "When (RFC 3339)"})
    by = ma.fields.Nested(SosPerson, metadata={"description": "Who did it"})


class SosClosed(SosAcknowledged):
    outcome = fields.Choice(OUTCOMES, metadata={"description": "How the call ended"})
    note = ma.fields.String(allow_none=True, metadata={"description": "Remark on the outcome; null: none"})


class SosWork(Schema):
    open_work = fields.Integer()
    incidents = ma.fields.String(
        metadata={
            "description": "Path of the cases that the worker has accepted, as far as the caller may see them"
        }
    )


class SosOut(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the call, made by the device"})
    worker = ma.fields.Nested(SosCaller, metadata={"description": "Who called"})
    raised_at = ma.fields.String(
        metadata={"description": "When the worker called, by the corrected clock (RFC 3339)"}
    )
    received_at = ma.fields.String()
    late_s = fields.Integer(
        metadata={"description": "Seconds between call and arrival if over a minute, else 0"}
    )
    on_duty = fields.Boolean(metadata={"description": "True: the worker was on duty when they called"})
    place = ma.fields.Nested(
        SosPlace, allow_none=True, metadata={"description": "Where the worker was; null: unknown or erased"}
    )
    place_erased_at = ma.fields.String(
        allow_none=True, metadata={"description": "When the position was erased (RFC 3339); null: it was not"}
    )
    note = ma.fields.String(allow_none=True, metadata={"description": "What the worker added; null: nothing"})
    told = ma.fields.List(ma.fields.Nested(SosTold), metadata={"description": "Who was notified"})
    acknowledged = ma.fields.Nested(
        SosAcknowledged, allow_none=True, metadata={"description": "Who takes care of it; null: nobody yet"}
    )
    closed = ma.fields.Nested(
        SosClosed, allow_none=True, metadata={"description": "How it ended; null: it is open"}
    )
    work = ma.fields.Nested(
        SosWork,
        allow_none=True,
        metadata={"description": "Open work of the worker; null: none, or the caller is the worker"},
    )
    version = fields.Integer(metadata={"description": "Version of the call, counted from 1"})


class SosPage(Schema):
    items = ma.fields.List(ma.fields.Nested(SosOut))
    next = ma.fields.String(allow_none=True)
