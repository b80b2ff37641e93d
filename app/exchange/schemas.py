"""Input and documentation of imports and exports."""

from typing import Any

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.exchange.rules.contract import KINDS
from app.exchange.rules.exports import AT_ONCE, FORMATS, STATES
from app.http import fields
from app.http.smorest import Schema
from app.settings import Settings

LIMITS = Settings()


class ImportOptions(Schema):
    """As the options of `gridward import`, which docs/imports.md explains."""

    kind = fields.Choice(KINDS, required=True, metadata={"description": "What the rows are"})
    name = fields.Words(
        required=True,
        min_length=1,
        max_length=200,
        metadata={"description": "Of the file: its ending says what it is"},
    )
    jurisdiction = fields.Words(min_length=1, max_length=64)
    map = ma.fields.List(
        fields.Words(max_length=300), load_default=list, metadata={"description": "column=field"}
    )
    map_value = ma.fields.List(
        fields.Words(max_length=500), load_default=list, metadata={"description": "field:A=B"}
    )
    crs = fields.Words(max_length=20)
    timezone = fields.Words(max_length=60)
    day_first = fields.Boolean(load_default=False)
    layer = fields.Words(max_length=200)
    level = fields.Words(max_length=64)
    dry_run = fields.Boolean(load_default=False, data_key="dry_run", attribute="is_dry")
    partial = fields.Boolean(load_default=False, attribute="is_partial")  # type: ignore[assignment]
    live = fields.Boolean(load_default=False, attribute="is_live")
    accept_findings = fields.Boolean(load_default=False, attribute="accepts_findings")


class RunFilter(Schema):
    kind = fields.Choice(KINDS)
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()


class ImportRun(ma.Schema):
    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    state = ma.fields.String(
        required=True,
        metadata={"description": "waiting, running, done, refused (some rows), failed (all), interrupted"},
    )
    jurisdiction_id = ma.fields.UUID(required=True)
    created_at = ma.fields.AwareDateTime(required=True)
    finished_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    rows_seen = fields.Integer(required=True)
    rows_expected = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "More or less; null where the file does not tell"},
    )
    name = ma.fields.String(required=True, metadata={"description": "Of the file"})
    dry_run = fields.Boolean(required=True)
    partial = fields.Boolean(required=True)  # type: ignore[assignment]
    has_errors = fields.Boolean(
        required=True, metadata={"description": "There is an error file, for some days"}
    )
    outcome = ma.fields.Dict(
        required=True,
        allow_none=True,
        metadata={
            "description": "Counts of rows stored, unchanged and refused, by reason; columns; findings"
        },
    )


class RunPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ImportRun), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class FaultFilter(Schema):
    code = fields.Words(max_length=60, metadata={"description": "Only rows with this fault"})
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()


class FaultSentence(ma.Schema):
    zh = ma.fields.String(required=True)
    en = ma.fields.String(required=True)


class RowFault(ma.Schema):
    code = ma.fields.String(required=True)
    column = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "As the file names it; null: the row as a whole"},
    )
    sentence = ma.fields.Nested(FaultSentence, required=True)


class FaultyRow(ma.Schema):
    row = fields.Integer(required=True, metadata={"description": "Its number in the file"})
    faults = ma.fields.List(ma.fields.Nested(RowFault), required=True)


class FaultPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(FaultyRow), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class UndoImport(Schema):
    dry_run = fields.Boolean(load_default=False, attribute="is_dry")
    whole = fields.Boolean(
        load_default=False,
        attribute="is_whole",
        metadata={"description": "Take back nothing if anything has to stay"},
    )


class KeptThing(ma.Schema):
    entity = ma.fields.String(required=True)
    id = ma.fields.UUID(required=True)
    reason = ma.fields.String(required=True)
    sentence = ma.fields.Nested(FaultSentence, required=True)


class UndoneImport(ma.Schema):
    run_id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    dry_run = fields.Boolean(required=True, attribute="is_dry")
    taken_back = ma.fields.Dict(
        keys=ma.fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "How many of each entity; in a dry run: would be"},
    )
    kept_total = fields.Integer(required=True)
    kept = ma.fields.List(
        ma.fields.Nested(KeptThing), required=True, metadata={"description": "The first 1,000 that stay"}
    )


class AskAtOnce(Schema):
    """Which rows of which collection of `/ogc`, and as what."""

    collection = fields.Words(required=True, min_length=1, max_length=64)
    format = fields.Choice(AT_ONCE, required=True)
    query = ma.fields.Dict(
        keys=ma.fields.String(validate=ma.validate.Length(1, 64)),
        values=ma.fields.String(validate=ma.validate.Length(max=16_384)),
        load_default=dict,
        metadata={
            "description": "The parameters of `/ogc/collections/{id}/items`: bbox, bbox-crs, datetime, filter, "
            "filter-lang, filter-crs, properties, sortby, crs, and any property that is to have a value"
        },
    )
    purpose = fields.Words(min_length=4, max_length=500)

    @ma.post_load
    def _default_purpose(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"purpose": None, **data}


class AskExport(AskAtOnce):
    format = fields.Choice(Enumeration("ExportFormat", FORMATS), required=True)


class Decision(Schema):
    note = fields.Words(min_length=2, max_length=500)


class Refusal(Schema):
    note = fields.Words(required=True, min_length=2, max_length=500)


class ExportFilter(Schema):
    state = fields.Choice(STATES)
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()


class _Somebody(ma.Schema):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)


class ExportRun(ma.Schema):
    id = ma.fields.UUID(required=True)
    collection = ma.fields.String(required=True)
    format = ma.fields.String(required=True)
    query = ma.fields.Dict(required=True)
    state = fields.Choice(STATES, required=True)
    purpose = ma.fields.String(required=True, allow_none=True)
    requested_by = ma.fields.Nested(
        _Somebody, required=True, allow_none=True, metadata={"description": "For who may decide"}
    )
    needs_approval = fields.Boolean(required=True)
    decided_by = ma.fields.Nested(_Somebody, required=True, allow_none=True)
    decided_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    decision_note = ma.fields.String(required=True, allow_none=True)
    created_at = ma.fields.AwareDateTime(required=True)
    finished_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    rows = fields.Integer(required=True, metadata={"description": "Rows that are written"})
    rows_expected = fields.Integer(required=True, allow_none=True)
    outcome = ma.fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "`notes`: what the format could not hold; `fault`: why there is no file"},
    )
    size = fields.Integer(required=True, allow_none=True, metadata={"description": "Bytes"})
    sha256 = ma.fields.String(required=True, allow_none=True)
    expires_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    has_file = fields.Boolean(required=True)


class ExportPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ExportRun), required=True)
    next = ma.fields.String(required=True, allow_none=True)
