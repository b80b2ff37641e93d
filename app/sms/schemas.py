"""Schemas of SMS that come in."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema
from app.sms.rules.answers import OUTCOMES
from app.sms.rules.grammar import WORDS_MAX

_OUTCOME = {"description": "What became of it"}
_CODE = {"description": "Code of the error that refused it; null: none did"}


class IncomingSmsIn(Schema):
    id = ma.fields.String(
        required=True,
        validate=[ma.validate.Length(1, 100), fields.Pattern(r"^[\x21-\x7e]+$")],
        metadata={"description": "Id that the gateway gave the SMS: the same id is applied once"},
    )
    sender = ma.fields.String(
        required=True,
        data_key="from",
        attribute="sender",
        validate=ma.validate.Length(3, 30),
        metadata={"description": "Telephone number of the sender, best in the form of E.164"},
    )
    text = fields.Words(max_length=WORDS_MAX, required=True, metadata={"description": "The words of the SMS"})


class IncomingSmsResult(Schema):
    outcome = fields.Choice(OUTCOMES, metadata=_OUTCOME)
    code = ma.fields.String(allow_none=True, metadata=_CODE)
    incident_id = ma.fields.UUID(allow_none=True, metadata={"description": "The case; null: none"})
    reply = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "The answer to the sender, of one SMS, which the outbox sends if the operator has set up a gateway; "
            "null: erased, or the sender gets none"
        },
    )


class IncomingSmsFilter(Schema):
    outcome = fields.Choice(OUTCOMES, metadata={"description": "Only SMS with this outcome"})
    limit = fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))
    cursor = ma.fields.String(validate=ma.validate.Length(1, 500))


class IncomingSmsOut(Schema):
    id = ma.fields.String(metadata={"description": "Id that the gateway gave"})
    phone = ma.fields.String(
        allow_none=True, metadata={"description": "Masked telephone number of the sender; null: erased"}
    )
    words = ma.fields.String(
        allow_none=True,
        metadata={"description": "The words, without telephone numbers and e-mail addresses; null: erased"},
    )
    outcome = fields.Choice(OUTCOMES, metadata=_OUTCOME)
    code = ma.fields.String(allow_none=True, metadata=_CODE)
    incident_id = ma.fields.UUID(allow_none=True, metadata={"description": "The case; null: none"})
    reply = ma.fields.String(allow_none=True, metadata={"description": "The answer; null: erased"})
    received_at = ma.fields.AwareDateTime(format="iso")


class IncomingSmsPage(Schema):
    items = ma.fields.List(ma.fields.Nested(IncomingSmsOut), required=True)
    next = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Cursor of the next page; null: no further page"},
    )
