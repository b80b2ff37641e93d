"""Input and documentation of dead letters."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema

STATUSES = Enumeration("DeadLetterStatus", ("rejected", "conflict", "applied"))


class LetterFilter(Schema):
    state = fields.Choice(Enumeration("DeadLetterState", ("open", "resolved")))
    status = fields.CommaList(
        choices=STATUSES,
        metadata={"description": "applied: late, after the grid was given to somebody else"},
    )
    mine = fields.Boolean(load_default=False, metadata={"description": "true: only what I sent myself"})
    worker_id = ma.fields.UUID(metadata={"description": "Sent by this worker"})
    limit = fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))
    cursor = fields.Cursor()


class LetterWorker(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String()


class Letter(Schema):
    id = ma.fields.UUID()
    version = fields.Integer()
    worker = ma.fields.Nested(LetterWorker)
    device_id = ma.fields.UUID(allow_none=True)
    status = fields.Choice(STATUSES)
    code = ma.fields.String()
    detail = ma.fields.String()
    entity = ma.fields.String(allow_none=True)
    op = ma.fields.String(allow_none=True)
    row_id = ma.fields.UUID(allow_none=True)
    operation = ma.fields.Dict(
        metadata={"description": "As sent; personal values masked, unknown ones hidden"}
    )
    errors = ma.fields.List(ma.fields.Dict())
    fields = ma.fields.Dict(  # type: ignore[assignment]
        allow_none=True, metadata={"description": "In conflict: base, mine, theirs; personal ones masked"}
    )
    happened_at = ma.fields.String(allow_none=True, metadata={"description": "By the corrected clock"})
    arrived_at = ma.fields.String()
    resolution = ma.fields.String(allow_none=True)
    resolved_at = ma.fields.String(allow_none=True)
    resolved_by = ma.fields.UUID(allow_none=True)
    note = ma.fields.String(allow_none=True)


class LetterPage(Schema):
    items = ma.fields.List(ma.fields.Nested(Letter))
    next = ma.fields.String(allow_none=True)


class ResolveLetter(FreeText):
    free_text = ("note",)

    action = fields.Choice(
        Enumeration("DeadLetterAction", ("discard", "retry", "apply_mine")),
        required=True,
        metadata={
            "description": "retry: by the rules of merging; apply_mine: what was sent replaces what is there"
        },
    )
    note = fields.Words(max_length=500, load_default=None, allow_none=True)
