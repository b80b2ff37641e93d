"""Input and documentation of push."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.named_schemas import NamedSchema
from app.http.notices import Notice
from app.http.smorest import Schema
from app.incidents.schemas import Candidate

MAX_OPERATIONS = 500
STATUSES = Enumeration(
    "OperationStatus",
    {
        "applied": "it took effect",
        "merged": "it took effect although somebody else had changed the same field: the new value replaced theirs, and "
        "`fields` has both",
        "duplicate": "it took effect when it was sent before; nothing was changed again",
        "conflict": "somebody else had changed the same sensitive field (`PushOperation` names them): the stored value "
        "of that field stays, other fields took effect, and a dead letter waits for a person",
        "rejected": "it had no effect; `code` has the reason",
    },
)


class Push(Schema):
    sent_at = ma.fields.Raw(
        required=True,
        allow_none=True,
        metadata={
            "type": "string",
            "description": "Clock of the device at this attempt (RFC 3339); null: clocks are not compared",
        },
    )
    # Any JSON is accepted: an operation with faults is refused by itself, without its neighbours.
    ops = ma.fields.List(
        NamedSchema("PushOperation", allow_none=True),
        required=True,
        validate=ma.validate.Length(max=MAX_OPERATIONS),
        metadata={"description": "Operations in the order of `device_seq`; each is judged by itself"},
    )


class OpResult(Schema):
    op_id = ma.fields.Raw(
        metadata={"type": "string", "description": "`op_id` of the operation, as sent"}, allow_none=True
    )
    device_seq = fields.Integer(
        allow_none=True,
        metadata={
            "description": "`device_seq` of the operation; null: it is missing or no whole number from 1"
        },
    )
    status = fields.Choice(
        STATUSES,
        metadata={
            "description": "applied, merged, duplicate: it took effect; conflict: a person decides; rejected: no effect"
        },
    )
    id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Id of the row; null: the operation names none"}
    )
    version = fields.Integer(
        allow_none=True,
        metadata={"description": "Version of the row after the operation; null: the operation was rejected"},
    )
    code = ma.fields.String(
        allow_none=True,
        metadata={"description": "Code of the conflict or of the rejection; null: it took effect"},
    )
    detail = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Sentence of `code` in the language of `Accept-Language`; null without a code"
        },
    )
    errors = ma.fields.List(
        ma.fields.Dict(), metadata={"description": "Faults of single fields: `field`, `code` and `message`"}
    )
    retryable = fields.Boolean(
        metadata={"description": "True: no result was stored; send the same operation again later"}
    )
    fields = ma.fields.Dict(  # type: ignore[assignment]
        allow_none=True,
        metadata={
            "description": "By field that another person changed too: base, mine, theirs; personal values are masked"
        },
    )
    dead_letter = ma.fields.UUID(
        allow_none=True,
        metadata={"description": "Id of the dead letter; null: none was stored"},
    )
    duplicate_candidates = ma.fields.List(
        ma.fields.Nested(Candidate),
        metadata={
            "description": "Cases that may be the same as the reported one; the report is stored all the same"
        },
    )
    flags = ma.fields.List(
        ma.fields.String(),
        metadata={
            "description": "replay: the answer was given before; late_after_reassign: done before the grid was reassigned"
        },
    )
    warnings = ma.fields.List(
        ma.fields.Nested(Notice),
        metadata={"description": "Notices for the worker about an operation that took effect"},
    )


class Pushed(Schema):
    server_time = ma.fields.String(
        metadata={"description": "Clock of the server at this push (RFC 3339, UTC)"}
    )
    skew_seconds = fields.Float(
        allow_none=True,
        metadata={
            "description": "Seconds to add to the clock of the device; null: `sent_at` is no time with an offset"
        },
    )
    applied_device_seq = fields.Integer(
        metadata={
            "description": "Highest `device_seq` of the device that has a result; rejected operations and gaps below it count"
        }
    )
    missing_device_seq_ranges = ma.fields.List(
        ma.fields.List(fields.Integer(), validate=ma.validate.Length(equal=2)),
        metadata={
            "description": "Gaps that this push opened, as first and last number; a late operation is still applied"
        },
    )
    results = ma.fields.List(
        ma.fields.Nested(OpResult),
        metadata={"description": "One result for each operation, in the order sent"},
    )
