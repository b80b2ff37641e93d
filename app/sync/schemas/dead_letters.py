"""Input and documentation of dead letters."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema

STATUSES = Enumeration(
    "DeadLetterStatus",
    {
        "rejected": "the operation had no effect",
        "conflict": "somebody else changed the same sensitive field: a person decides which value stays",
        "applied": "the operation took effect late; a supervisor looks at it",
    },
)


class LetterQuery(Schema):
    state = fields.Choice(
        Enumeration(
            "DeadLetterState",
            {
                "open": "waits for a person",
                "resolved": "settled",
            },
        ),
        metadata={"description": "open: waits for a person; resolved: settled; left out: both"},
    )
    status = fields.CommaList(
        choices=STATUSES,
        metadata={
            "description": "Results of the push, separated by commas: rejected, conflict, applied (took effect late)"
        },
    )
    mine = fields.Boolean(
        load_default=False, metadata={"description": "True: only operations that the caller pushed"}
    )
    worker_id = ma.fields.UUID(metadata={"description": "Only operations that this worker pushed"})
    limit = fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))
    cursor = fields.Cursor()


class LetterWorker(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the account that pushed the operation"})
    name = ma.fields.String(metadata={"description": "Name of the account"})


class Letter(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the dead letter"})
    version = fields.Integer(metadata={"description": "Version of the dead letter, as in the rows of a pull"})
    worker = ma.fields.Nested(LetterWorker, metadata={"description": "Who pushed the operation"})
    device_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Device that pushed the operation; null: unknown"}
    )
    status = fields.Choice(
        STATUSES,
        metadata={
            "description": "rejected: no effect; conflict: fields wait for a decision; applied: took effect late"
        },
    )
    code = ma.fields.String(
        metadata={"description": "Code of the result; late_after_reassign where the status is applied"}
    )
    detail = ma.fields.String(
        metadata={"description": "Sentence of `code` in the language of `Accept-Language`"}
    )
    entity = ma.fields.String(
        allow_none=True, metadata={"description": "`entity` of the operation; null: none was sent"}
    )
    op = ma.fields.String(
        allow_none=True, metadata={"description": "`op` of the operation; null: none was sent"}
    )
    row_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "`id` of the operation: its row; null: none was sent"}
    )
    operation = ma.fields.Dict(
        metadata={"description": "Operation as sent; personal values are masked, unknown fields hidden"}
    )
    errors = ma.fields.List(
        ma.fields.Dict(), metadata={"description": "Faults of single fields: `field`, `code` and `message`"}
    )
    fields = ma.fields.Dict(  # type: ignore[assignment]
        allow_none=True,
        metadata={
            "description": "By field in conflict: base, mine, theirs; personal values are masked; null: no conflict"
        },
    )
    happened_at = ma.fields.String(
        allow_none=True,
        metadata={"description": "When the worker did it, by the corrected clock (RFC 3339); null: unknown"},
    )
    arrived_at = ma.fields.String(metadata={"description": "When the server received it (RFC 3339, UTC)"})
    resolution = ma.fields.String(
        allow_none=True, metadata={"description": "discard, retry or apply_mine; null: the letter is open"}
    )
    resolved_at = ma.fields.String(
        allow_none=True, metadata={"description": "When it was resolved (RFC 3339); null: the letter is open"}
    )
    resolved_by = ma.fields.UUID(
        allow_none=True,
        metadata={"description": "Id of the account that resolved it; null: the letter is open"},
    )
    note = ma.fields.String(
        allow_none=True, metadata={"description": "Note of the person who resolved it; null: none"}
    )


class LetterPage(Schema):
    items = ma.fields.List(ma.fields.Nested(Letter))
    next = ma.fields.String(allow_none=True)


class ResolveLetter(FreeText):
    free_text = ("note",)

    action = fields.Choice(
        Enumeration(
            "DeadLetterAction",
            {
                "discard": "change nothing",
                "retry": "run the operation again, and merge it with what is there now",
                "apply_mine": "let the values of the operation replace those of the row",
            },
        ),
        required=True,
        metadata={
            "description": "discard: no change; retry: run it again and merge; apply_mine: its values replace the row's"
        },
    )
    note = fields.Words(
        max_length=500,
        load_default=None,
        allow_none=True,
        metadata={"description": "Reason, stored with the letter; null or left out: none"},
    )
