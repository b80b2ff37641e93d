"""Input and documentation of push."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.named_schemas import NamedSchema
from app.http.notices import Notice
from app.http.smorest import Schema
from app.incidents.schemas import Candidate

MAX_OPERATIONS = 500
STATUSES = Enumeration("OperationStatus", ("applied", "merged", "duplicate", "conflict", "rejected"))


class Push(Schema):
    sent_at = ma.fields.Raw(
        required=True,
        allow_none=True,
        metadata={"type": "string", "description": "The phone's clock at this attempt to send, RFC 3339"},
    )
    # Any JSON is taken: an operation with faults is refused by itself, and never its neighbours.
    ops = ma.fields.List(
        NamedSchema("PushOperation", allow_none=True),
        required=True,
        validate=ma.validate.Length(max=MAX_OPERATIONS),
        metadata={"description": "In the order of `device_seq`; each is judged by itself"},
    )


class OpResult(Schema):
    op_id = ma.fields.Raw(metadata={"type": "string", "description": "As sent"}, allow_none=True)
    device_seq = fields.Integer(allow_none=True)
    status = fields.Choice(STATUSES)
    id = ma.fields.UUID(allow_none=True)
    version = fields.Integer(
        allow_none=True, metadata={"description": "Of the row now; null where the operation was rejected"}
    )
    code = ma.fields.String(allow_none=True, metadata={"description": "Why it conflicts or is rejected"})
    detail = ma.fields.String(allow_none=True)
    errors = ma.fields.List(ma.fields.Dict(), metadata={"description": "Each fault with its field and code"})
    retryable = fields.Boolean(metadata={"description": "true: nothing was kept, send it again"})
    fields = ma.fields.Dict(  # type: ignore[assignment]
        allow_none=True,
        metadata={
            "description": "Fields that somebody else changed too: base, mine, theirs; personal ones masked"
        },
    )
    dead_letter = ma.fields.UUID(allow_none=True)
    duplicate_candidates = ma.fields.List(
        ma.fields.Nested(Candidate),
        metadata={"description": "Cases that may be what was just reported; it is kept all the same"},
    )
    flags = ma.fields.List(ma.fields.String())
    warnings = ma.fields.List(
        ma.fields.Nested(Notice),
        metadata={"description": "What to tell the worker of an operation that was applied"},
    )


class Pushed(Schema):
    server_time = ma.fields.String()
    skew_seconds = fields.Float(
        allow_none=True, metadata={"description": "What is to be added to the phone's clock"}
    )
    applied_device_seq = fields.Integer()
    missing_device_seq_ranges = ma.fields.List(
        ma.fields.List(fields.Integer(), validate=ma.validate.Length(equal=2)),
        metadata={"description": "Numbers that never came, as first and last of each range"},
    )
    results = ma.fields.List(ma.fields.Nested(OpResult))
